package ssmassoc

import (
	"os"
	"slices"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/engine"
)

// TestTablesOptOutOfTheSDKsQueryCache guards the plugin's process: with the SDK's
// query cache, a scan that fails after its first rows sends on a closed channel.
func TestTablesOptOutOfTheSDKsQueryCache(t *testing.T) {
	for name, table := range Plugin(t.Context()).TableMap {
		if table.Cache == nil || table.Cache.Enabled {
			t.Errorf("table %s uses the SDK's query cache", name)
		}
	}
}

func TestTablesHaveInCommon(t *testing.T) {
	for name, table := range Plugin(t.Context()).TableMap {
		var columns []string
		for _, c := range table.Columns {
			columns = append(columns, c.Name)
			if c.Description == "" || c.Transform == nil {
				t.Errorf("table %s, column %s: no description or no value", name, c.Name)
			}
		}
		last := columns[max(0, len(columns)-4):]
		if !slices.Equal(last, []string{"title", engine.PartitionColumn, engine.RegionColumn, engine.AccountColumn}) {
			t.Errorf("table %s ends with the columns %v", name, last)
		}
		if table.GetMatrixItemFunc == nil {
			t.Errorf("table %s is not read region by region", name)
		}
		if table.List.Tags["action"] == "" {
			t.Errorf("table %s names no operation for limiters", name)
		}
		for _, key := range table.List.KeyColumns {
			if !slices.Contains(columns, key.Name) {
				t.Errorf("table %s: key column %s is not a column", name, key.Name)
			}
		}
	}
}

// TestMain keeps the machine's AWS settings from the tests.
func TestMain(m *testing.M) {
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "AWS_") || name == "REQUESTS_CA_BUNDLE" {
			_ = os.Unsetenv(name)
		}
	}
	for name, value := range map[string]string{
		"AWS_EC2_METADATA_DISABLED":   "true",
		"AWS_CONFIG_FILE":             os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
	} {
		_ = os.Setenv(name, value)
	}
	os.Exit(m.Run())
}

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
