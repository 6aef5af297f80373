package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

const nodeTable = "ssm_managed_instance"

var managedInstanceCase = tableCase{
	name: nodeTable,
	keys: "activation_id agent_version association_status iam_role instance_id ping_status platform_type resource_type",
	read: func(simulated *fleet.Fleet, region string) ([]row, calls) {
		var rows []row
		for _, node := range listedNodes(simulated, region) {
			rows = append(rows, expectedNode(simulated, node))
		}
		return rows, calls{listingOp: pages(len(rows), 50)}
	},
	queries: func(*fleet.Fleet, string) map[string]string {
		return map[string]string{listingOp: "select * from " + nodeTable}
	},
}

func TestManagedInstances(t *testing.T) {
	w := twoRegions(t, embedded.Options{})
	us, eu := w.listed("us-east-1"), w.listed("eu-west-1")
	all := slices.Concat(us, eu)
	one := us[0]
	stopped := w.node(func(n *fleet.Node) bool { return !n.Listed })

	// where returns the nodes that meet the condition.
	where := func(nodes []*fleet.Node, condition func(fleet.Information) bool) []*fleet.Node {
		return slices.DeleteFunc(slices.Clone(nodes), func(n *fleet.Node) bool { return !condition(n.Information()) })
	}
	is := func(s *string, values ...string) bool { return s != nil && slices.Contains(values, *s) }
	// listings returns the calls that list the nodes of each region.
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
	t.Run("what is no IP address is null", func(t *testing.T) {
		addresses := map[string]any{
			"i-00000000000000001": "10.0.0.1", "i-00000000000000002": "2001:db8::1", "i-00000000000000003": nil, "i-00000000000000004": nil,
			"i-00000000000000005": nil,
		}
		odd := answering(t, func(string) string {
			return `{"InstanceInformationList":[{"InstanceId":"i-00000000000000001","IPAddress":"10.0.0.1"},
				{"InstanceId":"i-00000000000000002","IPAddress":"2001:db8::1"},{"InstanceId":"i-00000000000000003","IPAddress":""},
				{"InstanceId":"i-00000000000000004","IPAddress":"10.0.0.1; drop table"},{"InstanceId":"i-00000000000000005"}]}`
		})
		var want []row
		for id, address := range addresses {
			want = append(want, row{"instance_id": id, "ip_address": address})
		}
		got, err := query(t.Context(), odd, "select instance_id, ip_address from "+nodeTable)
		if err != nil {
			t.Fatal(err)
		}
		sameRows(t, got, want)
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
		// AWS filters by the last node's id but not by its platform: it must be
		// found.
		last := us[len(us)-1]
		got := w.query(fmt.Sprintf("select instance_id from %s where platform_type in ('%s', 'BeOS') and ping_status in ('%s', 'gone') limit 1000",
			nodeTable, *last.Information().PlatformType, *last.Information().PingStatus))
		if !slices.ContainsFunc(got, func(r row) bool { return r["instance_id"] == last.InstanceID }) {
			t.Errorf("node %s is missing", last.InstanceID)
		}
	})
}

func expectedNode(simulated *fleet.Fleet, node *fleet.Node) row {
	i := node.Information()
	r := row{
		"instance_id":                                i.InstanceID,
		"name":                                       value(i.Name),
		"ping_status":                                value(i.PingStatus),
		"last_ping_date_time":                        date(i.LastPingDateTime),
		"association_status":                         value(i.AssociationStatus),
		"association_overview_detailed_status":       nil,
		"last_association_execution_date":            date(i.LastAssociationExecutionDate),
		"last_successful_association_execution_date": date(i.LastSuccessfulAssociationExecutionDate),
		"agent_version":                              value(i.AgentVersion),
		"is_latest_version":                          boolean(i.IsLatestVersion),
		"platform_type":                              value(i.PlatformType),
		"platform_name":                              value(i.PlatformName),
		"platform_version":                           value(i.PlatformVersion),
		"resource_type":                              value(i.ResourceType),
		"computer_name":                              value(i.ComputerName),
		"ip_address":                                 value(i.IPAddress),
		"iam_role":                                   value(i.IamRole),
		"activation_id":                              value(i.ActivationID),
		"registration_date":                          date(i.RegistrationDate),
		"source_id":                                  value(i.SourceID),
		"source_type":                                value(i.SourceType),
		"source_location":                            value(i.SourceLocation),
		"title":                                      firstOf(i.Name, i.ComputerName, &i.InstanceID),
		"instance_association_status_aggregated_count": nil,
	}
	if o := i.AssociationOverview; o != nil {
		r["association_overview_detailed_status"] = o.DetailedStatus
		r["instance_association_status_aggregated_count"] = jsonText(o.Counts)
	}
	return readIn(simulated, node.Region, r)
}
