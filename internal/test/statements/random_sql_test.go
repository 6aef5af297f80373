package statements

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"pgregory.net/rapid"

	"steampipe-plugin-ssmassoc/internal/server"
	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/rig"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

// twins is a database with two copies of each table of the plugin in each schema: the
// virtual one, and a plain one with the same rows, types and collations.
type twins struct {
	server *server.Server
	db     *embedded.DB
	tables []*embedded.Table
	values map[string][]string // of each table and column, as SQL literals
}

// plain is the prefix of the plain tables' names. The name of their schema follows.
const plain = "plain_"

// twinSchemas are the schemas of the tables, with what their rows have in common.
var twinSchemas = map[string]string{
	"": "true", "main": "true", "a": "sp_connection_name = 'a'", "b": "sp_connection_name = 'b'", "ab": "true",
}

// newTwins hosts the plugin over two small fleets, each with a connection, and an
// aggregator of both, and copies its tables.
func newTwins(t *testing.T) *twins {
	t.Helper()
	a := fleet.New(fleet.Options{Seed: 5, Nodes: 9, Regions: []string{"us-east-1", "eu-west-1"}, Associations: 5})
	b := fleet.New(fleet.Options{Seed: 6, AccountID: "222222222222", Nodes: 5, Regions: []string{"us-east-1"}, Associations: 4})
	url := rig.Serve(t, awssim.New(awssim.Options{},
		awssim.Account{AccessKeyID: "key-a", Fleet: a}, awssim.Account{AccessKeyID: "key-b", Fleet: b}))

	options := embedded.Options{
		CacheTTLSeconds: 3600, Schemas: []embedded.Schema{{Name: "ab", Members: []string{"a", "b"}}},
	}
	tw := &twins{server: ssmassoc.NewServer(), values: map[string][]string{}}
	tw.db = rig.OpenOn(t, tw.server, options, options,
		embedded.Connection{Name: "a", Config: rig.Arguments(url, "key-a", a.Regions())},
		embedded.Connection{Name: "b", Config: rig.Arguments(url, "key-b", b.Regions())})
	for _, table := range tw.db.Tables() {
		tw.copyTable(t, table)
	}
	return tw
}

// copyTable creates the plain copy of a table and records its values.
func (tw *twins) copyTable(t *testing.T, table *embedded.Table) {
	t.Helper()
	ask := func(sql string) []rig.Row {
		t.Helper()
		rows, err := rig.Query(t.Context(), tw.db, sql)
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		return rows
	}
	visible := embedded.Table{Name: table.Name}
	var declarations, names []string
	for _, c := range ask("select name, type from pragma_table_info('" + table.Name + "')") {
		name, declared := c["name"].(string), c["type"].(string)
		if declared == "TIMESTAMP_TEXT" {
			declared += " collate timestamp"
		}
		declarations, names = append(declarations, name+" "+declared), append(names, name)
		if !slices.Contains(rig.ReadTimeColumns, name) {
			visible.Columns = append(visible.Columns, embedded.Column{Name: name})
		}
	}
	tw.tables = append(tw.tables, &visible)
	for schema, rows := range twinSchemas {
		twin := plain + schema + "_" + table.Name
		ask(fmt.Sprintf("create table %s(%s)", twin, strings.Join(declarations, ", ")))
		ask(fmt.Sprintf("insert into %s select %s from %s where %s", twin, strings.Join(names, ", "), table.Name, rows))
		if n := ask("select count(*) as n from " + twin)[0]["n"]; n == int64(0) {
			t.Fatalf("%s has no rows", twin)
		}
	}
	for _, name := range names {
		for _, r := range ask(fmt.Sprintf("select distinct quote(%s) as v from %s_%s order by 1 limit 6", name, plain, table.Name)) {
			tw.values[table.Name+"."+name] = append(tw.values[table.Name+"."+name], r["v"].(string))
		}
	}
}

// tableInBraces is no part of a JSON value, whose names are in quotes.
var tableInBraces = regexp.MustCompile(`\{(\w*)\.(\w+)\}`)

