package tables

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

func TestRowsAndCallsOfConditionsOnNodes(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{})
	all := w.EveryNode()
	us, eu := w.Listed("us-east-1"), w.Listed("eu-west-1")
	long := w.WithRows(120)
	none := w.WithRows(0)
	stopped := w.Node(func(n *fleet.Node) bool { return !n.Listed })
	one := us[0]
	regions := len(w.Fleet.Regions())

	// pagesIn returns the number of calls that read the nodes in the given number
	// of regions: those of a node's own region, and one for each other region,
	// which does not know the node.
	pagesIn := func(regions int, nodes ...*fleet.Node) rig.Calls {
		n := 0
		for _, node := range nodes {
			n += max(1, (node.StatusCount()+49)/50) + regions - 1
		}
		return rig.Calls{rig.StatusOp: n}
	}
	pages := func(nodes ...*fleet.Node) rig.Calls { return pagesIn(regions, nodes...) }

	for name, test := range map[string]struct {
		where string
		rows  []*fleet.Node
		calls rig.Calls
	}{
		"no condition reads every listed node of every region": {"", all, rig.ScanCalls(all)},
		"an id reads that node alone":                          {fmt.Sprintf("where instance_id = '%s'", one.InstanceID), []*fleet.Node{one}, pages(one)},
		"a node of several pages is read to the end":           {fmt.Sprintf("where instance_id = '%s'", long.InstanceID), []*fleet.Node{long}, pages(long)},
		"a node without associations has no rows":              {fmt.Sprintf("where instance_id = '%s'", none.InstanceID), nil, pages(none)},
		"a stopped node is readable by id":                     {fmt.Sprintf("where instance_id = '%s'", stopped.InstanceID), []*fleet.Node{stopped}, pages(stopped)},
		"a list reads each node once, whatever stands twice or is null": {
			fmt.Sprintf("where instance_id in ('%s', null, '%s', '%s')", one.InstanceID, eu[1].InstanceID, one.InstanceID),
			[]*fleet.Node{one, eu[1]}, pages(one, eu[1])},
		"alternatives are a list": {
			fmt.Sprintf("where instance_id = '%s' or instance_id = '%s'", one.InstanceID, long.InstanceID),
			[]*fleet.Node{one, long}, pages(one, long)},
		"alternatives that are scans of their own share no row and lose none": {
			fmt.Sprintf("where instance_id = '%s' or (instance_id = '%s' and region = 'eu-west-1') or instance_id in ('%s', '%s')", one.InstanceID, eu[1].InstanceID, long.InstanceID, one.InstanceID),
			[]*fleet.Node{one, eu[1], long}, nil},
		"a blob is not an id, and hides none": {
			fmt.Sprintf("where instance_id in (x'%x', '%s') and region = '%s'", one.InstanceID, long.InstanceID, long.Region),
			[]*fleet.Node{long}, nil},
		"an unknown id has no rows":            {"where instance_id = 'i-00000000000000000'", nil, rig.Calls{rig.StatusOp: regions}},
		"a malformed id has no rows":           {"where instance_id = 'web-1'", nil, rig.Calls{rig.StatusOp: regions}},
		"an empty id has no rows":              {"where instance_id = ''", nil, rig.Calls{rig.StatusOp: regions}},
		"a number is not an id":                {"where instance_id = 5", nil, rig.ScanCalls(all)},
		"null equals no id":                    {"where instance_id = null", nil, rig.Calls{}},
		"a list of nulls has no rows":          {"where instance_id in (null, null)", nil, rig.Calls{}},
		"one of two ids that exclude another":  {fmt.Sprintf("where instance_id = '%s' and instance_id = '%s'", one.InstanceID, long.InstanceID), nil, nil},
		"an id among a list":                   {fmt.Sprintf("where instance_id = '%s' and instance_id in ('%s', '%s')", one.InstanceID, one.InstanceID, long.InstanceID), []*fleet.Node{one}, pages(one)},
		"a region is read alone":               {"where region = 'eu-west-1'", eu, rig.ScanCalls(eu)},
		"a list of regions":                    {"where region in ('eu-west-1', 'us-east-1', 'eu-west-1')", slices.Concat(eu, us), rig.ScanCalls(slices.Concat(eu, us))},
		"a pattern of regions":                 {"where region glob 'eu-*'", eu, rig.ScanCalls(eu)},
		"a pattern of them regardless of case": {"where region like 'EU-w%'", eu, rig.ScanCalls(eu)},
		"a region that is not a target":        {"where region = 'sa-east-1'", nil, rig.Calls{}},
		"an id and its region make one call":   {fmt.Sprintf("where instance_id = '%s' and region = 'us-east-1'", one.InstanceID), []*fleet.Node{one}, pagesIn(1, one)},
		"ids and regions, both lists": {
			fmt.Sprintf("where instance_id in ('%s', '%s') and region in ('us-east-1', 'eu-west-1')", one.InstanceID, eu[1].InstanceID),
			[]*fleet.Node{one, eu[1]}, pagesIn(2, one, eu[1])},
		"an id in a region that it is not in": {fmt.Sprintf("where instance_id = '%s' and region = 'eu-west-1'", one.InstanceID), nil, rig.Calls{rig.StatusOp: 1}},
		"the account":                         {"where account_id = '123456789012'", all, rig.ScanCalls(all)},
		"another account":                     {"where account_id = '000000000000'", nil, rig.Calls{}},
		"accounts, one of them this":          {"where account_id in ('000000000000', '123456789012') and region = 'us-east-1'", us, rig.ScanCalls(us)},
		"not the account":                     {"where account_id <> '123456789012'", nil, rig.Calls{}},
		"the connection":                      {"where sp_connection_name = 'ssmassoc' and region = 'us-east-1'", us, rig.ScanCalls(us)},
		"another connection":                  {"where sp_connection_name = 'other'", nil, rig.Calls{}},
		"a subquery of ids": {
			fmt.Sprintf("where region = 'us-east-1' and instance_id in (select value from json_each('[\"%s\"]'))", one.InstanceID),
			[]*fleet.Node{one}, pagesIn(1, one)},
		"a scalar subquery": {
			fmt.Sprintf("where region = 'us-east-1' and instance_id = (select '%s')", one.InstanceID),
			[]*fleet.Node{one}, pagesIn(1, one)},
		"a comparison that ignores case is SQLite's own": {
			fmt.Sprintf("where region = 'us-east-1' and instance_id = '%s' collate nocase", strings.ToUpper(one.InstanceID)),
			[]*fleet.Node{one}, rig.ScanCalls(us)},
	} {
		t.Run(name, func(t *testing.T) {
			want := w.Expected(test.rows...)
			w.InStates(t, "select * from "+rig.StatusTable+" "+test.where, test.calls, func(t *testing.T, got []rig.Row) { rig.SameRows(t, got, want) })
		})
	}
}

