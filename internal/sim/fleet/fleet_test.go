package fleet_test

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

const region0 = "us-east-1"

func allNodes(f *fleet.Fleet) []*fleet.Node {
	var nodes []*fleet.Node
	for _, region := range f.Regions() {
		nodes = append(nodes, f.Nodes(region)...)
	}
	return nodes
}

func sameNode(a, b *fleet.Node) bool {
	return a.InstanceID == b.InstanceID && a.Region == b.Region && a.Listed == b.Listed &&
		reflect.DeepEqual(a.Statuses(), b.Statuses()) && reflect.DeepEqual(a.Information(), b.Information())
}

// momentsLater has a finer fraction than the service's dates.
var momentsLater = time.Date(2027, time.March, 4, 5, 6, 7, 8_900_000, time.UTC)

// checkMoved checks that a date moved with the fleet. Half of the dates are
// then cut to whole seconds.
func checkMoved(t *testing.T, before, after *fleet.Timestamp, by time.Duration) {
	t.Helper()
	if (before == nil) != (after == nil) {
		t.Fatalf("date %v became %v", before, after)
	}
	if before == nil {
		return
	}
	if off := after.Time().Sub(before.Time()) - by; off <= -time.Second || off >= time.Second {
		t.Errorf("date %s became %s", before.Time(), after.Time())
	}
}

func TestFleetIsAPureFunctionOfItsOptions(t *testing.T) {
	t.Run("equal options make equal fleets", func(t *testing.T) {
		a, b := allNodes(fleet.New(fleet.Options{Seed: 7})), allNodes(fleet.New(fleet.Options{Seed: 7}))
		if len(a) != fleet.DefaultNodes || !slices.EqualFunc(a, b, sameNode) {
			t.Error("fleets differ")
		}
	})
	t.Run("a call returns the same as the call before", func(t *testing.T) {
		for _, n := range allNodes(fleet.New(fleet.Options{})) {
			if !sameNode(n, n) {
				t.Errorf("node %s differs from itself", n.InstanceID)
			}
		}
	})
	t.Run("another seed makes other ids and other rows", func(t *testing.T) {
		a, b := allNodes(fleet.New(fleet.Options{Seed: 7})), allNodes(fleet.New(fleet.Options{Seed: 8}))
		for i := range a {
			if a[i].InstanceID == b[i].InstanceID {
				t.Errorf("both seeds have node %s", a[i].InstanceID)
			}
		}
		if reflect.DeepEqual(a[0].Statuses()[0].AssociationID, b[0].Statuses()[0].AssociationID) {
			t.Error("association id is the same")
		}
	})
	t.Run("growth keeps the nodes there were", func(t *testing.T) {
		small, large := fleet.New(fleet.Options{Nodes: 61}), fleet.New(fleet.Options{Nodes: 500})
		for _, region := range small.Regions() {
			was, is := small.Nodes(region), large.Nodes(region)
			if !slices.EqualFunc(was, is[:len(was)], sameNode) {
				t.Errorf("nodes of %s changed", region)
			}
		}
	})
	t.Run("a fixed number of rows keeps the ids", func(t *testing.T) {
		mixed, fixed := allNodes(fleet.New(fleet.Options{})), allNodes(fleet.New(fleet.Options{Associations: 150}))
		for i := range mixed {
			if mixed[i].InstanceID != fixed[i].InstanceID || !fixed[i].Listed || len(fixed[i].Statuses()) != 150 {
				t.Fatalf("node %d: %s, listed %v, %d rows", i, fixed[i].InstanceID, fixed[i].Listed, len(fixed[i].Statuses()))
			}
		}
	})
	t.Run("a negative number of rows is none", func(t *testing.T) {
		for _, n := range allNodes(fleet.New(fleet.Options{Associations: -1})) {
			if n.StatusCount() != 0 || len(n.Statuses()) != 0 || n.Information().AssociationOverview != nil {
				t.Fatalf("node %s has rows", n.InstanceID)
			}
		}
	})
	t.Run("a negative number of nodes is none", func(t *testing.T) {
		if n := allNodes(fleet.New(fleet.Options{Nodes: -1})); len(n) != 0 {
			t.Errorf("%d nodes", len(n))
		}
	})
	t.Run("all dates move with the moment at which the fleet is looked at", func(t *testing.T) {
		early, late := fleet.New(fleet.Options{}), fleet.New(fleet.Options{Now: momentsLater})
		if want := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC); !early.Now().Equal(want) {
			t.Errorf("looked at on %s, want %s", early.Now(), want)
		}
		if want := momentsLater.Truncate(time.Millisecond); !late.Now().Equal(want) {
			t.Errorf("looked at on %s, want %s", late.Now(), want)
		}
		moved, after := late.Now().Sub(early.Now()), allNodes(late)
		for i, n := range allNodes(early) {
			info, movedInfo := n.Information(), after[i].Information()
			checkMoved(t, info.LastPingDateTime, movedInfo.LastPingDateTime, moved)
			checkMoved(t, info.RegistrationDate, movedInfo.RegistrationDate, moved)
			rows := after[i].Statuses()
			for j, row := range n.Statuses() {
				checkMoved(t, row.ExecutionDate, rows[j].ExecutionDate, moved)
			}
		}
	})
	t.Run("nodes are dealt out to the regions in turn", func(t *testing.T) {
		f := fleet.New(fleet.Options{Nodes: 11, Regions: []string{"a", "b", "a", "c"}})
		if got := [3]int{len(f.Nodes("a")), len(f.Nodes("b")), len(f.Nodes("c"))}; got != [3]int{4, 4, 3} {
			t.Errorf("got %v", got)
		}
	})
}

