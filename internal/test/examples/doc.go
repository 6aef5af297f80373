// Package examples tests the documented examples and use cases, on SQLite and PostgreSQL. It contains tests only.
package examples
