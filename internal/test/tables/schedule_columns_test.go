package tables

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// TestScheduleColumns compares the columns that follow from the schedule with the
// calendar, hour by hour. They cost the listing alone.
func TestScheduleColumns(t *testing.T) {
	w := rig.TwoRegions(t, embedded.Options{})
	us := w.Fleet.Associations("us-east-1")
	const columns = "association_id, schedule_type, schedule_longest_gap_minutes, next_scheduled_date, previous_scheduled_date"
	w.Sim.Reset()
	began := time.Now()
	got := map[string]rig.Row{}
	for _, r := range w.Query("select " + columns + " from " + rig.AssociationTable + " where region = 'us-east-1'") {
		got[r["association_id"].(string)] = r
	}
	ended := time.Now()
	w.ExpectCalls(rig.Calls{rig.AssociationsOp: rig.Pages(len(us), 50)})

	seen := map[string]int{}
	for _, a := range us {
		seen[rig.Dereference(a.ScheduleExpression)]++
		first, last := expectedSchedule(t, a, began), expectedSchedule(t, a, ended)
		for name := range first {
			if v := got[a.AssociationID][name]; v != first[name] && v != last[name] {
				t.Errorf("%s of %v, last run %v: %s is %v, want %v",
					rig.Dereference(a.ScheduleExpression), rig.Value(a.AssociationName), rig.Date(a.LastExecutionDate), name, v, last[name])
			}
		}
	}
	if len(seen) < 6 {
		t.Errorf("the fleet has only these schedules: %v", seen)
	}
}

// expectedSchedule returns the columns for a schedule of the simulated fleet.
func expectedSchedule(t *testing.T, a fleet.Association, now time.Time) rig.Row {
	t.Helper()
	r := rig.Row{"schedule_type": nil, "schedule_longest_gap_minutes": nil, "next_scheduled_date": nil, "previous_scheduled_date": nil}
	set := func(kind string, gap time.Duration, previous, next time.Time) {
		r["schedule_type"] = kind
		if gap > 0 {
			r["schedule_longest_gap_minutes"] = int64(gap / time.Minute)
		}
		for name, at := range map[string]time.Time{"previous_scheduled_date": previous, "next_scheduled_date": next} {
			if !at.IsZero() {
				r[name] = at.UTC().Format(time.RFC3339Nano)
			}
		}
	}
	const week = 7 * 24 * time.Hour
	sunday := func(at time.Time) bool { return at.Weekday() == time.Sunday && at.Hour() == 2 }
	cron := func(gap time.Duration, runs func(time.Time) bool) {
		offset := time.Duration(0)
		if a.ScheduleOffset != nil {
			offset = time.Duration(*a.ScheduleOffset) * 24 * time.Hour
		}
		previous := now.UTC().Truncate(time.Hour)
		for !runs(previous.Add(-offset)) {
			previous = previous.Add(-time.Hour)
		}
		next := previous.Add(time.Hour)
		for !runs(next.Add(-offset)) {
			next = next.Add(time.Hour)
		}
		set("cron", gap, previous, next)
	}
	rate := func(every time.Duration) {
		var previous, next time.Time
		if a.LastExecutionDate != nil {
			previous = a.LastExecutionDate.Time()
			for next = previous.Add(every); !next.After(now); next = next.Add(every) {
				previous = next
			}
		}
		set("rate", every, previous, next)
	}
	switch expression := rig.Dereference(a.ScheduleExpression); expression {
	case "rate(30 minutes)":
		rate(30 * time.Minute)
	case "rate(1 day)":
		rate(24 * time.Hour)
	case "rate(7 days)":
		rate(week)
	case "cron(0 2 ? * SUN *)":
		cron(week, sunday)
	case "cron(0 0 2 ? * SUN#2 *)":
		cron(5*week, func(at time.Time) bool { return sunday(at) && at.Day() > 7 && at.Day() <= 14 })
	case "at(2026-07-01T02:00:00)":
		set("at", 0, time.Date(2026, 7, 1, 2, 0, 0, 0, time.UTC), time.Time{})
	case "":
	default:
		t.Fatalf("a schedule that the test does not know: %s", expression)
	}
	return r
}

// TestFirstScheduledDate checks when an association is first due after a change.
func TestFirstScheduledDate(t *testing.T) {
	for name, test := range map[string]struct {
		description string // members of the association's description
		want        any
	}{
		"after its last change": {`"ScheduleExpression":"cron(0 0 ? * THU#2 *)","Date":%d,"LastUpdateAssociationDate":%d`,
			"2026-09-10T00:00:00Z"},
		"with an offset, in the next period": {`"ScheduleExpression":"cron(0 0 ? * THU#2 *)","ScheduleOffset":3,"Date":%d,"LastUpdateAssociationDate":%d`,
			"2026-09-13T00:00:00Z"},
		"at a time to come":    {`"ScheduleExpression":"at(2026-08-15T00:00:00)","Date":%d,"LastUpdateAssociationDate":%d`, "2026-08-15T00:00:00Z"},
		"at a time gone by":    {`"ScheduleExpression":"at(2026-08-13T00:00:00)","Date":%d,"LastUpdateAssociationDate":%d`, nil},
		"a rate does not wait": {`"ScheduleExpression":"rate(7 days)","Date":%d,"LastUpdateAssociationDate":%d`, nil},
		"without a schedule":   {`"Date":%d,"LastUpdateAssociationDate":%d`, nil},
		"unreadable":           {`"ScheduleExpression":"cron(weekly)","Date":%d,"LastUpdateAssociationDate":%d`, nil},
		"no known change":      {`"ScheduleExpression":"cron(0 0 ? * THU#2 *)"`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			// Created on the first, changed on the day after the second Thursday.
			description := test.description
			if strings.Contains(description, "%d") {
				description = fmt.Sprintf(description, time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC).Unix(), time.Date(2026, 8, 14, 0, 0, 0, 0, time.UTC).Unix())
			}
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.Header.Get("X-Amz-Target"), "."+rig.AssociationsOp) {
					_, _ = fmt.Fprint(w, `{"Associations":[{"AssociationId":"a","ScheduleExpression":"cron(weekly)"}]}`)
					return
				}
				_, _ = fmt.Fprintf(w, `{"AssociationDescription":{%s}}`, description)
			}))
			defer server.Close()
			db := rig.Open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: rig.Arguments(server.URL, "key", []string{"us-east-1"})})
			got, err := rig.Query(t.Context(), db, "select first_scheduled_date, schedule_type, schedule_longest_gap_minutes, "+
				"next_scheduled_date, previous_scheduled_date from "+rig.AssociationTable)
			if err != nil {
				t.Fatal(err)
			}
			rig.SameRows(t, got, []rig.Row{{"first_scheduled_date": test.want, "schedule_type": nil, "schedule_longest_gap_minutes": nil,
				"next_scheduled_date": nil, "previous_scheduled_date": nil}})
		})
	}
}
