package sqltimes

import (
	"strings"
	"testing"

	"github.com/ncruces/go-sqlite3"
)

// statements are of all the syntax of queries.
var statements = []string{
	"select 1", "values (1, 2), (3, 4)", "select distinct a from t", "select all a from t", "select t.*, main.t.a from t",
	"select a b, b as c, c 'd', 1 as \"e\", [a] from t where a = 1 or b = 2 and not c = 3",
	"select a between 1 and 2 and b not between c and 4, a is b, a is not b, a is not distinct from b, a is distinct from b from t",
	"select a isnull, b notnull, a not null, a is null, a is not null, a is true, a is not false, true, false, null from t",
	"select a like 'x' escape '!', a not like b, a glob 'x', a not glob b, a in (1, 2), a not in (), a in t3, a in (select 1) from t",
	"select (a, b) = (1, 2), (a, b) in (select 1, 2), (a, b) in (values (1, 2)), (a, b) < (select 1, 2) from t",
	"select case a when 1 then 2 when 3 then 4 else 5 end, case when a then b end, cast(a as decimal(10, 2)), cast(b as text) from t",
	"select exists (select 1), not exists (select 1 from t), (select max(a) from t), x'00', X'00', 1e-5, .5e+3, 0x1F, 1_000, -+~1",
	"select a || b || c, a -> '$.x', a ->> '$.x', a << 2 >> 1 & 3 | 4, a + b - c * 2 / 3 % 4, a collate nocase, -a collate binary from t",
	"select current_date, current_time, current_timestamp, ?, ?1, :a, @b, $c, replace(a, b, c), if(a, b, c), glob(a, b), like(a, b) from t",
	"select count(*), count(distinct a), sum(a) filter (where b), group_concat(a, ',' order by b desc nulls last) from t group by c having count(*) > 1",
	"select row_number() over (), sum(a) over (partition by b order by c rows between unbounded preceding and 1 following exclude ties), " +
		"lag(a, 1, 0) over w, max(a) filter (where b) over (w range current row) from t window w as (partition by b order by c), v as (w)",
	"select * from t, t2 b, (select 1 as x) as c, (t3), (t as x1 join t2 as x2 on x1.a = x2.a) where 1",
	"select * from t left join t2 on t.a = t2.a natural left outer join t3 cross join json_each(t.b) as j inner join t as u using (a, b)",
	"select * from t full join t2 on t.a = t2.a right outer join t3 on 1", "select * from t as x not indexed", "select * from json_each('[1]'), pragma_table_info('t')",
	"select a from t union select b from t2 union all select c from t except values (1) intersect select 4 order by 1 desc, a limit 5 offset 6",
	"select a from t order by a collate nocase asc nulls first, 2 + 3 limit 1, 2",
	"with x as (select 1), y(a, b) as not materialized (select 1, 2), z as materialized (values (1)) select * from x, y, z",
	"with recursive r(n) as (values (1) union all select n + 1 from r where n < 5 limit 9) select n from r",
	"select * from (with x as (select 1 as a) select * from x) where a in (with y as (select 1) select * from y)",
	"explain select 1", "explain query plan select a from t where b = 1",
	"create table u as select a from t", "create temp table if not exists u as select 1 as a", "create view v(a, b) as select 1, 2",
	"insert into t select a, b, c from t", "insert into t(a) values (1)", "replace into t(a, b) values (1, 2), (3, 4) returning a",
	"insert into t(a) select 1 where true on conflict do nothing", "with x as (select 1 as a) insert into t(a) select a from x",
	"delete from t where a in (select a from t2)", "with x as (select 1 as a) delete from t where a in x", "delete from t as u where u.a = 1 returning *",
	"update t set a = 1, (b, c) = (2, 3) where a = 2", "update or ignore t as u set a = v.a from t2 v, t3 where v.a = u.a",
	"select /* a */ a -- b\n from t where a = 'it''s' and b = \"c\"; ", "select key, value, first, last, row, date, desc1 from words",
	"select a.x, \"select\".y from a, \"select\"", "select 1 = not 0, a + not exists (select 1) from (t) as x", ";; select 1", "select 1 where (((1)))", "select 1 from t where (a) in (1) and ((a, b)) = ((1, 2))",
	"select iif(a > 1, b, c), max(a, b), min(a), nullif(a, b), coalesce(a, b), ifnull(a, b), likely(a), total_changes() from t",
	"select string_agg(a, ',') over (order by b groups between 1 preceding and 1 following) from t",
}

// TestSyntax checks that every statement can be parsed that SQLite can, and that it
// stays as it is where it compares no times.
func TestSyntax(t *testing.T) {
	db, err := sqlite3.Open(":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.Exec("create table t(a, b, c); create table t2(a, b); create table t3(a); create table a(x); create table \"select\"(y);" +
		"create table words(key, value, first, last, row, date, desc1)"); err != nil {
		t.Fatal(err)
	}
	for _, sql := range statements {
		stmt, _, err := db.Prepare(sql)
		if err != nil {
			t.Errorf("%s: SQLite: %v", sql, err)
			continue
		}
		_ = stmt.Close()
		if q, _, _, ok := parse(sql); !ok || q == nil {
			t.Errorf("cannot parse %s", sql)
		}
		if got, err := Rewrite(sql, fixed); err != nil || got.SQL != sql {
			t.Errorf("%s became %s, %v", sql, got.SQL, err)
		}
	}
}

// fixed knows a table of a time.
func fixed(table string) []Column {
	if table != "nodes" {
		return nil
	}
	return []Column{{Name: "id"}, {Name: "seen", Time: true, Collated: true}}
}

// TestRewrite shows what becomes of comparisons.
func TestRewrite(t *testing.T) {
	for sql, want := range map[string]string{
		"id = '2026'":                "id = '2026'",
		"seen = id":                  "seen = timestamptz(id)",
		"id = seen":                  "(timestamptz(id)) collate timestamp = seen",
		"seen > 'Nov 23 2026'":       "seen > '2026-11-23T00:00:00Z'",
		"'Nov 23 2026' < seen":       "('2026-11-23T00:00:00Z') collate timestamp < seen",
		"seen > 'today'":             "seen > timestamptz('today')",
		"seen > 1764000000":          "seen > '2025-11-24T16:00:00Z'",
		"seen > date('now')":         "seen > timestamptz(date('now'))",
		"seen in ('2026-01-01', id)": "seen in ('2026-01-01T00:00:00Z', timestamptz(id))",
		"seen is null":               "seen is null",
		"seen like '2026%'":          "seen like '2026%'",
		"seen = id collate nocase":   "seen = id collate nocase",
		"seen in (select id from nodes)": "seen in (with times_compared(c1) as (select id from nodes) " +
			"select timestamptz(c1) from times_compared)",
	} {
		got, err := Rewrite("select * from nodes where "+sql, fixed)
		if err != nil || got.SQL != "select * from nodes where "+want {
			t.Errorf("%s: got %s, %v", sql, strings.TrimPrefix(got.SQL, "select * from nodes where "), err)
		}
	}
}

// FuzzRewrite checks that no text makes the parser fail in another way than by giving
// up.
func FuzzRewrite(f *testing.F) {
	for _, sql := range statements {
		f.Add(sql)
	}
	f.Add("select seen > '2026' from nodes")
	f.Fuzz(func(t *testing.T, sql string) {
		if got, err := Rewrite(sql, fixed); err == nil && got.SQL != sql && !strings.Contains(got.SQL, "20") &&
			!strings.Contains(strings.ToLower(got.SQL), "time") {
			t.Errorf("%s became %s", sql, got.SQL)
		}
	})
}
