package compliance

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/test/pgtest"
	"steampipe-plugin-ssmassoc/internal/test/pptest"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// schedule is a State Manager cron expression, evaluated independently of the
// mod: for one day at a time, where the mod works with kinds of months.
type schedule struct {
	minutes, hours, days, months, weekdays, years map[int]bool
	// The values of the fields for days, in capitals, including those that are not
	// numbers.
	day, weekday []string
}

var (
	monthNames   = []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}
	weekdayNames = []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}
)

func readSchedule(t *testing.T, expression string) schedule {
	t.Helper()
	fields := strings.Fields(strings.TrimSuffix(strings.TrimPrefix(strings.ToUpper(expression), "CRON("), ")"))
	if len(fields) == 7 {
		fields = fields[1:]
	}
	if len(fields) != 6 {
		t.Fatalf("%s has %d fields", expression, len(fields))
	}
	return schedule{
		minutes: setOf(fields[0], 0, 59, nil), hours: setOf(fields[1], 0, 23, nil),
		days: setOf(fields[2], 1, 31, nil), day: strings.Split(fields[2], ","), months: setOf(fields[3], 1, 12, monthNames),
		weekdays: setOf(fields[4], 1, 7, weekdayNames), weekday: strings.Split(fields[4], ","), years: setOf(fields[5], 1970, 2199, nil),
	}
}

// setOf returns the numbers of a field. Values that are not numbers, such as L,
// are omitted.
func setOf(field string, least, most int, names []string) map[int]bool {
	set := map[int]bool{}
	for member := range strings.SplitSeq(field, ",") {
		bounds, stepText, stepped := strings.Cut(member, "/")
		firstText, lastText, isRange := strings.Cut(bounds, "-")
		first, ok := numberOf(firstText, names)
		last := first
		switch {
		case firstText == "*" || firstText == "?":
			first, last = least, most
		case !ok:
			continue
		case isRange:
			last, _ = numberOf(lastText, names)
		case stepped:
			last = most
		}
		step := 1
		if stepped {
			step, _ = strconv.Atoi(stepText)
		}
		if last < first { // wrapping around, as in FRI-MON
			last += most - least + 1
		}
		for n := first; n <= last; n += step {
			set[(n-least)%(most-least+1)+least] = true
		}
	}
	return set
}