func TestFleetLooksUpNodesByID(t *testing.T) {
	f := fleet.New(fleet.Options{})
	for _, n := range allNodes(f) {
		if f.Node(n.Region, n.InstanceID) != n {
			t.Errorf("node %s not found", n.InstanceID)
		}
	}
	if f.Node(region0, f.Nodes("eu-west-1")[0].InstanceID) != nil || f.Node("nowhere", "i-00000000") != nil || f.Nodes("nowhere") != nil {
		t.Error("found a node where there is none")
	}
}

func TestLargeFleetIsCheapAndItsIDsAreUnique(t *testing.T) {
	begin := time.Now()
	f := fleet.New(fleet.Options{Nodes: 10_000})
	// The bound is loose for the race detector.
	if took := time.Since(begin); took > time.Second {
		t.Errorf("10,000 nodes took %s", took)
	}
	seen := make(map[string]bool)
	for _, n := range allNodes(f) {
		if seen[n.InstanceID] {
			t.Errorf("id %s occurs twice", n.InstanceID)
		}
		seen[n.InstanceID] = true
	}
	if len(seen) != 10_000 {
		t.Errorf("%d ids", len(seen))
	}
}

// sightings counts things by name.
type sightings map[string]int

func (s sightings) see(name string, seen bool) {
	if seen {
		s[name]++
	}
}

// members reports, for each optional member of a struct, whether it is set.
func members(v any) map[string]bool {
	set := make(map[string]bool)
	value := reflect.ValueOf(v)
	for _, field := range reflect.VisibleFields(value.Type()) {
		if !field.IsExported() {
			continue
		}
		switch f := value.FieldByIndex(field.Index); f.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			set[field.Name] = !f.IsNil()
		}
	}
	return set
}

func observe(nodes []*fleet.Node) sightings {
	s := make(sightings)
	for _, n := range nodes {
		rows := n.Statuses()
		switch len(rows) {
		case 0, 50, 51, 100, 120:
			s["rows "+string(rune('0'+len(rows)/100))+string(rune('0'+len(rows)/10%10))+string(rune('0'+len(rows)%10))]++
		case 1, 2, 3, 4, 5, 6:
			s["rows typical"]++
		default:
			s["rows other"]++
		}
		s.see("id modern", len(n.InstanceID) == 19)
		s.see("id old", len(n.InstanceID) == 10)
		s.see("id hybrid", len(n.InstanceID) == 20)
		s.see("stopped", !n.Listed && len(rows) == 3)
		info := n.Information()
		for name, set := range members(info) {
			s.see("node with "+name, set)
			s.see("node without "+name, !set)
		}
		if info.PingStatus != nil {
			s.see("ping "+*info.PingStatus, n.Listed)
		}
		for _, row := range rows {
			observeRow(s, row)
		}
	}
	return s
}

func observeRow(s sightings, row fleet.AssociationStatus) {
	s["rows in all"]++
	for name, set := range members(row) {
		s.see("row with "+name, set)
		s.see("row without "+name, !set)
	}
	if row.Status != nil {
		s["status "+*row.Status]++
	}
	if row.ErrorCode != nil {
		s.see("error code of 17", len(*row.ErrorCode) == 17)
	}
	if row.ExecutionDate != nil {
		s.see("date whole", *row.ExecutionDate%1000 == 0)
		s.see("date fractional", *row.ExecutionDate%1000 != 0)
	}
	if row.Name != nil {
		document := *row.Name
		if slash := strings.LastIndexByte(document, '/'); slash >= 0 {
			document = "arn " + document[slash+1:]
		}
		s["document "+document]++
	}
	if row.OutputURL == nil {
		s["output "+row.OutputURLShape.String()]++
		return
	}
	s["url "+styleOf(*row.OutputURL)]++
}

