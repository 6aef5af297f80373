package e2e

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/awssim"
	"steampipe-plugin-ssmassoc/internal/awssim/fleet"
	"steampipe-plugin-ssmassoc/internal/embedded"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

// The tables around the main one.
const (
	nodeTable        = "ssm_managed_instance"
	associationTable = "ssm_association"
	effectiveTable   = "ssm_effective_instance_association"
	executionTable   = "ssm_association_execution"
	targetTable      = "ssm_association_execution_target"
)

// The operations that they call.
const (
	associationsOp = "ListAssociations"
	descriptionOp  = "DescribeAssociation"
	effectiveOp    = "DescribeEffectiveInstanceAssociations"
	executionsOp   = "DescribeAssociationExecutions"
	targetsOp      = "DescribeAssociationExecutionTargets"
)

// pages is how many calls reading so many items takes.
func pages(items, size int) int { return max(1, (items+size-1)/size) }

// twoRegions is a world of two regions.
func twoRegions(t *testing.T, cache embedded.Options) *world {
	return newWorld(t, worldOptions{
		fleet:     fleet.Options{Nodes: 130, Regions: []string{"us-east-1", "eu-west-1"}},
		arguments: fastRetries,
		cache:     cache,
	})
}

// check runs a query in every state and compares its rows and, where they are
// given, its calls.
func (w *world) check(t *testing.T, sql string, want []row, made calls) {
	t.Helper()
	w.inEveryState(t, sql, made, func(t *testing.T, got []row) { sameTable(t, got, want) })
}

