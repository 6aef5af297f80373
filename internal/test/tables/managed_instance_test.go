package tables

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

func TestManagedInstances(t *testing.T) {
	w := rig.SharedRegions(t)
	us, eu := w.Listed("us-east-1"), w.Listed("eu-west-1")
	all := slices.Concat(us, eu)
	one := us[0]
	stopped := w.Node(func(n *fleet.Node) bool { return !n.Listed })

	// where returns the nodes that meet the condition.
	where := func(nodes []*fleet.Node, condition func(fleet.Information) bool) []*fleet.Node {
		return slices.DeleteFunc(slices.Clone(nodes), func(n *fleet.Node) bool { return !condition(n.Information()) })
	}
	is := func(s *string, values ...string) bool { return s != nil && slices.Contains(values, *s) }
	// listings returns the calls that list the nodes of each region.
	listings := func(regions ...[]*fleet.Node) rig.Calls {
		n := 0
		for _, nodes := range regions {
			n += rig.Pages(len(nodes), 50)
		}
		return rig.Calls{rig.ListingOp: n}
	}
	linuxUS := where(us, func(i fleet.Information) bool { return is(i.PlatformType, "Linux") })
	linuxEU := where(eu, func(i fleet.Information) bool { return is(i.PlatformType, "Linux") })
	hybrid := w.Node(func(n *fleet.Node) bool { return n.Information().ActivationID != nil }).Information()

	for name, test := range map[string]struct {
		where string
		rows  []*fleet.Node
		calls rig.Calls
	}{
		"no condition": {"", all, listings(us, eu)},
		"a region":     {"region = 'us-east-1'", us, listings(us)},
		"an id":        {fmt.Sprintf("instance_id = '%s'", one.InstanceID), []*fleet.Node{one}, rig.Calls{rig.ListingOp: 2}},
		"ids": {fmt.Sprintf("region = 'us-east-1' and instance_id in ('%s', '%s')", one.InstanceID, us[1].InstanceID),
			us[:2], rig.Calls{rig.ListingOp: 1}},
		"an unknown id hides no other": {fmt.Sprintf("region = 'us-east-1' and instance_id in ('i-00000000000000000', '', 'web-1', '%s')", one.InstanceID),
			[]*fleet.Node{one}, rig.Calls{rig.ListingOp: 4}}, // all three, and each of them
		"fifty ids are one call": {"region = 'us-east-1' and instance_id in ('" + strings.Join(idsOf(us[:50]), "', '") + "')", us[:50], rig.Calls{rig.ListingOp: 1}},
		"ids and a filter": {"region = 'us-east-1' and platform_type = 'Linux' and instance_id in ('" + strings.Join(idsOf(us[:20]), "', '") + "')",
			where(us[:20], func(i fleet.Information) bool { return is(i.PlatformType, "Linux") }), rig.Calls{rig.ListingOp: 1}},
		"a list of platforms is one filter": {"region = 'us-east-1' and platform_type in ('Linux', 'Windows', 'MacOS')",
			where(us, func(i fleet.Information) bool { return i.PlatformType != nil }), listings(us)},
		"lists that exclude each other": {"ping_status in ('Online', 'ConnectionLost') and ping_status in ('Inactive', 'x') and platform_type in ('Linux', 'Windows')", nil, rig.Calls{}},
		"a stopped node is not listed":  {fmt.Sprintf("instance_id = '%s'", stopped.InstanceID), nil, rig.Calls{rig.ListingOp: 2}},
		"a platform is AWS's filter":    {"platform_type = 'Linux'", slices.Concat(linuxUS, linuxEU), listings(linuxUS, linuxEU)},
		"a ping status": {"ping_status = 'ConnectionLost'",
			where(all, func(i fleet.Information) bool { return is(i.PingStatus, "ConnectionLost") }), rig.Calls{rig.ListingOp: 2}},
		"an association status": {"association_status = 'Failed'",
			where(all, func(i fleet.Information) bool { return is(i.AssociationStatus, "Failed") }), nil},
		"an association status that AWS would refuse": {"association_status = 'TimedOut'", nil, listings(us, eu)},
		"a platform that AWS does not know":           {"platform_type = 'linux'", nil, listings(us, eu)},
		"nothing":                                     {"iam_role = ''", nil, listings(us, eu)},
		"a role":                                      {fmt.Sprintf("iam_role = '%s'", *hybrid.IamRole), where(all, func(i fleet.Information) bool { return is(i.IamRole, *hybrid.IamRole) }), nil},
		"an activation":                               {fmt.Sprintf("activation_id = '%s'", *hybrid.ActivationID), where(all, func(i fleet.Information) bool { return is(i.ActivationID, *hybrid.ActivationID) }), rig.Calls{rig.ListingOp: 2}},
		"an agent version":                            {fmt.Sprintf("agent_version = '%s'", *hybrid.AgentVersion), where(all, func(i fleet.Information) bool { return is(i.AgentVersion, *hybrid.AgentVersion) }), nil},
		"a resource type":                             {"resource_type = 'ManagedInstance'", where(all, func(i fleet.Information) bool { return is(i.ResourceType, "ManagedInstance") }), nil},
		"two filters": {"region = 'us-east-1' and platform_type = 'Linux' and ping_status = 'Online'",
			where(linuxUS, func(i fleet.Information) bool { return is(i.PingStatus, "Online") }), rig.Calls{rig.ListingOp: 1}},
		"two lists are one filter each": {"region = 'us-east-1' and platform_type in ('Linux', 'Windows') and ping_status in ('Online', 'ConnectionLost')",
			where(us, func(i fleet.Information) bool { return is(i.PlatformType, "Linux", "Windows") }), nil},
		"an id that a filter excludes": {fmt.Sprintf("instance_id = '%s' and ping_status = 'Inactive'", one.InstanceID), nil, rig.Calls{rig.ListingOp: 2}},
		"another account":              {"account_id = '000000000000'", nil, rig.Calls{}},
	} {
		t.Run(name, func(t *testing.T) {
			sql := "select * from " + rig.NodeTable
			if test.where != "" {
				sql += " where " + test.where
			}
			var want []rig.Row
			for _, node := range test.rows {
				want = append(want, rig.ExpectedNode(w.Fleet, node))
			}
			w.Check(t, sql, want, test.calls)
		})
	}

	t.Run("a value that AWS refuses is compared by the plugin", func(t *testing.T) {
		refusing := refuse(t, w.Sim, func(_, body string) bool { return strings.Contains(body, `"AgentVersion"`) }, "InvalidInstanceInformationFilterValue")
		db := rig.Open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: rig.Arguments(refusing, awssim.DefaultAccessKeyID, []string{"us-east-1"})})
		version := *hybrid.AgentVersion
		for _, sql := range []string{"", fmt.Sprintf(" and instance_id in ('%s')", strings.Join(idsOf(us), "', '"))} {
			got, err := rig.Query(t.Context(), db, fmt.Sprintf("select instance_id from %s where agent_version = '%s'%s", rig.NodeTable, version, sql))
			if err != nil {
				t.Fatal(err)
			}
			var want []rig.Row
			for _, node := range where(us, func(i fleet.Information) bool { return is(i.AgentVersion, version) }) {
				want = append(want, rig.Row{"instance_id": node.InstanceID})
			}
			rig.SameRows(t, got, want)
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
		var want []rig.Row
		for id, address := range addresses {
			want = append(want, rig.Row{"instance_id": id, "ip_address": address})
		}
		got, err := rig.Query(t.Context(), odd, "select instance_id, ip_address from "+rig.NodeTable)
		if err != nil {
			t.Fatal(err)
		}
		rig.SameRows(t, got, want)
	})
	t.Run("a limit reads long pages where AWS does not apply the condition", func(t *testing.T) {
		w.Sim.Reset()
		w.Query("select instance_id from " + rig.NodeTable + " where region = 'us-east-1' and platform_type = 'linux' limit 1")
		w.ExpectCalls(listings(us))
	})
	t.Run("a limit makes a page short, and no shorter than AWS allows", func(t *testing.T) {
		w.Sim.Reset()
		if got := w.Query("select instance_id from " + rig.NodeTable + " where region = 'us-east-1' limit 2"); len(got) != 2 {
			t.Errorf("got %d rows, want 2", len(got))
		}
		w.ExpectCalls(rig.Calls{rig.ListingOp: 1})
	})
	t.Run("a limit counts what meets a condition that AWS does not apply", func(t *testing.T) {
		// AWS filters by the last node's id but not by its platform: it must be
		// found.
		last := us[len(us)-1]
		got := w.Query(fmt.Sprintf("select instance_id from %s where platform_type in ('%s', 'BeOS') and ping_status in ('%s', 'gone') limit 1000",
			rig.NodeTable, *last.Information().PlatformType, *last.Information().PingStatus))
		if !slices.ContainsFunc(got, func(r rig.Row) bool { return r["instance_id"] == last.InstanceID }) {
			t.Errorf("node %s is missing", last.InstanceID)
		}
	})
}
