package embedded_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// dialects is an expression in the SQL of SQLite and of PostgreSQL.
type dialects struct{ lite, pg string }

// forms are texts for times around those of the nodes, and some that are none.
var forms = []string{
	"2026-01-02 03:04:05+00", "2026-01-02 03:04:05", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05.5Z", "2026-01-02 04:04:05.5+01",
	"Jan 2 2026 03:04:06", "2 January 2026 3:04:07 AM", "2026-01-01 20:04:07 -07", "20260102T030408", "Fri Jan 2 03:04:08 2026",
	"01/13/2026 00:00", "2026-01-02", "2026-01-03", "J2461043", "2026.002 03:04:05", "infinity", "-infinity", "epoch",
	"2026-01-02 03:04:05.500001", "2026-01-01 22:04:05 EST", "2026-01-02 24:00", "12026-01-01", "0044-03-15 BC", "2026-01-02 03:04:05Z",
	"nonsense", "", "2026-02-30", "2026-01-02 25:00", "2026-13-01",
}

// writer makes random conditions on times.
type writer struct{ *rand.Rand }

func (w writer) pick(choices ...dialects) dialects { return choices[w.IntN(len(choices))] }

func (w writer) literal() dialects {
	form := forms[w.IntN(len(forms))]
	return dialects{"'" + form + "'", "'" + form + "'::timestamptz"}
}

// value is a time of any origin but the nodes.
func (w writer) value() dialects {
	seconds := 1767323045 + w.IntN(5)
	return w.pick(w.literal(), w.literal(), w.literal(),
		dialects{"due.at", "due.at"}, dialects{"due.text", "due.text::timestamptz"},
		dialects{"due.epoch", "to_timestamp(due.epoch)"}, dialects{"due.real", "to_timestamp(due.real)"},
		dialects{"(select max(at) from due)", "(select max(at) from due)"},
		dialects{"(select min(text) from due)", "(select min(text) from due)::timestamptz"},
		dialects{fmt.Sprint(seconds), fmt.Sprintf("to_timestamp(%d)", seconds)},
		dialects{fmt.Sprintf("datetime(%d, 'unixepoch')", seconds), fmt.Sprintf("to_timestamp(%d)", seconds)},
		dialects{fmt.Sprintf("strftime('%%s', %d, 'unixepoch')", seconds), fmt.Sprintf("to_timestamp(%d)", seconds)},
		dialects{"null", "null::timestamptz"})
}

// time is a time of the nodes.
func (w writer) time() dialects {
	plain := dialects{"n.seen", "n.seen"}
	literal := w.literal()
	return w.pick(plain, plain, plain, dialects{"seen", "seen"}, dialects{"coalesce(null, n.seen)", "coalesce(null, n.seen)"},
		dialects{"(select max(b.seen) from node b where b.id = n.id)", "(select max(b.seen) from node b where b.id = n.id)"},
		dialects{"case when n.id > '4' then n.seen end", "case when n.id > '4' then n.seen end"},
		dialects{"max(n.seen, " + literal.lite + ")", "greatest(n.seen, " + literal.pg + ")"},
		dialects{"nullif(n.seen, " + literal.lite + ")", "nullif(n.seen, " + literal.pg + ")"})
}

func (w writer) condition() dialects {
	x, y := w.time(), w.value()
	if w.IntN(2) == 0 {
		x, y = y, x
	}
	operators := strings.Fields("< <= > >= = <> = <")
	operator := operators[w.IntN(len(operators))]
	low, high := w.value(), w.value()
	of := func(format string, parts ...dialects) dialects {
		var lite, pg []any
		for _, part := range parts {
			lite, pg = append(lite, part.lite), append(pg, part.pg)
		}
		return dialects{fmt.Sprintf(format, lite...), fmt.Sprintf(format, pg...)}
	}
	return w.pick(of("%s "+operator+" %s", x, y), of("%s "+operator+" %s", x, y),
		of("%s is distinct from %s", x, y), of("%s between %s and %s", w.time(), low, high), of("%s not between %s and %s", w.value(), low, w.time()),
		of("%s in (%s, %s)", w.time(), low, high), of("%s in (%s, %s)", w.value(), w.time(), high),
		of("case %s when %s then 1 else 0 end = 1", x, y), of("(n.id, %s) <> ('5', %s)", x, y),
		of("%s in (select %s from due)", w.time(), w.pick(dialects{"text", "text::timestamptz"}, dialects{"at", "at"}, dialects{"real", "to_timestamp(real)"})),
		of("exists (select 1 from due where %s "+operator+" %s)", x, y), of("not %s "+operator+" %s", x, y))
}

// TestTimesAsInPostgreSQL compares random conditions on times with those of
// PostgreSQL: the rows, or that there is an error.
func TestTimesAsInPostgreSQL(t *testing.T) {
	pg := pgtest.Open(t)
	lite := embedded.OpenTimes(t)
	if err := pg.Exec(t.Context(), `set timezone = 'UTC'; create table node(id text, seen timestamptz);
		insert into node select i, timestamptz '2026-01-02 03:04:00' + make_interval(secs => i + case i when 5 then 0.5 else 0 end)
			from generate_series(0, 9) i;
		create table due(at timestamptz, text text, epoch bigint, real double precision);
		insert into due values ('2026-01-02T03:04:05.5Z', 'Jan 2 2026 03:04:05.5', 1767323045, 1767323045.5)`); err != nil {
		t.Fatal(err)
	}
	w := writer{rand.New(rand.NewPCG(3, 4))}
	answers, refusals, empty := 0, 0, 0
	for range 1500 {
		c := w.condition()
		if w.IntN(3) == 0 {
			d := w.condition()
			joint := []string{" and ", " or "}[w.IntN(2)]
			c = dialects{c.lite + joint + d.lite, c.pg + joint + d.pg}
		}
		const query = "select n.id from node n, due where "
		got, err := liteIDs(t, lite, query+c.lite)
		want, pgErr := pgIDs(t, pg, query+c.pg)
		switch {
		case err != nil && pgErr != nil:
			refusals++
		case err != nil || pgErr != nil:
			t.Errorf("%s: got %v, PostgreSQL %v", c.lite, err, pgErr)
		case !slices.Equal(got, want):
			t.Errorf("%s: got %v, want %v", c.lite, got, want)
		case len(want) == 0:
			empty++
		default:
			answers++
		}
	}
	if answers < 300 || refusals < 100 {
		t.Errorf("%d answers, %d of them without rows, %d refusals", answers, empty, refusals)
	}
}

func liteIDs(t *testing.T, db *embedded.DB, sql string) (ids []string, err error) {
	err = db.Run(t.Context(), sql, func(rows *embedded.Rows) error {
		for rows.Next() {
			ids = append(ids, string(rows.Text(0)))
		}
		return rows.Err()
	})
	slices.Sort(ids)
	return ids, err
}

func pgIDs(t *testing.T, db *pgtest.DB, sql string) (ids []string, err error) {
	rows, err := db.Query(t.Context(), sql)
	for _, row := range rows {
		ids = append(ids, row["id"].(string))
	}
	slices.Sort(ids)
	return ids, err
}
