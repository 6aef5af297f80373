package embedded

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestExplain(t *testing.T) {
	for name, test := range map[string]struct {
		sql  string
		want []string
	}{
		"a condition":  {"select zone from node where id = 'a'", []string{"node(id zone): id = 'a'"}},
		"a list":       {"select id from node where id in ('a', 'b')", []string{"node(id): id = 'a'|'b'"}},
		"a parameter":  {"select id from node where id = :id", []string{"node(id): id = 'p'"}},
		"a limit":      {"select id from node limit 3", []string{"node(id) limit 3"}},
		"no condition": {"select count(*) from node where zone = 'x'", []string{"node(zone)"}},
		"a join":       {"select b.zone from node a join node b on b.id = a.zone where a.id = 'x'", []string{"node(id zone): id = 'x'", "node(id zone): id = ?"}},
		"a left join": {"select b.zone from node a left join node b on b.id = a.zone where a.id = 'x'",
			[]string{"node(id zone): id = 'x'", "node(id zone): id = ?"}},
		"a schema": {"select a.zone from fake.node a join node b on b.id = a.zone where a.id = 'x'",
			[]string{"fake.node(id zone): id = 'x'", "node(id): id = ?"}},
		"several statements":    {"create table t as select id from node; select * from t, node", []string{"node(id)", "node(id zone cores weight seen)"}},
		"no table":              {"select 1", nil},
		"a statement's EXPLAIN": {"explain select 1", nil},
	} {
		t.Run(name, func(t *testing.T) {
			fleet := &fakeFleet{listed: []fakeNode{{id: "a"}}}
			dry := NewDryRun(fleet)
			host, err := NewHost(dry, []Connection{{Name: "fake"}}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			db, err := Open(host, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = db.Close() }()
			var got []string
			err = dry.Explain(t.Context(), db, test.sql, Parameters{"id": "p"}, func(_ string, scans []PlannedScan) error {
				for _, s := range scans {
					got = append(got, describe(s))
				}
				return nil
			})
			if err != nil || !slices.Equal(got, test.want) {
				t.Errorf("got %q (%v), want %q", got, err, test.want)
			}
			if len(fleet.scans) > 0 {
				t.Errorf("the plugin was asked: %q", fleet.scans)
			}
		})
	}
}

// TestExplainNamesConnections checks which connections a scan reads, and that each scan
// gets the values of its own request.
func TestExplainNamesConnections(t *testing.T) {
	dry := NewDryRun(&accounts{})
	host, err := NewHost(dry, []Connection{{Name: "a"}, {Name: "b"}, {Name: "c"}},
		Options{Schemas: []Schema{{Name: "some", Members: []string{"b", "c"}}}})
	if err != nil {
		t.Fatal(err)
	}
	db, err := Open(host, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var got []string
	const sql = `select id from a.node where id = 'x' union all select id from some.node where id = 'y'
		union all select id from node where id = 'z'`
	if err := dry.Explain(t.Context(), db, sql, nil, func(_ string, scans []PlannedScan) error {
		for _, s := range scans {
			got = append(got, fmt.Sprint(describe(s), s.Connections))
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	want := []string{"a.node(id): id = 'x'[a]", "some.node(id): id = 'y'[b c]", "node(id): id = 'z'[a b c]"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func describe(s PlannedScan) string {
	text := fmt.Sprintf("%s(%s)", s.Table, strings.Join(s.Columns, " "))
	if s.Schema != "" {
		text = s.Schema + "." + text
	}
	for _, c := range s.Conditions {
		values := "?"
		if c.Values != nil {
			values = strings.Join(c.Values, "|")
		}
		text += fmt.Sprintf(": %s %s %s", c.Column, c.Operator, values)
	}
	if s.Limit >= 0 {
		text += fmt.Sprintf(" limit %d", s.Limit)
	}
	return text
}
