// Package deploy tests the SQL of docs/deploy on several PostgreSQLs. It contains tests only.
package deploy