func TestOutputLocationColumns(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{})
	for _, r := range w.Query("select * from " + rig.StatusTable) {
		url, _ := r["output_url"].(string)
		bucket, _ := r["output_s3_bucket_name"].(string)
		region, _ := r["output_s3_region"].(string)
		prefix, _ := r["output_s3_key_prefix"].(string)
		if bucket == "" {
			if region != "" || prefix != "" {
				t.Errorf("%q: a region %q or a prefix %q without a bucket", url, region, prefix)
			}
			continue
		}
		for _, part := range []string{bucket, region, prefix} {
			if !strings.Contains(url, part) {
				t.Errorf("%q does not have the part %q", url, part)
			}
		}
	}
}

func TestLimit(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{})
	long := w.WithRows(120)
	byID := fmt.Sprintf("select * from %s where instance_id = '%s' and region = '%s'", rig.StatusTable, long.InstanceID, long.Region)
	expected := w.Expected(long)

	for name, test := range map[string]struct {
		sql   string
		rows  int
		calls rig.Calls
	}{
		"limit 0 makes no call":                        {byID + " limit 0", 0, rig.Calls{}},
		"limit 1 reads a page of one":                  {byID + " limit 1", 1, rig.Calls{rig.StatusOp: 1}},
		"limit 60 reads two pages":                     {byID + " limit 60", 60, rig.Calls{rig.StatusOp: 2}},
		"limit 120 reads all pages":                    {byID + " limit 120", 120, rig.Calls{rig.StatusOp: 3}},
		"an offset is read too":                        {byID + " limit 10 offset 45", 10, rig.Calls{rig.StatusOp: 2}},
		"an offset beyond the end":                     {byID + " limit 10 offset 200", 0, rig.Calls{rig.StatusOp: 3}},
		"a condition of SQLite's own reads to the end": {byID + " and status = 'Success' and association_id <> '' limit 1", 1, nil},
		"an order reads to the end":                    {byID + " order by association_id limit 2", 2, rig.Calls{rig.StatusOp: 3}},
	} {
		t.Run(name, func(t *testing.T) {
			w.InStates(t, test.sql, test.calls, func(t *testing.T, got []rig.Row) {
				if len(got) != test.rows {
					t.Errorf("got %d rows, want %d", len(got), test.rows)
				}
				known := map[string]bool{}
				for _, line := range rig.Lines(expected) {
					known[line] = true
				}
				for _, line := range rig.Lines(rig.Only(got, rig.KeysOf(expected[0])...)) {
					if !known[line] {
						t.Errorf("not a row of the node: %s", line)
					}
					known[line] = false // without duplicates
				}
			})
		})
	}

	t.Run("the order decides which rows", func(t *testing.T) {
		got := w.Query(byID + " order by association_id desc limit 3")
		slices.SortFunc(expected, func(a, b rig.Row) int {
			x, _ := a["association_id"].(string) // null last
			y, _ := b["association_id"].(string)
			return strings.Compare(y, x)
		})
		rig.SameRows(t, got, expected[:3])
	})
}

