package tables

import (
	"fmt"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

func TestAssociationVersions(t *testing.T) {
	w := rig.SharedRegions(t)
	us := w.Fleet.Associations("us-east-1")
	a := rig.ChangedAssociation(w.Fleet, "us-east-1")
	of := func(associations ...fleet.Association) (rows []rig.Row) {
		for _, a := range associations {
			rows = append(rows, rig.ExpectedVersions(w.Fleet, "us-east-1", a)...)
		}
		return rows
	}
	for name, test := range map[string]struct {
		where string
		want  []rig.Row
		calls rig.Calls
	}{
		"of one association":           {fmt.Sprintf("association_id = '%s'", a.AssociationID), of(a), rig.Calls{rig.VersionsOp: 1}},
		"of two associations":          {fmt.Sprintf("association_id in ('%s', '%s')", us[5].AssociationID, us[6].AssociationID), of(us[5], us[6]), rig.Calls{rig.VersionsOp: 2}},
		"of an unknown association":    {"association_id = '00000000-0000-4000-8000-000000000000'", nil, rig.Calls{rig.VersionsOp: 1}},
		"of no association":            {"association_id in ('a', 'b') and association_id = 'c'", nil, rig.Calls{}},
		"an association that is no id": {"association_id = 'patching'", nil, rig.Calls{rig.VersionsOp: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			w.Check(t, "select * from "+rig.VersionTable+" where region = 'us-east-1' and "+test.where, test.want, test.calls)
		})
	}
	t.Run("a limit reads no more than it needs", func(t *testing.T) {
		w.Sim.Reset()
		if got := w.Query(fmt.Sprintf("select * from %s where association_id = '%s' and region = 'us-east-1' limit 1", rig.VersionTable, a.AssociationID)); len(got) != 1 {
			t.Errorf("got %d rows, want 1", len(got))
		}
		w.ExpectCalls(rig.Calls{rig.VersionsOp: 1})
	})
}
