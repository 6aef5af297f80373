package e2e

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/awssim"
	"steampipe-plugin-ssmassoc/internal/awssim/fleet"
	"steampipe-plugin-ssmassoc/internal/embedded"
)

const (
	automationTable = "ssm_automation_execution"
	automationsOp   = "DescribeAutomationExecutions"
	stepsOp         = "GetAutomationExecution"
)

var automationExecutionCase = tableCase{
	name: automationTable,
	keys: "automation_execution_id document_name_prefix execution_status start_time",
	read: func(simulated *fleet.Fleet, region string) ([]row, calls) {
		rows := expectedAutomations(simulated, region, func(fleet.AutomationExecution) bool { return true })
		return rows, calls{automationsOp: pages(len(rows), 50), stepsOp: failures(rows)}
	},
	queries: func(simulated *fleet.Fleet, region string) map[string]string {
		return map[string]string{
			automationsOp: "select automation_execution_id from " + automationTable,
			stepsOp: fmt.Sprintf("select failed_step_name from %s where automation_execution_id = '%s'",
				automationTable, failedAutomation(simulated, region)),
		}
	},
}

// failedAutomation returns the ID of an execution whose failed step takes a call.
func failedAutomation(simulated *fleet.Fleet, region string) string {
	for _, a := range simulated.Region(region).AutomationExecutions() {
		if a.AutomationExecutionStatus == "Failed" {
			return a.AutomationExecutionID
		}
	}
	return ""
}

// failures returns the number of executions whose failed step takes a call.
func failures(rows []row) int {
	n := 0
	for _, r := range rows {
		if slices.Contains([]any{"Failed", "TimedOut", "CompletedWithFailure"}, r["execution_status"]) {
			n++
		}
	}
	return n
}