func TestLimitStopsAScan(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{
		Fleet: fleet.Options{Nodes: 1000, Regions: []string{"us-east-1"}, Associations: 3},
		Sim:   awssim.Options{Latency: 1e6},
	})
	if got := w.Query("select instance_id from " + rig.StatusTable + " limit 1"); len(got) != 1 {
		t.Fatalf("got %d rows, want 1", len(got))
	}
	if n := w.Sim.Calls().Action(rig.ListingOp); n != 1 {
		t.Errorf("%d listings, want 1", n)
	}
	// The answered call, and as many as may be in flight.
	if n := w.Sim.Calls().Action(rig.StatusOp); n > 1+2*16 {
		t.Errorf("%d reads for one row", n)
	}
}

func TestProjections(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{Regions: []string{"us-east-1"}})
	nodes := w.Listed("us-east-1")
	want := w.Expected(nodes...)

	t.Run("a few columns", func(t *testing.T) {
		got := w.Query("select region, status, instance_id from " + rig.StatusTable)
		rig.SameRows(t, got, rig.Only(want, "region", "status", "instance_id"))
	})
	t.Run("the account is not asked for where it is not needed", func(t *testing.T) {
		w := rig.NewWorld(t, rig.WorldOptions{})
		w.Query("select instance_id, status from " + rig.StatusTable)
		if n := w.Sim.Calls().Action(rig.CallerOp); n != 0 {
			t.Errorf("%d calls of %s, want none", n, rig.CallerOp)
		}
	})
	t.Run("the account is asked for once", func(t *testing.T) {
		w := rig.NewWorld(t, rig.WorldOptions{})
		for range 3 {
			w.Query("select account_id from " + rig.StatusTable + " limit 1")
		}
		if n := w.Sim.Calls().Action(rig.CallerOp); n != 1 {
			t.Errorf("%d calls of %s, want 1", n, rig.CallerOp)
		}
	})
	t.Run("no column at all", func(t *testing.T) {
		got := w.Query("select count(*) as n from " + rig.StatusTable)
		rig.SameRows(t, got, []rig.Row{{"n": int64(len(want))}})
	})
	t.Run("hidden columns stay out of *", func(t *testing.T) {
		for _, r := range w.Query("select * from " + rig.StatusTable + " limit 1") {
			for name := range r {
				if strings.HasPrefix(name, "sp_") || strings.HasPrefix(name, "_") {
					t.Errorf("column %s", name)
				}
			}
		}
	})
	t.Run("the connection's name can be asked for", func(t *testing.T) {
		got := w.Query("select distinct sp_connection_name from " + rig.StatusTable)
		rig.SameRows(t, got, []rig.Row{{"sp_connection_name": "ssmassoc"}})
	})
}

