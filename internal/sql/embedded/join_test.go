package embedded

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

// TestJoins compares joins with those of a plain table of the same rows, and
// bounds their scans.
func TestJoins(t *testing.T) {
	for name, test := range map[string]struct {
		nodes       int
		sql         string // {node} is the table
		whole, byID int    // scans
	}{
		"a column that is not a key": {
			nodes: 400, sql: "select a.id, b.id from {node} a join {node} b on b.zone = a.zone where a.cores = 1", whole: 2,
		},
		"an integer": {
			nodes: 400, sql: "select a.id, b.id from {node} a join {node} b on b.cores = a.cores + 1 where a.zone = 'a'", whole: 2,
		},
		"text with numbers, which SQLite converts": {
			nodes: 100, sql: "select a.id, b.id from {node} a join {node} b on b.zone = a.cores", whole: 2,
		},
		"numbers with text, which SQLite converts": {
			nodes: 100, sql: "select a.id, b.id from {node} a cross join {node} b on b.cores = a.zone", whole: 2,
		},
		"a floating-point number with an integer": {
			nodes: 100, sql: "select a.id, b.id from {node} a join {node} b on b.weight = a.cores", whole: 2,
		},
		"points in time": {
			nodes: 100, sql: "select a.id, b.id from {node} a cross join {node} b on b.seen = case when a.zone like '2026%' then a.zone end", whole: 2,
		},
		"points in time as text": {
			nodes: 100, sql: "select a.id, b.id from {node} a cross join {node} b on b.seen = case when a.zone like '2026%' then a.zone end collate binary", whole: 2,
		},
		"without regard to case": {
			nodes: 100, sql: "select a.id, b.id from {node} a join {node} b on b.zone = a.zone collate nocase", whole: 2,
		},
		"two columns at a time": {
			nodes: 400, sql: "select a.id, b.id from {node} a left join {node} b on b.zone = a.zone and b.cores = a.cores and b.id > a.id", whole: 2,
		},
		"with none, for NULL": {
			nodes: 100, sql: "select a.id from {node} a where not exists (select 1 from {node} b where b.zone = a.zone)", whole: 3,
		},
		"whether there is any": {
			nodes: 100, sql: "select a.id from {node} a where exists (select 1 from {node} b)", whole: 3,
		},
		"whether there is any, by what SQLite applies alone": {
			nodes: 100, sql: "select a.id from {node} a where exists (select 1 from {node} b where b.cores + 0 > a.cores and b.weight > 1)", whole: 3,
		},
		"whether there is any of two": {
			nodes: 100, sql: "select a.id from {node} a where exists (select 1 from {node} b where b.cores + 0 = 7) and exists (select 1 from {node} c where c.cores + 0 = a.cores + 0)", whole: 5,
		},
		"the first that there is": {
			nodes: 400, sql: "select a.id, (select b.zone is null from {node} b where b.id || '' > a.id limit 1) from {node} a order by a.id", whole: 3,
		},
		"a column that is not a key, or another": {
			nodes: 100, sql: "select a.id, b.id from {node} a join {node} b on b.zone = a.zone or b.cores = a.cores", whole: 2,
		},
		"duplicates, counted": {
			nodes: 100, sql: "select a.id, (select count(*) from {node} b where b.zone = a.zone and b.seen = a.seen) from {node} a", whole: 2,
		},
		"the first by order": {
			nodes: 100, sql: "select a.id, (select b.id from {node} b where b.zone = a.zone order by b.id desc limit 1 offset 1) from {node} a", whole: 2,
		},
		"few keys": {
			nodes: 400, sql: "with w(id) as (values ('i-0001'), ('i-0005'), ('i-none'), (null)) select b.* from w join {node} b on b.id = w.id", byID: 3,
		},
		"a constant key": {
			nodes: 400, sql: "select * from {node} where id = 'i-0005'", byID: 1,
		},
		"many keys": {
			nodes: 400, sql: "select a.id, b.zone from {node} a left join {node} b on b.id = a.id and b.cores = a.cores - 0", whole: 2, byID: narrowScans,
		},
		"many keys, not all of which exist": {
			nodes: 400, sql: "select a.id, b.zone from {node} a left join {node} b on b.id = a.id || case when a.cores = 8 then 'x' else '' end",
			whole: 2, byID: narrowScans + 44,
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFakeFleet(test.nodes)
			db := f.open(t)
			got := answer(t, db, strings.NewReplacer("{", "", "}", "").Replace(test.sql))
			want := answer(t, db, strings.NewReplacer("{", "plain_", "}", "").Replace(test.sql))
			if !slices.Equal(got, want) {
				t.Errorf("%d rows, want %d", len(got), len(want))
			}
			if len(want) == 0 {
				t.Error("no rows: the test shows nothing")
			}
			if whole, byID := f.takeScans(); whole > test.whole || byID > test.byID {
				t.Errorf("%d scans of the table and %d by id, want %d and %d at most", whole, byID, test.whole, test.byID)
			}
		})
	}
}

// TestKeysThatAreNotListed checks that a join finds rows that the plugin
// returns only by id, however many others it finds in what was read.
func TestKeysThatAreNotListed(t *testing.T) {
	db := newFakeFleet(400).open(t)
	got := answer(t, db, "with w(id) as (select id from plain_node union all values ('i-stopped')) select distinct b.id from w cross join node b on b.id = w.id")
	if len(got) != 401 || !slices.Contains(got, `"i-stopped"|`) {
		t.Errorf("%d nodes without the stopped one, want 401 with it", len(got))
	}
}

