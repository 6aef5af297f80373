// Package server hosts tables: for Steampipe over gRPC, for a program that calls it in
// process, and for programs that are built from Steampipe's SDK alone. It knows the
// connections of the configuration, and runs a query over them with package engine.
package server