func TestAutomationExecutions(t *testing.T) {
	w := twoRegions(t, embedded.Options{})
	every := w.fleet.Region("us-east-1").AutomationExecutions()
	where := func(condition func(fleet.AutomationExecution) bool) []row {
		return expectedAutomations(w.fleet, "us-east-1", condition)
	}
	all, scan := automationExecutionCase.read(w.fleet, "us-east-1")
	counted := func(rows []row) calls {
		made := calls{automationsOp: pages(len(rows), 50)}
		if n := failures(rows); n > 0 {
			made[stepsOp] = n
		}
		return made
	}
	middle := every[len(every)/2]
	at := middle.ExecutionStartTime.Time()
	text := at.Format("2006-01-02T15:04:05.999Z07:00")
	failed := where(func(a fleet.AutomationExecution) bool { return a.AutomationExecutionStatus == "Failed" })
	ended := where(func(a fleet.AutomationExecution) bool {
		return a.AutomationExecutionStatus == "Failed" || a.AutomationExecutionStatus == "TimedOut"
	})
	prefixed := func(prefixes ...string) []row {
		var rows []row
		for _, p := range prefixes {
			for _, r := range where(func(a fleet.AutomationExecution) bool { return strings.HasPrefix(a.DocumentName, p) }) {
				r["document_name_prefix"] = p
				rows = append(rows, r)
			}
		}
		return rows
	}
	if len(failed) == 0 || len(ended) == len(failed) || len(prefixed("AWS-Restart")) == 0 || len(prefixed("AWS-Restart")) == len(all) {
		t.Fatal("the fleet shows little")
	}

	for name, test := range map[string]struct {
		where string
		want  []row
		calls calls
	}{
		"of a region":                   {"true", all, scan},
		"by its id":                     {fmt.Sprintf("automation_execution_id = '%s'", middle.AutomationExecutionID), where(func(a fleet.AutomationExecution) bool { return a.AutomationExecutionID == middle.AutomationExecutionID }), nil},
		"by an unknown id":              {"automation_execution_id = '00000000-0000-4000-8000-000000000000'", nil, calls{automationsOp: 1}},
		"by an id that is none":         {"automation_execution_id = 'last'", nil, calls{automationsOp: pages(len(all), 50)}},
		"a status is AWS's filter":      {"execution_status = 'Failed'", failed, counted(failed)},
		"statuses are one filter":       {"execution_status in ('Failed', 'TimedOut')", ended, counted(ended)},
		"a status that there is not":    {"execution_status = 'failed'", nil, calls{automationsOp: pages(len(all), 50)}},
		"a prefix is AWS's filter":      {"document_name_prefix = 'AWS-Restart'", prefixed("AWS-Restart"), counted(prefixed("AWS-Restart"))},
		"a row for each prefix":         {"document_name_prefix in ('AWS-', 'AWS-Restart', 'X')", prefixed("AWS-", "AWS-Restart"), nil},
		"a prefix that no document has": {"document_name_prefix = 'None-'", nil, calls{automationsOp: 1}},
		"an empty prefix":               {"document_name_prefix = ''", nil, calls{}},
		"a prefix too long for AWS":     {fmt.Sprintf("document_name_prefix = '%s'", strings.Repeat("A", 151)), nil, calls{automationsOp: pages(len(all), 50)}},
		"after a time":                  {fmt.Sprintf("start_time > '%s'", text), where(func(a fleet.AutomationExecution) bool { return a.ExecutionStartTime.Time().After(at) }), nil},
		"up to a time":                  {fmt.Sprintf("start_time <= '%s'", text), where(func(a fleet.AutomationExecution) bool { return !a.ExecutionStartTime.Time().After(at) }), nil},
		"of an association": {fmt.Sprintf("association_id = '%s'", *every[slices.IndexFunc(every, func(a fleet.AutomationExecution) bool { return a.AssociationID != nil })].AssociationID),
			where(func(a fleet.AutomationExecution) bool {
				return a.AssociationID != nil && *a.AssociationID == *every[slices.IndexFunc(every, func(a fleet.AutomationExecution) bool { return a.AssociationID != nil })].AssociationID
			}), nil},
		"between times the wrong way": {fmt.Sprintf("start_time > '%s' and start_time < '%s'", text, at.AddDate(0, 0, -5).Format(time.RFC3339)), nil, calls{}},
	} {
		t.Run(name, func(t *testing.T) {
			w.check(t, "select * from "+automationTable+" where region = 'us-east-1' and "+test.where, test.want, test.calls)
		})
	}
	t.Run("a prefix from another table", func(t *testing.T) {
		for _, from := range []string{
			"(values ('AWS-Restart')) p join " + automationTable + " a on a.document_name_prefix = p.column1",
			automationTable + " a join (values ('AWS-Restart')) p on a.document_name_prefix = p.column1",
			automationTable + " a, (select 'AWS-Restart' as column1) p where a.document_name_prefix = p.column1",
		} {
			if got := w.query("select a.* from " + from); len(got) != len(prefixedEverywhere(w.fleet, "AWS-Restart")) {
				t.Errorf("%s: %d rows", from, len(got))
			}
		}
	})
	t.Run("a condition on the prefix that cannot be met", func(t *testing.T) {
		for _, condition := range []string{"= 'AWS-' collate nocase", "like 'AWS-%'", "<> 'AWS-'", "> 'A'"} {
			_, err := query(t.Context(), w.db, "select * from "+automationTable+" where document_name_prefix "+condition)
			if err == nil || !strings.Contains(err.Error(), "needs a condition on document_name_prefix of the form") {
				t.Errorf("%s: %v", condition, err)
			}
		}
		p := startProcess(t)
		p.connect(map[string]string{"c": w.connection.Config})
		_, err := p.execute(execution{table: automationTable, connections: []string{"c"}, columns: []string{"document_name"}, quals: equals("document_name_prefix", "?")})
		if err == nil || !strings.Contains(err.Error(), "document_name_prefix needs a constant") {
			t.Errorf("a value that is not known yet: %v", err)
		}
	})
	t.Run("an execution after a scan is read by its id", func(t *testing.T) {
		// AWS does not document that it lists the children of executions.
		unlisted := intercept(t, w.sim, func(w http.ResponseWriter, action, body string) bool {
			if action != automationsOp || strings.Contains(body, "ExecutionId") {
				return false
			}
			_, _ = io.WriteString(w, `{"AutomationExecutionMetadataList":[]}`)
			return true
		})
		db := open(t, embedded.Options{CacheTTLSeconds: 300}, embedded.Connection{Name: "c", Config: arguments(unlisted, awssim.DefaultAccessKeyID, []string{"us-east-1"})})
		for want, where := range []string{"", " where automation_execution_id = '" + middle.AutomationExecutionID + "'"} {
			got, err := query(t.Context(), db, "select title from "+automationTable+where)
			if err != nil || len(got) != want {
				t.Errorf("%q: %d rows, want %d; error %v", where, len(got), want, err)
			}
		}
	})
	t.Run("without the failed step a scan costs the listing", func(t *testing.T) {
		w.check(t, "select automation_execution_id, failure_message from "+automationTable+" where region = 'us-east-1'",
			only(all, "automation_execution_id", "failure_message"), calls{automationsOp: pages(len(all), 50)})
	})
	t.Run("a limit makes a page short", func(t *testing.T) {
		w.sim.Reset()
		if got := w.query("select automation_execution_id from " + automationTable + " where region = 'us-east-1' limit 3"); len(got) != 3 {
			t.Errorf("got %d rows, want 3", len(got))
		}
		w.expectCalls(calls{automationsOp: 1})
	})
	t.Run("filters that AWS refuses are compared by the plugin", func(t *testing.T) {
		refusing := refuse(t, w.sim, func(_, body string) bool { return strings.Contains(body, `"Filters"`) }, "InvalidFilterValue")
		db := open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: arguments(refusing, awssim.DefaultAccessKeyID, []string{"us-east-1"})})
		got, err := query(t.Context(), db, "select * from "+automationTable+" where execution_status = 'Failed' and start_time > '"+text+"'")
		if err != nil {
			t.Fatal(err)
		}
		sameTable(t, got, where(func(a fleet.AutomationExecution) bool {
			return a.AutomationExecutionStatus == "Failed" && a.ExecutionStartTime.Time().After(at)
		}))
	})
	for name, code := range map[string]string{"an execution that is gone": "AutomationExecutionNotFoundException", "a stand-in for AWS without the operation": "UnknownOperationException"} {
		t.Run("no step is known of "+name, func(t *testing.T) {
			refusing := refuse(t, w.sim, func(action, _ string) bool { return action == stepsOp }, code)
			db := open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: arguments(refusing, awssim.DefaultAccessKeyID, []string{"us-east-1"})})
			got, err := query(t.Context(), db, "select failed_step_name from "+automationTable+" where failed_step_name is null")
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != len(all) {
				t.Errorf("%d rows, want %d", len(got), len(all))
			}
		})
	}
}