func TestAggregatesAndJoins(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{})
	us := w.Listed("us-east-1")
	everything := w.Expected(w.EveryNode()...)

	t.Run("counts by status", func(t *testing.T) {
		counts := map[any]int64{}
		for _, r := range everything {
			counts[r["status"]]++
		}
		var want []rig.Row
		for status, n := range counts {
			want = append(want, rig.Row{"status": status, "n": n})
		}
		got := w.Query("select status, count(*) as n from " + rig.StatusTable + " group by status")
		rig.SameRows(t, got, want)
	})

	t.Run("the latest of a node by time, not by letters", func(t *testing.T) {
		latest := map[any]string{}
		for _, r := range w.Expected(us...) {
			if date, ok := r["execution_date"].(string); ok && rig.LaterThan(date, latest[r["instance_id"]]) {
				latest[r["instance_id"]] = date
			}
		}
		var want []rig.Row
		for id, date := range latest {
			want = append(want, rig.Row{"instance_id": id, "last": date})
		}
		got := w.Query("select instance_id, max(execution_date) as last from " + rig.StatusTable +
			" where region = 'us-east-1' and execution_date is not null group by instance_id")
		rig.SameRows(t, got, want)
	})

	t.Run("a join on the id reads the nodes asked for", func(t *testing.T) {
		ids := []string{us[0].InstanceID, us[1].InstanceID, "i-00000000000000000"}
		w.Sim.Reset()
		got := w.Query(fmt.Sprintf(`with wanted(id) as (values ('%s'), ('%s'), ('%s'))
			select s.* from wanted join %s s on s.instance_id = wanted.id and s.region = 'us-east-1'`, ids[0], ids[1], ids[2], rig.StatusTable))
		rig.SameRows(t, got, w.Expected(us[0], us[1]))
		reads := 1
		for _, n := range us[:2] {
			reads += max(1, (n.StatusCount()+49)/50)
		}
		w.ExpectCalls(rig.Calls{rig.StatusOp: reads})
	})

	t.Run("a left join keeps what has no rows", func(t *testing.T) {
		none := w.WithRows(0)
		got := w.Query(fmt.Sprintf(`with wanted(id) as (values ('%s'), ('%s'))
			select wanted.id, count(s.association_id) as n from wanted left join %s s on s.instance_id = wanted.id group by 1`,
			none.InstanceID, us[0].InstanceID, rig.StatusTable))
		n := 0
		for _, a := range us[0].Statuses() {
			if a.AssociationID != nil {
				n++
			}
		}
		rig.SameRows(t, got, []rig.Row{{"id": none.InstanceID, "n": int64(0)}, {"id": us[0].InstanceID, "n": int64(n)}})
	})

	t.Run("a join on another column scans each side once", func(t *testing.T) {
		w.Sim.Reset()
		got := w.Query("select count(*) as n from " + rig.StatusTable + " a join " + rig.StatusTable + " b on a.association_id = b.association_id" +
			" where a.region = 'us-east-1' and b.region = 'us-east-1'")
		count := map[any]int64{}
		for _, r := range w.Expected(us...) {
			count[r["association_id"]]++
		}
		want := int64(0)
		for id, n := range count {
			if id != nil {
				want += n * n
			}
		}
		rig.SameRows(t, got, []rig.Row{{"n": want}})
		scan := rig.ScanCalls(us)
		w.ExpectCalls(rig.Calls{rig.ListingOp: 2 * scan[rig.ListingOp], rig.StatusOp: 2 * scan[rig.StatusOp]})
	})

	t.Run("a correlated subquery", func(t *testing.T) {
		got := w.Query(fmt.Sprintf(`select distinct a.instance_id from %s a where a.region = 'us-east-1'
			and exists (select 1 from %s b where b.instance_id = a.instance_id and b.region = 'us-east-1' and b.status = 'Failed')`, rig.StatusTable, rig.StatusTable))
		failing := map[string]bool{}
		for _, r := range w.Expected(us...) {
			if r["status"] == "Failed" {
				failing[r["instance_id"].(string)] = true
			}
		}
		var want []rig.Row
		for id := range failing {
			want = append(want, rig.Row{"instance_id": id})
		}
		rig.SameRows(t, got, want)
	})
}

