package sqltimes

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sql/sqltext"
)

var example = regexp.MustCompile("(?s)```sql\\+sqlite\n(.*?)```")

// TestExamplesAreParsed checks that every example of the documentation can be parsed.
func TestExamplesAreParsed(t *testing.T) {
	pages, err := filepath.Glob("../../../docs/tables/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	n := 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range example.FindAllStringSubmatch(string(text), -1) {
			for _, sql := range strings.SplitAfter(block[1], ";") {
				if sqltext.Blank(sql) {
					continue
				}
				n++
				if q, _, _, ok := parse(sql); !ok || q == nil {
					t.Errorf("%s: cannot parse %s", page, sql)
				}
			}
		}
	}
	if n < 30 {
		t.Errorf("%d examples", n)
	}
}
