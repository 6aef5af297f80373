package e2e

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

const (
	automationTable = "ssm_automation_execution"
	automationsOp   = "DescribeAutomationExecutions"
	stepsOp         = "GetAutomationExecution"
	moreStepsOp     = "DescribeAutomationStepExecutions"
)

var automationExecutionCase = tableCase{
	name: automationTable,
	keys: "automation_execution_id document_name execution_status start_time",
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
	prefixed := func(prefix string) []row {
		return where(func(a fleet.AutomationExecution) bool { return strings.HasPrefix(a.DocumentName, prefix) })
	}
	named := func(names ...string) []row {
		return where(func(a fleet.AutomationExecution) bool { return slices.Contains(names, a.DocumentName) })
	}
	name := prefixed("AWS-Restart")[0]["document_name"].(string)
	// Those with a prefix in common are listed, and the steps of the selected ones read.
	alike := counted(named(name))
	alike[automationsOp] = counted(prefixed("AWS-"))[automationsOp]
	everyPage := calls{automationsOp: pages(len(all), 50)}
	if len(failed) == 0 || len(ended) == len(failed) || len(prefixed("AWS-Restart")) == 0 || len(prefixed("AWS-Restart")) == len(all) {
		t.Fatal("the fleet shows little")
	}

	for name, test := range map[string]struct {
		where string
		want  []row
		calls calls
	}{
		"of a region":                       {"true", all, scan},
		"by its id":                         {fmt.Sprintf("automation_execution_id = '%s'", middle.AutomationExecutionID), where(func(a fleet.AutomationExecution) bool { return a.AutomationExecutionID == middle.AutomationExecutionID }), nil},
		"by an unknown id":                  {"automation_execution_id = '00000000-0000-4000-8000-000000000000'", nil, calls{automationsOp: 1}},
		"by an id that is none":             {"automation_execution_id = 'last'", nil, calls{automationsOp: pages(len(all), 50)}},
		"a status is AWS's filter":          {"execution_status = 'Failed'", failed, counted(failed)},
		"statuses are one filter":           {"execution_status in ('Failed', 'TimedOut')", ended, counted(ended)},
		"a status that there is not":        {"execution_status = 'failed'", nil, calls{automationsOp: pages(len(all), 50)}},
		"a document is AWS's filter":        {"document_name = '" + name + "'", named(name), counted(prefixed(name))},
		"documents with a prefix in common": {"document_name in ('AWS-None', '" + name + "')", named(name), alike},
		"documents with none":               {"document_name in ('None', '" + name + "')", named(name), nil},
		"a prefix is AWS's filter":          {"document_name glob 'AWS-Restart*'", prefixed("AWS-Restart"), counted(prefixed("AWS-Restart"))},
		"a longer pattern begins with one":  {"document_name glob 'AWS-R*t?????*'", where(func(a fleet.AutomationExecution) bool { return matches("AWS-R.*t.{5}.*", a.DocumentName) }), nil},
		"a pattern of a set of characters":  {"document_name glob 'AWS-[QR]*'", where(func(a fleet.AutomationExecution) bool { return matches("AWS-[QR].*", a.DocumentName) }), nil},
		"a pattern regardless of case":      {"document_name like 'aws-restart%'", prefixed("AWS-Restart"), nil},
		"a prefix with an underscore":       {"document_name glob 'AWS_*'", nil, calls{automationsOp: 1}},
		"a prefix that no document has":     {"document_name glob 'None-*'", nil, calls{automationsOp: 1}},
		"two prefixes, one of the other":    {"document_name glob 'AWS-*' and document_name glob 'AWS-Restart*'", prefixed("AWS-Restart"), counted(prefixed("AWS-Restart"))},
		"two prefixes that exclude":         {"document_name glob 'AWS-*' and document_name glob 'My*'", nil, nil},
		"an empty name":                     {"document_name = ''", nil, everyPage},
		"a prefix too long for AWS":         {fmt.Sprintf("document_name glob '%s*'", strings.Repeat("A", 151)), nil, calls{automationsOp: 1}},
		"a prefix or a status": {"(document_name glob 'AWS-Restart*' or execution_status = 'Failed')", where(func(a fleet.AutomationExecution) bool {
			return strings.HasPrefix(a.DocumentName, "AWS-Restart") || a.AutomationExecutionStatus == "Failed"
		}), nil},
		"no such prefix": {"document_name not glob 'AWS-Restart*'", where(func(a fleet.AutomationExecution) bool { return !strings.HasPrefix(a.DocumentName, "AWS-Restart") }), nil},
		"after a time":   {fmt.Sprintf("start_time > '%s'", text), where(func(a fleet.AutomationExecution) bool { return a.ExecutionStartTime.Time().After(at) }), nil},
		"up to a time":   {fmt.Sprintf("start_time <= '%s'", text), where(func(a fleet.AutomationExecution) bool { return !a.ExecutionStartTime.Time().After(at) }), nil},
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
	t.Run("a prefix means the same wherever it stands", func(t *testing.T) {
		const prefix = "document_name glob 'AWS-Restart*'"
		want := int64(len(prefixed("AWS-Restart")))
		others := int64(len(all)) - want
		for sql, want := range map[string]int64{
			"select count(*) as n from {t} where " + prefix:                                                                                 want,
			"select count(*) filter (where " + prefix + ") as n from {t}":                                                                   want,
			"select sum(coalesce(" + prefix + ", false)) as n from {t}":                                                                     want,
			"select count(*) as n from {t} where coalesce(document_name, '') glob 'AWS-Restart*'":                                           want,
			"with a as materialized (select * from {t}) select count(*) as n from a where " + prefix:                                        want,
			"select count(*) as n from (values (1)) v left join {t} on " + prefix:                                                           want,
			"select count(*) as n from (select * from {t} where " + prefix + " union all select * from {t} where not " + prefix + ")":       want + others,
			"select count(*) as n from {t} where not (" + prefix + ")":                                                                      others,
			"select count(*) as n from (values ('AWS-Restart*')) p join {t} on document_name glob p.column1":                                want,
			"select count(*) as n from {t} a where exists (select 1 from (values ('AWS-Restart*')) p where a.document_name glob p.column1)": want,
		} {
			from := "(select * from " + automationTable + " where region = 'us-east-1')"
			if got := w.query(strings.ReplaceAll(sql, "{t}", from))[0]["n"]; got != want {
				t.Errorf("%s: %v rows, want %d", sql, got, want)
			}
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
	t.Run("no step is known of a stand-in for AWS without the operation", func(t *testing.T) {
		refusing := refuse(t, w.sim, func(action, _ string) bool { return action == stepsOp }, "UnknownOperationException")
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

// matches reports whether a pattern matches the whole of a text.
func matches(pattern, text string) bool {
	return regexp.MustCompile("^(?:" + pattern + ")$").MatchString(text)
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
