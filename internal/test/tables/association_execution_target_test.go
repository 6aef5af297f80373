package tables

import (
	"fmt"
	"slices"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

func TestAssociationExecutionTargets(t *testing.T) {
	w := rig.SharedRegions(t)
	us := w.Fleet.Associations("us-east-1")
	a := us[1]
	history := a.Executions()
	read := func(executions ...fleet.Execution) (rows []rig.Row, reads int) {
		for _, e := range executions {
			for _, target := range e.Targets() {
				rows = append(rows, rig.ExpectedTarget(w.Fleet, "us-east-1", target))
			}
			reads += rig.Pages(len(e.Targets()), 50)
		}
		return rows, reads
	}
	everything := func() (rows []rig.Row, made rig.Calls) {
		made = rig.Calls{rig.AssociationsOp: rig.Pages(len(us), 50)}
		for _, a := range us {
			r, reads := read(a.Executions()...)
			rows = append(rows, r...)
			made[rig.TargetsOp] += reads
			made[rig.ExecutionsOp] += rig.Pages(len(a.Executions()), 50)
		}
		return rows, made
	}
	of := func(rows []rig.Row, column string, value any) []rig.Row {
		return slices.DeleteFunc(slices.Clone(rows), func(r rig.Row) bool { return r[column] != value })
	}
	ofAssociation, reads := read(history...)
	one, onePages := read(history[3])
	node := one[0]["resource_id"]

	t.Run("of every execution of every association", func(t *testing.T) {
		rows, made := everything()
		w.Check(t, "select * from "+rig.TargetTable+" where region = 'us-east-1'", rows, made)
	})
	for name, test := range map[string]struct {
		where string
		want  []rig.Row
		calls rig.Calls
	}{
		"of one execution":                 {fmt.Sprintf("association_id = '%s' and execution_id = '%s'", a.AssociationID, history[3].ExecutionID), one, rig.Calls{rig.TargetsOp: onePages}},
		"of every execution of one":        {fmt.Sprintf("association_id = '%s'", a.AssociationID), ofAssociation, rig.Calls{rig.ExecutionsOp: rig.Pages(len(history), 50), rig.TargetsOp: reads}},
		"of one execution, its status":     {fmt.Sprintf("association_id = '%s' and execution_id = '%s' and status = 'Failed'", a.AssociationID, history[3].ExecutionID), of(one, "status", "Failed"), rig.Calls{rig.TargetsOp: 1}},
		"of one execution, a node":         {fmt.Sprintf("association_id = '%s' and execution_id = '%s' and resource_id = '%s'", a.AssociationID, history[3].ExecutionID, node), of(one, "resource_id", node), rig.Calls{rig.TargetsOp: 1}},
		"of one execution, a type":         {fmt.Sprintf("association_id = '%s' and execution_id = '%s' and resource_type = 'ManagedInstance'", a.AssociationID, history[3].ExecutionID), of(one, "resource_type", "ManagedInstance"), rig.Calls{rig.TargetsOp: onePages}},
		"a node in every execution":        {fmt.Sprintf("association_id = '%s' and resource_id = '%s'", a.AssociationID, node), of(ofAssociation, "resource_id", node), rig.Calls{rig.ExecutionsOp: rig.Pages(len(history), 50), rig.TargetsOp: len(history)}},
		"an execution, alone":              {fmt.Sprintf("execution_id = '%s'", history[3].ExecutionID), one, rig.Calls{rig.AssociationsOp: rig.Pages(len(us), 50), rig.ExecutionsOp: len(us), rig.TargetsOp: onePages}},
		"an execution of another":          {fmt.Sprintf("association_id = '%s' and execution_id = '%s'", us[2].AssociationID, history[3].ExecutionID), nil, rig.Calls{rig.TargetsOp: 1}},
		"executions":                       {fmt.Sprintf("association_id = '%s' and execution_id in ('%s', 'last', '00000000-0000-4000-8000-000000000000')", a.AssociationID, history[3].ExecutionID), one, rig.Calls{rig.TargetsOp: onePages + 2}},
		"executions of two associations":   {fmt.Sprintf("association_id in ('%s', '%s') and execution_id in ('%s', 'last')", a.AssociationID, us[2].AssociationID, history[3].ExecutionID), one, rig.Calls{rig.ExecutionsOp: rig.Pages(len(history), 50) + rig.Pages(len(us[2].Executions()), 50), rig.TargetsOp: onePages}},
		"an unknown association":           {"association_id = '00000000-0000-4000-8000-000000000000'", nil, rig.Calls{rig.ExecutionsOp: 1}},
		"an association that is not an id": {"association_id = 'patching' and execution_id = 'last'", nil, rig.Calls{rig.TargetsOp: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			w.Check(t, "select * from "+rig.TargetTable+" where region = 'us-east-1' and "+test.where, test.want, test.calls)
		})
	}
	t.Run("a limit stops the reads", func(t *testing.T) {
		w.Sim.Reset()
		if got := w.Query("select resource_id from " + rig.TargetTable + " where region = 'us-east-1' limit 1"); len(got) != 1 {
			t.Errorf("got %d rows, want 1", len(got))
		}
		if n := w.Sim.Calls().Action(rig.TargetsOp); n > 1+2*16 {
			t.Errorf("%d reads for one row", n)
		}
	})
}
