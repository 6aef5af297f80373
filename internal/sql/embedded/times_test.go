package embedded

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// openTimes returns a database with the table node, of ten nodes seen a second apart
// from 03:04:00 on, one of them half a second later, and the attached tables due, with
// times in columns of several types, and note, with a text that is not a time.
func openTimes(t *testing.T) *DB {
	t.Helper()
	f := &fakeFleet{}
	for i := range 10 {
		f.listed = append(f.listed, fakeNode{id: fmt.Sprint(i), zone: "z", seen: time.Date(2026, 1, 2, 3, 4, i, 0, time.UTC)})
	}
	f.listed[5].seen = f.listed[5].seen.Add(time.Second / 2)
	db := openPlugin(t, f, Options{MemoryMB: LeastMemoryMB}, "c")
	attachRows(t, db, &Table{Name: "due", Columns: []Column{
		{Name: "at", Kind: Timestamp}, {Name: "text", Kind: Text}, {Name: "epoch", Kind: Int}, {Name: "real", Kind: Double},
	}}, []any{"2026-01-02T03:04:05.5Z", "Jan 2 2026 03:04:05.5", int64(1767323045), 1767323045.5})
	attachRows(t, db, &Table{Name: "note", Columns: []Column{{Name: "text", Kind: Text}}}, []any{"never"})
	return db
}

