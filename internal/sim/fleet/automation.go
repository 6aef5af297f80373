package fleet

import (
	"fmt"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/random"
)

// automationHistory is how long Systems Manager keeps automation executions,
// according to its user guide.
const automationHistory = 30 * 24 * time.Hour

// firstRunbook and lastRunbook are the places in the catalogue of the varied
// mix of the associations with an automation target parameter: they run
// automations.
const firstRunbook, lastRunbook = remarkable + 2, remarkable + 3

// AutomationExecution is an entry of DescribeAutomationExecutions. Nil members
// are omitted. The tags are the API's names.
type AutomationExecution struct {
	AlarmConfiguration          *AlarmConfiguration   `json:"AlarmConfiguration,omitzero"`
	AssociationID               *string               `json:"AssociationId,omitzero"`
	AutomationExecutionID       string                `json:"AutomationExecutionId"`
	AutomationExecutionStatus   string                `json:"AutomationExecutionStatus"`
	AutomationType              *string               `json:"AutomationType,omitzero"`
	CurrentAction               *string               `json:"CurrentAction,omitzero"`
	CurrentStepName             *string               `json:"CurrentStepName,omitzero"`
	DocumentName                string                `json:"DocumentName"`
	DocumentVersion             string                `json:"DocumentVersion"`
	ExecutedBy                  *string               `json:"ExecutedBy,omitzero"`
	ExecutionEndTime            *Timestamp            `json:"ExecutionEndTime,omitzero"`
	ExecutionStartTime          *Timestamp            `json:"ExecutionStartTime,omitzero"`
	FailureMessage              *string               `json:"FailureMessage,omitzero"`
	LogFile                     string                `json:"LogFile"`
	MaxConcurrency              *string               `json:"MaxConcurrency,omitzero"`
	MaxErrors                   *string               `json:"MaxErrors,omitzero"`
	Mode                        string                `json:"Mode"`
	Outputs                     map[string][]string   `json:"Outputs"`
	ParentAutomationExecutionID *string               `json:"ParentAutomationExecutionId,omitzero"`
	ResolvedTargets             ResolvedTargets       `json:"ResolvedTargets"`
	Target                      *string               `json:"Target,omitzero"`
	TargetMaps                  []map[string][]string `json:"TargetMaps,omitzero"`
	TargetParameterName         *string               `json:"TargetParameterName,omitzero"`
	Targets                     []Target              `json:"Targets"`

	steps []StepExecution
}

// ResolvedTargets are the parameter values that an execution's targets resolved
// to.
type ResolvedTargets struct {
	ParameterValues []string `json:"ParameterValues"`
	Truncated       bool     `json:"Truncated"`
}

// StepExecution is a step of an automation execution, as GetAutomationExecution
// returns it.
type StepExecution struct {
	Action             string              `json:"Action"`
	ExecutionEndTime   *Timestamp          `json:"ExecutionEndTime,omitzero"`
	ExecutionStartTime *Timestamp          `json:"ExecutionStartTime,omitzero"`
	FailureDetails     *FailureDetails     `json:"FailureDetails,omitzero"`
	FailureMessage     *string             `json:"FailureMessage,omitzero"`
	Inputs             map[string]string   `json:"Inputs"`
	Outputs            map[string][]string `json:"Outputs,omitzero"`
	ResponseCode       *string             `json:"ResponseCode,omitzero"`
	StepExecutionID    string              `json:"StepExecutionId"`
	StepName           string              `json:"StepName"`
	StepStatus         string              `json:"StepStatus"`
}

// FailureDetails locate the failure of a step.
type FailureDetails struct {
	Details      map[string][]string `json:"Details"`
	FailureStage string              `json:"FailureStage"`
	FailureType  string              `json:"FailureType"`
}

// Steps returns the steps of the execution in the order of the runbook. An
// execution that starts others for its targets has no steps of its own.
func (a AutomationExecution) Steps() []StepExecution { return a.steps }

// AutomationExecutions returns the automation executions of the last 30 days, newest
// first. In the varied mix each execution of an association that runs a runbook is
// one automation, which runs another for each target. A few were started by
// operators; with a fixed number of rows there are only those.
func (r *Region) AutomationExecutions() []AutomationExecution {
	r.automations.once.Do(func() { r.automations.executions = r.newAutomations() })
	return r.automations.executions
}

