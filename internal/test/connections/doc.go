// Package connections tests connections: arguments, regions, accounts and credentials. It contains tests only.
package connections
