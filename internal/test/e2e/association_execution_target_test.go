package e2e

import (
	"fmt"
	"slices"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

const (
	targetTable = "ssm_association_execution_target"
	targetsOp   = "DescribeAssociationExecutionTargets"
)

var associationExecutionTargetCase = tableCase{
	name: targetTable,
	keys: "association_id execution_id resource_id resource_type status",
	read: func(simulated *fleet.Fleet, region string) ([]row, calls) {
		_, made := associationExecutionCase.read(simulated, region)
		var rows []row
		for _, a := range simulated.Associations(region) {
			for _, e := range a.Executions() {
				targets := e.Targets()
				for _, target := range targets {
					rows = append(rows, expectedTarget(simulated, region, target))
				}
				made[targetsOp] += pages(len(targets), 50)
			}
		}
		return rows, made
	},
	queries: func(simulated *fleet.Fleet, region string) map[string]string {
		a := simulated.Associations(region)[0]
		return map[string]string{
			targetsOp: fmt.Sprintf("select * from %s where association_id = '%s' and execution_id = '%s'",
				targetTable, a.AssociationID, a.Executions()[0].ExecutionID),
		}
	},
}

func TestAssociationExecutionTargets(t *testing.T) {
	w := twoRegions(t, embedded.Options{})
	us := w.fleet.Associations("us-east-1")
	a := us[1]
	history := a.Executions()
	read := func(executions ...fleet.Execution) (rows []row, reads int) {
		for _, e := range executions {
			for _, target := range e.Targets() {
				rows = append(rows, expectedTarget(w.fleet, "us-east-1", target))
			}
			reads += pages(len(e.Targets()), 50)
		}
		return rows, reads
	}
	everything := func() (rows []row, made calls) {
		made = calls{associationsOp: pages(len(us), 50)}
		for _, a := range us {
			r, reads := read(a.Executions()...)
			rows = append(rows, r...)
			made[targetsOp] += reads
			made[executionsOp] += pages(len(a.Executions()), 50)
		}
		return rows, made
	}
	of := func(rows []row, column string, value any) []row {
		return slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return r[column] != value })
	}
	ofAssociation, reads := read(history...)
	one, onePages := read(history[3])
	node := one[0]["resource_id"]

	t.Run("of every execution of every association", func(t *testing.T) {
		rows, made := everything()
		w.check(t, "select * from "+targetTable+" where region = 'us-east-1'", rows, made)
	})
	for name, test := range map[string]struct {
		where string
		want  []row
		calls calls
	}{
		"of one execution":                 {fmt.Sprintf("association_id = '%s' and execution_id = '%s'", a.AssociationID, history[3].ExecutionID), one, calls{targetsOp: onePages}},
		"of every execution of one":        {fmt.Sprintf("association_id = '%s'", a.AssociationID), ofAssociation, calls{executionsOp: pages(len(history), 50), targetsOp: reads}},
		"of one execution, its status":     {fmt.Sprintf("association_id = '%s' and execution_id = '%s' and status = 'Failed'", a.AssociationID, history[3].ExecutionID), of(one, "status", "Failed"), calls{targetsOp: 1}},
		"of one execution, a node":         {fmt.Sprintf("association_id = '%s' and execution_id = '%s' and resource_id = '%s'", a.AssociationID, history[3].ExecutionID, node), of(one, "resource_id", node), calls{targetsOp: 1}},
		"of one execution, a type":         {fmt.Sprintf("association_id = '%s' and execution_id = '%s' and resource_type = 'ManagedInstance'", a.AssociationID, history[3].ExecutionID), of(one, "resource_type", "ManagedInstance"), calls{targetsOp: onePages}},
		"a node in every execution":        {fmt.Sprintf("association_id = '%s' and resource_id = '%s'", a.AssociationID, node), of(ofAssociation, "resource_id", node), calls{executionsOp: pages(len(history), 50), targetsOp: len(history)}},
		"an execution, alone":              {fmt.Sprintf("execution_id = '%s'", history[3].ExecutionID), one, calls{associationsOp: pages(len(us), 50), executionsOp: len(us), targetsOp: onePages}},
		"an execution of another":          {fmt.Sprintf("association_id = '%s' and execution_id = '%s'", us[2].AssociationID, history[3].ExecutionID), nil, calls{targetsOp: 1}},
		"executions":                       {fmt.Sprintf("association_id = '%s' and execution_id in ('%s', 'last', '00000000-0000-4000-8000-000000000000')", a.AssociationID, history[3].ExecutionID), one, calls{targetsOp: onePages + 2}},
		"executions of two associations":   {fmt.Sprintf("association_id in ('%s', '%s') and execution_id in ('%s', 'last')", a.AssociationID, us[2].AssociationID, history[3].ExecutionID), one, calls{executionsOp: pages(len(history), 50) + pages(len(us[2].Executions()), 50), targetsOp: onePages}},
		"an unknown association":           {"association_id = '00000000-0000-4000-8000-000000000000'", nil, calls{executionsOp: 1}},
		"an association that is not an id": {"association_id = 'patching' and execution_id = 'last'", nil, calls{targetsOp: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			w.check(t, "select * from "+targetTable+" where region = 'us-east-1' and "+test.where, test.want, test.calls)
		})
	}
	t.Run("a limit stops the reads", func(t *testing.T) {
		w.sim.Reset()
		if got := w.query("select resource_id from " + targetTable + " where region = 'us-east-1' limit 1"); len(got) != 1 {
			t.Errorf("got %d rows, want 1", len(got))
		}
		if n := w.sim.Calls().Action(targetsOp); n > 1+2*16 {
			t.Errorf("%d reads for one row", n)
		}
	})
}

func expectedTarget(simulated *fleet.Fleet, region string, t fleet.ExecutionTarget) row {
	r := row{
		"association_id":      t.AssociationID,
		"execution_id":        t.ExecutionID,
		"resource_id":         t.ResourceID,
		"resource_type":       value(t.ResourceType),
		"association_version": value(t.AssociationVersion),
		"status":              value(t.Status),
		"detailed_status":     value(t.DetailedStatus),
		"last_execution_date": date(t.LastExecutionDate),
		"output_source_id":    nil,
		"output_source_type":  nil,
		"title":               t.ResourceID,
	}
	if o := t.OutputSource; o != nil {
		r["output_source_id"], r["output_source_type"] = value(o.OutputSourceID), value(o.OutputSourceType)
	}
	return readIn(simulated, region, r)
}
