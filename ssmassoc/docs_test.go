package ssmassoc

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func readFile(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{".."}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestTablesAreDocumented checks that each table has a page, with examples in both dialects
// unless they say why not.
func TestTablesAreDocumented(t *testing.T) {
	index, readme := readFile(t, "docs", "index.md"), readFile(t, "README.md")
	for name := range newService().plugin().TableMap {
		if !strings.Contains(index, "| `"+name+"` | `ssm:") {
			t.Errorf("docs/index.md: the permissions of %s are missing", name)
		}
		if !strings.Contains(readme, "(docs/tables/"+name+".md)") {
			t.Errorf("README.md: %s is missing", name)
		}
		page := readFile(t, "docs", "tables", name+".md")
		for _, part := range []string{"# Table: " + name, "## Table Usage Guide", "## Examples"} {
			if !strings.Contains(page, part) {
				t.Errorf("%s: %q is missing", name, part)
			}
		}
		postgres, sqlite := strings.Count(page, "```sql+postgres"), strings.Count(page, "```sql+sqlite")
		if alone := strings.Count(page, "PostgreSQL only: "); postgres == 0 || postgres != sqlite+alone {
			t.Errorf("%s: %d examples for PostgreSQL and %d for SQLite", name, postgres, sqlite)
		}
	}
}