// The response in AWS's documentation of the operation: one row without
// DetailedStatus, another without ExecutionSummary.
const documentedResponse = `{
  "InstanceAssociationStatusInfos": [
    {
      "AssociationId": "8dfe3659-4309-493a-8755-0123456789ab",
      "Name": "AWS-GatherSoftwareInventory",
      "DocumentVersion": "1",
      "AssociationVersion": "1",
      "InstanceId": "i-1234567890abcdef0",
      "ExecutionDate": 1550501886.0,
      "Status": "Success",
      "ExecutionSummary": "1 out of 1 plugin processed, 1 success, 0 failed, 0 timedout, 0 skipped. ",
      "AssociationName": "Inventory-Association"
    },
    {
      "AssociationId": "5c5a31f6-6dae-46f9-944c-0123456789ab",
      "Name": "AWS-UpdateSSMAgent",
      "DocumentVersion": "1",
      "AssociationVersion": "1",
      "InstanceId": "i-1234567890abcdef0",
      "ExecutionDate": 1550505828.548,
      "Status": "Success",
      "DetailedStatus": "Success",
      "AssociationName": "UpdateSSMAgent"
    }
  ]
}`

func TestDocumentedResponse(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Amz-Target") != "AmazonSSM."+rig.StatusOp {
			http.Error(w, "unexpected operation", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_, _ = w.Write([]byte(documentedResponse))
	}))
	defer server.Close()
	db := rig.Open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: rig.Arguments(server.URL, "key", []string{"us-east-1"})})

	got, err := rig.Query(context.Background(), db, `select instance_id, association_id, association_name, association_version,
		name, document_version, status, detailed_status, execution_date, execution_summary, error_code, output_url,
		output_s3_region, output_s3_bucket_name, output_s3_key_prefix, title, region
		from `+rig.StatusTable+` where instance_id = 'i-1234567890abcdef0'`)
	if err != nil {
		t.Fatal(err)
	}
	common := func(r rig.Row) rig.Row {
		for name, v := range (rig.Row{
			"instance_id": "i-1234567890abcdef0", "association_version": "1", "document_version": "1", "status": "Success",
			"error_code": nil, "output_url": nil, "output_s3_region": nil, "output_s3_bucket_name": nil, "output_s3_key_prefix": nil,
			"region": "us-east-1",
		}) {
			r[name] = v
		}
		return r
	}
	rig.SameRows(t, got, []rig.Row{
		common(rig.Row{
			"association_id": "8dfe3659-4309-493a-8755-0123456789ab", "association_name": "Inventory-Association",
			"name": "AWS-GatherSoftwareInventory", "detailed_status": nil, "execution_date": "2019-02-18T14:58:06Z",
			"execution_summary": "1 out of 1 plugin processed, 1 success, 0 failed, 0 timedout, 0 skipped. ",
			"title":             "Inventory-Association",
		}),
		common(rig.Row{
			"association_id": "5c5a31f6-6dae-46f9-944c-0123456789ab", "association_name": "UpdateSSMAgent",
			"name": "AWS-UpdateSSMAgent", "detailed_status": "Success", "execution_date": "2019-02-18T16:03:48.548Z",
			"execution_summary": nil, "title": "UpdateSSMAgent",
		}),
	})
}

