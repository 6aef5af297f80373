package fleet

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/random"
)

// automations are the automation executions of a region.
type automations struct {
	once       sync.Once
	executions []AutomationExecution // newest first
}

func (r *Region) newAutomations() []AutomationExecution {
	all := r.operatorAutomations()
	for k := firstRunbook; k <= lastRunbook && k < r.AssociationCount() && r.fixedRows == 0; k++ {
		for e := range r.history(k) {
			all = append(all, r.runAutomations(k, e)...)
		}
	}
	slices.SortStableFunc(all, func(a, b AutomationExecution) int {
		return cmp.Or(
			cmp.Compare(*b.ExecutionStartTime, *a.ExecutionStartTime),
			cmp.Compare(a.AutomationExecutionID, b.AutomationExecutionID),
		)
	})
	return all
}

// operatorAutomations returns the automations that operators started: one for
// each status that those of associations do not have, and one across accounts.
func (r *Region) operatorAutomations() []AutomationExecution {
	var all []AutomationExecution
	for i, status := range []string{
		"Success", "Failed", "Cancelled", "Waiting", "TimedOut", "Pending", "CompletedWithFailure",
	} {
		key := random.Keyed(r.key^saltAutomation, uint64(i))
		a := r.automation(key, new("AWS-RestartEC2Instance"), r.now.add(-time.Duration(3+10*i)*time.Hour))
		a.ExecutedBy = new(r.arn("iam", "", "user/operator"))
		switch status {
		case "Waiting", "Pending":
			a.finish("InProgress", random.NewStream(key))
		case "Cancelled", "CompletedWithFailure":
			a.finish("Failed", random.NewStream(key))
		default:
			a.finish(status, random.NewStream(key))
		}
		switch status {
		case "Pending":
			a.CurrentStepName, a.CurrentAction, a.ExecutedBy = nil, nil, nil
		case "CompletedWithFailure":
			a.AutomationType = new("CrossAccount")
		}
		a.AutomationExecutionStatus = status
		all = append(all, a)
	}
	return all
}

// AutomationExecutionByID returns an automation execution of the last 30 days,
// or false.
func (r *Region) AutomationExecutionByID(id string) (AutomationExecution, bool) {
	all := r.AutomationExecutions()
	i := slices.IndexFunc(all, func(a AutomationExecution) bool { return a.AutomationExecutionID == id })
	if i < 0 {
		return AutomationExecution{}, false
	}
	return all[i], true
}
