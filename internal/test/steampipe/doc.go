// Package steampipe tests the plugin as Steampipe runs it: over gRPC, with its cache,
// for weeks. It contains tests only.
package steampipe
