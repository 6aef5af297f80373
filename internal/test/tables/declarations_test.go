package tables

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/engine"
	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

// TestDeclarations compares what tables declare that they read with the permissions that
// the documentation asks for, and with what is simulated.
func TestDeclarations(t *testing.T) {
	var declared []string
	for _, table := range ssmassoc.NewServer().Tables() {
		declared = append(declared, table.Operations()...)
		operators := engine.KeyOperatorsOf(ssmassoc.Plugin(t.Context()).TableMap[table.Name])
		for _, column := range slices.Concat(table.Reads.Key, table.Reads.ByID, table.Reads.Parts) {
			if operators[column] == nil {
				t.Errorf("%s reads by %s, which is not a key column", table.Name, column)
			}
		}
		if table.Reads.Parent == "" != (len(table.Reads.Key) == 0) || len(table.Reads.Key) != len(table.Reads.Listing) {
			t.Errorf("%s: every key names a parent that an operation lists, got %+v", table.Name, table.Reads)
		}
	}
	slices.Sort(declared)
	declared = slices.Compact(declared)

	text, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "iam-policy.json"))
	if err != nil {
		t.Fatal(err)
	}
	var policy struct{ Statement []struct{ Action any } }
	if err := json.Unmarshal(text, &policy); err != nil {
		t.Fatal(err)
	}
	var permitted []string
	for _, statement := range policy.Statement {
		if actions, several := statement.Action.([]any); several {
			for _, action := range actions {
				permitted = append(permitted, strings.TrimPrefix(action.(string), "ssm:"))
			}
		}
	}
	slices.Sort(permitted)
	if !slices.Equal(declared, permitted) {
		t.Errorf("docs/iam-policy.json permits %v; the tables read by %v", permitted, declared)
	}
	simulated := awssim.Operations()
	slices.Sort(simulated)
	if !slices.Equal(declared, simulated) {
		t.Errorf("%v are simulated; the tables read by %v", simulated, declared)
	}
}