func TestManagedInstances(t *testing.T) {
	w := twoRegions(t, embedded.Options{})
	us, eu := w.listed("us-east-1"), w.listed("eu-west-1")
	all := slices.Concat(us, eu)
	one := us[0]
	stopped := w.node(func(n *fleet.Node) bool { return !n.Listed })

	// where returns the nodes for which the condition holds.
	where := func(nodes []*fleet.Node, condition func(fleet.Information) bool) []*fleet.Node {
		return slices.DeleteFunc(slices.Clone(nodes), func(n *fleet.Node) bool { return !condition(n.Information()) })
	}
	is := func(s *string, values ...string) bool { return s != nil && slices.Contains(values, *s) }
	// listings is how many calls list the nodes of each region.
	listings := func(regions ...[]*fleet.Node) calls {
		n := 0
		for _, nodes := range regions {
			n += pages(len(nodes), 50)
		}
		return calls{listingOp: n}
	}
	linuxUS := where(us, func(i fleet.Information) bool { return is(i.PlatformType, "Linux") })
	linuxEU := where(eu, func(i fleet.Information) bool { return is(i.PlatformType, "Linux") })
	hybrid := w.node(func(n *fleet.Node) bool { return n.Information().ActivationID != nil }).Information()

	for name, test := range map[string]struct {
		where string
		rows  []*fleet.Node
		calls calls
	}{
		"no condition": {"", all, listings(us, eu)},
		"a region":     {"region = 'us-east-1'", us, listings(us)},
		"an id":        {fmt.Sprintf("instance_id = '%s'", one.InstanceID), []*fleet.Node{one}, calls{listingOp: 2}},
		"ids": {fmt.Sprintf("region = 'us-east-1' and instance_id in ('%s', '%s')", one.InstanceID, us[1].InstanceID),
			us[:2], calls{listingOp: 1}},
		"an unknown id hides no other": {fmt.Sprintf("region = 'us-east-1' and instance_id in ('i-00000000000000000', '', 'web-1', '%s')", one.InstanceID),
			[]*fleet.Node{one}, calls{listingOp: 4}}, // all three, and each of them
		"fifty ids are one call": {"region = 'us-east-1' and instance_id in ('" + strings.Join(idsOf(us[:50]), "', '") + "')", us[:50], calls{listingOp: 1}},
		"ids and a filter": {"region = 'us-east-1' and platform_type = 'Linux' and instance_id in ('" + strings.Join(idsOf(us[:20]), "', '") + "')",
			where(us[:20], func(i fleet.Information) bool { return is(i.PlatformType, "Linux") }), calls{listingOp: 1}},
		"a list of platforms is one filter": {"region = 'us-east-1' and platform_type in ('Linux', 'Windows', 'MacOS')",
			where(us, func(i fleet.Information) bool { return i.PlatformType != nil }), listings(us)},
		"lists that exclude each other": {"ping_status in ('Online', 'ConnectionLost') and ping_status in ('Inactive', 'x') and platform_type in ('Linux', 'Windows')", nil, calls{}},
		"a stopped node is not listed":  {fmt.Sprintf("instance_id = '%s'", stopped.InstanceID), nil, calls{listingOp: 2}},
		"a platform is AWS's filter":    {"platform_type = 'Linux'", slices.Concat(linuxUS, linuxEU), listings(linuxUS, linuxEU)},
		"a ping status": {"ping_status = 'ConnectionLost'",
			where(all, func(i fleet.Information) bool { return is(i.PingStatus, "ConnectionLost") }), calls{listingOp: 2}},
		"an association status": {"association_status = 'Failed'",
			where(all, func(i fleet.Information) bool { return is(i.AssociationStatus, "Failed") }), nil},
		"an association status that AWS would refuse": {"association_status = 'TimedOut'", nil, listings(us, eu)},
		"a platform that AWS does not know":           {"platform_type = 'linux'", nil, listings(us, eu)},
		"nothing":                                     {"iam_role = ''", nil, listings(us, eu)},
		"a role":                                      {fmt.Sprintf("iam_role = '%s'", *hybrid.IamRole), where(all, func(i fleet.Information) bool { return is(i.IamRole, *hybrid.IamRole) }), nil},
		"an activation":                               {fmt.Sprintf("activation_id = '%s'", *hybrid.ActivationID), where(all, func(i fleet.Information) bool { return is(i.ActivationID, *hybrid.ActivationID) }), calls{listingOp: 2}},
		"an agent version":                            {fmt.Sprintf("agent_version = '%s'", *hybrid.AgentVersion), where(all, func(i fleet.Information) bool { return is(i.AgentVersion, *hybrid.AgentVersion) }), nil},
		"a resource type":                             {"resource_type = 'ManagedInstance'", where(all, func(i fleet.Information) bool { return is(i.ResourceType, "ManagedInstance") }), nil},
		"two filters": {"region = 'us-east-1' and platform_type = 'Linux' and ping_status = 'Online'",
			where(linuxUS, func(i fleet.Information) bool { return is(i.PingStatus, "Online") }), calls{listingOp: 1}},
		"two lists are one filter each": {"region = 'us-east-1' and platform_type in ('Linux', 'Windows') and ping_status in ('Online', 'ConnectionLost')",
			where(us, func(i fleet.Information) bool { return is(i.PlatformType, "Linux", "Windows") }), nil},
		"an id that a filter excludes": {fmt.Sprintf("instance_id = '%s' and ping_status = 'Inactive'", one.InstanceID), nil, calls{listingOp: 2}},
		"another account":              {"account_id = '000000000000'", nil, calls{}},
	} {
		t.Run(name, func(t *testing.T) {
			sql := "select * from " + nodeTable
			if test.where != "" {
				sql += " where " + test.where
			}
			var want []row
			for _, node := range test.rows {
				want = append(want, expectedNode(w.fleet, node))
			}
			w.check(t, sql, want, test.calls)
		})
	}

	t.Run("a value that AWS refuses is compared by the plugin", func(t *testing.T) {
		refusing := refuse(t, w.sim, func(_, body string) bool { return strings.Contains(body, `"AgentVersion"`) }, "InvalidInstanceInformationFilterValue")
		db := open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: arguments(refusing, awssim.DefaultAccessKeyID, []string{"us-east-1"})})
		version := *hybrid.AgentVersion
		for _, sql := range []string{"", fmt.Sprintf(" and instance_id in ('%s')", strings.Join(idsOf(us), "', '"))} {
			got, err := query(t.Context(), db, fmt.Sprintf("select instance_id from %s where agent_version = '%s'%s", nodeTable, version, sql))
			if err != nil {
				t.Fatal(err)
			}
			var want []row
			for _, node := range where(us, func(i fleet.Information) bool { return is(i.AgentVersion, version) }) {
				want = append(want, row{"instance_id": node.InstanceID})
			}
			sameRows(t, got, want)
		}
	})
	t.Run("a limit reads long pages where AWS does not apply the condition", func(t *testing.T) {
		w.sim.Reset()
		w.query("select instance_id from " + nodeTable + " where region = 'us-east-1' and platform_type = 'linux' limit 1")
		w.expectCalls(listings(us))
	})
	t.Run("a limit makes a page short, and no shorter than AWS allows", func(t *testing.T) {
		w.sim.Reset()
		if got := w.query("select instance_id from " + nodeTable + " where region = 'us-east-1' limit 2"); len(got) != 2 {
			t.Errorf("got %d rows, want 2", len(got))
		}
		w.expectCalls(calls{listingOp: 1})
	})
	t.Run("a limit counts what meets a condition that AWS does not apply", func(t *testing.T) {
		// The id of the last node reaches AWS, its platform does not: it must
		// still be found.
		last := us[len(us)-1]
		got := w.query(fmt.Sprintf("select instance_id from %s where platform_type in ('%s', 'BeOS') and ping_status in ('%s', 'gone') limit 1000",
			nodeTable, *last.Information().PlatformType, *last.Information().PingStatus))
		if !slices.ContainsFunc(got, func(r row) bool { return r["instance_id"] == last.InstanceID }) {
			t.Errorf("node %s is missing", last.InstanceID)
		}
	})
}