// styles are the distinct forms of an S3 URL.
var styles = []struct {
	name    string
	pattern *regexp.Regexp
}{
	{"path", regexp.MustCompile(`^https://s3\.[a-z]+-[a-z]+-\d\.amazonaws\.com/[a-z-]+/.+`)},
	{"path dash", regexp.MustCompile(`^https://s3-[a-z]+-[a-z]+-\d\.amazonaws\.com/[a-z-]+/.+`)},
	{"path global", regexp.MustCompile(`^https://s3\.amazonaws\.com/[a-z-]+/.+`)},
	{"hosted", regexp.MustCompile(`^https://[a-z-]+\.s3\.[a-z]+-[a-z]+-\d\.amazonaws\.com/.+`)},
	{"hosted dash", regexp.MustCompile(`^https://[a-z-]+\.s3-[a-z]+-[a-z]+-\d\.amazonaws\.com/.+`)},
	{"path dual", regexp.MustCompile(`^https://s3\.dualstack\.[a-z]+-[a-z]+-\d\.amazonaws\.com/[a-z-]+/.+`)},
	{"hosted dual", regexp.MustCompile(`^https://[a-z-]+\.s3\.dualstack\.[a-z]+-[a-z]+-\d\.amazonaws\.com/.+`)},
	{"china", regexp.MustCompile(`^https://s3\.cn-north-1\.amazonaws\.com\.cn/[a-z-]+/.+`)},
	{"dotted", regexp.MustCompile(`^https://s3\.[a-z]+-[a-z]+-\d\.amazonaws\.com/[a-z-]+\.[a-z.]+/.+`)},
	{"no key", regexp.MustCompile(`^https://s3\.[a-z]+-[a-z]+-\d\.amazonaws\.com/[a-z-]+$`)},
}

func styleOf(address string) string {
	for _, style := range styles {
		if style.pattern.MatchString(address) {
			return style.name
		}
	}
	if !strings.Contains(address, "://") {
		return "text"
	}
	return "unknown: " + address
}

func TestEveryVarietyOccurs(t *testing.T) {
	want := []string{
		"rows 000", "rows 050", "rows 051", "rows 100", "rows 120", "rows typical",
		"id modern", "id old", "id hybrid", "stopped", "ping Online", "ping ConnectionLost",
		"status Success", "status Failed", "status Pending", "status InProgress", "status TimedOut", "status Skipped", "status Associated",
		"error code of 17", "date whole", "date fractional",
		"document AWS-GatherSoftwareInventory", "document AWS-UpdateSSMAgent", "document AWS-RunPatchBaseline",
		"document AWS-ConfigureAWSPackage", "document AWS-RunShellScript", "document AWS-ApplyAnsiblePlaybooks", "document arn Baseline-Hardening",
		"output plain", "output empty", "output inner-empty", "output inner-null",
		"url path", "url path dash", "url path global", "url hosted", "url hosted dash", "url path dual", "url hosted dual",
		"url china", "url dotted", "url no key", "url text",
	}
	for name := range members(fleet.AssociationStatus{}) {
		want = append(want, "row with "+name, "row without "+name)
	}
	for name := range members(fleet.Information{}) {
		want = append(want, "node with "+name, "node without "+name)
	}
	check := func(t *testing.T, nodes []*fleet.Node) {
		t.Helper()
		seen := observe(nodes)
		for _, name := range want {
			if seen[name] == 0 {
				t.Errorf("no %s", name)
			}
		}
		if seen["rows other"] > 0 {
			t.Errorf("%d nodes with an odd number of rows", seen["rows other"])
		}
		for name := range seen {
			if strings.HasPrefix(name, "url unknown") {
				t.Errorf("saw %s", name)
			}
		}
	}
	for seed := range uint64(2) {
		for _, regions := range [][]string{{region0}, nil, {"a-b-1", "a-b-2", "a-b-3", "a-b-4", "a-b-5"}} {
			check(t, allNodes(fleet.New(fleet.Options{Seed: seed, Nodes: 40, Regions: regions})))
		}
	}
	t.Run("in each region of twenty nodes", func(t *testing.T) {
		f := fleet.New(fleet.Options{Nodes: 60})
		for _, region := range f.Regions() {
			check(t, f.Nodes(region))
			if stopped := observe(f.Nodes(region))["stopped"]; stopped != 1 {
				t.Errorf("%d stopped nodes in %s", stopped, region)
			}
		}
	})
	t.Run("and about 85 % of the rows are successes", func(t *testing.T) {
		for _, nodes := range []int{60, 3000} {
			seen := observe(allNodes(fleet.New(fleet.Options{Nodes: nodes})))
			if share := float64(seen["status Success"]) / float64(seen["rows in all"]); share < 0.80 || share > 0.90 {
				t.Errorf("%d nodes: %.2f", nodes, share)
			}
		}
	})
	t.Run("and about 5 % of the nodes have lost their connection", func(t *testing.T) {
		seen := observe(allNodes(fleet.New(fleet.Options{Nodes: 3000, Associations: -1})))
		if share := float64(seen["ping ConnectionLost"]) / 3000; share < 0.03 || share > 0.07 {
			t.Errorf("%.3f", share)
		}
	})
}

