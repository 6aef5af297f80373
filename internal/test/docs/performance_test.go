package docs

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// summarized maps scenarios of docs/performance.md to their names in the README's
// table.
var summarized = []struct{ scenario, fleet, limit string }{
	{"200 nodes, 20ms, 10 calls/s after 20", "200 nodes", "10 calls per second"},
	{"1000 nodes, 20ms, no limit", "1,000 nodes", "none"},
	{"1000 nodes, 20ms, 100 calls/s", "1,000 nodes", "100 calls per second"},
	{"10000 nodes, 20ms, no limit", "10,000 nodes", "none"},
}

// TestPerformanceSummary checks that the README's performance table repeats the
// measurements of docs/performance.md. With -update it copies them.
func TestPerformanceSummary(t *testing.T) {
	measured := readFile(t, "docs", "performance.md")
	var table strings.Builder
	table.WriteString("| Fleet | Limit of AWS | Calls | AWS SDK alone | Plugin |\n| --- | --- | --- | --- | --- |\n")
	for _, s := range summarized {
		sdk := measurement(t, measured, s.scenario, "AWS SDK alone")
		plugin := measurement(t, measured, s.scenario, "plugin, gRPC")
		fmt.Fprintf(&table, "| %s | %s | %s | %.1f s | %.1f s |\n",
			s.fleet, s.limit, plugin.calls, sdk.seconds, plugin.seconds)
	}

	readme := readFile(t, "README.md")
	got := regexp.MustCompile(`(?m)^\| Fleet .*\n(\|.*\n)+`).FindString(readme)
	switch {
	case got == table.String():
	case got != "" && *update:
		writeFile(t, "README.md", strings.Replace(readme, got, table.String(), 1))
	default:
		t.Errorf("the table of performance in README.md is\n%s\nwant\n%s", got, table.String())
	}
}

type measured struct {
	seconds float64
	calls   string
}

// measurement returns the wall time and the calls of a scenario in docs/performance.md.
func measurement(t *testing.T, page, scenario, way string) measured {
	t.Helper()
	_, row, found := strings.Cut(page, "\n| "+scenario+" | "+way+" | ")
	if !found {
		t.Fatalf("docs/performance.md does not have %q for %s", scenario, way)
	}
	row, _, _ = strings.Cut(row, "\n")
	cells := strings.Split(row, " | ") // rows, wall s, x floor, rows/s, calls, ...
	seconds, err := strconv.ParseFloat(cells[1], 64)
	if err != nil {
		t.Fatalf("%s: %v", scenario, err)
	}
	return measured{seconds, thousands(cells[4])}
}

// thousands inserts separators between the thousands of a number.
func thousands(digits string) string {
	if len(digits) <= 3 {
		return digits
	}
	return thousands(digits[:len(digits)-3]) + "," + digits[len(digits)-3:]
}