// refuse serves a simulated AWS that answers some requests with an error.
func refuse(t *testing.T, sim http.Handler, which func(action, body string) bool, code string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if _, action, _ := strings.Cut(r.Header.Get("X-Amz-Target"), "."); which(action, string(body)) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprintf(w, `{"__type":%q,"message":""}`, code)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		sim.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func idsOf(nodes []*fleet.Node) []string {
	ids := make([]string, len(nodes))
	for i, node := range nodes {
		ids[i] = node.InstanceID
	}
	return ids
}

func TestAssociations(t *testing.T) {
	w := twoRegions(t, embedded.Options{})
	us, eu := w.fleet.Associations("us-east-1"), w.fleet.Associations("eu-west-1")
	find := func(condition func(fleet.Association) bool) fleet.Association {
		i := slices.IndexFunc(us, condition)
		if i < 0 {
			t.Fatal("the fleet has no such association")
		}
		return us[i]
	}
	named := find(func(a fleet.Association) bool { return a.AssociationName != nil })
	legacy := find(func(a fleet.Association) bool { return a.InstanceID != nil })
	where := func(condition func(fleet.Association) bool) []fleet.Association {
		return slices.DeleteFunc(slices.Clone(us), func(a fleet.Association) bool { return !condition(a) })
	}
	ofDocument := where(func(a fleet.Association) bool { return dereference(a.Name) == "AWS-RunPatchBaseline" })
	ofLegacy := where(func(a fleet.Association) bool { return dereference(a.InstanceID) == *legacy.InstanceID })

	rows := func(region string, associations []fleet.Association, expected func(*fleet.Fleet, string, fleet.Association) row) []row {
		var rows []row
		for _, a := range associations {
			rows = append(rows, expected(w.fleet, region, a))
		}
		return rows
	}
	listedColumns := strings.Join(keysOf(expectedAssociation(w.fleet, "us-east-1", us[0])), ", ")
	listings := pages(len(us), 50) + pages(len(eu), 50)

	t.Run("what a listing tells costs the listing", func(t *testing.T) {
		w.check(t, "select "+listedColumns+" from "+associationTable,
			append(rows("us-east-1", us, expectedAssociation), rows("eu-west-1", eu, expectedAssociation)...),
			calls{associationsOp: listings})
	})
	t.Run("what a description tells costs a call for each row, all of it together", func(t *testing.T) {
		w.check(t, "select * from "+associationTable,
			append(rows("us-east-1", us, expectedDescription), rows("eu-west-1", eu, expectedDescription)...),
			calls{associationsOp: listings, descriptionOp: len(us) + len(eu)})
	})
	for name, test := range map[string]struct {
		where string
		want  []fleet.Association
		calls calls
	}{
		"lists that exclude each other": {"association_id in ('a', 'b') and association_id in ('c', 'd') and name in ('x', 'y')", nil, calls{}},
		"an id":                         {fmt.Sprintf("association_id = '%s'", named.AssociationID), []fleet.Association{named}, calls{associationsOp: 1}},
		"ids":                           {fmt.Sprintf("association_id in ('%s', '%s')", us[3].AssociationID, us[4].AssociationID), us[3:5], calls{associationsOp: pages(len(us), 50)}},
		"an unknown id":                 {"association_id = '00000000-0000-4000-8000-000000000000'", nil, calls{associationsOp: 1}},
		"a malformed id":                {"association_id = 'patching'", nil, nil},
		"an empty id":                   {"association_id = ''", nil, nil},
		"a name":                        {fmt.Sprintf("association_name = '%s'", *named.AssociationName), []fleet.Association{named}, calls{associationsOp: 1}},
		"a document":                    {"name = 'AWS-RunPatchBaseline'", ofDocument, calls{associationsOp: 1}},
		"the id of a node":              {fmt.Sprintf("instance_id = '%s'", *legacy.InstanceID), ofLegacy, calls{associationsOp: 1}},
		"a name and a document":         {fmt.Sprintf("association_name = '%s' and name = '%s'", *named.AssociationName, *named.Name), []fleet.Association{named}, calls{associationsOp: 1}},
		"a name and another document":   {fmt.Sprintf("association_name = '%s' and name = 'AWS-RunDocument'", *named.AssociationName), nil, calls{associationsOp: 1}},
		"a list of ids and one of names": {fmt.Sprintf("association_id in ('%s', '%s') and association_name in ('%s', 'x')", us[3].AssociationID, named.AssociationID, *named.AssociationName),
			[]fleet.Association{named}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w.check(t, "select "+listedColumns+" from "+associationTable+" where region = 'us-east-1' and "+test.where, rows("us-east-1", test.want, expectedAssociation), test.calls)
		})
	}
	t.Run("a limit describes as many as it returns", func(t *testing.T) {
		w.sim.Reset()
		if got := w.query("select association_id, output_s3_bucket_name from " + associationTable + " where region = 'us-east-1' limit 3"); len(got) != 3 {
			t.Errorf("got %d rows, want 3", len(got))
		}
		w.expectCalls(calls{associationsOp: 1, descriptionOp: 3})
	})
	t.Run("no access to descriptions is an error, and costs nothing where none is selected", func(t *testing.T) {
		w := twoRegions(t, embedded.Options{})
		w.sim.SetFaults(awssim.Fault{Kind: awssim.AccessDenied, Action: descriptionOp})
		w.query("select association_id from " + associationTable)
		got, err := query(t.Context(), w.db, "select parameters from "+associationTable)
		if err == nil {
			t.Fatalf("%d rows and no error", len(got))
		}
		for _, part := range []string{"read the description of association ", descriptionOp, "AccessDeniedException", "IAM policy"} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("the error does not say %q: %v", part, err)
			}
		}
	})
	t.Run("also where the query needs no more rows", func(t *testing.T) {
		w := twoRegions(t, embedded.Options{})
		w.sim.SetFaults(awssim.Fault{Kind: awssim.AccessDenied, Action: descriptionOp})
		for _, sql := range []string{
			"select parameters from " + associationTable + " limit 1",
			"select parameters from " + associationTable + " where parameters is null limit 5",
			"select exists (select 1 from " + associationTable + " where compliance_severity is null and max_errors is null) as n",
		} {
			for range lateFailures(60) {
				if got, err := query(t.Context(), w.db, sql); err == nil {
					t.Fatalf("%s: %v and no error", sql, got)
				}
			}
		}
	})
	t.Run("an association that is gone has no description, and is counted", func(t *testing.T) {
		// As if it had been deleted since it was listed.
		url := refuse(t, w.sim, func(action, _ string) bool { return action == descriptionOp }, "AssociationDoesNotExist")
		server := ssmassoc.NewServer()
		host, err := embedded.NewHost(server, []embedded.Connection{{Name: "c", Config: arguments(url, awssim.DefaultAccessKeyID, []string{"us-east-1"})}}, embedded.Options{})
		if err != nil {
			t.Fatal(err)
		}
		db, err := embedded.Open(host, embedded.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		got, err := query(t.Context(), db, "select association_id, apply_only_at_cron_interval as n from "+associationTable+" limit 3")
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range got {
			if r["n"] != nil {
				t.Errorf("%v", r)
			}
		}
		if skipped := server.Skipped(); skipped != "3 associations AssociationDoesNotExist" {
			t.Errorf("skipped: %q", skipped)
		}
	})
	t.Run("one from before associations had ids is described by its document and node", func(t *testing.T) {
		var described []string
		old := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.Header.Get("X-Amz-Target"), "."+associationsOp) {
				_, _ = io.WriteString(w, `{"Associations":[{"Name":"AWS-UpdateSSMAgent","InstanceId":"i-12345678"}]}`)
				return
			}
			body, _ := io.ReadAll(r.Body)
			described = append(described, canonical(string(body)).(string))
			_, _ = io.WriteString(w, `{"AssociationDescription":{"MaxErrors":"1"}}`)
		}))
		defer old.Close()
		db := open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: arguments(old.URL, "key", []string{"us-east-1"})})
		got, err := query(t.Context(), db, "select association_id, instance_id, title, max_errors from "+associationTable)
		if err != nil {
			t.Fatal(err)
		}
		sameRows(t, got, []row{{"association_id": nil, "instance_id": "i-12345678", "title": "AWS-UpdateSSMAgent", "max_errors": "1"}})
		if want := []string{`{"InstanceId":"i-12345678","Name":"AWS-UpdateSSMAgent"}`}; !slices.Equal(described, want) {
			t.Errorf("asked for %v, want %v", described, want)
		}
		// Its executions cannot be asked for: that is told, not passed over.
		if _, err := query(t.Context(), db, "select execution_id from "+executionTable); err == nil || !strings.Contains(err.Error(), "association AWS-UpdateSSMAgent on i-12345678 in us-east-1 has no ID") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("unless the connection ignores it", func(t *testing.T) {
		w := newWorld(t, worldOptions{regions: []string{"us-east-1"}, arguments: "ignore_error_codes = [\"AccessDenied*\"]\n"})
		w.sim.SetFaults(awssim.Fault{Kind: awssim.AccessDenied, Action: descriptionOp})
		got := w.query("select association_id, parameters from " + associationTable)
		for _, r := range got {
			if r["parameters"] != nil {
				t.Errorf("parameters %v", r["parameters"])
			}
		}
		if want := len(w.fleet.Associations("us-east-1")); len(got) != want {
			t.Errorf("got %d rows, want %d", len(got), want)
		}
	})
}

