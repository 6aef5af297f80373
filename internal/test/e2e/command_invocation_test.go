package e2e

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

const (
	invocationTable = "ssm_command_invocation"
	invocationsOp   = "ListCommandInvocations"
)

var commandInvocationCase = tableCase{
	name: invocationTable,
	keys: "command_id instance_id requested_date_time status",
	read: func(simulated *fleet.Fleet, region string) ([]row, calls) {
		rows := expectedInvocations(simulated, region, func(fleet.CommandInvocation) bool { return true })
		return rows, calls{invocationsOp: pages(len(rows), 50)}
	},
	queries: func(*fleet.Fleet, string) map[string]string {
		return map[string]string{invocationsOp: "select * from " + invocationTable}
	},
}

func TestCommandInvocations(t *testing.T) {
	w := twoRegions(t, embedded.Options{})
	region := w.fleet.Region("us-east-1")
	every := region.CommandInvocations()
	_, scan := commandInvocationCase.read(w.fleet, "us-east-1")
	where := func(condition func(fleet.CommandInvocation) bool) []row {
		return expectedInvocations(w.fleet, "us-east-1", condition)
	}
	counted := func(rows []row) calls { return calls{invocationsOp: pages(len(rows), 50)} }

	middle := every[len(every)/2]
	wide := every[slices.IndexFunc(every, func(c fleet.CommandInvocation) bool { return c.Comment == "restart web servers" })]
	ofWide := where(func(c fleet.CommandInvocation) bool { return c.CommandID == wide.CommandID })
	ofNode := where(func(c fleet.CommandInvocation) bool { return c.InstanceID == middle.InstanceID })
	failed := where(func(c fleet.CommandInvocation) bool { return c.Status == "Failed" })
	pending := where(func(c fleet.CommandInvocation) bool { return c.Status == "Pending" })
	at := middle.RequestedDateTime.Time()
	later := where(func(c fleet.CommandInvocation) bool { return c.RequestedDateTime.Time().After(at) })
	text := at.Format("2006-01-02T15:04:05.999Z07:00")
	if len(ofWide) < 2 || len(failed) == 0 || len(pending) == 0 || len(later) == 0 {
		t.Fatal("the fleet shows little")
	}
	pendingNode := pending[0]["instance_id"]

	for name, test := range map[string]struct {
		where string
		want  []row
		calls calls
	}{
		"of a region":  {"true", where(func(fleet.CommandInvocation) bool { return true }), scan},
		"of a command": {fmt.Sprintf("command_id = '%s'", wide.CommandID), ofWide, calls{invocationsOp: 1}},
		"of a command on a node": {fmt.Sprintf("command_id = '%s' and instance_id = '%s'", middle.CommandID, middle.InstanceID), where(func(c fleet.CommandInvocation) bool {
			return c.CommandID == middle.CommandID && c.InstanceID == middle.InstanceID
		}), calls{invocationsOp: 1}},
		"of a command on nodes": {fmt.Sprintf("command_id = '%s' and instance_id in ('%s', 'x')", wide.CommandID, wide.InstanceID), where(func(c fleet.CommandInvocation) bool {
			return c.CommandID == wide.CommandID && c.InstanceID == wide.InstanceID
		}), calls{invocationsOp: 1}},
		"of two commands": {fmt.Sprintf("command_id in ('%s', '%s')", wide.CommandID, middle.CommandID), where(func(c fleet.CommandInvocation) bool {
			return c.CommandID == wide.CommandID || c.CommandID == middle.CommandID
		}), calls{invocationsOp: 2}},
		"of a node":                     {fmt.Sprintf("instance_id = '%s'", middle.InstanceID), ofNode, counted(ofNode)},
		"of a command that found none":  {fmt.Sprintf("command_id = '%s'", region.EmptyCommandID()), nil, calls{invocationsOp: 1}},
		"of an unknown command":         {"command_id = '00000000-0000-4000-8000-000000000000'", nil, calls{invocationsOp: 1}},
		"of a command that is no id":    {"command_id in ('last', '')", nil, calls{invocationsOp: 1}},
		"of an empty id":                {"command_id = ''", nil, calls{}},
		"of an unknown node":            {"instance_id in ('i-00000000000000000', 'web-1')", nil, calls{invocationsOp: 2}},
		"of a command, an unknown node": {fmt.Sprintf("command_id = '%s' and instance_id = 'i-00000000000000000'", wide.CommandID), nil, calls{invocationsOp: 2}},
		"a status is AWS's filter":      {"status = 'Failed'", failed, scan}, // AWS applies it after paging
		"statuses are not":              {"status in ('Failed', 'Cancelled')", where(func(c fleet.CommandInvocation) bool { return c.Status == "Failed" || c.Status == "Cancelled" }), scan},
		"a status of details alone":     {"status = 'Undeliverable'", nil, scan},
		"a status that there is not":    {"status = 'failed'", nil, scan},
		"Pending on a node, which AWS does not take together": {fmt.Sprintf("status = 'Pending' and instance_id = '%s'", pendingNode),
			where(func(c fleet.CommandInvocation) bool { return c.Status == "Pending" && c.InstanceID == pendingNode }), nil},
		"an empty id beside a command, on a node": {fmt.Sprintf("command_id in ('', '%s') and instance_id = '%s'", middle.CommandID, middle.InstanceID),
			where(func(c fleet.CommandInvocation) bool {
				return c.CommandID == middle.CommandID && c.InstanceID == middle.InstanceID
			}), calls{invocationsOp: 1}},
		"an empty id, on a node":       {fmt.Sprintf("command_id = '' and instance_id = '%s'", middle.InstanceID), nil, calls{}},
		"neither a command nor a node": {"command_id = 'last' and instance_id = 'web-1'", nil, calls{invocationsOp: 1}},
		"between times the wrong way":  {fmt.Sprintf("requested_date_time > '%s' and requested_date_time < '%s'", text, at.AddDate(0, 0, -5).Format(time.RFC3339)), nil, calls{}},
		"after a time":                 {fmt.Sprintf("requested_date_time > '%s'", text), later, nil},
		"at a time":                    {fmt.Sprintf("requested_date_time = '%s'", text), where(func(c fleet.CommandInvocation) bool { return c.RequestedDateTime == middle.RequestedDateTime }), nil},
		"up to a time":                 {fmt.Sprintf("requested_date_time <= '%s'", text), where(func(c fleet.CommandInvocation) bool { return !c.RequestedDateTime.Time().After(at) }), nil},
		"after a time, failed": {fmt.Sprintf("requested_date_time > '%s' and status = 'Failed'", text), where(func(c fleet.CommandInvocation) bool {
			return c.RequestedDateTime.Time().After(at) && c.Status == "Failed"
		}), nil},
	} {
		t.Run(name, func(t *testing.T) {
			w.check(t, "select * from "+invocationTable+" where region = 'us-east-1' and "+test.where, test.want, test.calls)
		})
	}
	t.Run("a recent time makes for fewer pages", func(t *testing.T) {
		w.sim.Reset()
		w.query("select command_id from " + invocationTable + " where region = 'us-east-1' and requested_date_time > '" + every[0].RequestedDateTime.Time().Format("2006-01-02T15:04:05Z07:00") + "'")
		if n := w.calls()[invocationsOp]; n >= scan[invocationsOp] {
			t.Errorf("%d calls, %d for all", n, scan[invocationsOp])
		}
	})
	t.Run("a limit stops the listing", func(t *testing.T) {
		w.sim.Reset()
		if got := w.query("select command_id from " + invocationTable + " where region = 'us-east-1' and status = 'Success' limit 2"); len(got) != 2 {
			t.Errorf("got %d rows, want 2", len(got))
		}
		w.expectCalls(calls{invocationsOp: 1})
	})
	t.Run("a limit does not shorten pages whose rows the plugin selects", func(t *testing.T) {
		last := ofWide[len(ofWide)-1]["instance_id"]
		w.sim.Reset()
		got := w.query(fmt.Sprintf("select instance_id from %s where region = 'us-east-1' and command_id = '%s' and instance_id in ('%s', 'i-00000000000000000') limit 1",
			invocationTable, wide.CommandID, last))
		if len(got) != 1 {
			t.Errorf("got %d rows, want 1", len(got))
		}
		w.expectCalls(calls{invocationsOp: 1})
	})
	t.Run("a command after a scan is read by its id", func(t *testing.T) {
		// AWS does not document that it lists every command that it knows.
		unlisted := intercept(t, w.sim, func(w http.ResponseWriter, action, body string) bool {
			if action != invocationsOp || strings.Contains(body, "CommandId") {
				return false
			}
			_, _ = io.WriteString(w, `{"CommandInvocations":[]}`)
			return true
		})
		db := open(t, embedded.Options{CacheTTLSeconds: 300}, embedded.Connection{Name: "c", Config: arguments(unlisted, awssim.DefaultAccessKeyID, []string{"us-east-1"})})
		for _, sql := range []string{"select * from " + invocationTable, "select * from " + invocationTable + " where command_id = '" + wide.CommandID + "'"} {
			got, err := query(t.Context(), db, sql)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(sql, "where") {
				sameTable(t, got, ofWide)
			} else if len(got) > 0 {
				t.Errorf("%d rows are listed", len(got))
			}
		}
	})
	t.Run("a command on a node that has gone is still found", func(t *testing.T) {
		refusing := refuse(t, w.sim, func(_, body string) bool { return strings.Contains(body, `"InstanceId"`) }, "InvalidInstanceId")
		db := open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: arguments(refusing, awssim.DefaultAccessKeyID, []string{"us-east-1"})})
		got, err := query(t.Context(), db, fmt.Sprintf("select command_id, status from %s where command_id = '%s' and instance_id = '%s'", invocationTable, wide.CommandID, wide.InstanceID))
		if err != nil {
			t.Fatal(err)
		}
		sameTable(t, got, []row{{"command_id": wide.CommandID, "status": wide.Status}})
	})
	t.Run("filters that AWS refuses are compared by the plugin", func(t *testing.T) {
		refusing := refuse(t, w.sim, func(_, body string) bool { return strings.Contains(body, `"Filters"`) }, "InvalidFilterKey")
		db := open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: arguments(refusing, awssim.DefaultAccessKeyID, []string{"us-east-1"})})
		got, err := query(t.Context(), db, "select * from "+invocationTable+" where status = 'Failed'")
		if err != nil {
			t.Fatal(err)
		}
		sameTable(t, got, failed)

		w.sim.Reset()
		got, err = query(t.Context(), db, fmt.Sprintf("select * from %s where status = 'Failed' and command_id in ('%s', '%s')",
			invocationTable, middle.CommandID, wide.CommandID))
		if err != nil {
			t.Fatal(err)
		}
		sameTable(t, got, where(func(c fleet.CommandInvocation) bool {
			return c.Status == "Failed" && (c.CommandID == middle.CommandID || c.CommandID == wide.CommandID)
		}))
		w.expectCalls(calls{invocationsOp: 2}) // of the commands, not of the region
	})
}

