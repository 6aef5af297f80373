package ssmassoc

import (
	"slices"
	"testing"
)

func TestEveryTableHasReads(t *testing.T) {
	server := NewServer()
	for name, table := range server.plugin.TableMap {
		reads, ok := ReadsOf(name)
		if !ok || reads.Operation != table.List.Tags["action"] {
			t.Errorf("%s is read by %q, want %q", name, reads.Operation, table.List.Tags["action"])
		}
		for _, column := range slices.Concat(reads.Key, reads.ByID) {
			if server.keyOperators[name][column] == nil {
				t.Errorf("%s: %s is not a key column", name, column)
			}
		}
	}
}