func TestEffectiveAssociations(t *testing.T) {
	w := twoRegions(t, embedded.Options{})
	us := w.listed("us-east-1")
	stopped := w.node(func(n *fleet.Node) bool { return !n.Listed && n.Region == "us-east-1" })
	none := w.node(func(n *fleet.Node) bool { return n.Listed && len(n.EffectiveAssociations()) == 0 })

	read := func(nodes ...*fleet.Node) (rows []row, reads int) {
		for _, node := range nodes {
			rows = append(rows, expectedEffective(w.fleet, node)...)
			reads += pages(len(node.EffectiveAssociations()), 5)
		}
		return rows, reads
	}
	t.Run("every node", func(t *testing.T) {
		rows, reads := read(w.everyNode()...)
		listings := pages(len(us), 50) + pages(len(w.listed("eu-west-1")), 50)
		w.check(t, "select * from "+effectiveTable, rows, calls{listingOp: listings, effectiveOp: reads})
	})
	for name, nodes := range map[string][]*fleet.Node{
		"a node":                   {us[0]},
		"a node of many pages":     {w.withRows(120)},
		"nodes":                    {us[0], us[5]},
		"a stopped node, by id":    {stopped},
		"a node that has no drift": {none},
	} {
		t.Run(name, func(t *testing.T) {
			var ids []string
			for _, node := range nodes {
				ids = append(ids, node.InstanceID)
			}
			rows, reads := read(nodes...)
			w.check(t, fmt.Sprintf("select * from %s where region = '%s' and instance_id in ('%s')", effectiveTable, nodes[0].Region, strings.Join(ids, "', '")),
				rows, calls{effectiveOp: reads})
		})
	}
	t.Run("an unknown node and a malformed id have no rows", func(t *testing.T) {
		w.check(t, "select * from "+effectiveTable+" where instance_id in ('i-00000000000000000', 'web-1')", nil, calls{effectiveOp: 4})
	})
	t.Run("a limit", func(t *testing.T) {
		long := w.withRows(120)
		w.sim.Reset()
		got := w.query(fmt.Sprintf("select * from %s where instance_id = '%s' and region = '%s' limit 7", effectiveTable, long.InstanceID, long.Region))
		if len(got) != 7 {
			t.Errorf("got %d rows, want 7", len(got))
		}
		w.expectCalls(calls{effectiveOp: 2})
	})
}

