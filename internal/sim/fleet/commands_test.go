package fleet_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

const thirtyDays = 30 * 24 * time.Hour

// TestTargetsAreInvokedByTheirCommand checks that a target's command exists for
// thirty days, on the target's node and with the target's outcome.
func TestTargetsAreInvokedByTheirCommand(t *testing.T) {
	f := fleet.New(fleet.Options{})
	found, expired := 0, 0
	for _, name := range f.Regions() {
		region := f.Region(name)
		for _, a := range f.Associations(name) {
			for _, e := range a.Executions() {
				for _, target := range e.Targets() {
					id, ok := commandOf(target)
					if !ok || target.LastExecutionDate == nil {
						continue
					}
					places, known := region.InvocationsOfCommand(id)
					if recent := f.Now().Sub(target.LastExecutionDate.Time()) <= thirtyDays; known != recent {
						t.Fatalf("target of %s: command known %t, recent %t", target.LastExecutionDate, known, recent)
					}
					if !known {
						expired++
						continue
					}
					found++
					if len(places) != 1 {
						t.Fatalf("command %s has %d invocations", id, len(places))
					}
					checkInvocation(t, target, region.CommandInvocation(int(places[0])), a.Name)
				}
			}
		}
	}
	if found == 0 || expired == 0 {
		t.Errorf("%d commands are there, %d have expired", found, expired)
	}
}

// commandOf returns the command of a target.
func commandOf(target fleet.ExecutionTarget) (id string, ok bool) {
	source := target.OutputSource
	if source == nil || source.OutputSourceType == nil || *source.OutputSourceType != "RunCommand" || source.OutputSourceID == nil {
		return "", false
	}
	return *source.OutputSourceID, true
}

func checkInvocation(t *testing.T, target fleet.ExecutionTarget, c fleet.CommandInvocation, document *string) {
	t.Helper()
	id, _ := commandOf(target)
	if c.CommandID != id || c.InstanceID != target.ResourceID || document != nil && c.DocumentName != *document {
		t.Fatalf("target %+v has the invocation %+v", target, c)
	}
	last := c.CommandPlugins[len(c.CommandPlugins)-1]
	if target.Status != nil && *target.Status != "Skipped" && (c.Status != *target.Status || last.Status != *target.Status) {
		t.Errorf("target %s: invocation %s, last step %s", *target.Status, c.Status, last.Status)
	}
	if took := target.LastExecutionDate.Time().Sub(c.RequestedDateTime.Time()); took <= 0 || took > 30*time.Second {
		t.Errorf("requested %s before it ran", took)
	}
	switch c.Status {
	case "Failed":
		if last.ResponseCode <= 0 || !strings.Contains(last.Output, "----------ERROR-------") {
			t.Errorf("a failed step: %+v", last)
		}
	case "InProgress":
		if last.ResponseCode != -1 || last.ResponseFinishDateTime != nil || last.Output != "" {
			t.Errorf("a running step: %+v", last)
		}
	case "Success":
		if last.ResponseCode != 0 {
			t.Errorf("a step that succeeded: %+v", last)
		}
	}
	for _, before := range c.CommandPlugins[:len(c.CommandPlugins)-1] {
		if before.Status != "Success" {
			t.Errorf("a step before the last: %+v", before)
		}
	}
}

func TestEveryVarietyOfInvocationOccursInEachRegion(t *testing.T) {
	f := fleet.New(fleet.Options{})
	for _, region := range f.Regions() {
		seen := make(sightings)
		var before fleet.Timestamp
		for i, c := range f.Region(region).CommandInvocations() {
			if i > 0 && c.RequestedDateTime > before {
				t.Fatalf("invocation %d is newer than the one before", i)
			}
			before = c.RequestedDateTime
			seen.see(c.Status, true)
			seen.see("no details", c.StatusDetails == nil)
			seen.see("no notification", c.NotificationConfig == nil)
			seen.see("notification", c.NotificationConfig != nil && c.NotificationConfig.NotificationARN != "")
			seen.see("a name", c.InstanceName != "")
			seen.see("no step", len(c.CommandPlugins) == 0)
			seen.see("two steps", len(c.CommandPlugins) == 2)
			for _, p := range c.CommandPlugins {
				if len(p.Output) > 2500 {
					t.Errorf("step %s has %d characters of output", p.Name, len(p.Output))
				}
				seen.see("output cut", strings.Contains(p.Output, "---Output truncated---"))
				seen.see("error cut", strings.Contains(p.Output, "---Error truncated----"))
				seen.see("step skipped", strings.Contains(p.Output, "unsatisfied preconditions"))
				seen.see("output in S3", p.StandardOutputURL != "")
			}
		}
		for _, name := range []string{
			"Pending", "InProgress", "Delayed", "Success", "Cancelled", "TimedOut", "Failed", "Cancelling",
			"no details", "no notification", "notification", "a name", "no step", "two steps",
			"output cut", "error cut", "step skipped", "output in S3",
		} {
			if seen[name] == 0 {
				t.Errorf("%s has none of %q: %v", region, name, seen)
			}
		}
	}
}

// TestWhatIsDerivedIsAPureFunctionOfTheOptions also checks that the order of
// calls does not matter.
func TestWhatIsDerivedIsAPureFunctionOfTheOptions(t *testing.T) {
	derived := func(f *fleet.Fleet) []string {
		region := f.Region(region0)
		var versions, tags, items []any
		for _, a := range f.Associations(region0) {
			versions, tags = append(versions, a.Versions()), append(tags, a.Tags())
		}
		for _, n := range f.Nodes(region0) {
			items, tags = append(items, n.ComplianceItems(), n.ComplianceSummaries()), append(tags, n.Tags())
		}
		return texts(t, region.CommandInvocations(), region.AutomationExecutions(), versions, tags, items)
	}
	for _, o := range []fleet.Options{{Seed: 7}, {Seed: 7, Associations: 4, Nodes: 30}} {
		once, asked := fleet.New(o), fleet.New(o)
		asked.Region(region0).AutomationExecutions()
		asked.Nodes(region0)[3].ComplianceItems()
		if !reflect.DeepEqual(derived(once), derived(asked)) || !reflect.DeepEqual(derived(once), derived(once)) {
			t.Errorf("%+v: the values differ", o)
		}
	}
	if reflect.DeepEqual(derived(fleet.New(fleet.Options{Seed: 7})), derived(fleet.New(fleet.Options{Seed: 8}))) {
		t.Error("another seed makes the same")
	}
}

func texts(t *testing.T, values ...any) []string {
	t.Helper()
	var all []string
	for _, v := range values {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(text))
	}
	return all
}
