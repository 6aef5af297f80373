// Package e2e holds end-to-end tests: SQL in, rows out, over a local endpoint
// that speaks AWS's protocol. It contains tests only.
package e2e