func attachRows(t *testing.T, db *DB, table *Table, rows ...[]any) {
	t.Helper()
	err := db.Attach(t.Context(), table, func(send func([]any) error) error {
		for _, row := range rows {
			if err := send(row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestTimesAreComparedAsTimes checks comparisons of times with values of many forms
// and origins, from either side.
func TestTimesAreComparedAsTimes(t *testing.T) {
	db := openTimes(t)
	const (
		before = `0 1 2 3 4`
		from   = `5 6 7 8 9`
		after  = `6 7 8 9`
	)
	for condition, want := range map[string]string{
		"seen < '2026-01-02 03:04:05+00'":                                before,
		"seen < 'Jan 2 2026 03:04:05'":                                   before,
		"seen < '2026-01-02 05:04:05 +02:00'":                            before,
		"'2026-01-02 04:04:05+01' > seen":                                before,
		"seen >= datetime('2026-01-02 03:04:05')":                        from,
		"datetime('2026-01-02 03:04:05') <= seen":                        from,
		"seen > 1767323045":                                              from,
		"seen > unixepoch('2026-01-02 03:04:05')":                        from,
		"unixepoch('2026-01-02 03:04:05') < seen":                        from,
		"seen > strftime('%s', '2026-01-02 03:04:05')":                   from,
		"seen > unixepoch('2026-01-02 03:04:05.500', 'subsec')":          after,
		"seen > 1767323045.5":                                            after,
		"seen = '2026-01-02 03:04:05.500'":                               "5",
		"'2026-01-02 03:04:05.500' = seen":                               "5",
		"seen is '2026-01-02 03:04:05.500'":                              "5",
		"seen is not distinct from '2026-01-02 03:04:05.500'":            "5",
		"seen in ('2026-01-02 03:04:05.500', 'Jan 2 2026 3:04:09')":      "5 9",
		"seen not in ('2026-01-02 03:04:05.500')":                        before + " " + after,
		"seen between 'Jan 2 2026 3:04:01' and '2026-01-02 03:04:02+00'": "1 2",
		"'Jan 2 2026 3:04:01' between seen and 'Jan 3 2026'":             "0 1",
		"'Jan 2 2026 3:04:09' between '2026-01-01' and seen":             "9",
		"case seen when 'Jan 2 2026 3:04:09' then 1 end":                 "9",
		"case 'Jan 2 2026 3:04:09' when seen then 1 end":                 "9",
		"seen = null":      "",
		"seen is null":     "",
		"seen is not null": before + " " + from,
		"nullif(seen, 'Jan 2 2026 3:04:09') is null":                               "9",
		"max(seen, 'Jan 2 2026 3:04:09') = seen":                                   "9",
		"max('Jan 2 2026 3:04:09', seen) = seen":                                   "9",
		"coalesce(seen, 'never') = 'never'":                                        "",
		"coalesce(seen, '') <> ''":                                                 before + " " + from,
		"coalesce(null, seen) > 'Jan 2 2026 3:04:05.5'":                            after,
		"coalesce(seen, '2026') > 'Jan 2 2026 3:04:05.5'":                          after,
		"iif(1, seen, null) > 'Jan 2 2026 3:04:05.5'":                              after,
		"case when 1 then seen end > 'Jan 2 2026 3:04:05.5'":                       after,
		"+seen > 'Jan 2 2026 3:04:05.5'":                                           after,
		"(seen) > 'Jan 2 2026 3:04:05.5'":                                          after,
		"node.seen > 'Jan 2 2026 3:04:05.5'":                                       after,
		"(select seen) > 'Jan 2 2026 3:04:05.5'":                                   after,
		"seen > (select 'Jan 2 2026 3:04:05.5')":                                   after,
		"(id, seen) = ('9', 'Jan 2 2026 3:04:09')":                                 "9",
		"(seen, id) in (values ('Jan 2 2026 3:04:09', '9'), ('2026', '8'))":        "9",
		"not seen <= 'Jan 2 2026 3:04:05.5'":                                       after,
		"seen > '2026-01-02' and id = '9'":                                         "9",
		"seen > 'infinity'":                                                        "",
		"seen > '2026'":                                                            before + " " + from,
		"seen >= '2026-01' and seen < '2026-02'":                                   before + " " + from,
		"seen like '2026-01-02T03:04:09%'":                                         "9",
		"seen collate binary = '2026-01-02T03:04:09Z'":                             "9",
		"substr(seen, 1, 20) = '2026-01-02T03:04:09Z'":                             "9",
		"exists (select 1 from due where due.at < seen)":                           after,
		"exists (select 1 from due where seen > due.at)":                           after,
		"exists (select 1 from due where due.text < seen)":                         after,
		"exists (select 1 from due where seen > due.text)":                         after,
		"exists (select 1 from due where due.epoch < seen)":                        from,
		"exists (select 1 from due where seen > due.epoch)":                        from,
		"exists (select 1 from due where due.real < seen)":                         after,
		"exists (select 1 from due where seen > due.real)":                         after,
		"seen in (select at from due)":                                             "5",
		"seen in (select text from due)":                                           "5",
		"seen in (select text from due where due.real > node.seen) or id = '3'":    "3",
		"seen not in (select real from due)":                                       before + " " + after,
		"'Jan 2 2026 3:04:09' in (select b.seen from node b where b.id = node.id)": "9",
		"seen = (select max(text) from due)":                                       "5",
		"seen = (select max(at) from due)":                                         "5",
		"seen < (select max(at) from due)":                                         before,
		"(select max(at) from due) > seen":                                         before,
		"(select text from due) > seen":                                            before,
		"(id, seen) in (select '5', text from due)":                                "5",
		"(seen, id) between ('Jan 2 2026 3:04:09', '9') and ('Jan 3 2026', '')":    "9",
		"1 = not 0 and seen > 'Jan 2 2026 3:04:08'":                                "9",
		"1 = not exists (select 1 from due where due.text < seen)":                 before + " 5",
	} {
		t.Run(condition, func(t *testing.T) {
			want := strings.Fields(want)
			for _, sql := range []string{
				"select id from node where " + condition,
				"select id from (select * from node) as node where " + condition,
				"with other as materialized (select * from node) select id from other as node where " + condition,
				"select id from node where case when " + condition + " then 1 else 0 end",
			} {
				if got := ids(t, db, sql, nil); !slices.Equal(got, want) {
					t.Errorf("%s: got %v, want %v", sql, got, want)
				}
			}
		})
	}
}

// TestTimesInWholeStatements checks times that travel through statements.
func TestTimesInWholeStatements(t *testing.T) {
	db := openTimes(t)
	answer(t, db, "create temp view recent as select id, seen as last from node where seen > 'Jan 2 2026 3:04:05.5'")
	answer(t, db, "create table copy as select id, seen as last, max(seen) over () as latest from node")
	for _, own := range []string{"own", "own1", "own2", "own3"} {
		answer(t, db, "create table "+own+"(id, at text collate timestamp)")
		answer(t, db, "insert into "+own+" select id, seen from node")
	}
	latest := "(select id, max(seen) as seen from node where id > '7' group by id)"
	for sql, want := range map[string]string{
		"select id from (copy) as c where c.last > 1767323048":                                                                             "9",
		"select id from (copy c join due) as d where d.last > 1767323048":                                                                  "9",
		"; select id from copy where last > 1767323048":                                                                                    "9",
		"select id from " + latest + " a join node using (id, seen)":                                                                       "8 9",
		"select id from node join " + latest + " a using (id, seen)":                                                                       "8 9",
		"select a.id from " + latest + " a natural join " + latest + " b where a.seen > 1767323048":                                        "9",
		"with x as " + latest + " select id from x natural join x as y where x.seen > 1767323048":                                          "9",
		"select c.id from copy c join copy using (id, last, latest) where copy.last > 1767323048":                                          "9",
		"select copy.id from copy join copy d using (id, last) join copy e using (last, id) where copy.last > 1767323048":                  "9",
		"select id from recent where last < 'Jan 2 2026 3:04:08'":                                                                          "6 7",
		"select id from recent where 'Jan 2 2026 3:04:08' > last":                                                                          "6 7",
		"select id from copy where 'Jan 2 2026 3:04:08' < last":                                                                            "9",
		"select id from copy where last = 'Jan 2 2026 3:04:09' and latest = last":                                                          "9",
		"select id from own where 'Jan 2 2026 3:04:08' < at":                                                                               "9",
		"with p(since) as (select 'Jan 2 2026 3:04:08') select id from p, node where p.since < seen":                                       "9",
		"with p(since) as (select 'Jan 2 2026 3:04:08') select id from p, node where seen > p.since":                                       "9",
		"with p as (values ('Jan 2 2026 3:04:08')) select id from p join node on column1 < seen":                                           "9",
		"select id from due d join node n on n.seen = d.text":                                                                              "5",
		"select id from node n join due d on d.text = n.seen":                                                                              "5",
		"select id from due d left join node n on d.at = n.seen":                                                                           "5",
		"select id from (select id, max(seen) as last from node group by id) where 'Jan 2 2026 3:04:08' < last":                            "9",
		"select id, max(seen) as last from node group by id having last > 'Jan 2 2026 3:04:08'":                                            "9",
		"select id from node group by id having max(seen) > 'Jan 2 2026 3:04:08'":                                                          "9",
		"select min(id) from node group by seen > 'Jan 2 2026 3:04:08'":                                                                    "0 9",
		"select id from node order by max(seen, '2026') desc limit 1":                                                                      "9",
		"select id from (select id, lag(seen) over (order by seen) as old from node) where old >= 'Jan 2 2026 3:04:08'":                    "9",
		"select id from (select id, first_value(seen) over (order by seen desc) as old, seen from node) where seen = old":                  "9",
		"select id from node where seen > :t":                                                                                              "9",
		"select id from node where :t < seen":                                                                                              "9",
		"select id from node where seen > :n":                                                                                              "9",
		"select text from due intersect select seen from node":                                                                             "2026-01-02T03:04:05.5Z",
		"select count(*) from (select seen from node except select text from due)":                                                         "9",
		"select id from node where seen in (select last from recent where last > 'Jan 2 2026 3:04:08')":                                    "9",
		"select id from node a where exists (select 1 from node b where b.seen < a.seen and b.seen > 'Jan 2 2026 3:04:07')":                "9",
		"select coalesce(seen, 'never') from node where id = '9'":                                                                          "2026-01-02T03:04:09Z",
		"select id from node where timestamptz('Jan 2 2026 3:04:08') < seen":                                                               "9",
		"select timestamptz('Nov 23 2026')":                                                                                                "2026-11-23T00:00:00Z",
		"select id from node union all select text from note":                                                                              "0 1 2 3 4 5 6 7 8 9 never",
		"select id from node n join own using (id) where seen = at and 'Jan 2 2026 3:04:08' < at":                                          "9",
		"select id from node where seen in (select text from due where text in (select at from due where text in (select text from due)))": "5",
		"select id from node where seen in (select '2026' union select text from due order by 1 limit 2)":                                  "5",
		"select id from node where seen in (with recent as (select at from due) select at from recent)":                                    "5",
		"select id from node where (seen, id) in (select text, '5' from due) or (id, seen) = (select '9', 'Jan 2 2026 3:04:09')":           "5 9",
		"delete from own1 where at > 'Jan 2 2026 3:04:08' returning id":                                                                    "9",
		"with d as (select 'Jan 2 2026 3:04:07' as at) delete from own2 where at = (select at from d) returning id":                        "7",
		"update own3 set at = case when at < 'Jan 2 2026 3:04:01' then at end where at < 'Jan 2 2026 3:04:02' returning coalesce(at, id)":  "1 2026-01-02T03:04:00Z",
	} {
		t.Run(sql, func(t *testing.T) {
			got := ids(t, db, sql, Parameters{"t": "Jan 2 2026 3:04:08", "n": int64(1767323048)})
			if !slices.Equal(got, strings.Fields(want)) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

// TestValuesThatAreNotTimes checks that a statement fails with the value and an example.
func TestValuesThatAreNotTimes(t *testing.T) {
	db := openTimes(t)
	answer(t, db, "create table own(at text collate timestamp)")
	answer(t, db, "insert into own values ('2026-01-02'), ('nonsense')")
	for condition, value := range map[string]string{
		"seen < current_date - 7":                  "2019",
		"current_date - 7 > seen":                  "2019",
		"seen > 2019":                              "2019",
		"seen > 20261123":                          "20261123",
		"seen > julianday('now')":                  "2.4",
		"seen > 1767323045000":                     "divide milliseconds by 1000",
		"seen > '1/2/2026'":                        "day or month first",
		"seen > 'nonsense'":                        "nonsense",
		"seen > ''":                                `""`,
		"'nonsense' = seen":                        "nonsense",
		"seen in ('2026-01-02', 'nonsense')":       "nonsense",
		"seen between '2026-01-02' and 'nonsense'": "nonsense",
		"seen is 'nonsense'":                       "nonsense",
		"case seen when 'nonsense' then 1 end":     "nonsense",
		"max(seen, 'nonsense') = seen":             "nonsense",
		"seen > x'00'":                             "blob",
		"seen > :t":                                "nonsense",
		"seen = :n":                                "2019",
		"seen in (select text from note)":          "never",
		"exists (select 1 from note where note.text = seen)":                            "never",
		"exists (select 1 from note where note.text < seen)":                            "never",
		"seen < (select max(text) from note)":                                           "never",
		"seen in (select at from own)":                                                  "nonsense",
		"(id, seen) in (values ('1', 'nonsense'))":                                      "nonsense",
		"seen < date('now', '-7 days') - 1":                                             "2025",
		"coalesce(seen, 'never') < 'nonsense'":                                          "nonsense",
		"seen || '' > '2026' and seen > 'nonsense'":                                     "nonsense",
		"id in (select b.id from node b where b.seen > 'nonsense')":                     "nonsense",
		"exists (select 1 from note join (select seen as text from node) using (text))": "text",
		"exists (select 1 from note natural join (select seen as text from node))":      "text",
		"seen in note": "note",
	} {
		t.Run(condition, func(t *testing.T) {
			err := runWith(t.Context(), db, "select id from node where "+condition, Parameters{"t": "nonsense", "n": int64(2019)})
			if err == nil || !strings.Contains(err.Error(), value) {
				t.Fatalf("error %v, want one with %s", err, value)
			}
			if strings.Contains(err.Error(), "not a time") && !strings.Contains(err.Error(), "'2026-11-23 20:00:00+00'") {
				t.Errorf("error %v has no example", err)
			}
		})
	}
	if err := runWith(t.Context(), db, "select * from own order by at", nil); err == nil {
		t.Error("a text that is not a time was sorted")
	}
	if got := ids(t, db, "select count(*) from node", nil); !slices.Equal(got, []string{"10"}) {
		t.Errorf("the next statement: %v", got)
	}
}

// TestNamesOfResults checks that results have the names of the text.
func TestNamesOfResults(t *testing.T) {
	db := openTimes(t)
	for sql, want := range map[string]string{
		"select seen > 'Jan 2 2026' from node":                                     "seen > 'Jan 2 2026'",
		`select "seen > 'Jan 2 2026'" from (select seen > 'Jan 2 2026' from node)`: "seen > 'Jan 2 2026'",
		"select max(seen, '2026') from node":                                       "max(seen, '2026')",
	} {
		var name string
		if err := db.Run(t.Context(), sql, func(rows *Rows) error {
			name = rows.Columns[0].Name
			return nil
		}); err != nil || name != want {
			t.Errorf("%s: got %q, %v", sql, name, err)
		}
	}
}

func runWith(ctx context.Context, db *DB, sql string, parameters Parameters) error {
	return db.RunWith(ctx, sql, Handler{Parameters: parameters, Result: func(rows *Rows) error {
		for rows.Next() {
		}
		return rows.Err()
	}})
}

// ids returns the first column of a result, sorted.
func ids(t *testing.T, db *DB, sql string, parameters Parameters) []string {
	t.Helper()
	ids := []string{}
	err := db.RunWith(t.Context(), sql, Handler{Parameters: parameters, Result: func(rows *Rows) error {
		for rows.Next() {
			ids = append(ids, string(rows.Text(0)))
		}
		return rows.Err()
	}})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	slices.Sort(ids)
	return ids
}