// TestLimitNeverShortens compares queries with a LIMIT to those without: the
// plugin must not stop while SQLite has conditions of its own to apply.
func TestLimitNeverShortens(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{})
	us := "from " + rig.StatusTable + " where region = 'us-east-1'"
	all := w.Query("select * " + us)
	us0, long := w.Listed("us-east-1")[0], w.WithRows(120)
	statuses := map[any]bool{}
	nodes := map[any]bool{}
	failed := 0
	for _, r := range all {
		statuses[r["status"]] = true
		nodes[r["instance_id"]] = true
		if r["status"] == "Failed" {
			failed++
		}
	}
	for name, test := range map[string]struct {
		sql   string
		rows  int
		value any // of column n in the first row, unless nil
	}{
		"distinct":                     {"select distinct status " + us + " limit 100", len(statuses), nil},
		"groups":                       {"select instance_id, count(*) as c " + us + " group by 1 limit 1000", len(nodes), nil},
		"an aggregate":                 {"select count(*) as n " + us + " limit 1", 1, int64(len(all))},
		"a window":                     {"select count(*) over () as n " + us + " limit 1", 1, int64(len(all))},
		"an expression as a condition": {"select 1 " + us + " and upper(status) = 'FAILED' limit 1000", failed, nil},
		"a condition on no key column": {"select 1 " + us + " and status = 'Failed' limit 1000", failed, nil},
		"a condition of inequality":    {"select 1 " + us + " and status <> 'Failed' and status is not null limit 3", 3, nil},
		"like":                         {"select 1 " + us + " and status like 'fail%' limit 1000", failed, nil},
		"a subquery with the limit":    {"select count(*) as n from (select 1 " + us + " and status = 'Failed' limit 1000)", 1, int64(failed)},
		"a limit around a subquery":    {"select * from (select * " + us + ") where status = 'Failed' limit 1000", failed, nil},
		"a union":                      {"select 1 " + us + " union all select 1 " + us + " limit 10000", 2 * len(all), nil},
		"a join":                       {"select 1 from " + rig.StatusTable + " a join " + rig.StatusTable + " b using (instance_id, association_id, region) where a.region = 'us-east-1' and a.status = 'Failed' and a.instance_id is not null limit 1000", -1, nil},
		"a blob among ids":             {fmt.Sprintf("select 1 from %s where instance_id in (x'%x', '%s') limit 100", rig.StatusTable, us0.InstanceID, long.InstanceID), 100, nil},
		"an offset":                    {fmt.Sprintf("select 1 %s limit -1 offset %d", us, len(all)-7), 7, nil},
		"a negative limit is none":     {"select 1 " + us + " limit -1", len(all), nil},
		"not in":                       {"select 1 " + us + " and instance_id not in ('x') limit 10000", len(all), nil},
		"between":                      {"select 1 " + us + " and instance_id between 'a' and 'z' limit 10000", len(all), nil},
		"is":                           {"select 1 " + us + " and instance_id is 'x' limit 5", 0, nil},
		"a case":                       {"select 1 " + us + " and case status when 'Failed' then 1 end limit 1000", failed, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := *w
			w.T = t
			got := w.Query(test.sql)
			want := test.rows
			if want < 0 {
				sql, _, _ := strings.Cut(test.sql, " limit ")
				want = len(w.Query(sql))
			}
			if len(got) != want {
				t.Errorf("%s: got %d rows, want %d", test.sql, len(got), want)
			}
			if test.value != nil && got[0]["n"] != test.value {
				t.Errorf("%s: got %v, want %v", test.sql, got[0]["n"], test.value)
			}
		})
	}
}

func TestRowIDsAreNotForUse(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{})
	for _, name := range []string{"rowid", "oid", "_rowid_"} {
		_, err := rig.Query(t.Context(), w.DB, "select * from "+rig.StatusTable+" where "+name+" in (select "+name+" from "+rig.StatusTable+" where status = 'Failed')")
		if err == nil || !strings.Contains(err.Error(), "has no row id") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// TestAStatementSeesANodeOnce changes a node while a statement of the command
// scans the table several times.
func TestAStatementSeesANodeOnce(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{Regions: []string{"us-east-1"}, Cache: embedded.Options{CacheTTLSeconds: 300, OneRun: true}})
	node := w.WithRows(120)
	w.Sim.SetFaults(awssim.Fault{Kind: awssim.NoDates, InstanceID: node.InstanceID, Times: 3})
	got := w.Query(fmt.Sprintf("select instance_id from %s where instance_id = '%s' or region = 'us-east-1'", rig.StatusTable, node.InstanceID))
	if want := len(w.Expected(w.Listed("us-east-1")...)); len(got) != want {
		t.Errorf("%d rows, want %d", len(got), want)
	}
}

func TestTimestampsCompareAsTimes(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{Regions: []string{"us-east-1"}})
	for name, condition := range map[string]string{
		"another time zone":       "execution_date >= strftime('%Y-%m-%dT%H:%M:%S+00:00', execution_date)",
		"SQLite's own functions":  "execution_date >= datetime(execution_date, '-1 second') and execution_date <= datetime(execution_date, '+1 second')",
		"the beginning of a year": "execution_date > '2025' and execution_date < '2027-01'",
	} {
		want := w.Query("select count(*) as n from " + rig.StatusTable + " where execution_date is not null")
		got := w.Query("select count(*) as n from " + rig.StatusTable + " where execution_date is not null and (" + condition + ")")
		if got[0]["n"] != want[0]["n"] || want[0]["n"] == int64(0) {
			t.Errorf("%s: %v of %v rows", name, got[0]["n"], want[0]["n"])
		}
	}
}
