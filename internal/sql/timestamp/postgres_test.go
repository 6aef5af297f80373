package timestamp_test

import (
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/sql/timestamp"
	"steampipe-plugin-ssmassoc/internal/test/pgtest"
)

// Parts of forms, of which the test takes all and random combinations.
var (
	dates = strings.Split(`2026-11-23|2026-1-2|2026/11/23|2026.11.23|20261123|2026.327|2026-327|J2461368|j2461368.5|`+
		`11/23/2026|11-23-2026|11.23.2026|23/11/2026|11/11/2026|Nov 23 2026|Nov 23, 2026|November 23, 2026|23 Nov 2026|`+
		`23-Nov-2026|2026-Nov-23|2026 Nov 23|23/Nov/2026|Nov-23-2026|nov232026|23nov2026|sept 3 2026|Mon Nov 23 2026|`+
		`Monday, 23 November 2026|Tue, 23 Nov 2026|Monday 2026-11-23|12026-01-01|2026-02-30|2028-02-29|2026-13-01|`+
		`2026-00-10|0000-01-01|0001-01-01|290000-12-31|294277-01-01|2026-W48-1|2026-11-23-01|Smarch 3 2026|2026327|`+
		`20261|today|yesterday|tomorrow|Nov 23|May 2026|32 Nov 2026|Nov 23rd 2026||x|now|1999-366|2000-366|`+
		`Mon Nov 23 20:00:00 2026|Mon Nov 23 20:00:00.25 2026|-2026-11-23|2026--11-23|2026-11-|11/2026`, "|")
	clocks = strings.Split(`|| 20:00| 20:00:00|T20:00:00|t20:00|T200000|T2000| 200000| T20:00|T 20:00|, 20:00|_20:00| 20| 8:00 PM|`+
		` 8:00pm| 12:00 am| 12:30 PM| 13:00 pm| 24:00| 24:00:01| 23:59:60| 23:60| 20:0| 20:00:0| 2:00:00| 20:00:00.|`+
		` 20:00:00.5| 20:00:00.123456|T20:00:00.25|T200000.5|  20:00| 20:00:00,5| allballs| 25:00| 20:00:61|T20| 20h|`+
		` 20::00| 20:00:00:00| 0:00| 0:30 am| 0:30 pm`, "|")
	offsets = strings.Split(`||||Z|z| UTC| utc| GMT| Zulu|+00|-07|+02:30| +02:30|-0230| +2| -0|+15:59|+16|-16:00|+2:0|+00:00:30|`+
		` EST| PDT| America/New_York| Asia/Kolkata| Nowhere/Town|+|+:30| +1 +1| x|+02:60| - 7|+1:2:3:4`, "|")
	eras = strings.Split(`||||||| BC| AD|BC| bc`, "|")
)

// TestAsPostgreSQL compares the readings of forms with those of PostgreSQL. What this
// package reads, PostgreSQL reads alike; what it refuses, PostgreSQL refuses, save
// for what depends on settings or is an oddity.
func TestAsPostgreSQL(t *testing.T) {
	db := pgtest.Open(t)
	forms := []string{"infinity", "-infinity", "+infinity", "epoch", "EPOCH", "1/8/2026", "01-02-2026", "IST", "4713-01-01 BC",
		"4714-11-24 BC", "4714-11-23 BC", "2026-11-23 20:00 CET", "2026-11-23 20:00 UTC+2", "261123", "99-Jan-08", "(2026-11-23)",
		"2026-11-01 01:30 America/New_York", "2026-03-08 02:30 America/New_York"}
	for _, date := range dates {
		forms = append(forms, date)
		for _, clock := range clocks {
			forms = append(forms, date+clock)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		one := func(parts []string) string { return parts[random.IntN(len(parts))] }
		forms = append(forms, one(dates)+one(clocks)+one(offsets)+one(eras))
	}
	read := 0
	for i, want := range postgresTimes(t, db, forms) {
		got, err := timestamp.Parse(forms[i], time.Now())
		switch {
		case err == nil && want == refused && more.MatchString(forms[i]):
		case forms[i] == "now":
		case err == nil && text(got) != want:
			t.Errorf("%q: got %s, PostgreSQL %s", forms[i], timestamp.Format(got), want)
		case err != nil && want != refused && !depends.MatchString(forms[i]):
			t.Errorf("%q: got %v, PostgreSQL %s", forms[i], err, want)
		case err == nil:
			read++
		}
	}
	if read < 500 {
		t.Errorf("only %d of %d forms were read", read, len(forms))
	}
}

const refused = "refused"

// postgresTimes returns the times that PostgreSQL reads, as text returns them.
func postgresTimes(t *testing.T, db *pgtest.DB, forms []string) []string {
	t.Helper()
	if err := db.Exec(t.Context(), `set timezone = 'UTC';
		create function read(form text) returns text language plpgsql as $$ declare t timestamptz; begin
			t := form::timestamptz;
			if t in ('infinity', '-infinity') then return t::text; end if;
			return (extract(epoch from t) * 1000000)::bigint::text;
		exception when others then return 'refused'; end $$`); err != nil {
		t.Fatal(err)
	}
	rows, err := db.Query(t.Context(), "select read(form) as time from unnest($1::text[]) with ordinality as f(form, n) order by n", forms)
	if err != nil {
		t.Fatal(err)
	}
	times := make([]string, len(rows))
	for i, row := range rows {
		times[i] = row["time"].(string)
	}
	return times
}

// text returns infinity, or the microseconds since 1970.
func text(t time.Time) string {
	if s := timestamp.Format(t); strings.HasSuffix(s, "infinity") {
		return s
	}
	return strconv.FormatInt(t.UnixMicro(), 10)
}

// more matches what this package reads and PostgreSQL does not.
var more = regexp.MustCompile(`(?i)[a-z]{3}.*(T[0-9]|_)`)

// depends matches what PostgreSQL reads by its settings or by accident.
var depends = regexp.MustCompile(
	`(?i)[ap]m-|allballs-| bc$|[^B]BC$|^(now|1/8/2026|01-02-2026|261123|\(.*\))$|^(Nov 23|May 2026) 20|^1999-366|--| - 7|^(?i:yester|to).*BC|^(?:to|yester).*_| CET|UTC\+2|::|2026-11-01 01:30 Am|2026-03-08 02:30 Am`)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }
