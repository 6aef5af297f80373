package ssmassoc

import (
	"slices"
	"testing"

	"steampipe-plugin-ssmassoc/internal/engine"
)

func TestEveryTableHasReads(t *testing.T) {
	for name, table := range Plugin(t.Context()).TableMap {
		operators := engine.KeyOperatorsOf(table)
		reads, ok := ReadsOf(name)
		if !ok || reads.Operation != table.List.Tags["action"] {
			t.Errorf("%s is read by %q, want %q", name, reads.Operation, table.List.Tags["action"])
		}
		for _, column := range slices.Concat(reads.Key, reads.ByID) {
			if operators[column] == nil {
				t.Errorf("%s: %s is not a key column", name, column)
			}
		}
	}
}
