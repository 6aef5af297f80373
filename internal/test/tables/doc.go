// Package tables tests each table: its rows and calls over the simulated AWS. It contains tests only.
package tables
