module steampipe-plugin-ssmassoc/tools/powerpipe

go 1.26.1

// Powerpipe runs the tests of compliance/. It is AGPL-3.0: run as a program,
// never linked or shipped.
require github.com/turbot/powerpipe v1.5.2