// TestJoinsBeyondMemory checks that a table too large to keep is read
// repeatedly, with the same answer.
func TestJoinsBeyondMemory(t *testing.T) {
	f := newFakeFleet(300)
	for i := range f.listed {
		f.listed[i].zone = strings.Repeat(string(rune('a'+i%4)), 30_000)
	}
	db := f.open(t)
	got := answer(t, db, "select a.id, b.id from node a join node b on b.zone = a.zone")
	// SQLite would index the zones of the plain table, beyond its memory.
	want := answer(t, db, "select a.id, b.id from plain_node a join plain_node b on substr(b.zone, 1, 1) = substr(a.zone, 1, 1)")
	if !slices.Equal(got, want) {
		t.Errorf("%d rows, want %d", len(got), len(want))
	}
	if whole, _ := f.takeScans(); whole < len(f.listed)/2 {
		t.Errorf("%d scans: the rows were kept beyond the bound", whole)
	}
}

// TestJoinsThatFail checks that joins do not use the rows of a failed scan as
// the whole table.
func TestJoinsThatFail(t *testing.T) {
	const byZone = "select count(*) from plain_node a cross join node b on b.zone = a.zone"
	const byID = "select count(*) from plain_node a cross join node b on b.id = a.id"
	for name, test := range map[string]struct {
		fail func(scan int, id string) (after int, err error)
		sql  string
		want error
	}{
		"a first read": {
			sql:  byZone,
			fail: func(int, string) (int, error) { return 50, errDenied },
			want: errDenied,
		},
		"a read for lookups, which a scan does without": {
			sql: "select count(*) from plain_node a where exists (select 1 from node b where b.zone = a.zone)",
			fail: func(scan int, _ string) (int, error) {
				if scan != 2 {
					return 1 << 30, nil
				}
				return 1, errDenied
			},
		},
		"a read of one value": {
			sql: byID,
			fail: func(_ int, id string) (int, error) {
				if id == "i-0399" {
					return 0, errDenied
				}
				return 50, errDenied
			},
			want: errDenied,
		},
		"a read without the values of a join, which each of them does without": {
			sql: byID,
			fail: func(_ int, id string) (int, error) {
				if id == "" {
					return 50, errDenied
				}
				return 1 << 30, nil
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFakeFleet(400)
			db := f.open(t)
			want := answer(t, db, strings.ReplaceAll(test.sql, " node ", " plain_node "))
			scan := 0
			f.fail = func(id string) (int, error) { scan++; return test.fail(scan, id) }
			got, err := tryAnswer(t.Context(), db, test.sql)
			if !errors.Is(err, test.want) {
				t.Fatalf("got the error %v, want %v", err, test.want)
			}
			if err == nil && !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

// TestJoinsEnd checks that a read for lookups ends with the statement's context.
func TestJoinsEnd(t *testing.T) {
	f := newFakeFleet(400)
	db := f.open(t)
	ctx, cancel := context.WithCancel(t.Context())
	f.fail = func(id string) (int, error) {
		if id == "" {
			cancel()
			<-ctx.Done()
			return 50, ctx.Err()
		}
		return 1 << 30, nil
	}
	if _, err := tryAnswer(ctx, db, "select count(*) from plain_node a cross join node b on b.id = a.id"); !errors.Is(err, context.Canceled) {
		t.Errorf("got the error %v, want %v", err, context.Canceled)
	}
}

// TestPlans checks what a table leaves to the plugin, to lookups and to SQLite.
func TestPlans(t *testing.T) {
	for name, test := range map[string]struct{ sql, want string }{
		"all columns":          {"select * from node", `{"columns":[0,1,2,3,4]}`},
		"a key":                {"select id from node where id = 'x'", `{"columns":[0],"conditions":[{"column":0,"operator":"="}]}`},
		"a list of keys":       {"select id from node where id in ('x', 'y')", `{"columns":[0],"conditions":[{"column":0,"operator":"=","list":true}]}`},
		"a key of a join":      {"select n.id from plain_node p cross join node n on n.id = p.id", `{"columns":[0],"conditions":[{"column":0,"operator":"=","outer":true}]}`},
		"no key":               {"select id from node where zone = 'x'", `{"columns":[0,1]}`},
		"no key, of a join":    {"select n.id from plain_node p cross join node n on n.zone = p.zone", `{"columns":[0,1],"lookups":[{"column":1}]}`},
		"a time":               {"select n.id from plain_node p cross join node n on n.seen = p.seen", `{"columns":[0,4],"lookups":[{"column":4,"timestamp":true}]}`},
		"another collation":    {"select n.id from plain_node p cross join node n on n.zone = p.zone collate nocase", `{"columns":[0,1]}`},
		"a floating-point one": {"select n.id from plain_node p cross join node n on n.weight = p.weight", `{"columns":[0,3]}`},
		"a limit":              {"select id from node limit 3 offset 1", `{"columns":[0],"limit":true,"offset":true}`},
		"a limit of a lookup":  {"select (select n.id from node n where n.zone = p.zone limit 1) from plain_node p", `{"columns":[0,1],"lookups":[{"column":1}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			db := newFakeFleet(1).open(t)
			plan := strings.Join(answer(t, db, "explain query plan "+test.sql), "\n")
			plan = strings.ReplaceAll(plan, `\"`, `"`)
			if !strings.Contains(plan, "VIRTUAL TABLE INDEX 0:"+test.want) {
				t.Errorf("got %s, want %s", plan, test.want)
			}
		})
	}
}
