package tables

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
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

func TestAutomationExecutions(t *testing.T) {
	w := rig.SharedRegions(t)
	every := w.Fleet.Region("us-east-1").AutomationExecutions()
	where := func(condition func(fleet.AutomationExecution) bool) []rig.Row {
		return rig.ExpectedAutomations(w.Fleet, "us-east-1", condition)
	}
	all, scan := rig.AutomationExecutionCase.Read(w.Fleet, "us-east-1")
	counted := func(rows []rig.Row) rig.Calls {
		made := rig.Calls{rig.AutomationsOp: rig.Pages(len(rows), 50)}
		if n := rig.Failures(rows); n > 0 {
			made[rig.StepsOp] = n
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
	prefixed := func(prefix string) []rig.Row {
		return where(func(a fleet.AutomationExecution) bool { return strings.HasPrefix(a.DocumentName, prefix) })
	}
	named := func(names ...string) []rig.Row {
		return where(func(a fleet.AutomationExecution) bool { return slices.Contains(names, a.DocumentName) })
	}
	name := prefixed("AWS-Restart")[0]["document_name"].(string)
	// Those with a prefix in common are listed, and the steps of the selected ones read.
	alike := counted(named(name))
	alike[rig.AutomationsOp] = counted(prefixed("AWS-"))[rig.AutomationsOp]
	everyPage := rig.Calls{rig.AutomationsOp: rig.Pages(len(all), 50)}
	if len(failed) == 0 || len(ended) == len(failed) || len(prefixed("AWS-Restart")) == 0 || len(prefixed("AWS-Restart")) == len(all) {
		t.Fatal("the fleet shows little")
	}

	for name, test := range map[string]struct {
		where string
		want  []rig.Row
		calls rig.Calls
	}{
		"of a region":                       {"true", all, scan},
		"by its id":                         {fmt.Sprintf("automation_execution_id = '%s'", middle.AutomationExecutionID), where(func(a fleet.AutomationExecution) bool { return a.AutomationExecutionID == middle.AutomationExecutionID }), nil},
		"by an unknown id":                  {"automation_execution_id = '00000000-0000-4000-8000-000000000000'", nil, rig.Calls{rig.AutomationsOp: 1}},
		"by an id that is none":             {"automation_execution_id = 'last'", nil, rig.Calls{rig.AutomationsOp: rig.Pages(len(all), 50)}},
		"a status is AWS's filter":          {"execution_status = 'Failed'", failed, counted(failed)},
		"statuses are one filter":           {"execution_status in ('Failed', 'TimedOut')", ended, counted(ended)},
		"a status that there is not":        {"execution_status = 'failed'", nil, rig.Calls{rig.AutomationsOp: rig.Pages(len(all), 50)}},
		"a document is AWS's filter":        {"document_name = '" + name + "'", named(name), counted(prefixed(name))},
		"documents with a prefix in common": {"document_name in ('AWS-None', '" + name + "')", named(name), alike},
		"documents with none":               {"document_name in ('None', '" + name + "')", named(name), nil},
		"a prefix is AWS's filter":          {"document_name glob 'AWS-Restart*'", prefixed("AWS-Restart"), counted(prefixed("AWS-Restart"))},
		"a longer pattern begins with one":  {"document_name glob 'AWS-R*t?????*'", where(func(a fleet.AutomationExecution) bool { return matches("AWS-R.*t.{5}.*", a.DocumentName) }), nil},
		"a pattern of a set of characters":  {"document_name glob 'AWS-[QR]*'", where(func(a fleet.AutomationExecution) bool { return matches("AWS-[QR].*", a.DocumentName) }), nil},
		"a pattern regardless of case":      {"document_name like 'aws-restart%'", prefixed("AWS-Restart"), nil},
		"a prefix with an underscore":       {"document_name glob 'AWS_*'", nil, rig.Calls{rig.AutomationsOp: 1}},
		"a prefix that no document has":     {"document_name glob 'None-*'", nil, rig.Calls{rig.AutomationsOp: 1}},
		"two prefixes, one of the other":    {"document_name glob 'AWS-*' and document_name glob 'AWS-Restart*'", prefixed("AWS-Restart"), counted(prefixed("AWS-Restart"))},
		"two prefixes that exclude":         {"document_name glob 'AWS-*' and document_name glob 'My*'", nil, nil},
		"an empty name":                     {"document_name = ''", nil, everyPage},
		"a prefix too long for AWS":         {fmt.Sprintf("document_name glob '%s*'", strings.Repeat("A", 151)), nil, rig.Calls{rig.AutomationsOp: 1}},
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
		"between times the wrong way": {fmt.Sprintf("start_time > '%s' and start_time < '%s'", text, at.AddDate(0, 0, -5).Format(time.RFC3339)), nil, rig.Calls{}},
	} {
		t.Run(name, func(t *testing.T) {
			w.Check(t, "select * from "+rig.AutomationTable+" where region = 'us-east-1' and "+test.where, test.want, test.calls)
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
			from := "(select * from " + rig.AutomationTable + " where region = 'us-east-1')"
			if got := w.Query(strings.ReplaceAll(sql, "{t}", from))[0]["n"]; got != want {
				t.Errorf("%s: %v rows, want %d", sql, got, want)
			}
		}
	})
	t.Run("an execution after a scan is read by its id", func(t *testing.T) {
		// AWS does not document that it lists the children of executions.
		unlisted := intercept(t, w.Sim, func(w http.ResponseWriter, action, body string) bool {
			if action != rig.AutomationsOp || strings.Contains(body, "ExecutionId") {
				return false
			}
			_, _ = io.WriteString(w, `{"AutomationExecutionMetadataList":[]}`)
			return true
		})
		db := rig.Open(t, embedded.Options{CacheTTLSeconds: 300}, embedded.Connection{Name: "c", Config: rig.Arguments(unlisted, awssim.DefaultAccessKeyID, []string{"us-east-1"})})
		for want, where := range []string{"", " where automation_execution_id = '" + middle.AutomationExecutionID + "'"} {
			got, err := rig.Query(t.Context(), db, "select title from "+rig.AutomationTable+where)
			if err != nil || len(got) != want {
				t.Errorf("%q: %d rows, want %d; error %v", where, len(got), want, err)
			}
		}
	})
	t.Run("without the failed step a scan costs the listing", func(t *testing.T) {
		w.Check(t, "select automation_execution_id, failure_message from "+rig.AutomationTable+" where region = 'us-east-1'",
			rig.Only(all, "automation_execution_id", "failure_message"), rig.Calls{rig.AutomationsOp: rig.Pages(len(all), 50)})
	})
	t.Run("a limit makes a page short", func(t *testing.T) {
		w.Sim.Reset()
		if got := w.Query("select automation_execution_id from " + rig.AutomationTable + " where region = 'us-east-1' limit 3"); len(got) != 3 {
			t.Errorf("got %d rows, want 3", len(got))
		}
		w.ExpectCalls(rig.Calls{rig.AutomationsOp: 1})
	})
	t.Run("filters that AWS refuses are compared by the plugin", func(t *testing.T) {
		refusing := refuse(t, w.Sim, func(_, body string) bool { return strings.Contains(body, `"Filters"`) }, "InvalidFilterValue")
		db := rig.Open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: rig.Arguments(refusing, awssim.DefaultAccessKeyID, []string{"us-east-1"})})
		got, err := rig.Query(t.Context(), db, "select * from "+rig.AutomationTable+" where execution_status = 'Failed' and start_time > '"+text+"'")
		if err != nil {
			t.Fatal(err)
		}
		rig.SameTable(t, got, where(func(a fleet.AutomationExecution) bool {
			return a.AutomationExecutionStatus == "Failed" && a.ExecutionStartTime.Time().After(at)
		}))
	})
	t.Run("no step is known of a stand-in for AWS without the operation", func(t *testing.T) {
		refusing := refuse(t, w.Sim, func(action, _ string) bool { return action == rig.StepsOp }, "UnknownOperationException")
		db := rig.Open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: rig.Arguments(refusing, awssim.DefaultAccessKeyID, []string{"us-east-1"})})
		got, err := rig.Query(t.Context(), db, "select failed_step_name from "+rig.AutomationTable+" where failed_step_name is null")
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
