module steampipe-plugin-ssmassoc/tools/versitygw

go 1.26.1

// Versity's S3 gateway is the server that tests export to. It is run as a program,
// never linked or shipped.
require github.com/versity/versitygw v1.8.0