func expectedInvocations(simulated *fleet.Fleet, region string, condition func(fleet.CommandInvocation) bool) []row {
	var rows []row
	for _, c := range simulated.Region(region).CommandInvocations() {
		if !condition(c) {
			continue
		}
		plugins := make([]map[string]any, len(c.CommandPlugins))
		for i, p := range c.CommandPlugins {
			plugins[i] = map[string]any{
				"Name": p.Name, "Output": p.Output, "ResponseCode": p.ResponseCode, "Status": p.Status, "StatusDetails": p.StatusDetails,
				"OutputS3BucketName": p.OutputS3BucketName, "OutputS3KeyPrefix": p.OutputS3KeyPrefix, "OutputS3Region": p.OutputS3Region,
				"ResponseStartDateTime": date(p.ResponseStartDateTime), "ResponseFinishDateTime": date(p.ResponseFinishDateTime),
				"StandardErrorUrl": p.StandardErrorURL, "StandardOutputUrl": p.StandardOutputURL,
			}
		}
		rows = append(rows, readIn(simulated, region, row{
			"command_id":                c.CommandID,
			"instance_id":               c.InstanceID,
			"instance_name":             c.InstanceName,
			"requested_date_time":       date(&c.RequestedDateTime),
			"status":                    firstOf(&c.Status),
			"status_details":            value(c.StatusDetails),
			"document_name":             c.DocumentName,
			"document_version":          c.DocumentVersion,
			"comment":                   c.Comment,
			"command_plugins":           jsonText(plugins),
			"standard_output_url":       c.StandardOutputURL,
			"standard_error_url":        c.StandardErrorURL,
			"trace_output":              c.TraceOutput,
			"service_role":              c.ServiceRole,
			"notification_config":       jsonText(c.NotificationConfig),
			"cloud_watch_output_config": jsonText(c.CloudWatchOutputConfig),
			"title":                     c.CommandID,
		}))
	}
	return rows
}
