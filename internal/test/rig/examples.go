package rig

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sim/demo"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// The dialects of the documentation's examples.
const (
	Postgres = "postgres"
	Sqlite   = "sqlite"
)

// DocumentedFleet returns the fleet of ssmassoc --demo. Ids in examples are of
// its nodes, so that an example has rows when tried there.
func DocumentedFleet() fleet.Options { return demo.Options(demo.Nodes, demo.Regions()) }

// Example is an example of a table's page: SQL by dialect.
type Example struct {
	Heading string
	SQL     map[string]string
}

// TableDocs is the folder of the tables' pages.
var TableDocs = filepath.Join("..", "..", "..", "docs", "tables")

// DocumentedTables returns the pages of the tables.
func DocumentedTables(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(TableDocs, "*.md"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no pages in %s: %v", TableDocs, err)
	}
	return files
}

// exampleParts match the parts of a page's examples: a heading (1), or a code
// block's language (2) and text (3).
var exampleParts = regexp.MustCompile("(?ms)^### ([^\n]+)$|^```([^\n]*)\n(.*?)^```$")

// ReadExamples returns the examples of a page. Blocks of plain sql are for both
// dialects, as on the Steampipe Hub.
func ReadExamples(t *testing.T, file string) []Example {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var examples []Example
	for _, part := range exampleParts.FindAllStringSubmatch(string(text), -1) {
		heading, language, sql := part[1], part[2], part[3]
		if heading != "" {
			examples = append(examples, Example{Heading: heading, SQL: map[string]string{}})
			continue
		}
		var dialects []string
		switch language {
		case "sql":
			dialects = []string{Postgres, Sqlite}
		case "sql+postgres":
			dialects = []string{Postgres}
		case "sql+sqlite":
			dialects = []string{Sqlite}
		default:
			t.Errorf("%s: a block in %q, which no test runs", file, language)
			continue
		}
		if len(examples) == 0 {
			t.Errorf("%s: an example without a heading\n%s", file, sql)
			continue
		}
		e := examples[len(examples)-1]
		for _, dialect := range dialects {
			if e.SQL[dialect] != "" {
				t.Errorf("%s: %q has two examples in %s", file, e.Heading, dialect)
			}
			e.SQL[dialect] = sql
		}
	}
	for _, e := range examples {
		if len(e.SQL) == 0 {
			t.Errorf("%s: %q has no SQL", file, e.Heading)
		}
	}
	return examples
}

// ExampleOf returns an example on a table's page.
func ExampleOf(t *testing.T, table, heading string) Example {
	t.Helper()
	examples := ReadExamples(t, filepath.Join(TableDocs, table+".md"))
	i := slices.IndexFunc(examples, func(e Example) bool { return e.Heading == heading })
	if i < 0 {
		t.Fatalf("the page of %s has no example %q", table, heading)
	}
	return examples[i]
}