// runAutomations returns the automations of execution e of association k: the
// parent first, then one for each target.
func (r *Region) runAutomations(k, e int) []AutomationExecution {
	past, a := &r.history(k)[e], r.Association(k)
	if past.created < r.now.add(-automationHistory) {
		return nil
	}
	status, _ := past.tally.execution()
	parent := r.automation(random.Keyed(past.key^saltAutomation, 0), r.catalogue[k].document, past.created)
	parent.AssociationID, parent.AlarmConfiguration = &a.AssociationID, a.AlarmConfiguration
	parent.MaxConcurrency, parent.MaxErrors = a.MaxConcurrency, a.MaxErrors
	parent.TargetParameterName, parent.TargetMaps = a.AutomationTargetParameterName, a.TargetMaps
	parent.Targets = a.Targets
	if parent.Targets == nil {
		parent.Targets = []Target{}
	}
	all := make([]AutomationExecution, 1, 1+len(r.reports(k).runs))
	end := past.created
	for t, at := range r.reports(k).runs {
		node := &r.nodes[at.node]
		parent.ResolvedTargets.ParameterValues = append(parent.ResolvedTargets.ParameterValues, node.InstanceID)
		key := random.Keyed(past.key^saltAutomation, uint64(t+1))
		child := r.automation(key, r.catalogue[k].document, past.created.add(time.Second))
		child.AssociationID, child.ParentAutomationExecutionID = parent.AssociationID, &parent.AutomationExecutionID
		child.Target = new(fmt.Sprintf("{\"InstanceId\":%q}", node.InstanceID))
		child.finish(dereferenceOr(r.targetStatus(k, e, t), "Success"), random.NewStream(key))
		if child.ExecutionEndTime != nil {
			end = max(end, *child.ExecutionEndTime)
		}
		all = append(all, child)
	}
	parent.finishParent(status, end)
	all[0] = parent
	return all
}

func dereferenceOr(s *string, otherwise string) string {
	if s == nil {
		return otherwise
	}
	return *s
}

// automation returns an execution that has just started.
func (r *Region) automation(key uint64, document *string, started Timestamp) AutomationExecution {
	return AutomationExecution{
		AutomationExecutionID: random.UUID(key),
		AutomationType:        new("Local"),
		DocumentName:          *document,
		DocumentVersion:       "1",
		ExecutedBy:            new(r.arn("sts", "", "assumed-role/AWSServiceRoleForAmazonSSM/StateManager")),
		ExecutionStartTime:    &started,
		Mode:                  "Auto",
		Outputs:               map[string][]string{},
		ResolvedTargets:       ResolvedTargets{ParameterValues: []string{}},
		Targets:               []Target{},
	}
}

// finishParent sets the outcome of an automation that starts others.
func (a *AutomationExecution) finishParent(status string, end Timestamp) {
	a.AutomationExecutionStatus = status
	if status == "Failed" {
		a.FailureMessage = new("The maximum number of errors was exceeded: see the executions of the targets.")
	}
	if status != "InProgress" {
		a.ExecutionEndTime = new(end)
	}
}

// runbookSteps are the steps of all runbooks of the fleet.
var runbookSteps = []struct{ name, action string }{
	{"assertInstanceState", "aws:assertAwsResourceProperty"},
	{"runCommand", "aws:runCommand"},
	{"verify", "aws:executeScript"},
}

// finish sets the outcome of the automation of a single target, and its steps.
func (a *AutomationExecution) finish(status string, s *random.Stream) {
	failing := s.Below(len(runbookSteps))
	at := *a.ExecutionStartTime
	for i, step := range runbookSteps {
		x := StepExecution{
			Action:          step.action,
			Inputs:          map[string]string{},
			StepExecutionID: random.UUID(s.Next()),
			StepName:        step.name,
			StepStatus:      "Pending",
		}
		before := i < failing || status == "Success" || status == "Skipped"
		if before || i == failing {
			started := at
			x.ExecutionStartTime = &started
			at = at.add(time.Duration(500+s.Below(3000)) * time.Millisecond)
		}
		switch {
		case before:
			x.StepStatus, x.ExecutionEndTime, x.ResponseCode = "Success", new(at), new("0")
		case i == failing:
			a.fail(&x, status, at, s)
		}
		a.steps = append(a.steps, x)
	}
	a.AutomationExecutionStatus = status
	switch status {
	case "Skipped":
		a.AutomationExecutionStatus = "Success"
	case "InProgress":
		return
	}
	a.ExecutionEndTime = new(at)
}

// fail ends a step unsuccessfully. DescribeAutomationExecutions names the
// failing step in CurrentStepName for about half of the failures, and in the
// message for all.
func (a *AutomationExecution) fail(x *StepExecution, status string, at Timestamp, s *random.Stream) {
	x.StepStatus = status
	if status == "InProgress" {
		a.CurrentStepName, a.CurrentAction = &x.StepName, &x.Action
		return
	}
	x.ExecutionEndTime, x.ResponseCode = new(at), new("1")
	reason := []string{
		"Command returns unexpected invocation result: {Status=[Failed], ResponseCode=[1], Output=[exit status 1]}.",
		"The instance is not in the state running.",
		"Traceback (most recent call last): KeyError: 'Reachability'",
	}[s.Below(3)]
	if status == "TimedOut" {
		reason = "The step did not end within 600 seconds."
	}
	x.FailureMessage = new(reason)
	x.FailureDetails = &FailureDetails{FailureStage: "Verification", FailureType: "Action", Details: map[string][]string{}}
	a.FailureMessage = new("Step fails when it is Verify action. Step " + x.StepName + ": " + reason +
		" Please refer to Automation Service Troubleshooting Guide for more diagnosis details.")
	if s.Permille(500) {
		a.CurrentStepName, a.CurrentAction = &x.StepName, &x.Action
	}
}
