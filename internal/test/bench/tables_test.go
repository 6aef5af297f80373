package main

import (
	"maps"
	"slices"
	"testing"

	"steampipe-plugin-ssmassoc/ssmassoc"
)

func TestEveryTableIsMeasured(t *testing.T) {
	var measured []string
	for _, table := range tables {
		if len(table.scenarios) == 0 {
			t.Errorf("%s has no scenario", table.name)
		}
		measured = append(measured, table.name)
	}
	slices.Sort(measured)
	if want := slices.Sorted(maps.Keys(ssmassoc.Plugin(t.Context()).TableMap)); !slices.Equal(measured, want) {
		t.Errorf("measured are %v, the plugin has %v", measured, want)
	}
}
