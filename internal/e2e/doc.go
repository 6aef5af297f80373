// Package e2e holds the tests that go the whole way: SQL in, rows out, over a
// local endpoint that speaks AWS's protocol. It has no code of its own.
package e2e