func TestNodesAreConsistent(t *testing.T) {
	f := fleet.New(fleet.Options{Nodes: 300})
	ids := regexp.MustCompile(`^(i-([0-9a-f]{8}|[0-9a-f]{17})|mi-[0-9a-f]{17})$`)
	names := make(map[string]string)
	for _, region := range f.Regions() {
		for i, n := range f.Nodes(region) {
			if !ids.MatchString(n.InstanceID) {
				t.Errorf("id %s", n.InstanceID)
			}
			info := n.Information()
			if hybrid := strings.HasPrefix(n.InstanceID, "mi-"); hybrid != (info.ActivationID != nil) || hybrid != (info.Name != nil) {
				t.Errorf("node %s: hybrid %v, information %+v", n.InstanceID, hybrid, info)
			}
			if i == 0 {
				checkComplete(t, n)
			}
			seen := make(map[string]bool)
			for _, row := range n.Statuses() {
				if row.AssociationID == nil {
					continue
				}
				id := *row.AssociationID
				if seen[id] {
					t.Errorf("node %s has two rows of association %s", n.InstanceID, id)
				}
				seen[id] = true
				if row.Name == nil {
					continue
				}
				if name, known := names[id]; known && name != region+*row.Name {
					t.Errorf("association %s is both %s and %s", id, name, region+*row.Name)
				}
				names[id] = region + *row.Name
			}
		}
	}
	if len(names) > 3*120 {
		t.Errorf("%d associations: ids are not shared", len(names))
	}
}

func checkComplete(t *testing.T, n *fleet.Node) {
	t.Helper()
	for name, set := range members(n.Information()) {
		if !set {
			t.Errorf("first node of %s has no %s", n.Region, name)
		}
	}
	for _, row := range n.Statuses() {
		for name, set := range members(row) {
			if !set {
				t.Errorf("a row of the first node of %s has no %s", n.Region, name)
			}
		}
	}
}

func TestInformationSumsUpTheRows(t *testing.T) {
	for _, n := range allNodes(fleet.New(fleet.Options{})) {
		info, rows := n.Information(), n.Statuses()
		if len(rows) == 0 {
			continue
		}
		counts, newest := make(map[string]int), fleet.Timestamp(0)
		for _, row := range rows {
			if row.Status != nil {
				counts[*row.Status]++
			}
			if row.ExecutionDate != nil {
				newest = max(newest, *row.ExecutionDate)
			}
		}
		if !reflect.DeepEqual(info.AssociationOverview.Counts, counts) {
			t.Errorf("node %s: counts %v, want %v", n.InstanceID, info.AssociationOverview.Counts, counts)
		}
		if failed := counts["Failed"]+counts["TimedOut"] > 0; failed != (*info.AssociationStatus == "Failed") {
			t.Errorf("node %s: %v is %s", n.InstanceID, counts, *info.AssociationStatus)
		}
		if newest != 0 && *info.LastAssociationExecutionDate != newest {
			t.Errorf("node %s: last run %s, want %s", n.InstanceID, info.LastAssociationExecutionDate, newest)
		}
	}
}

func TestTimestampKeepsMilliseconds(t *testing.T) {
	for wire, ms := range map[string]int64{
		"1550501886.0":   1550501886000,
		"1550505828.548": 1550505828548,
		"1550505828.5":   1550505828500,
		"1550505828.05":  1550505828050,
		"1550505828.001": 1550505828001,
		"0.0":            0,
		"-1.25":          -1250,
	} {
		stamp := fleet.Timestamp(ms)
		if stamp.String() != wire || stamp.Time() != time.UnixMilli(ms).UTC() {
			t.Errorf("%d ms: %s at %s, want %s", ms, stamp, stamp.Time(), wire)
		}
	}
}

func TestPartitionsHaveTheirOwnNames(t *testing.T) {
	for partition, region := range map[string]string{"aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"} {
		f := fleet.New(fleet.Options{Partition: partition, AccountID: "210987654321"})
		if f.Regions()[0] != region || f.Partition() != partition || f.AccountID() != "210987654321" {
			t.Errorf("%s: regions %v", partition, f.Regions())
		}
		found := false
		for _, row := range f.Nodes(region)[5].Statuses() {
			found = found || *row.Name == "arn:"+partition+":ssm:"+region+":210987654321:document/Baseline-Hardening"
		}
		if !found {
			t.Errorf("%s: no document with an arn of the partition", partition)
		}
	}
}