func numberOf(text string, names []string) (int, bool) {
	if i := slices.Index(names, text); i >= 0 {
		return i + 1, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}

// on reports whether the schedule runs on a day.
func (s schedule) on(day time.Time) bool {
	return s.years[day.Year()] && s.months[int(day.Month())] && s.onDay(day) && s.onWeekday(day)
}

func (s schedule) onDay(day time.Time) bool {
	if s.days[day.Day()] {
		return true
	}
	last := time.Date(day.Year(), day.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
	for _, member := range s.day {
		if before, ok := strings.CutPrefix(member, "L-"); ok {
			if n, _ := strconv.Atoi(before); day.Day() == last-n {
				return true
			}
		}
		if member == "L" && day.Day() == last {
			return true
		}
		if nearest, ok := strings.CutSuffix(member, "W"); ok {
			n := last
			if nearest != "L" {
				n, _ = strconv.Atoi(nearest)
			}
			if n <= last && day.Day() == nearestWorkday(day.Year(), day.Month(), n, last) {
				return true
			}
		}
	}
	return false
}

// nearestWorkday returns the weekday, Monday to Friday, nearest to a day within
// its month.
func nearestWorkday(year int, month time.Month, day, last int) int {
	for _, distance := range []int{0, -1, 1, -2, 2} {
		d := day + distance
		if weekday := time.Date(year, month, d, 0, 0, 0, 0, time.UTC).Weekday(); d >= 1 && d <= last && weekday != time.Saturday && weekday != time.Sunday {
			return d
		}
	}
	return 0
}

func (s schedule) onWeekday(day time.Time) bool {
	weekday := int(day.Weekday()) + 1
	if s.weekdays[weekday] {
		return true
	}
	for _, member := range s.weekday {
		if member == "L" && weekday == 7 {
			return true
		}
		if name, ok := strings.CutSuffix(member, "L"); ok && name != "" {
			if n, _ := numberOf(name, weekdayNames); n == weekday && day.AddDate(0, 0, 7).Month() != day.Month() {
				return true
			}
		}
		if name, nth, ok := strings.Cut(member, "#"); ok {
			if n, _ := numberOf(name, weekdayNames); n == weekday && nth == strconv.Itoa((day.Day()-1)/7+1) {
				return true
			}
		}
	}
	return false
}

// clock returns the times of a day on which the schedule runs.
func (s schedule) clock() []time.Duration {
	var times []time.Duration
	for hour := range 24 {
		for minute := range 60 {
			if s.hours[hour] && s.minutes[minute] {
				times = append(times, time.Duration(hour)*time.Hour+time.Duration(minute)*time.Minute)
			}
		}
	}
	return times
}

// runs calls f for every run between two years, until f returns false.
func (s schedule) runs(from, to int, f func(time.Time) bool) {
	clock := s.clock()
	for day := time.Date(from, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() <= to; day = day.AddDate(0, 0, 1) {
		if !s.on(day) {
			continue
		}
		for _, at := range clock {
			if !f(day.Add(at)) {
				return
			}
		}
	}
}

// gap returns the longest time between two runs within the given years, zero if
// there are fewer than two.
func (s schedule) gap(from, to int) time.Duration {
	var longest time.Duration
	var previous time.Time
	s.runs(from, to, func(run time.Time) bool {
		if !previous.IsZero() {
			longest = max(longest, run.Sub(previous))
		}
		previous = run
		return true
	})
	return longest
}

// next returns the first run after a moment, zero if there is none within 30
// years.
func (s schedule) next(after time.Time) (first time.Time) {
	s.runs(after.Year(), after.Year()+30, func(run time.Time) bool {
		if run.After(after) {
			first = run
		}
		return first.IsZero()
	})
	return first
}

// last returns the last run before a moment, zero if there is none within 10
// years.
func (s schedule) last(until time.Time) (last time.Time) {
	s.runs(until.Year()-10, until.Year(), func(run time.Time) bool {
		if run.After(until) {
			return false
		}
		last = run
		return true
	})
	return last
}

const day = 24 * time.Hour

// knownGaps come from a calendar, not from a program.
var knownGaps = map[string]time.Duration{
	"cron(0 2 ? * TUE#2 *)":       35 * day, // the second Tuesday: 28 or 35 days
	"cron(0 0 2 ? * SUN#2 *)":     35 * day, // with seconds
	"cron(0 2 ? * 3L *)":          35 * day, // the last Tuesday
	"cron(0 2 ? * SUN *)":         7 * day,
	"cron(0 2 ? * 1 *)":           7 * day,
	"cron(0 2 ? * L *)":           7 * day,        // Saturday
	"cron(15 10 ? * MON-FRI *)":   3 * day,        // over a weekend
	"cron(15 10 ? * FRI-MON *)":   4 * day,        // Monday to Friday
	"cron(0 2 * * ? *)":           day,            //
	"cron(0/30 * * * ? *)":        time.Hour / 2,  //
	"cron(0 */7 * * ? *)":         7 * time.Hour,  // 0, 7, 14, 21
	"cron(30 8,20 * * ? *)":       12 * time.Hour, //
	"cron(0 22-2 * * ? *)":        20 * time.Hour, // 2:00 to 22:00
	"cron(0 2 1 * ? *)":           31 * day,       //
	"cron(0 2 30 * ? *)":          60 * day,       // 30 January to 30 March of a leap year
	"cron(0 2 31 * ? *)":          61 * day,       // 31 March to 31 May
	"cron(0 2 L * ? *)":           31 * day,       //
	"cron(0 2 L-3 * ? *)":         31 * day,       //
	"cron(0 2 LW * ? *)":          33 * day,       // Friday 29 to Monday 31 the month after
	"cron(0 2 15W * ? *)":         32 * day,       //
	"cron(0 2 1,15 * ? *)":        17 * day,       //
	"cron(0 2 1 1 ? *)":           366 * day,      //
	"cron(0 2 29 2 ? *)":          (4*365 + 1) * day,
	"cron(0 2 ? 1/3 MON#1 *)":     98 * day, // quarterly: 13 or 14 weeks
	"cron(0 2 1 1,7 ? 2025-2060)": 184 * day,
}

func TestKnownGaps(t *testing.T) {
	year := time.Now().UTC().Year()
	for expression, want := range knownGaps {
		if got := readSchedule(t, expression).gap(year-1, year+28); got != want {
			t.Errorf("%s: got %s, want %s", expression, inDays(got), inDays(want))
		}
	}
}

func inDays(d time.Duration) string { return fmt.Sprintf("%.2f days", d.Hours()/24) }

// cronExpressions are those with known gaps, some hard ones, and some of each
// combination of fields.
func cronExpressions() []string {
	expressions := slices.Sorted(maps.Keys(knownGaps))
	expressions = append(expressions,
		"cron(0 2 31W * ? *)", "cron(0 2 1W * ? *)", "cron(0 2 28W 2 ? *)", "cron(0 2 L-30 * ? *)", "cron(0 2 1,L * ? *)", "cron(0 2 LW,15W * ? *)",
		"cron(0 2 ? * MON#1,WED#3 *)", "cron(0 2 ? * TUE#5 *)", "cron(0 2 ? FEB MON#5 *)", "cron(0 2 ? JAN FRIL *)", "cron(0 2 ? * 2,4L *)",
		"cron(0 2 13 * FRI *)", "cron(0 2 ? * sun *)", "CRON(0 2 ? jan-mar Tue#2 *)", "cron( 0   2 ? * SUN * )", "cron(59 23 31 12 ? *)",
		"cron(0/10 0/5 * * ? *)", "cron(*/7 */5 * * ? *)", "cron(5-50/15 8-18 ? * MON-FRI *)", "cron(0 2 ? * * *)", "cron(0 2 1/10 2/5 ? *)",
		"cron(0 2 * 12 ? 2024-2060/2)", "cron(0 2 ? * SAT-MON 2020-2070)",
	)
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(choices ...string) string { return choices[random.IntN(len(choices))] }
	for range 100 {
		day, weekday := pick("*", "1", "15", "28-31", "*/9", "5/10", "L", "L-2", "LW", "10W", "3,17", "25-5"), "?"
		if random.IntN(2) == 0 {
			day, weekday = "?", pick("*", "MON", "2-6", "FRI-TUE", "SUN,WED", "1/3", "L", "5L", "MONL", "THU#3", "7#1", "MON#4,FRI#2")
		}
		expressions = append(expressions, fmt.Sprintf("cron(%s %s %s %s %s %s)",
			pick("0", "*/20", "5,35", "10-20", "0/7", "*"), pick("2", "*", "*/6", "8-18", "22-3", "1,13"), day,
			pick("*", "*", "*", "1", "JAN,JUL", "*/3", "2-11/3", "NOV-FEB", "2"), weekday, pick("*", "*", "*", "2015-2070", "2020/4")))
	}
	slices.Sort(expressions)
	return slices.Compact(expressions)
}

// notUnderstood are not valid in State Manager.
var notUnderstood = []string{
	"cron()", "cron(0 2 * *)", "cron(0 2 ? * SUN)", "cron(60 2 * * ? *)", "cron(0 24 * * ? *)", "cron(0 2 32 * ? *)", "cron(0 2 0 * ? *)",
	"cron(0 2 * 13 ? *)", "cron(0 2 ? * 8 *)", "cron(0 2 ? * TUE#6 *)", "cron(0 2 ? * MOO *)", "cron(0 2 ? SUN * *)", "cron(0 2 * * ? 1950)",
	"cron(0/0 2 * * ? *)", "cron(0 2 L-31 * ? *)", "cron(0 2 32W * ? *)", "cron(? 2 * * ? *)", "cron(0,, 2 * * ? *)", "cron(*-5 2 * * ? *)",
}

// scheduled is a database with an association for each schedule expression, for
// the mod's freshness controls, with the mod.
type scheduled struct {
	t  *testing.T
	pg *pgtest.DB
	pp *pptest.Powerpipe
}

const scheduledTables = `
create table ssm_association (
  association_id text, title text, schedule_expression text, schedule_offset bigint, apply_only_at_cron_interval boolean,
  date timestamptz, last_update_association_date timestamptz, region text, account_id text
);
create table ssm_instance_association_status (
  instance_id text, association_id text, title text, execution_date timestamptz, region text, account_id text
);
create table ssm_managed_instance (instance_id text, registration_date timestamptz, region text, account_id text);
insert into ssm_managed_instance values ('i-1', null, 'eu-west-1', '111111111111');
`

func newScheduled(t *testing.T) *scheduled {
	t.Helper()
	pptest.Require(t)
	s := &scheduled{t: t, pg: pgtest.Open(t)}
	s.pp = pptest.New(t, modFolder, s.pg.URL())
	s.exec(scheduledTables)
	return s
}

func (s *scheduled) exec(sql string) {
	s.t.Helper()
	if err := s.pg.Exec(s.t.Context(), sql); err != nil {
		s.t.Fatal(err)
	}
}

// associated is an association and its status on a node.
type associated struct {
	id       string
	schedule string
	offset   int       // days
	waits    bool      // it runs only at the times of its schedule
	changed  time.Time // zero: not reported
	executed time.Time // zero: never
}

func (s *scheduled) add(all ...associated) {
	s.t.Helper()
	var script strings.Builder
	moment := func(t time.Time) string {
		if t.IsZero() {
			return "null"
		}
		return "'" + t.Format(time.RFC3339Nano) + "'"
	}
	for _, a := range all {
		fmt.Fprintf(&script, "insert into ssm_association values ('%s', '%[1]s', '%s', %d, %t, %s, %[5]s, 'eu-west-1', '111111111111');\n", a.id, a.schedule, a.offset, a.waits, moment(a.changed))
		fmt.Fprintf(&script, "insert into ssm_instance_association_status values ('i-1', '%s', '%[1]s', %s, 'eu-west-1', '111111111111');\n", a.id, moment(a.executed))
	}
	s.exec(script.String())
}

// statuses runs the control of associations' freshness and returns statuses by
// association id.
func (s *scheduled) statuses() map[string]string {
	s.t.Helper()
	a := audited{t: s.t, pp: s.pp}
	statuses := map[string]string{}
	for _, r := range a.controls("control", "run", "association_recent")["association_recent"].rows() {
		statuses[strings.TrimPrefix(r["resource"].(string), "i-1/")] = r["status"].(string)
	}
	return statuses
}

// TestCronGaps compares the longest time between two runs, according to the mod
// and to the documentation's example, with an enumeration of runs.
func TestCronGaps(t *testing.T) {
	s := newScheduled(t)
	var all []associated
	for _, expression := range append(cronExpressions(), notUnderstood...) {
		all = append(all, associated{id: expression, schedule: expression, executed: time.Now().AddDate(-99, 0, 0)})
	}
	s.add(all...)

	year := time.Now().UTC().Year()
	want := map[string]float64{} // hours
	for _, expression := range cronExpressions() {
		if gap := readSchedule(t, expression).gap(year-1, year+28); gap > 0 {
			want[expression] = gap.Hours()
		}
	}
	if n := len(cronExpressions()); len(want) < n*9/10 {
		t.Fatalf("only %d of %d expressions have a gap", len(want), n)
	}

	t.Run("in the mod", func(t *testing.T) {
		result := s.pp.For(t).Run("query", "run", "association_schedules", "--output", "json")
		var listed struct {
			Rows []struct {
				Expression string   `json:"schedule_expression"`
				Gap        *float64 `json:"longest_gap_hours"`
				Allowed    *float64 `json:"allowed_hours"`
			}
		}
		if err := json.Unmarshal([]byte(result.Stdout), &listed); err != nil {
			t.Fatalf("%v: %s", err, result.Stderr)
		}
		if len(listed.Rows) != len(all) {
			t.Errorf("%d rows, want %d", len(listed.Rows), len(all))
		}
		for _, r := range listed.Rows {
			gap, known := want[r.Expression]
			switch {
			case slices.Contains(notUnderstood, r.Expression):
				if r.Gap != nil || r.Allowed == nil || *r.Allowed != 30*24 {
					t.Errorf("%s: gap %v, allowed %v, want none and 30 days", r.Expression, r.Gap, r.Allowed)
				}
			case !known:
				if r.Gap != nil || r.Allowed != nil {
					t.Errorf("%s never runs twice: gap %v, allowed %v", r.Expression, r.Gap, r.Allowed)
				}
			case r.Gap == nil || math.Abs(*r.Gap-gap) > 0.01:
				t.Errorf("%s: gap %v hours, want %.2f", r.Expression, r.Gap, gap)
			case r.Allowed == nil || math.Abs(*r.Allowed-gap-min(gap, 24)) > 0.01:
				t.Errorf("%s: allowed %v hours, want %.2f and a day or as much again", r.Expression, r.Allowed, gap)
			}
		}
	})

	t.Run("in the documentation", func(t *testing.T) {
		sql := rig.ExampleOf(t, rig.AssociationTable, "List nodes on which a cron-scheduled association is overdue").SQL[rig.Postgres]
		mod, err := os.ReadFile(filepath.Join(modFolder, "cron.pp"))
		if err != nil {
			t.Fatal(err)
		}
		_, expressions, _ := strings.Cut(string(mod), "<<-EOQ\n")
		expressions, _, _ = strings.Cut(expressions, "  EOQ")
		if !strings.Contains(sql, strings.ReplaceAll("\n"+expressions, "\n    ", "\n")) {
			t.Error("the example does not have the common table expressions of compliance/cron.pp, word for word")
		}
		rows, err := s.pg.Query(t.Context(), sql)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]float64{}
		for _, r := range rows {
			got[r["schedule_expression"].(string)] = r["longest_gap_days"].(float64) * 24
		}
		for expression, gap := range want {
			if g, ok := got[expression]; ok && math.Abs(g-gap) > 0.13 { // rounded to 0.01 days
				t.Errorf("%s: gap %.2f hours, want %.2f", expression, g, gap)
			} else if !ok && readSchedule(t, expression).next(time.Now()).Year() > 1 && strings.HasPrefix(expression, "cron(") {
				t.Errorf("%s is not overdue after 99 years", expression)
			}
			delete(got, expression)
		}
		if len(got) > 0 {
			t.Errorf("rows of expressions without a gap: %v", got)
		}
	})
}

// TestFreshnessByCron judges each expression at several moments: the mod raises
// no false alarms, and raises alarms soon enough.
func TestFreshnessByCron(t *testing.T) {
	s := newScheduled(t)
	now := time.Now().UTC()
	year := now.Year()
	want := map[string]string{} // by id: the acceptable statuses
	var all []associated
	add := func(a associated, statuses string) {
		a.id = fmt.Sprintf("%03d %s", len(all), statuses)
		all = append(all, a)
		want[a.id] = statuses
	}
	for _, expression := range cronExpressions() {
		cron := readSchedule(t, expression)
		gap := cron.gap(year-1, year+28)
		last, next := cron.last(now), cron.next(now)
		if gap == 0 || gap > 9*365*day || last.IsZero() || next.IsZero() {
			continue
		}
		slack := min(gap, day)
		add(associated{schedule: expression, executed: last}, "ok")
		add(associated{schedule: expression, executed: now.Add(-gap)}, "ok")
		add(associated{schedule: expression, executed: now.Add(-gap - slack - time.Hour)}, "alarm")
		// It never ran.
		add(associated{schedule: expression, changed: now.Add(-time.Minute)}, "alarm")
		add(associated{schedule: expression, waits: true, changed: now.Add(-time.Minute)}, "info")
		add(associated{schedule: expression, waits: true, changed: last.Add(time.Second)}, "info")
		add(associated{schedule: expression, waits: true, changed: now.Add(-gap - slack - time.Hour)}, "alarm")
		add(associated{schedule: expression, waits: true, changed: now.Add(-gap - slack - time.Hour), offset: 3}, "info alarm")
		add(associated{schedule: expression, waits: true, changed: now.Add(-gap - slack - 3*day - time.Hour), offset: 3}, "alarm")
		add(associated{schedule: expression, waits: true}, "info")
	}
	// Its monthly run is a day overdue, which is soon enough.
	monthly := "cron(0 2 " + strconv.Itoa(now.AddDate(0, 0, -2).Day()) + " * ? *)"
	add(associated{schedule: monthly, waits: true, changed: now.AddDate(0, 0, -3)}, "alarm")
	// Its years are past, or to come.
	add(associated{schedule: "cron(0 2 * * ? 2015-2020)", executed: now.AddDate(-8, 0, 0)}, "skip")
	future := fmt.Sprintf("cron(0 2 * * ? %d-%d)", year+2, year+4)
	add(associated{schedule: future, executed: now.AddDate(-1, 0, 0)}, "ok")
	add(associated{schedule: future, waits: true, changed: now.AddDate(-1, 0, 0)}, "info")
	// A rate does not wait.
	add(associated{schedule: "rate(7 days)", waits: true, changed: now}, "alarm")
	if len(all) < 500 {
		t.Fatalf("only %d cases", len(all))
	}
	s.add(all...)

	got := s.statuses()
	for _, a := range all {
		if !slices.Contains(strings.Fields(want[a.id]), got[a.id]) {
			t.Errorf("%s, changed %s, executed %s, offset %d, waits %t: got %q, want %s", a.schedule, a.changed, a.executed, a.offset, a.waits, got[a.id], want[a.id])
		}
	}
	if len(got) != len(all) {
		t.Errorf("%d rows, want %d", len(got), len(all))
	}
}
