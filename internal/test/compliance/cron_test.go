package compliance

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/aws/schedule"
	"steampipe-plugin-ssmassoc/internal/test/pgtest"
	"steampipe-plugin-ssmassoc/internal/test/pptest"
)

// scheduled is a database with an association for each schedule expression, for
// the mod's freshness controls, with the mod.
type scheduled struct {
	t  *testing.T
	pg *pgtest.DB
	pp *pptest.Powerpipe
}

const scheduledTables = `
create table ssm_association (
  association_id text, title text, schedule_expression text, schedule_type text, schedule_longest_gap_minutes bigint,
  next_scheduled_date timestamptz, previous_scheduled_date timestamptz, first_scheduled_date timestamptz,
  apply_only_at_cron_interval boolean, region text, account_id text
);
create table ssm_instance_association_status (
  instance_id text, association_id text, title text, execution_date timestamptz, region text, account_id text
);
create table ssm_managed_instance (instance_id text, registration_date timestamptz, region text, account_id text);
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

// associated is an association and its status on a node of its own.
type associated struct {
	id         string
	schedule   string
	offset     int       // days
	waits      bool      // it runs only at the times of its schedule
	changed    time.Time // zero: not reported
	executed   time.Time // zero: never
	registered time.Time // of the node; zero: not reported
}

// add inserts the rows that the plugin returns of associations.
func (s *scheduled) add(now time.Time, all ...associated) {
	s.t.Helper()
	var script strings.Builder
	moment := func(t time.Time) string {
		if t.IsZero() {
			return "null"
		}
		return "'" + t.Format(time.RFC3339Nano) + "'"
	}
	for _, a := range all {
		facts := "null, null, null, null, null"
		if read := schedule.Parse(a.schedule, a.offset, now); read != nil {
			gap, first := "null", "null"
			if g := read.LongestGap(now); g > 0 {
				gap = fmt.Sprint(int64(g / time.Minute))
			}
			if !a.changed.IsZero() {
				first = moment(read.First(a.changed))
			}
			facts = fmt.Sprintf("'%s', %s, %s, %s, %s", read.Type(), gap, moment(read.Next(now)), moment(read.Previous(now)), first)
		}
		fmt.Fprintf(&script, "insert into ssm_association values ('%s', '%[1]s', '%s', %s, %t, 'eu-west-1', '111111111111');\n",
			a.id, a.schedule, facts, a.waits)
		fmt.Fprintf(&script, "insert into ssm_instance_association_status values ('i-%s', '%[1]s', '%[1]s', %s, 'eu-west-1', '111111111111');\n",
			a.id, moment(a.executed))
		fmt.Fprintf(&script, "insert into ssm_managed_instance values ('i-%s', %s, 'eu-west-1', '111111111111');\n", a.id, moment(a.registered))
	}
	s.exec(script.String())
}

// TestAllowedAges checks the ages that the mod allows, by type of schedule.
func TestAllowedAges(t *testing.T) {
	s := newScheduled(t)
	const day = 24.0
	want := map[string]struct{ gap, allowed float64 }{ // hours, 0 for none
		"rate(30 minutes)":        {0.5, 1},
		"rate(7 days)":            {7 * day, 14 * day},
		"cron(0/30 * * * ? *)":    {0.5, 1}, // the gap again
		"cron(0 2 ? * SUN *)":     {7 * day, 8 * day},
		"cron(0 2 ? * TUE#2 *)":   {35 * day, 36 * day},
		"cron(0 2 30 2 ? *)":      {0, 0}, // never runs
		"cron(0 2 * * ? 2020)":    {0, 0}, // has run
		"at(2026-07-01T02:00:00)": {0, 0},
		"":                        {0, 0},
		"cron(0 2 ? * SUN)":       {0, 30 * day},
		"rate(1.5 hours)":         {0, 30 * day},
		"weekly":                  {0, 30 * day},
	}
	var all []associated
	for expression := range want {
		all = append(all, associated{id: expression, schedule: expression})
	}
	s.add(time.Now(), all...)
	result := s.pp.Run("query", "run", "association_schedules", "--output", "json")
	var listed struct {
		Rows []struct {
			ID      string  `json:"association_id"`
			Gap     float64 `json:"longest_gap_hours"`
			Allowed float64 `json:"allowed_hours"`
		}
	}
	if err := json.Unmarshal([]byte(result.Stdout), &listed); err != nil {
		t.Fatalf("%v: %s", err, result.Stderr)
	}
	if len(listed.Rows) != len(want) {
		t.Errorf("%d rows, want %d", len(listed.Rows), len(want))
	}
	for _, r := range listed.Rows {
		for what, pair := range map[string][2]float64{
			"gap": {r.Gap, want[r.ID].gap}, "allowed": {r.Allowed, want[r.ID].allowed},
		} {
			if math.Abs(pair[0]-pair[1]) > 0.01 {
				t.Errorf("%q, %s: got %.2f hours, want %.2f", r.ID, what, pair[0], pair[1])
			}
		}
	}
}

// TestFreshness judges schedules at several moments: the mod raises no false alarms, and
// raises alarms soon enough.
func TestFreshness(t *testing.T) {
	s := newScheduled(t)
	const day = 24 * time.Hour
	const margin = 10 * time.Minute // in which the controls run
	now := time.Now().UTC()
	want := map[string]string{} // by id
	var all []associated
	add := func(status string, a associated) {
		a.id = fmt.Sprintf("%03d", len(all))
		all = append(all, a)
		want["i-"+a.id] = status
	}
	for _, expression := range []string{
		"cron(0/30 * * * ? *)", "cron(0 */7 * * ? *)", "cron(0 2 * * ? *)", "cron(15 10 ? * MON-FRI *)", "cron(0 2 ? * SUN *)",
		"cron(0 2 ? * TUE#2 *)", "cron(0 0 ? * 3L *)", "cron(0 2 31 * ? *)", "cron(0 2 LW * ? *)", "cron(0 2 1 1 ? *)", "cron(0 2 29 2 ? *)",
	} {
		cron := schedule.Parse(expression, 0, time.Time{})
		gap, last := cron.LongestGap(now), cron.Previous(now)
		slack := min(gap, day)
		addDue := func(due time.Time, a associated) {
			switch a.schedule, a.waits = expression, true; {
			case due.Before(now.Add(-margin)):
				add("alarm", a)
			case due.After(now.Add(margin)):
				add("info", a)
			}
		}
		add("ok", associated{schedule: expression, executed: last})
		add("ok", associated{schedule: expression, executed: now.Add(margin - gap - slack)})
		add("alarm", associated{schedule: expression, executed: now.Add(-gap - slack - margin)})
		// It never ran.
		add("alarm", associated{schedule: expression, changed: now.Add(-time.Minute)})
		addDue(cron.Next(now).Add(slack), associated{changed: last.Add(time.Second)})
		add("info", associated{schedule: expression, waits: true})
		add("alarm", associated{schedule: expression, waits: true, changed: now.Add(-gap - slack - margin)})
		// It is due with its first run, and not when it might have been.
		addDue(cron.First(now.Add(-gap)).Add(slack), associated{changed: now.Add(-gap)})
		// Its node is newer.
		add("info", associated{schedule: expression, waits: true, changed: now.Add(-gap - 2*day), registered: now.Add(-gap)})
		// A change after the day of the schedule waits for that of the next period, though
		// the offset has not passed.
		addDue(cron.First(last.Add(time.Second)).Add(3*day+slack), associated{offset: 3, changed: last.Add(time.Second)})
	}
	year := now.Year()
	// Its years are past, or to come.
	add("skip", associated{schedule: "cron(0 2 * * ? 2015-2020)", executed: now.AddDate(-8, 0, 0)})
	add("alarm", associated{schedule: "cron(0 2 * * ? 2015-2020)", waits: true, changed: now.AddDate(-1, 0, 0)})
	future := fmt.Sprintf("cron(0 2 * * ? %d-%d)", year+2, year+4)
	add("ok", associated{schedule: future, executed: now.AddDate(-1, 0, 0)})
	add("info", associated{schedule: future, waits: true, changed: now.AddDate(-1, 0, 0)})
	// It runs once.
	at := func(moment time.Time) string { return "at(" + moment.Format("2006-01-02T15:04:05") + ")" }
	add("skip", associated{schedule: at(now.Add(-time.Hour)), executed: now.Add(-time.Hour)})
	add("info", associated{schedule: at(now.Add(time.Hour)), waits: true, changed: now.Add(-90 * day)})
	add("info", associated{schedule: at(now.Add(-time.Hour)), waits: true, changed: now.Add(-90 * day)})
	add("alarm", associated{schedule: at(now.Add(-25 * time.Hour)), waits: true, changed: now.Add(-90 * day)})
	add("alarm", associated{schedule: at(now.Add(time.Hour)), changed: now.Add(-90 * day)})
	add("skip", associated{executed: now.AddDate(-1, 0, 0)})
	add("alarm", associated{})
	// A rate does not wait.
	add("alarm", associated{schedule: "rate(7 days)", waits: true, changed: now})
	add("ok", associated{schedule: "rate(7 days)", executed: now.Add(-14*day + margin)})
	add("alarm", associated{schedule: "rate(7 days)", executed: now.Add(-14*day - margin)})
	// It cannot be read.
	add("ok", associated{schedule: "every(day)", executed: now.Add(-29 * day)})
	add("alarm", associated{schedule: "every(day)", executed: now.Add(-31 * day)})
	add("alarm", associated{schedule: "every(day)", waits: true, changed: now})
	s.add(now, all...)

	a := audited{t: s.t, pp: s.pp}
	ran := a.controls("benchmark", "run", "association_freshness")
	for name, c := range ran {
		got := map[string]string{}
		for _, r := range c.rows() {
			node, _, _ := strings.Cut(r["resource"].(string), "/")
			got[node] = r["status"].(string)
		}
		if len(got) != len(all) {
			t.Errorf("%s: %d rows, want %d", name, len(got), len(all))
		}
		for _, a := range all {
			if status := got["i-"+a.id]; status != want["i-"+a.id] {
				t.Errorf("%s, %s, changed %s, executed %s, offset %d, waits %t: got %q, want %s",
					name, a.schedule, a.changed, a.executed, a.offset, a.waits, status, want["i-"+a.id])
			}
		}
	}
	if len(ran) != 2 {
		t.Errorf("%d controls ran, want 2", len(ran))
	}
}
