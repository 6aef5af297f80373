package tables

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

func TestAssociationExecutions(t *testing.T) {
	w := rig.SharedRegions(t)
	us, eu := w.Fleet.Associations("us-east-1"), w.Fleet.Associations("eu-west-1")
	var long, never fleet.Association
	for _, a := range us {
		switch n := len(a.Executions()); {
		case n > 100:
			long = a
		case n == 0:
			never = a
		}
	}
	history := long.Executions()
	read := func(region string, associations ...fleet.Association) (rows []rig.Row, reads int) {
		for _, a := range associations {
			for _, e := range a.Executions() {
				rows = append(rows, rig.ExpectedExecution(w.Fleet, region, e))
			}
			reads += rig.Pages(len(a.Executions()), 50)
		}
		return rows, reads
	}
	t.Run("of every association", func(t *testing.T) {
		rows, reads := read("us-east-1", us...)
		rowsEU, readsEU := read("eu-west-1", eu...)
		w.Check(t, "select * from "+rig.ExecutionTable, append(rows, rowsEU...),
			rig.Calls{rig.AssociationsOp: rig.Pages(len(us), 50) + rig.Pages(len(eu), 50), rig.ExecutionsOp: reads + readsEU})
	})

	// of returns the executions of the long history that meet the condition, by
	// start time.
	of := func(condition func(fleet.Execution) bool) []fleet.Execution {
		return slices.DeleteFunc(slices.Clone(history), func(e fleet.Execution) bool { return !condition(e) })
	}
	started := func(condition func(time.Time) bool) []fleet.Execution {
		return of(func(e fleet.Execution) bool { return e.CreatedTime != nil && condition(e.CreatedTime.Time()) })
	}
	middle := *history[len(history)/2].CreatedTime
	at := middle.Time()
	text := at.Format(time.RFC3339Nano)
	failed := of(func(e fleet.Execution) bool { return rig.Dereference(e.Status) == "Failed" })

	for name, test := range map[string]struct {
		where string
		want  []fleet.Execution
		calls int // of executionsOp; -1 for any
	}{
		"of one association":         {"", history, rig.Pages(len(history), 50)},
		"a status is AWS's filter":   {"status = 'Failed'", failed, rig.Pages(len(failed), 50)},
		"a status that there is not": {"status = 'Unheard'", nil, 1},
		"a status in another case":   {"status = 'failed'", nil, rig.Pages(len(history), 50)},
		"statuses": {"status in ('Failed', 'Success')", of(func(e fleet.Execution) bool {
			return slices.Contains([]string{"Failed", "Success"}, rig.Dereference(e.Status))
		}), -1},
		"an execution":                 {fmt.Sprintf("execution_id = '%s'", history[7].ExecutionID), history[7:8], 1},
		"an unknown execution":         {"execution_id = '00000000-0000-4000-8000-000000000000'", nil, 1},
		"a malformed execution id":     {"execution_id = 'last'", nil, -1},
		"the time at which it started": {"created_time = '" + text + "'", started(at.Equal), 1},
		"after a time":                 {"created_time > '" + text + "'", started(at.Before), -1},
		"before a time":                {"created_time < '" + text + "'", started(at.After), -1},
		"not before a time":            {"created_time >= '" + text + "'", started(func(t time.Time) bool { return !t.Before(at) }), -1},
		"not after a time":             {"created_time <= '" + text + "'", started(func(t time.Time) bool { return !t.After(at) }), -1},
		"between two times":            {"created_time > '" + text + "' and created_time < '" + at.Add(48*time.Hour).Format(time.RFC3339Nano) + "'", started(func(t time.Time) bool { return t.After(at) && t.Before(at.Add(48*time.Hour)) }), 1},
		"the latest, with a status":    {"created_time > '" + text + "' and status = 'Failed'", started(at.Before), -1},
		"a time finer than AWS's":      {"created_time > '" + at.Add(-time.Microsecond).Format(time.RFC3339Nano) + "'", started(func(t time.Time) bool { return !t.Before(at) }), -1},
		"a time that no execution has": {"created_time = '" + at.Add(time.Microsecond).Format(time.RFC3339Nano) + "'", nil, -1},
		"in the future":                {"created_time > '2999-01-01'", nil, -1}, // which Steampipe may send for the distant past
		"text that is not a time":      {"created_time > 'yesterday'", nil, -1},
	} {
		t.Run(name, func(t *testing.T) {
			want := test.want
			if strings.Contains(name, "with a status") {
				want = slices.DeleteFunc(slices.Clone(want), func(e fleet.Execution) bool { return rig.Dereference(e.Status) != "Failed" })
			}
			var rows []rig.Row
			for _, e := range want {
				rows = append(rows, rig.ExpectedExecution(w.Fleet, "us-east-1", e))
			}
			sql := fmt.Sprintf("select * from %s where association_id = '%s' and region = 'us-east-1'", rig.ExecutionTable, long.AssociationID)
			if test.where != "" {
				sql += " and " + test.where
			}
			var made rig.Calls
			if test.calls >= 0 {
				made = rig.Calls{rig.ExecutionsOp: test.calls}
			}
			w.Check(t, sql, rows, made)
		})
	}
	t.Run("of an association that has none, is unknown, or is not an id", func(t *testing.T) {
		w.Check(t, fmt.Sprintf("select * from %s where region = 'us-east-1' and association_id in ('%s', '00000000-0000-4000-8000-000000000000', 'patching')",
			rig.ExecutionTable, never.AssociationID), nil, rig.Calls{rig.ExecutionsOp: 3})
	})
	t.Run("an execution alone is looked for in every association", func(t *testing.T) {
		w.Check(t, fmt.Sprintf("select * from %s where region = 'us-east-1' and execution_id = '%s'", rig.ExecutionTable, history[7].ExecutionID),
			[]rig.Row{rig.ExpectedExecution(w.Fleet, "us-east-1", history[7])}, rig.Calls{rig.AssociationsOp: rig.Pages(len(us), 50), rig.ExecutionsOp: len(us)})
	})
	t.Run("a list of statuses reads the history once", func(t *testing.T) {
		_, reads := read("us-east-1", us...)
		w.Sim.Reset()
		w.Query("select count(*) from " + rig.ExecutionTable + " where region = 'us-east-1' and status in ('Failed', 'Success')")
		w.ExpectCalls(rig.Calls{rig.AssociationsOp: rig.Pages(len(us), 50), rig.ExecutionsOp: reads})
	})
	t.Run("a limit reads long pages where AWS does not apply the condition", func(t *testing.T) {
		w.Sim.Reset()
		w.Query(fmt.Sprintf("select * from %s where association_id = '%s' and region = 'us-east-1' and execution_id = 'last' limit 1", rig.ExecutionTable, long.AssociationID))
		w.ExpectCalls(rig.Calls{rig.ExecutionsOp: rig.Pages(len(history), 50)})
	})
	t.Run("a limit", func(t *testing.T) {
		w.Sim.Reset()
		got := w.Query(fmt.Sprintf("select * from %s where association_id = '%s' and region = 'us-east-1' limit 60", rig.ExecutionTable, long.AssociationID))
		if len(got) != 60 {
			t.Errorf("got %d rows, want 60", len(got))
		}
		w.ExpectCalls(rig.Calls{rig.ExecutionsOp: 2})
	})
}