// answers runs a statement, with tables in braces, on the plain tables, and on
// the plugin's with an empty and with a full cache. It returns false where a time is
// compared with what is not one, which fails whenever SQLite comes to it.
func (tw *twins) answers(t *rapid.T, sql string) (want, cold, warm []rig.Row, ok bool) {
	ok = true
	run := func(name func(schema, table string) string) []rig.Row {
		text := tableInBraces.ReplaceAllStringFunc(sql, func(braces string) string {
			found := tableInBraces.FindStringSubmatch(braces)
			return name(found[1], found[2])
		})
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		rows, err := rig.Query(ctx, tw.db, text)
		if err != nil && strings.Contains(err.Error(), "is not a time") {
			ok = false
		} else if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return rows
	}
	virtual := func(schema, table string) string { return strings.TrimPrefix(schema+"."+table, ".") }
	want = run(func(schema, table string) string { return plain + schema + "_" + table })
	for _, name := range []string{"a", "b"} {
		if _, err := tw.server.SetConnectionCacheOptions(&proto.SetConnectionCacheOptionsRequest{ClearCacheForConnection: name}); err != nil {
			t.Fatal(err)
		}
	}
	cold, warm = run(virtual), run(virtual)
	return want, cold, warm, ok
}

// statement is a random statement.
type statement struct {
	sql string
	// limit is a LIMIT to append. It does not determine the rows of an unordered
	// statement.
	limit   string
	ordered bool
}

// TestRandomSQL compares random statements with SQLite's own answers from plain
// tables.
func TestRandomSQL(t *testing.T) {
	tw := newTwins(t)
	rapid.Check(t, func(t *rapid.T) {
		for range 3 {
			s := (&sqlDrawer{T: t, twins: tw}).statement()
			want, cold, warm, ok := tw.answers(t, s.sql+s.limit)
			if !ok {
				continue
			}
			judge := func(want, got []rig.Row) error { return sameAnswer(want, got, s.ordered) }
			if s.limit != "" && !s.ordered {
				all, _, _, ok := tw.answers(t, s.sql)
				if !ok { // it compares a time with another text in rows beyond the limit
					continue
				}
				judge = func(want, got []rig.Row) error { return someOf(all, got, len(want)) }
			}
			if err := judge(want, cold); err != nil {
				t.Fatalf("%s\ncold: %v", s.sql+s.limit, err)
			}
			if err := judge(want, warm); err != nil {
				t.Fatalf("%s\nwarm: %v", s.sql+s.limit, err)
			}
		}
	})
}

// sameAnswer returns how an answer differs from the expected one.
func sameAnswer(want, got []rig.Row, ordered bool) error {
	if len(got) != len(want) {
		return fmt.Errorf("%d rows, want %d", len(got), len(want))
	}
	if !ordered {
		return someOf(want, got, len(want))
	}
	for i := range want {
		if g, w := fmt.Sprint(got[i]), fmt.Sprint(want[i]); g != w {
			return fmt.Errorf("row %d: %s, want %s", i+1, g, w)
		}
	}
	return nil
}

// someOf returns an error unless an answer is n of the rows.
func someOf(rows, got []rig.Row, n int) error {
	if len(got) != n {
		return fmt.Errorf("%d rows, want %d", len(got), n)
	}
	left := map[string]int{}
	for _, line := range rig.Lines(rows) {
		left[line]++
	}
	for _, line := range rig.Lines(got) {
		if left[line]--; left[line] < 0 {
			return fmt.Errorf("a row too many: %s", line)
		}
	}
	return nil
}

// sqlDrawer draws statements.
type sqlDrawer struct {
	*rapid.T
	*twins
	aliases int
}

// source is a table in a FROM clause.
type source struct {
	schema string // "" for none
	table  *embedded.Table
	alias  string
}

// columnRef is a column of a source.
type columnRef struct{ table, alias, name string }

func (c columnRef) String() string { return c.alias + "." + c.name }

func (d *sqlDrawer) oneOf(choices ...string) string {
	return rapid.SampledFrom(choices).Draw(d.T, "choice")
}

// chance is true about once in n times.
func (d *sqlDrawer) chance(n int) bool { return rapid.IntRange(1, n).Draw(d.T, "chance") == n }

func (d *sqlDrawer) source() source {
	d.aliases++
	return source{
		schema: d.oneOf("", "", "a", "a", "b", "ab", "main"),
		table:  d.tables[rapid.IntRange(0, len(d.tables)-1).Draw(d.T, "table")],
		alias:  fmt.Sprint("t", d.aliases),
	}
}

func (s source) String() string { return "{" + s.schema + "." + s.table.Name + "} " + s.alias }