func TestAssociationExecutions(t *testing.T) {
	w := twoRegions(t, embedded.Options{})
	us, eu := w.fleet.Associations("us-east-1"), w.fleet.Associations("eu-west-1")
	var long, never fleet.Association
	for _, a := range us {
		switch n := len(a.Executions()); {
		case n > 100:
			long = a
		case n == 0:
			never = a
		}
	}
	history := long.Executions()
	read := func(region string, associations ...fleet.Association) (rows []row, reads int) {
		for _, a := range associations {
			for _, e := range a.Executions() {
				rows = append(rows, expectedExecution(w.fleet, region, e))
			}
			reads += pages(len(a.Executions()), 50)
		}
		return rows, reads
	}
	t.Run("of every association", func(t *testing.T) {
		rows, reads := read("us-east-1", us...)
		rowsEU, readsEU := read("eu-west-1", eu...)
		w.check(t, "select * from "+executionTable, append(rows, rowsEU...),
			calls{associationsOp: pages(len(us), 50) + pages(len(eu), 50), executionsOp: reads + readsEU})
	})

	// of returns the executions of the long history for which the condition
	// holds, by the time at which they started.
	of := func(condition func(fleet.Execution) bool) []fleet.Execution {
		return slices.DeleteFunc(slices.Clone(history), func(e fleet.Execution) bool { return !condition(e) })
	}
	started := func(condition func(time.Time) bool) []fleet.Execution {
		return of(func(e fleet.Execution) bool { return e.CreatedTime != nil && condition(e.CreatedTime.Time()) })
	}
	middle := *history[len(history)/2].CreatedTime
	at := middle.Time()
	text := at.Format(time.RFC3339Nano)
	failed := of(func(e fleet.Execution) bool { return dereference(e.Status) == "Failed" })

	for name, test := range map[string]struct {
		where string
		want  []fleet.Execution
		calls int // of executionsOp; -1 for any
	}{
		"of one association":         {"", history, pages(len(history), 50)},
		"a status is AWS's filter":   {"status = 'Failed'", failed, pages(len(failed), 50)},
		"a status that there is not": {"status = 'failed'", nil, 1},
		"statuses": {"status in ('Failed', 'Success')", of(func(e fleet.Execution) bool {
			return slices.Contains([]string{"Failed", "Success"}, dereference(e.Status))
		}), -1},
		"an execution":                 {fmt.Sprintf("execution_id = '%s'", history[7].ExecutionID), history[7:8], 1},
		"an unknown execution":         {"execution_id = '00000000-0000-4000-8000-000000000000'", nil, 1},
		"a malformed execution id":     {"execution_id = 'last'", nil, -1},
		"the time at which it started": {"created_time = '" + text + "'", started(at.Equal), 1},
		"after a time":                 {"created_time > '" + text + "'", started(at.Before), -1},
		"before a time":                {"created_time < '" + text + "'", started(at.After), -1},
		"not before a time":            {"created_time >= '" + text + "'", started(func(t time.Time) bool { return !t.Before(at) }), -1},
		"not after a time":             {"created_time <= '" + text + "'", started(func(t time.Time) bool { return !t.After(at) }), -1},
		"between two times":            {"created_time > '" + text + "' and created_time < '" + at.Add(48*time.Hour).Format(time.RFC3339Nano) + "'", started(func(t time.Time) bool { return t.After(at) && t.Before(at.Add(48*time.Hour)) }), 1},
		"the latest, with a status":    {"created_time > '" + text + "' and status = 'Failed'", started(at.Before), -1},
		"a time finer than AWS's":      {"created_time > '" + at.Add(-time.Microsecond).Format(time.RFC3339Nano) + "'", started(func(t time.Time) bool { return !t.Before(at) }), -1},
		"a time that no execution has": {"created_time = '" + at.Add(time.Microsecond).Format(time.RFC3339Nano) + "'", nil, -1},
		"in the future":                {"created_time > '2999-01-01'", nil, -1}, // which Steampipe may send for the distant past
		"text that is no time":         {"created_time > 'yesterday'", nil, -1},
	} {
		t.Run(name, func(t *testing.T) {
			want := test.want
			if strings.Contains(name, "with a status") {
				want = slices.DeleteFunc(slices.Clone(want), func(e fleet.Execution) bool { return dereference(e.Status) != "Failed" })
			}
			var rows []row
			for _, e := range want {
				rows = append(rows, expectedExecution(w.fleet, "us-east-1", e))
			}
			sql := fmt.Sprintf("select * from %s where association_id = '%s' and region = 'us-east-1'", executionTable, long.AssociationID)
			if test.where != "" {
				sql += " and " + test.where
			}
			var made calls
			if test.calls >= 0 {
				made = calls{executionsOp: test.calls}
			}
			w.check(t, sql, rows, made)
		})
	}
	t.Run("of an association that has none, is unknown, or is no id", func(t *testing.T) {
		w.check(t, fmt.Sprintf("select * from %s where region = 'us-east-1' and association_id in ('%s', '00000000-0000-4000-8000-000000000000', 'patching')",
			executionTable, never.AssociationID), nil, calls{executionsOp: 3})
	})
	t.Run("an execution alone is looked for in every association", func(t *testing.T) {
		w.check(t, fmt.Sprintf("select * from %s where region = 'us-east-1' and execution_id = '%s'", executionTable, history[7].ExecutionID),
			[]row{expectedExecution(w.fleet, "us-east-1", history[7])}, calls{associationsOp: pages(len(us), 50), executionsOp: len(us)})
	})
	t.Run("a list of statuses reads the history once", func(t *testing.T) {
		_, reads := read("us-east-1", us...)
		w.sim.Reset()
		w.query("select count(*) from " + executionTable + " where region = 'us-east-1' and status in ('Failed', 'Success')")
		w.expectCalls(calls{associationsOp: pages(len(us), 50), executionsOp: reads})
	})
	t.Run("a limit reads long pages where AWS does not apply the condition", func(t *testing.T) {
		w.sim.Reset()
		w.query(fmt.Sprintf("select * from %s where association_id = '%s' and region = 'us-east-1' and execution_id = 'last' limit 1", executionTable, long.AssociationID))
		w.expectCalls(calls{executionsOp: pages(len(history), 50)})
	})
	t.Run("a limit", func(t *testing.T) {
		w.sim.Reset()
		got := w.query(fmt.Sprintf("select * from %s where association_id = '%s' and region = 'us-east-1' limit 60", executionTable, long.AssociationID))
		if len(got) != 60 {
			t.Errorf("got %d rows, want 60", len(got))
		}
		w.expectCalls(calls{executionsOp: 2})
	})
}