// prefixedEverywhere returns the executions of documents whose names begin with prefix, in
// all regions.
func prefixedEverywhere(simulated *fleet.Fleet, prefix string) (rows []row) {
	for _, region := range simulated.Regions() {
		rows = append(rows, expectedAutomations(simulated, region, func(a fleet.AutomationExecution) bool {
			return strings.HasPrefix(a.DocumentName, prefix)
		})...)
	}
	return rows
}

func expectedAutomations(simulated *fleet.Fleet, region string, condition func(fleet.AutomationExecution) bool) []row {
	var rows []row
	for _, a := range simulated.Region(region).AutomationExecutions() {
		if !condition(a) {
			continue
		}
		r := row{
			"automation_execution_id":        a.AutomationExecutionID,
			"association_id":                 value(a.AssociationID),
			"document_name":                  a.DocumentName,
			"document_name_prefix":           nil,
			"document_version":               a.DocumentVersion,
			"execution_status":               a.AutomationExecutionStatus,
			"start_time":                     date(a.ExecutionStartTime),
			"execution_end_time":             date(a.ExecutionEndTime),
			"failure_message":                value(a.FailureMessage),
			"warning_message":                nil,
			"current_step_name":              value(a.CurrentStepName),
			"current_action":                 value(a.CurrentAction),
			"executed_by":                    value(a.ExecutedBy),
			"mode":                           a.Mode,
			"automation_type":                value(a.AutomationType),
			"automation_subtype":             nil,
			"parent_automation_execution_id": value(a.ParentAutomationExecutionID),
			"target":                         value(a.Target),
			"target_parameter_name":          value(a.TargetParameterName),
			"targets":                        jsonText(a.Targets),
			"target_maps":                    jsonText(a.TargetMaps),
			"resolved_targets":               jsonText(a.ResolvedTargets),
			"max_concurrency":                value(a.MaxConcurrency),
			"max_errors":                     value(a.MaxErrors),
			"outputs":                        jsonText(a.Outputs),
			"log_file":                       a.LogFile,
			"scheduled_time":                 nil,
			"alarm_configuration":            jsonText(a.AlarmConfiguration),
			"failed_step_name":               nil,
			"failed_step_action":             nil,
			"failed_step_message":            nil,
			"title":                          a.AutomationExecutionID,
		}
		failed := func(s fleet.StepExecution) bool { return s.StepStatus == "Failed" || s.StepStatus == "TimedOut" }
		if i := slices.IndexFunc(a.Steps(), failed); i >= 0 && failures([]row{r}) == 1 {
			step := a.Steps()[i]
			r["failed_step_name"], r["failed_step_action"], r["failed_step_message"] = step.StepName, step.Action, value(step.FailureMessage)
		}
		rows = append(rows, readIn(simulated, region, r))
	}
	return rows
}
