package ssmassoc

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestTimeFilters holds AWS's filters to the conditions of the query: of times
// that are whole milliseconds, as AWS's are, they let through the same.
func TestTimeFilters(t *testing.T) {
	base := time.Date(2026, time.January, 2, 3, 4, 5, 678_000_000, time.UTC)
	for _, asked := range []time.Time{
		base, base.Add(1), base.Add(500 * time.Microsecond), base.Add(999_999), base.Truncate(time.Second),
	} {
		for _, operator := range []string{"=", "<", "<=", ">", ">="} {
			conditions := timeConditions{{operator, []time.Time{asked}}}
			filters := conditions.filters("CreatedTime")
			if exact := !filters.inexact; exact != asked.Equal(asked.Truncate(time.Millisecond)) {
				t.Errorf("%s %s: exact is %t", operator, asked, exact)
			}
			for offset := -2; offset <= 2; offset++ {
				created := asked.Truncate(time.Millisecond).Add(time.Duration(offset) * time.Millisecond)
				want := conditions.meets(&created)
				got := true
				for _, f := range filters.each {
					bound, err := time.Parse(time.RFC3339Nano, f.values[0])
					if err != nil {
						t.Fatal(err)
					}
					if !bound.Equal(bound.Truncate(time.Millisecond)) {
						t.Errorf("%s %s: AWS is asked for %s, which is no whole millisecond", operator, asked, f.values[0])
					}
					order := created.Compare(bound)
					got = got && map[string]bool{"EQUAL": order == 0, "LESS_THAN": order < 0, "GREATER_THAN": order > 0}[f.operator]
				}
				if len(filters.each) == 0 {
					got = want // the plugin compares by itself
				}
				if got != want {
					t.Errorf("created_time %s %s: AWS lets %s through: %t, want %t", operator, asked, created, got, want)
				}
			}
		}
	}
}

// TestTimesBeyondAWSs leaves times to the plugin that AWS cannot be asked for.
func TestTimesBeyondAWSs(t *testing.T) {
	for operator, asked := range map[string]time.Time{
		"<=": time.Date(9999, time.December, 31, 23, 59, 59, 999_900_000, time.UTC),
		">=": time.Date(1, time.January, 1, 0, 0, 0, 0, time.UTC),
	} {
		filters := timeConditions{{operator, []time.Time{asked}}}.filters("CreatedTime")
		if len(filters.each) > 0 || !filters.inexact {
			t.Errorf("%s %s: %v", operator, asked, filters)
		}
	}
}

func TestTimeConditions(t *testing.T) {
	early, late := time.Unix(1, 0), time.Unix(2, 0)
	for name, test := range map[string]struct {
		conditions timeConditions
		null       bool
		met        string // of early and late
	}{
		"none":                   {nil, true, "early late"},
		"a range":                {timeConditions{{">", []time.Time{early}}, {"<=", []time.Time{late}}}, false, "late"},
		"one of several":         {timeConditions{{"=", []time.Time{early, late}}}, false, "early late"},
		"nothing to be equal to": {timeConditions{{"=", nil}}, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := test.conditions.meets(nil); got != test.null {
				t.Errorf("null meets it: %t", got)
			}
			var met []string
			if test.conditions.meets(&early) {
				met = append(met, "early")
			}
			if test.conditions.meets(&late) {
				met = append(met, "late")
			}
			if got := strings.Join(met, " "); got != test.met {
				t.Errorf("got %s, want %s", got, fmt.Sprint(test.met))
			}
		})
	}
}