func TestAssociationExecutionTargets(t *testing.T) {
	w := twoRegions(t, embedded.Options{})
	us := w.fleet.Associations("us-east-1")
	a := us[1]
	history := a.Executions()
	read := func(executions ...fleet.Execution) (rows []row, reads int) {
		for _, e := range executions {
			for _, target := range e.Targets() {
				rows = append(rows, expectedTarget(w.fleet, "us-east-1", target))
			}
			reads += pages(len(e.Targets()), 50)
		}
		return rows, reads
	}
	everything := func() (rows []row, made calls) {
		made = calls{associationsOp: pages(len(us), 50)}
		for _, a := range us {
			r, reads := read(a.Executions()...)
			rows = append(rows, r...)
			made[targetsOp] += reads
			made[executionsOp] += pages(len(a.Executions()), 50)
		}
		return rows, made
	}
	of := func(rows []row, column string, value any) []row {
		return slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return r[column] != value })
	}
	ofAssociation, reads := read(history...)
	one, onePages := read(history[3])
	node := one[0]["resource_id"]

	t.Run("of every execution of every association", func(t *testing.T) {
		rows, made := everything()
		w.check(t, "select * from "+targetTable+" where region = 'us-east-1'", rows, made)
	})
	for name, test := range map[string]struct {
		where string
		want  []row
		calls calls
	}{
		"of one execution":               {fmt.Sprintf("association_id = '%s' and execution_id = '%s'", a.AssociationID, history[3].ExecutionID), one, calls{targetsOp: onePages}},
		"of every execution of one":      {fmt.Sprintf("association_id = '%s'", a.AssociationID), ofAssociation, calls{executionsOp: pages(len(history), 50), targetsOp: reads}},
		"of one execution, its status":   {fmt.Sprintf("association_id = '%s' and execution_id = '%s' and status = 'Failed'", a.AssociationID, history[3].ExecutionID), of(one, "status", "Failed"), calls{targetsOp: 1}},
		"of one execution, a node":       {fmt.Sprintf("association_id = '%s' and execution_id = '%s' and resource_id = '%s'", a.AssociationID, history[3].ExecutionID, node), of(one, "resource_id", node), calls{targetsOp: 1}},
		"of one execution, a type":       {fmt.Sprintf("association_id = '%s' and execution_id = '%s' and resource_type = 'ManagedInstance'", a.AssociationID, history[3].ExecutionID), of(one, "resource_type", "ManagedInstance"), calls{targetsOp: onePages}},
		"a node in every execution":      {fmt.Sprintf("association_id = '%s' and resource_id = '%s'", a.AssociationID, node), of(ofAssociation, "resource_id", node), calls{executionsOp: pages(len(history), 50), targetsOp: len(history)}},
		"an execution, alone":            {fmt.Sprintf("execution_id = '%s'", history[3].ExecutionID), one, calls{associationsOp: pages(len(us), 50), executionsOp: len(us), targetsOp: onePages}},
		"an execution of another":        {fmt.Sprintf("association_id = '%s' and execution_id = '%s'", us[2].AssociationID, history[3].ExecutionID), nil, calls{targetsOp: 1}},
		"executions":                     {fmt.Sprintf("association_id = '%s' and execution_id in ('%s', 'last', '00000000-0000-4000-8000-000000000000')", a.AssociationID, history[3].ExecutionID), one, calls{targetsOp: onePages + 2}},
		"executions of two associations": {fmt.Sprintf("association_id in ('%s', '%s') and execution_id in ('%s', 'last')", a.AssociationID, us[2].AssociationID, history[3].ExecutionID), one, calls{executionsOp: pages(len(history), 50) + pages(len(us[2].Executions()), 50), targetsOp: onePages}},
		"an unknown association":         {"association_id = '00000000-0000-4000-8000-000000000000'", nil, calls{executionsOp: 1}},
		"an association that is no id":   {"association_id = 'patching' and execution_id = 'last'", nil, calls{targetsOp: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			w.check(t, "select * from "+targetTable+" where region = 'us-east-1' and "+test.where, test.want, test.calls)
		})
	}
	t.Run("a limit stops the reads", func(t *testing.T) {
		w.sim.Reset()
		if got := w.query("select resource_id from " + targetTable + " where region = 'us-east-1' limit 1"); len(got) != 1 {
			t.Errorf("got %d rows, want 1", len(got))
		}
		if n := w.sim.Calls().Action(targetsOp); n > 1+2*16 {
			t.Errorf("%d reads for one row", n)
		}
	})
}