// column draws a column, more often one that tables have in common.
func (d *sqlDrawer) column(scope []source) columnRef {
	s := scope[rapid.IntRange(0, len(scope)-1).Draw(d.T, "source")]
	names := []string{}
	for _, c := range s.table.Columns {
		names = append(names, c.Name)
		if slices.Contains([]string{"instance_id", "resource_id", "association_id", "execution_id", "region", "status", "output_url"}, c.Name) {
			names = append(names, c.Name, c.Name, c.Name)
		}
	}
	return columnRef{s.table.Name, s.alias, d.oneOf(names...)}
}

// partner draws a column to compare with another, usually of the same name.
func (d *sqlDrawer) partner(c columnRef, scope []source) columnRef {
	var same []columnRef
	for _, s := range scope {
		if slices.ContainsFunc(s.table.Columns, func(other embedded.Column) bool { return other.Name == c.name }) {
			same = append(same, columnRef{s.table.Name, s.alias, c.name})
		}
	}
	if len(same) > 0 && !d.chance(5) {
		return rapid.SampledFrom(same).Draw(d.T, "partner")
	}
	return d.column(scope)
}

// literal draws a value to compare a column with, usually one that it has.
func (d *sqlDrawer) literal(c columnRef) string {
	if d.chance(4) {
		return d.oneOf("null", "''", "'i-0000000000000dead'", "0", "1.5", "x'61'", "'2026'", "date('2026-05-01')", "'SUCCESS'", "'Failed' || ''")
	}
	return d.oneOf(d.values[c.table+"."+c.name]...)
}

func (d *sqlDrawer) literals(c columnRef) string {
	values := make([]string, rapid.IntRange(1, 4).Draw(d.T, "values"))
	for i := range values {
		values[i] = d.literal(c)
	}
	return strings.Join(values, ", ")
}

// predicate draws a condition on the sources; outer are the enclosing ones.
func (d *sqlDrawer) predicate(scope, outer []source, depth int) string {
	if depth > 0 && d.chance(2) {
		a := d.predicate(scope, outer, depth-1)
		if d.chance(4) {
			return "not (" + a + ")"
		}
		return "(" + a + d.oneOf(" and ", " or ", " or ") + d.predicate(scope, outer, depth-1) + ")"
	}
	all := slices.Concat(scope, outer)
	c := d.column(scope)
	switch rapid.IntRange(1, 12).Draw(d.T, "predicate") {
	case 1, 2, 3:
		return fmt.Sprintf("%s %s %s%s", c, d.oneOf("=", "=", "=", "<>", "<", "<=", ">", ">=", "is", "is not"), d.literal(c),
			d.oneOf("", "", "", "", " collate nocase", " collate timestamp", " collate binary"))
	case 4:
		return fmt.Sprintf("%s %sin (%s)", c, d.oneOf("", "", "not "), d.literals(c))
	case 5:
		return fmt.Sprintf("%s is %snull", c, d.oneOf("", "not "))
	case 6:
		return fmt.Sprintf("%s %s %s", c, d.oneOf("=", "=", "<>", "<", "is", "is not"), d.partner(c, all))
	case 7:
		return fmt.Sprintf("%s%s %s '%s'", d.oneOf("", "+"), c, d.oneOf("like", "not like", "glob"), d.oneOf("%a%", "*a*", "Succ%", "i-0%", "%"))
	case 8:
		return fmt.Sprintf("coalesce(%s, %s) %s %s", c, d.literal(c), d.oneOf("=", "<>", ">"), d.partner(c, all))
	}
	if depth <= 0 {
		return fmt.Sprintf("%s between %s and %s", c, d.literal(c), d.literal(c))
	}
	return d.subquery(c, all, depth-1)
}

// subquery draws a condition with a subquery.
func (d *sqlDrawer) subquery(c columnRef, outer []source, depth int) string {
	s := d.source()
	inner := d.partner(c, []source{s})
	where := d.predicate([]source{s}, outer, depth)
	switch d.oneOf("in", "exists", "scalar", "limit") {
	case "in":
		return fmt.Sprintf("%s %sin (select %s from %s where %s)", c, d.oneOf("", "not "), inner, s, where)
	case "exists":
		return fmt.Sprintf("%sexists (select 1 from %s where %s = %s and %s)", d.oneOf("", "not "), s, inner, c, where)
	case "limit":
		return fmt.Sprintf("%s = (select %s from %s where %s order by 1 limit 1 offset %d)", c, inner, s, where, rapid.IntRange(0, 2).Draw(d.T, "offset"))
	}
	return fmt.Sprintf("%s %s (select max(%s) from %s where %s = %s)", c, d.oneOf("=", "<", "is"), inner, s, d.partner(inner, outer), inner)
}

