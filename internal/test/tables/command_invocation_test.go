package tables

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
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

func TestCommandInvocations(t *testing.T) {
	w := rig.SharedRegions(t)
	region := w.Fleet.Region("us-east-1")
	every := region.CommandInvocations()
	_, scan := rig.CommandInvocationCase.Read(w.Fleet, "us-east-1")
	where := func(condition func(fleet.CommandInvocation) bool) []rig.Row {
		return rig.ExpectedInvocations(w.Fleet, "us-east-1", condition)
	}
	counted := func(rows []rig.Row) rig.Calls { return rig.Calls{rig.InvocationsOp: rig.Pages(len(rows), 50)} }

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
		want  []rig.Row
		calls rig.Calls
	}{
		"of a region":  {"true", where(func(fleet.CommandInvocation) bool { return true }), scan},
		"of a command": {fmt.Sprintf("command_id = '%s'", wide.CommandID), ofWide, rig.Calls{rig.InvocationsOp: 1}},
		"of a command on a node": {fmt.Sprintf("command_id = '%s' and instance_id = '%s'", middle.CommandID, middle.InstanceID), where(func(c fleet.CommandInvocation) bool {
			return c.CommandID == middle.CommandID && c.InstanceID == middle.InstanceID
		}), rig.Calls{rig.InvocationsOp: 1}},
		"of a command on nodes": {fmt.Sprintf("command_id = '%s' and instance_id in ('%s', 'x')", wide.CommandID, wide.InstanceID), where(func(c fleet.CommandInvocation) bool {
			return c.CommandID == wide.CommandID && c.InstanceID == wide.InstanceID
		}), rig.Calls{rig.InvocationsOp: 1}},
		"of two commands": {fmt.Sprintf("command_id in ('%s', '%s')", wide.CommandID, middle.CommandID), where(func(c fleet.CommandInvocation) bool {
			return c.CommandID == wide.CommandID || c.CommandID == middle.CommandID
		}), rig.Calls{rig.InvocationsOp: 2}},
		"of a node":                     {fmt.Sprintf("instance_id = '%s'", middle.InstanceID), ofNode, counted(ofNode)},
		"of a command that found none":  {fmt.Sprintf("command_id = '%s'", region.EmptyCommandID()), nil, rig.Calls{rig.InvocationsOp: 1}},
		"of an unknown command":         {"command_id = '00000000-0000-4000-8000-000000000000'", nil, rig.Calls{rig.InvocationsOp: 1}},
		"of a command that is no id":    {"command_id in ('last', '')", nil, rig.Calls{rig.InvocationsOp: 1}},
		"of an empty id":                {"command_id = ''", nil, rig.Calls{}},
		"of an unknown node":            {"instance_id in ('i-00000000000000000', 'web-1')", nil, rig.Calls{rig.InvocationsOp: 2}},
		"of a command, an unknown node": {fmt.Sprintf("command_id = '%s' and instance_id = 'i-00000000000000000'", wide.CommandID), nil, rig.Calls{rig.InvocationsOp: 2}},
		"a status is AWS's filter":      {"status = 'Failed'", failed, scan}, // AWS applies it after paging
		"statuses are not":              {"status in ('Failed', 'Cancelled')", where(func(c fleet.CommandInvocation) bool { return c.Status == "Failed" || c.Status == "Cancelled" }), scan},
		"a status of details alone":     {"status = 'Undeliverable'", nil, scan},
		"a status that there is not":    {"status = 'failed'", nil, scan},
		"Pending on a node, which AWS does not take together": {fmt.Sprintf("status = 'Pending' and instance_id = '%s'", pendingNode),
			where(func(c fleet.CommandInvocation) bool { return c.Status == "Pending" && c.InstanceID == pendingNode }), nil},
		"an empty id beside a command, on a node": {fmt.Sprintf("command_id in ('', '%s') and instance_id = '%s'", middle.CommandID, middle.InstanceID),
			where(func(c fleet.CommandInvocation) bool {
				return c.CommandID == middle.CommandID && c.InstanceID == middle.InstanceID
			}), rig.Calls{rig.InvocationsOp: 1}},
		"an empty id, on a node":       {fmt.Sprintf("command_id = '' and instance_id = '%s'", middle.InstanceID), nil, rig.Calls{}},
		"neither a command nor a node": {"command_id = 'last' and instance_id = 'web-1'", nil, rig.Calls{rig.InvocationsOp: 1}},
		"between times the wrong way":  {fmt.Sprintf("requested_date_time > '%s' and requested_date_time < '%s'", text, at.AddDate(0, 0, -5).Format(time.RFC3339)), nil, rig.Calls{}},
		"after a time":                 {fmt.Sprintf("requested_date_time > '%s'", text), later, nil},
		"at a time":                    {fmt.Sprintf("requested_date_time = '%s'", text), where(func(c fleet.CommandInvocation) bool { return c.RequestedDateTime == middle.RequestedDateTime }), nil},
		"up to a time":                 {fmt.Sprintf("requested_date_time <= '%s'", text), where(func(c fleet.CommandInvocation) bool { return !c.RequestedDateTime.Time().After(at) }), nil},
		"after a time, failed": {fmt.Sprintf("requested_date_time > '%s' and status = 'Failed'", text), where(func(c fleet.CommandInvocation) bool {
			return c.RequestedDateTime.Time().After(at) && c.Status == "Failed"
		}), nil},
	} {
		t.Run(name, func(t *testing.T) {
			w.Check(t, "select * from "+rig.InvocationTable+" where region = 'us-east-1' and "+test.where, test.want, test.calls)
		})
	}
	t.Run("a recent time makes for fewer pages", func(t *testing.T) {
		w.Sim.Reset()
		w.Query("select command_id from " + rig.InvocationTable + " where region = 'us-east-1' and requested_date_time > '" + every[0].RequestedDateTime.Time().Format("2006-01-02T15:04:05Z07:00") + "'")
		if n := w.Calls()[rig.InvocationsOp]; n >= scan[rig.InvocationsOp] {
			t.Errorf("%d calls, %d for all", n, scan[rig.InvocationsOp])
		}
	})
	t.Run("a limit stops the listing", func(t *testing.T) {
		w.Sim.Reset()
		if got := w.Query("select command_id from " + rig.InvocationTable + " where region = 'us-east-1' and status = 'Success' limit 2"); len(got) != 2 {
			t.Errorf("got %d rows, want 2", len(got))
		}
		w.ExpectCalls(rig.Calls{rig.InvocationsOp: 1})
	})
	t.Run("a limit does not shorten pages whose rows the plugin selects", func(t *testing.T) {
		last := ofWide[len(ofWide)-1]["instance_id"]
		w.Sim.Reset()
		got := w.Query(fmt.Sprintf("select instance_id from %s where region = 'us-east-1' and command_id = '%s' and instance_id in ('%s', 'i-00000000000000000') limit 1",
			rig.InvocationTable, wide.CommandID, last))
		if len(got) != 1 {
			t.Errorf("got %d rows, want 1", len(got))
		}
		w.ExpectCalls(rig.Calls{rig.InvocationsOp: 1})
	})
	t.Run("a command after a scan is read by its id", func(t *testing.T) {
		// AWS does not document that it lists every command that it knows.
		unlisted := intercept(t, w.Sim, func(w http.ResponseWriter, action, body string) bool {
			if action != rig.InvocationsOp || strings.Contains(body, "CommandId") {
				return false
			}
			_, _ = io.WriteString(w, `{"CommandInvocations":[]}`)
			return true
		})
		db := rig.Open(t, embedded.Options{CacheTTLSeconds: 300}, embedded.Connection{Name: "c", Config: rig.Arguments(unlisted, awssim.DefaultAccessKeyID, []string{"us-east-1"})})
		for _, sql := range []string{"select * from " + rig.InvocationTable, "select * from " + rig.InvocationTable + " where command_id = '" + wide.CommandID + "'"} {
			got, err := rig.Query(t.Context(), db, sql)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(sql, "where") {
				rig.SameTable(t, got, ofWide)
			} else if len(got) > 0 {
				t.Errorf("%d rows are listed", len(got))
			}
		}
	})
	t.Run("a command on a node that has gone is still found", func(t *testing.T) {
		refusing := refuse(t, w.Sim, func(_, body string) bool { return strings.Contains(body, `"InstanceId"`) }, "InvalidInstanceId")
		db := rig.Open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: rig.Arguments(refusing, awssim.DefaultAccessKeyID, []string{"us-east-1"})})
		got, err := rig.Query(t.Context(), db, fmt.Sprintf("select command_id, status from %s where command_id = '%s' and instance_id = '%s'", rig.InvocationTable, wide.CommandID, wide.InstanceID))
		if err != nil {
			t.Fatal(err)
		}
		rig.SameTable(t, got, []rig.Row{{"command_id": wide.CommandID, "status": wide.Status}})
	})
	t.Run("filters that AWS refuses are compared by the plugin", func(t *testing.T) {
		refusing := refuse(t, w.Sim, func(_, body string) bool { return strings.Contains(body, `"Filters"`) }, "InvalidFilterKey")
		db := rig.Open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: rig.Arguments(refusing, awssim.DefaultAccessKeyID, []string{"us-east-1"})})
		got, err := rig.Query(t.Context(), db, "select * from "+rig.InvocationTable+" where status = 'Failed'")
		if err != nil {
			t.Fatal(err)
		}
		rig.SameTable(t, got, failed)

		w.Sim.Reset()
		got, err = rig.Query(t.Context(), db, fmt.Sprintf("select * from %s where status = 'Failed' and command_id in ('%s', '%s')",
			rig.InvocationTable, middle.CommandID, wide.CommandID))
		if err != nil {
			t.Fatal(err)
		}
		rig.SameTable(t, got, where(func(c fleet.CommandInvocation) bool {
			return c.Status == "Failed" && (c.CommandID == middle.CommandID || c.CommandID == wide.CommandID)
		}))
		w.ExpectCalls(rig.Calls{rig.InvocationsOp: 2}) // of the commands, not of the region
	})
}