func TestTablesShareWhatWasRead(t *testing.T) {
	w := twoRegions(t, embedded.Options{CacheTTLSeconds: 300})
	scan := func(sql string) {
		t.Helper()
		w.query(sql)
	}
	us := w.fleet.Associations("us-east-1")

	scan("select * from " + table)
	w.sim.Reset()
	scan("select * from " + nodeTable)
	scan("select * from " + nodeTable + " where ping_status = 'Online' and platform_type = 'Linux'")
	scan(fmt.Sprintf("select * from %s where instance_id = '%s'", nodeTable, w.listed("us-east-1")[0].InstanceID))
	w.expectCalls(calls{})

	scan("select association_id from " + associationTable + " where region = 'us-east-1'")
	w.expectCalls(calls{associationsOp: pages(len(us), 50)})
	scan("select association_id from " + associationTable + " where region = 'us-east-1' and name = 'AWS-RunPatchBaseline'")
	w.expectCalls(calls{})
	scan("select count(*) from " + executionTable + " where region = 'us-east-1'")
	reads := 0
	for _, a := range us {
		reads += pages(len(a.Executions()), 50)
	}
	w.expectCalls(calls{executionsOp: reads})
	scan("select count(*) from " + executionTable + " where region = 'us-east-1' and status = 'Failed' and created_time > '2025-12-01'")
	w.expectCalls(calls{})

	t.Run("what a filter left is no whole listing", func(t *testing.T) {
		w := twoRegions(t, embedded.Options{CacheTTLSeconds: 300})
		w.query("select * from " + nodeTable + " where ping_status = 'Online'")
		var want []row
		for _, node := range w.everyNode() {
			want = append(want, expectedNode(w.fleet, node))
		}
		w.check(t, "select * from "+nodeTable, want, nil)
	})
}

