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
