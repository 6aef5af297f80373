package shell

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"steampipe-plugin-ssmassoc/internal/cli/termtext"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// StatsMode is the form in which a session prints the cost of an input.
type StatsMode string

// The forms of statistics.
const (
	NoStats   StatsMode = ""
	TextStats StatsMode = "text"
	JSONStats StatsMode = "json"
)

// Usage is the usage of AWS.
type Usage struct {
	// Calls counts the requests sent, including retries, by operation.
	Calls map[string]int
	// Retries counts repeated requests, Throttled the throttled ones, and CacheHits the
	// reads that needed no call.
	Retries, Throttled, CacheHits int
	Triage                        Triage
	// Skipped counts the things without rows because of an error, by reason.
	Skipped []Skip
}

// Skip counts the things of a kind, such as nodes, that have no rows because of an
// error, in a region of a connection.
type Skip struct {
	Connection string `json:"connection"`
	Region     string `json:"region"`
	Kind       string `json:"kind"`
	Code       string `json:"code"` // AWS's error code
	Count      int    `json:"count"`
}

// minus returns the usage since an earlier one.
func (u Usage) minus(before Usage) Usage {
	calls := maps.Clone(u.Calls)
	for operation, n := range before.Calls {
		if calls[operation] -= n; calls[operation] == 0 {
			delete(calls, operation)
		}
	}
	u.Calls = calls
	u.Retries -= before.Retries
	u.Throttled -= before.Throttled
	u.CacheHits -= before.CacheHits
	u.Triage = u.Triage.minus(before.Triage)
	return u
}

// measurement is the cost of one input's statements.
type measurement struct {
	usage    func() Usage
	before   Usage
	start    time.Time
	elapsed  time.Duration
	rows     int
	firstRow time.Duration // 0 for none
	after    Usage
	// warnings are about the answers.
	warnings []string
	scope    Scope
}

func (s *Session) measure() *measurement {
	return &measurement{usage: s.backend.Usage, before: s.backend.Usage(), start: time.Now()}
}

// add counts the rows of a result.
func (m *measurement) add(rows *embedded.Rows) {
	n, first := rows.Count()
	if n > 0 && m.firstRow == 0 {
		m.firstRow = first.Sub(m.start)
	}
	m.rows += n
}

func (m *measurement) end() {
	m.elapsed = time.Since(m.start)
	m.after = m.usage().minus(m.before)
}

// reports reports whether the settings ask for statistics.
func (s *Session) reports() bool { return s.Stats != NoStats }

// report prints the cost in the form that the settings choose.
func (s *Session) report(m *measurement) {
	switch {
	case s.Stats == JSONStats:
		m.printJSON(s.stderr)
	case s.Stats == TextStats:
		m.print(s.stderr)
	case s.Timer:
		fmt.Fprintf(s.stderr, "time: %s\n", m.elapsed.Round(time.Millisecond))
	}
}

// print prints the cost in two lines, and the scope, if anything was read.
func (m *measurement) print(w io.Writer) {
	total := 0
	var parts []string
	for _, operation := range slices.Sorted(maps.Keys(m.after.Calls)) {
		total += m.after.Calls[operation]
		parts = append(parts, fmt.Sprintf("%s %d", operation, m.after.Calls[operation]))
	}
	detail := ""
	if len(parts) > 0 {
		detail = " (" + strings.Join(parts, ", ") + ")"
	}
	fmt.Fprintf(w, "time: %s, AWS calls: %d%s\n", m.elapsed.Round(time.Millisecond), total, detail)
	first := ""
	if m.rows > 0 {
		first = fmt.Sprintf(", first after %s", m.firstRow.Round(time.Millisecond))
	}
	fmt.Fprintf(w, "rows: %d%s, retries: %d, throttled: %d, cache hits: %d\n",
		m.rows, first, m.after.Retries, m.after.Throttled, m.after.CacheHits)
	if triage := m.after.Triage.String(); triage != "" {
		fmt.Fprintf(w, "triage: %s\n", triage)
	}
	if scope := m.scope.String(); scope != "" {
		fmt.Fprintf(w, "scope: %s\n", termtext.Message(scope))
	}
}

// printJSON prints the cost as a JSON object on a line. Times are in seconds.
func (m *measurement) printJSON(w io.Writer) {
	total := 0
	for _, n := range m.after.Calls {
		total += n
	}
	var first *float64
	if m.rows > 0 {
		seconds := m.firstRow.Seconds()
		first = &seconds
	}
	text, _ := json.Marshal(struct { // always marshals
		Seconds         float64        `json:"seconds"`
		FirstRowSeconds *float64       `json:"first_row_seconds"`
		Rows            int            `json:"rows"`
		Calls           int            `json:"calls"`
		CallsBy         map[string]int `json:"calls_by_operation"`
		Retries         int            `json:"retries"`
		Throttled       int            `json:"throttled"`
		CacheHits       int            `json:"cache_hits"`
		Skipped         []Skip         `json:"skipped"`
		Triage          Triage         `json:"triage"`

		Scope     []ScopeConnection `json:"scope"`
		Unmatched []Unmatched       `json:"unmatched"`
	}{
		m.elapsed.Seconds(), first, m.rows, total, m.after.Calls,
		m.after.Retries, m.after.Throttled, m.after.CacheHits, orEmpty(m.after.Skipped), m.after.Triage,
		orEmpty(m.scope.Connections), orEmpty(m.scope.Unmatched),
	})
	fmt.Fprintf(w, "%s\n", text)
}

// orEmpty returns a list that JSON shows as [] rather than null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
