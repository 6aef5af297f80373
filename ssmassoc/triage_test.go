package ssmassoc

import (
	"testing"

	"steampipe-plugin-ssmassoc/internal/engine"
)

func TestNodesThatTriageAdmits(t *testing.T) {
	for name, test := range map[string]struct {
		wanted []string
		counts map[string]int32
		want   bool
	}{
		"the status is counted":     {[]string{"Failed"}, map[string]int32{"Success": 3, "Failed": 1}, true},
		"it is not":                 {[]string{"Failed"}, map[string]int32{"Success": 3}, false},
		"its count is zero":         {[]string{"Failed"}, map[string]int32{"Success": 3, "Failed": 0}, false},
		"one of several is counted": {[]string{"Skipped", "Failed"}, map[string]int32{"Failed": 1}, true},
		"no counts":                 {[]string{"Failed"}, nil, true},
		"empty counts":              {[]string{"Failed"}, map[string]int32{}, true},
		"a failing status may be counted as Failed": {[]string{"TimedOut"}, map[string]int32{"Failed": 1}, true},
		"but not the other way round":               {[]string{"Failed"}, map[string]int32{"TimedOut": 1}, false},
		"another may be counted as Pending":         {[]string{"InProgress"}, map[string]int32{"Pending": 1}, true},
		"as may one that nobody has heard of":       {[]string{"Nonesuch"}, map[string]int32{"Pending": 1}, true},
		"a success is not":                          {[]string{"Success"}, map[string]int32{"Pending": 1, "Failed": 1}, false},
	} {
		t.Run(name, func(t *testing.T) {
			names := map[string]bool{}
			for _, status := range test.wanted {
				names[status], names[overallStatus(status)] = true, true
			}
			if got := countsAny(names, test.counts); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
	if !(*triage)(nil).admits(&engine.Scan{}, "i-00000000", map[string]int32{"Success": 1}) {
		t.Error("without triage, a node is left out")
	}
}

func TestAgreementOfCountsAndStatuses(t *testing.T) {
	statuses := map[string]int32{"Success": 2, "TimedOut": 1, "Failed": 1, "InProgress": 1}
	for name, test := range map[string]struct {
		counts map[string]int32
		want   bool
	}{
		"each by its own name":     {map[string]int32{"Success": 2, "TimedOut": 1, "Failed": 1, "InProgress": 1, "Pending": 0}, true},
		"all by overall names":     {map[string]int32{"Success": 2, "Failed": 2, "Pending": 1}, true},
		"another number":           {map[string]int32{"Success": 3, "TimedOut": 1, "Failed": 1, "InProgress": 1}, false},
		"a status that is missing": {map[string]int32{"Success": 2, "TimedOut": 1, "Failed": 1}, false},
		"one that nothing has":     {map[string]int32{"Success": 2, "TimedOut": 1, "Failed": 1, "InProgress": 1, "Skipped": 1}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := agreeing(test.counts, statuses); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
