package tables

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// whereabouts is an AWS whose nodes may be listed in several regions, or have rows where
// they are not listed. Every node has one row in a region that knows it.
type whereabouts struct {
	mu             sync.Mutex
	listed, known  map[string]map[string]bool // IDs by region
	refusesUnknown bool                       // of a listing by ID
	denied         bool                       // the listing
	calls          rig.Calls
}

func (a *whereabouts) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var request struct {
		InstanceID string `json:"InstanceId"`
		Filters    []struct{ Values []string }
	}
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	region := strings.Split(r.Header.Get("Authorization"), "/")[2]
	operation := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AmazonSSM.")
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls[operation]++
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	answer := map[string]any{}
	switch {
	case operation == rig.ListingOp && a.denied:
		answerError(w, "AccessDeniedException")
		return
	case operation == rig.ListingOp:
		var infos []any
		for _, id := range sortedKeys(a.listed[region]) {
			if len(request.Filters) == 0 || slices.Contains(request.Filters[0].Values, id) {
				infos = append(infos, map[string]any{"InstanceId": id})
			}
		}
		for _, f := range request.Filters {
			if a.refusesUnknown && slices.ContainsFunc(f.Values, func(id string) bool { return !a.listed[region][id] }) {
				answerError(w, "InvalidInstanceId")
				return
			}
		}
		answer["InstanceInformationList"] = append([]any{}, infos...)
	case !a.known[region][request.InstanceID]:
		answerError(w, "InvalidInstanceId")
		return
	default:
		answer["InstanceAssociationStatusInfos"] = []any{map[string]any{
			"InstanceId": request.InstanceID, "AssociationId": "a", "Status": "Success",
		}}
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func answerError(w http.ResponseWriter, code string) {
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": code})
}

func sortedKeys(set map[string]bool) []string {
	var keys []string
	for key, has := range set {
		if has {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// TestNamedNodesAreReadWhereTheyAreListed draws where nodes are listed and known, and
// compares the rows of those that a query names with what AWS has: a listed node has its
// rows where it is listed, any other wherever it is known.
func TestNamedNodesAreReadWhereTheyAreListed(t *testing.T) {
	regions := []string{"us-east-1", "eu-west-1", "ap-southeast-2"}
	rapid.Check(t, func(rt *rapid.T) {
		aws := &whereabouts{
			listed: map[string]map[string]bool{}, known: map[string]map[string]bool{}, calls: rig.Calls{},
			refusesUnknown: rapid.Bool().Draw(rt, "refuses unknown IDs"),
			denied:         rapid.IntRange(0, 3).Draw(rt, "denied") == 0,
		}
		for _, region := range regions {
			aws.listed[region], aws.known[region] = map[string]bool{}, map[string]bool{}
		}
		var ids []string
		for i := range rapid.SampledFrom([]int{1, 2, 3, 10, 130}).Draw(rt, "nodes") {
			id := fmt.Sprintf("i-%017x", i)
			ids = append(ids, id)
			region := rapid.SampledFrom(regions).Draw(rt, "region")
			switch rapid.IntRange(0, 9).Draw(rt, "kind") {
			case 0: // stopped
				aws.known[region][id] = true
			case 1: // unknown
			case 2: // in two regions
				other := rapid.SampledFrom(regions).Draw(rt, "other region")
				aws.listed[other][id], aws.known[other][id] = true, true
				fallthrough
			default:
				aws.listed[region][id], aws.known[region][id] = true, true
			}
		}
		server := httptest.NewServer(aws)
		defer server.Close()
		db := rig.Open(t, embedded.Options{CacheTTLSeconds: 300},
			embedded.Connection{Name: "c", Config: rig.Arguments(server.URL, "key", regions)})

		if !aws.denied && rapid.Bool().Draw(rt, "listings are kept") {
			if _, err := rig.Query(t.Context(), db, "select instance_id from "+rig.NodeTable); err != nil {
				rt.Fatal(err)
			}
			if moves := rapid.Bool().Draw(rt, "a node moves after that"); moves {
				aws.move(ids[0], rapid.SampledFrom(regions).Draw(rt, "to"))
			}
		}
		aws.mu.Lock()
		aws.calls = rig.Calls{}
		aws.mu.Unlock()
		got, err := rig.Query(t.Context(), db,
			"select instance_id, region from "+rig.StatusTable+" where instance_id in ('"+strings.Join(ids, "', '")+"')")
		if err != nil {
			rt.Fatal(err)
		}
		var lines, want []string
		for _, r := range got {
			lines = append(lines, fmt.Sprint(r["instance_id"], r["region"]))
		}
		for _, region := range regions {
			for _, id := range sortedKeys(aws.known[region]) {
				want = append(want, fmt.Sprint(id, region))
			}
		}
		slices.Sort(lines)
		slices.Sort(want)
		if !slices.Equal(lines, want) {
			rt.Errorf("got  %v\nwant %v", lines, want)
		}
		everywhere := len(ids) * len(regions)
		if calls := aws.calls[rig.StatusOp] + aws.calls[rig.ListingOp]; calls > everywhere+2*len(regions)+everywhere/10 {
			rt.Errorf("%d calls, where reading %d nodes in every region takes %d", calls, len(ids), everywhere)
		}
	})
}

// move has a node known and listed in a region alone.
func (a *whereabouts) move(id, to string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for region := range a.known {
		a.listed[region][id], a.known[region][id] = region == to, region == to
	}
}

// TestCallsOfNamedNodes compares the calls for many nodes without a region, over three
// regions of a fleet, with those of reading each node in every region.
func TestCallsOfNamedNodes(t *testing.T) {
	const named = 85
	for name, test := range map[string]struct {
		sim      awssim.Options
		nodes    int
		prepare  string
		listings int
		reads    int
	}{
		"by the IDs":                         {awssim.Options{OmitsUnknownIDs: true}, 300, "", 3, named},
		"by the IDs in a large fleet":        {awssim.Options{OmitsUnknownIDs: true}, 6000, "", 3, named},
		"where AWS refuses unknown IDs":      {awssim.Options{}, 300, "", 1 + 6, named},
		"where it does so in a large fleet":  {awssim.Options{}, 6000, "", -1, 3 * named},
		"where the listings are kept":        {awssim.Options{}, 300, "select instance_id from " + rig.NodeTable, 0, named},
		"where the listing is not permitted": {awssim.Options{Allow: map[string]bool{"ssm:" + rig.StatusOp: true}}, 300, "", 3, 3 * named},
	} {
		t.Run(name, func(t *testing.T) {
			w := rig.NewWorld(t, rig.WorldOptions{
				Fleet: fleet.Options{Nodes: test.nodes, Associations: 1}, Sim: test.sim,
				Cache: embedded.Options{CacheTTLSeconds: 300},
			})
			if test.prepare != "" {
				w.Query(test.prepare)
				w.Sim.Reset()
			}
			var nodes []*fleet.Node
			var ids []string
			for i, node := range w.EveryNode() {
				if i%(test.nodes/named) == 0 && len(nodes) < named {
					nodes, ids = append(nodes, node), append(ids, node.InstanceID)
				}
			}
			got := w.Query("select * from " + rig.StatusTable + " where instance_id in ('" + strings.Join(ids, "', '") + "')")
			rig.SameRows(t, got, w.Expected(nodes...))
			calls := w.Calls()
			if calls[rig.StatusOp] != test.reads {
				t.Errorf("%d reads, want %d", calls[rig.StatusOp], test.reads)
			}
			if listings := calls[rig.ListingOp]; test.listings >= 0 && listings != test.listings || listings > 3*named/7 {
				t.Errorf("%d listing calls, want %d", listings, test.listings)
			}
		})
	}
}
