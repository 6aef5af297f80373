package fleet_test

import (
	"reflect"
	"slices"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

func TestVersionsLeadToTheAssociationAsItIs(t *testing.T) {
	f := fleet.New(fleet.Options{})
	several, beforeFailures := 0, 0
	for _, a := range f.Associations(region0) {
		versions := a.Versions()
		newest := versions[0]
		if *newest.AssociationVersion != a.LatestVersion() {
			t.Errorf("the newest version of %s is %s", a.LatestVersion(), *newest.AssociationVersion)
		}
		if !reflect.DeepEqual(newest.Parameters, a.Parameters) || !reflect.DeepEqual(newest.Targets, a.Targets) ||
			!reflect.DeepEqual(newest.ScheduleExpression, a.ScheduleExpression) || !reflect.DeepEqual(newest.OutputLocation, a.OutputLocation) {
			t.Errorf("the newest version %+v is not the association %+v", newest, a)
		}
		if a.LastUpdateAssociationDate != nil && *newest.CreatedDate != *a.LastUpdateAssociationDate {
			t.Errorf("the newest version is of %s, the association was changed at %s", newest.CreatedDate, a.LastUpdateAssociationDate)
		}
		for i := 1; i < len(versions); i++ {
			later, earlier := versions[i-1], versions[i]
			if earlier.CreatedDate != nil && *earlier.CreatedDate > *later.CreatedDate {
				t.Errorf("version %s is newer than %s", *earlier.AssociationVersion, *later.AssociationVersion)
			}
			later.AssociationVersion, later.CreatedDate, earlier.AssociationVersion, earlier.CreatedDate = nil, nil, nil, nil
			if reflect.DeepEqual(later, earlier) {
				t.Errorf("version %d of %s changed nothing", len(versions)-i+1, a.AssociationID)
			}
		}
		if len(versions) > 1 {
			several++
		}
		failed := slices.ContainsFunc(a.Executions(), func(e fleet.Execution) bool {
			return e.Status != nil && *e.Status == "Failed" && e.CreatedTime != nil && *e.CreatedTime > *newest.CreatedDate
		})
		if failed {
			beforeFailures++
		}
	}
	if several < 50 || beforeFailures < 50 {
		t.Errorf("%d associations have several versions, %d were changed before they failed", several, beforeFailures)
	}
}
