package fleet_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

func TestAutomationsAreTheRunsOfAssociations(t *testing.T) {
	f := fleet.New(fleet.Options{})
	for _, name := range f.Regions() {
		region := f.Region(name)
		all := region.AutomationExecutions()
		seen := make(sightings)
		for i, a := range all {
			if i > 0 && *a.ExecutionStartTime > *all[i-1].ExecutionStartTime {
				t.Errorf("execution %d is newer than the one before", i)
			}
			if age := f.Now().Sub(a.ExecutionStartTime.Time()); age > thirtyDays {
				t.Errorf("an execution is %s old", age)
			}
			if found, ok := region.AutomationExecutionByID(a.AutomationExecutionID); !ok || found.AutomationExecutionStatus != a.AutomationExecutionStatus {
				t.Errorf("execution %s is not found", a.AutomationExecutionID)
			}
			seen.see(a.AutomationExecutionStatus, true)
			observeAutomation(t, seen, region, a)
		}
		for _, variety := range []string{
			"Success", "Failed", "TimedOut", "Cancelled", "Waiting", "Pending", "CompletedWithFailure",
			"of an association", "of a target", "of an operator", "failing step named", "failing step not named",
		} {
			if seen[variety] == 0 {
				t.Errorf("%s has none of %q: %v", name, variety, seen)
			}
		}
	}
}

func observeAutomation(t *testing.T, seen sightings, region *fleet.Region, a fleet.AutomationExecution) {
	t.Helper()
	switch {
	case a.ParentAutomationExecutionID != nil:
		seen.see("of a target", true)
		parent, ok := region.AutomationExecutionByID(*a.ParentAutomationExecutionID)
		if !ok || parent.AssociationID == nil || *parent.AssociationID != *a.AssociationID {
			t.Errorf("execution %s has the parent %+v", a.AutomationExecutionID, parent)
		}
	case a.AssociationID != nil:
		seen.see("of an association", true)
		association, ok := region.AssociationByID(*a.AssociationID)
		if !ok || association.AutomationTargetParameterName == nil || *association.Name != a.DocumentName || len(a.Steps()) > 0 {
			t.Errorf("execution %+v is of association %+v", a, association)
		}
		return
	default:
		seen.see("of an operator", true)
	}
	ended := !slices.Contains([]string{"Waiting", "Pending", "InProgress"}, a.AutomationExecutionStatus)
	if ended != (a.ExecutionEndTime != nil) || ended && a.ExecutionEndTime.Time().Sub(a.ExecutionStartTime.Time()) > time.Minute {
		t.Errorf("a %s execution ended at %v", a.AutomationExecutionStatus, a.ExecutionEndTime)
	}
	if a.AutomationExecutionStatus != "Failed" && a.AutomationExecutionStatus != "TimedOut" {
		return
	}
	failing := slices.IndexFunc(a.Steps(), func(s fleet.StepExecution) bool { return s.StepStatus == a.AutomationExecutionStatus })
	if failing < 0 || a.FailureMessage == nil {
		t.Fatalf("execution %+v failed at no step", a)
	}
	step := a.Steps()[failing]
	if !strings.Contains(*a.FailureMessage, "Step "+step.StepName+": ") || !strings.Contains(*a.FailureMessage, *step.FailureMessage) {
		t.Errorf("step %s: %s", step.StepName, *a.FailureMessage)
	}
	seen.see("failing step named", a.CurrentStepName != nil && *a.CurrentStepName == step.StepName)
	seen.see("failing step not named", a.CurrentStepName == nil)
}