// TestFaultsOfStateManager holds each table to exact rows or an error.
func TestFaultsOfStateManager(t *testing.T) {
	const where = " where region = 'us-east-1'"
	for name, test := range map[string]struct {
		sql    string
		faults []awssim.Fault
		err    string // "" where the rows must be exact
	}{
		"a stale token restarts a listing of associations": {"select association_id from " + associationTable + where,
			[]awssim.Fault{{Kind: awssim.InvalidNextToken, Action: associationsOp, Call: 2}}, ""},
		"a stale token restarts an association's executions": {"select execution_id, association_id from " + executionTable + where,
			[]awssim.Fault{{Kind: awssim.InvalidNextToken, Action: executionsOp, Call: 1}}, ""},
		"a stale token restarts a node's effective associations": {"select association_id, instance_id from " + effectiveTable + where,
			[]awssim.Fault{{Kind: awssim.InvalidNextToken, Action: effectiveOp, Call: 3}}, ""},
		"a stale token restarts an execution's targets": {"select execution_id, resource_id from " + targetTable + where,
			[]awssim.Fault{{Kind: awssim.InvalidNextToken, Action: targetsOp, Call: 1}}, ""},
		"the same page under another token": {"select association_id, instance_id from " + effectiveTable + where,
			[]awssim.Fault{{Kind: awssim.RepeatedToken, Action: effectiveOp, Call: 4}}, ""},
		"the same page of a listing": {"select association_id from " + associationTable + where,
			[]awssim.Fault{{Kind: awssim.RepeatedToken, Action: associationsOp, Call: 1}}, ""},
		"empty pages": {"select execution_id, association_id from " + executionTable + where,
			[]awssim.Fault{{Kind: awssim.EmptyPageWithToken, Probability: 0.3, Seed: 1}}, ""},
		"throttled calls": {"select execution_id, association_id from " + executionTable + where,
			[]awssim.Fault{{Kind: awssim.Throttle, Probability: 0.03, Seed: 2}}, ""},
		"throttled descriptions": {"select association_id, parameters from " + associationTable + where,
			[]awssim.Fault{{Kind: awssim.Throttle, Action: descriptionOp, Probability: 0.05, Seed: 3}}, ""},
		"broken answers": {"select association_id, instance_id from " + effectiveTable + where,
			[]awssim.Fault{{Kind: awssim.MalformedJSON, Probability: 0.1, Seed: 4}}, ""},
		"members that no model knows": {"select execution_id, association_id from " + executionTable + where,
			[]awssim.Fault{{Kind: awssim.UnknownMembers}}, ""},

		"no access to the listing of associations": {"select execution_id from " + executionTable + where,
			[]awssim.Fault{{Kind: awssim.AccessDenied, Action: associationsOp}}, "list associations in us-east-1"},
		"no access to executions, late": {"select resource_id from " + targetTable + where,
			[]awssim.Fault{{Kind: awssim.AccessDenied, Action: executionsOp, Call: 40}}, "read the executions of association "},
		"no access to targets, late": {"select resource_id from " + targetTable + where,
			[]awssim.Fault{{Kind: awssim.AccessDenied, Action: targetsOp, Call: 400}}, "read the targets of execution "},
		"no access to effective associations": {"select association_id from " + effectiveTable + where,
			[]awssim.Fault{{Kind: awssim.AccessDenied, Action: effectiveOp, Call: 30}}, "read the effective associations of node "},
		"a description that fails, late": {"select association_id, parameters from " + associationTable + where,
			[]awssim.Fault{{Kind: awssim.AccessDenied, Action: descriptionOp, Call: 100}}, "read the description of association "},
		"a listing that does not advance": {"select association_id from " + associationTable + where,
			[]awssim.Fault{{Kind: awssim.RepeatedToken, Action: associationsOp}}, "a pagination token that it had returned before"},
		"an answer about nodes to a question that names none": {"select instance_id from " + nodeTable + where,
			[]awssim.Fault{{Kind: awssim.InvalidInstanceID, Action: listingOp}}, "list managed nodes in us-east-1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := twoRegions(t, embedded.Options{})
			var want []row
			if test.err == "" {
				want = w.query(test.sql)
			}
			w.sim.SetFaults(test.faults...)
			trials := 1
			if test.err != "" {
				trials = lateFailures(20)
			}
			for range trials {
				w.sim.SetFaults(test.faults...) // begins their numbering
				got, err := query(t.Context(), w.db, test.sql)
				switch {
				case test.err == "" && err != nil:
					t.Fatal(err)
				case test.err == "":
					sameRows(t, got, want)
				case err == nil:
					t.Fatalf("answered with %d rows, want an error", len(got))
				case !strings.Contains(err.Error(), test.err):
					t.Fatalf("the error does not say %q: %v", test.err, err)
				}
			}
		})
	}
}