// from draws a FROM clause of one to three tables, and its sources.
func (d *sqlDrawer) from() (string, []source) {
	first := d.source()
	scope, text := []source{first}, " from "+first.String()
	for range rapid.SampledFrom([]int{0, 0, 0, 1, 1, 1, 2}).Draw(d.T, "joins") {
		s := d.source()
		c := d.column(scope)
		on := fmt.Sprintf("%s = %s", d.partner(c, []source{s}), c)
		if d.chance(3) {
			on += " and " + d.predicate([]source{s}, scope, 0)
		}
		scope = append(scope, s)
		text += fmt.Sprintf(" %s %s on %s", d.oneOf("join", "join", "left join", "cross join"), s, on)
	}
	return text, scope
}

// limited draws a statement for which SQLite passes LIMIT to a table:
// comparisons on a single table, unordered.
func (d *sqlDrawer) limited() statement {
	s := d.source()
	scope := []source{s}
	sql := fmt.Sprintf("select %s as a, %s as b from %s", d.column(scope), d.column(scope), s)
	for i := range rapid.IntRange(0, 2).Draw(d.T, "comparisons") {
		c := d.column(scope)
		sql += fmt.Sprintf("%s %s %s %s", []string{" where", " and"}[i], c, d.oneOf("=", "<>", "<=", ">="), d.oneOf(d.values[c.table+"."+c.name]...))
	}
	return statement{sql: sql, limit: d.limit()}
}

func (d *sqlDrawer) limit() string {
	return fmt.Sprintf(" limit %d offset %d", rapid.IntRange(-1, 12).Draw(d.T, "limit"), rapid.IntRange(-1, 6).Draw(d.T, "offset"))
}

// statement draws a statement.
func (d *sqlDrawer) statement() statement {
	if d.chance(6) {
		return d.limited()
	}
	from, scope := d.from()
	if !d.chance(4) {
		from += " where " + d.predicate(scope, nil, rapid.IntRange(0, 2).Draw(d.T, "depth"))
	}
	a, b, c := d.column(scope), d.column(scope), d.column(scope)
	switch d.oneOf("rows", "rows", "rows", "rows", "groups", "windows", "set", "scalar") {
	case "groups":
		return statement{sql: fmt.Sprintf("select %s as a, count(*) as n, count(%s) as b, count(distinct %s) as d, min(%s) as l, max(%s) as m, sum(length(%s)) as s%s group by %s%s",
			a, b, c, b, c, b, from, a, d.oneOf("", "", " having count(*) > 1"))}
	case "windows":
		return statement{sql: fmt.Sprintf("select %s as a, %s as b, rank() over (partition by %s order by %s) as r, count(*) over (partition by %s) as n, max(%s) over (order by %s) as m%s",
			a, b, a, b, c, b, c, from)}
	case "set":
		s := d.source()
		sql := fmt.Sprintf("select %s as a, %s as b%s %s select %s, %s from %s where %s", a, b, from,
			d.oneOf("union", "union all", "except", "intersect"), d.partner(a, []source{s}), d.partner(b, []source{s}), s, d.predicate([]source{s}, nil, 1))
		return statement{sql: sql}
	case "scalar":
		s := d.source()
		return statement{sql: fmt.Sprintf("select %s as a, (select count(%s) from %s where %s = %s and %s) as n%s",
			a, d.column([]source{s}), s, d.partner(b, []source{s}), b, d.predicate([]source{s}, scope, 1), from)}
	}
	s := statement{sql: fmt.Sprintf("select %s%s as a, %s as b, %s as c%s", d.oneOf("", "", "distinct "), a, b, c, from)}
	if s.ordered = d.chance(3); s.ordered {
		s.sql += " order by " + d.oneOf("1, 2, 3", "a desc, b, c", "3, 2 desc, 1", "b, a desc, c desc")
	}
	if !d.chance(3) {
		s.limit = d.limit()
	}
	return s
}
