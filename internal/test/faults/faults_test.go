package faults

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

func TestFaults(t *testing.T) {
	for name, test := range map[string]struct {
		faults []awssim.Fault
		// node, if set, restricts the faults to a node of three pages.
		node bool
		// alter is how the fault changes every row.
		alter awssim.FaultKind
		// err lists parts of the expected error; nil if the rows must be exact.
		err []string
	}{
		"throttled calls are repeated":                        {faults: []awssim.Fault{{Kind: awssim.Throttle, Probability: 0.2, Seed: 1}}},
		"server errors are repeated":                          {faults: []awssim.Fault{{Kind: awssim.InternalError, Probability: 0.2, Seed: 2}}},
		"pages of HTML are repeated":                          {faults: []awssim.Fault{{Kind: awssim.Unavailable, Probability: 0.2, Seed: 3}}},
		"reset connections are repeated":                      {faults: []awssim.Fault{{Kind: awssim.ConnReset, Probability: 0.2, Seed: 4}}},
		"truncated answers are repeated":                      {faults: []awssim.Fault{{Kind: awssim.TruncatedBody, Probability: 0.2, Seed: 5}}},
		"malformed answers are repeated":                      {faults: []awssim.Fault{{Kind: awssim.MalformedJSON, Probability: 0.2, Seed: 6}}},
		"slow answers are waited for":                         {faults: []awssim.Fault{{Kind: awssim.SlowBody, Probability: 0.05, Seed: 7, Delay: 50 * time.Millisecond}}},
		"an empty page is not the end":                        {faults: []awssim.Fault{{Kind: awssim.EmptyPageWithToken, Probability: 0.2, Seed: 8}}},
		"a token after the last page":                         {faults: []awssim.Fault{{Kind: awssim.TokenOnLastPage}}},
		"a stale token restarts the node":                     {faults: []awssim.Fault{{Kind: awssim.InvalidNextToken, Action: rig.StatusOp, Call: 2}}, node: true},
		"the same page under another token restarts the node": {faults: []awssim.Fault{{Kind: awssim.RepeatedToken, Action: rig.StatusOp, Call: 1}}, node: true},
		"also with an empty page between": {faults: []awssim.Fault{
			{Kind: awssim.RepeatedToken, Action: rig.StatusOp, Call: 1}, {Kind: awssim.EmptyPageWithToken, Action: rig.StatusOp, Call: 2}}, node: true},
		"stale tokens restart the listing":         {faults: []awssim.Fault{{Kind: awssim.InvalidNextToken, Action: rig.ListingOp, Call: 1}}},
		"members that no model knows":              {faults: []awssim.Fault{{Kind: awssim.UnknownMembers}}},
		"an output without its inner structure":    {faults: []awssim.Fault{{Kind: awssim.NullInnerOutput}}, alter: awssim.NullInnerOutput},
		"error codes longer than the model allows": {faults: []awssim.Fault{{Kind: awssim.LongErrorCode}}, alter: awssim.LongErrorCode},
		"dates with fractions":                     {faults: []awssim.Fault{{Kind: awssim.FractionalDates}}, alter: awssim.FractionalDates},
		"no dates":                                 {faults: []awssim.Fault{{Kind: awssim.NoDates}}, alter: awssim.NoDates},

		"a listed node that AWS refuses to read is an error": {
			faults: []awssim.Fault{{Kind: awssim.InvalidInstanceID, Action: rig.StatusOp}}, node: true,
			err: []string{"node NODE in us-east-1", rig.StatusOp, "InvalidInstanceId", "permission", "agent"}},
		"also on a later page": {
			faults: []awssim.Fault{{Kind: awssim.InvalidInstanceID, Action: rig.StatusOp, Call: 2}}, node: true,
			err: []string{"node NODE in us-east-1", rig.StatusOp, "InvalidInstanceId"}},
		"a token that never advances is an error": {
			faults: []awssim.Fault{{Kind: awssim.RepeatedToken, Action: rig.StatusOp}}, node: true,
			err: []string{"read the association status of node NODE in us-east-1", "a pagination token that it had returned before"}},
		"a listing's token that never advances is an error": {
			faults: []awssim.Fault{{Kind: awssim.RepeatedToken, Action: rig.ListingOp}},
			err:    []string{"list managed nodes in ", "a pagination token that it had returned before"}},
		"tokens that are always stale are an error": {
			faults: []awssim.Fault{{Kind: awssim.InvalidNextToken, Action: rig.StatusOp}}, node: true,
			err: []string{"node NODE", "InvalidNextToken"}},
		"throttling without end is an error": {
			faults: []awssim.Fault{{Kind: awssim.Throttle, Action: rig.StatusOp}}, node: true,
			err: []string{"node NODE in us-east-1", rig.StatusOp, "ThrottlingException", "even after retries"}},
		"an answer that is always broken is an error": {
			faults: []awssim.Fault{{Kind: awssim.MalformedJSON, Action: rig.StatusOp}}, node: true,
			err: []string{"node NODE in us-east-1", rig.StatusOp, "deserialization failed"}},
		"no access to a node is an error": {
			faults: []awssim.Fault{{Kind: awssim.AccessDenied, Action: rig.StatusOp}}, node: true,
			err: []string{"node NODE in us-east-1", rig.StatusOp, "AccessDeniedException", "IAM policy"}},
		"no access to a region is an error": {
			faults: []awssim.Fault{{Kind: awssim.AccessDenied, Region: "eu-west-1"}},
			err:    []string{"list managed nodes in eu-west-1", rig.ListingOp, "AccessDeniedException", "IAM policy"}},
		"expired credentials are an error": {
			faults: []awssim.Fault{{Kind: awssim.ExpiredToken, Call: 40, Times: 1000}},
			err:    []string{"ExpiredTokenException", "have expired; renew the keys and the token of the connection"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := rig.NewWorld(t, rig.WorldOptions{
				Fleet:     fleet.Options{Nodes: 120, Regions: []string{"us-east-1", "eu-west-1"}},
				Arguments: rig.FastRetries,
			})
			long := w.WithRows(120)
			faults := test.faults
			if test.node {
				for i := range faults {
					faults[i].InstanceID = long.InstanceID
				}
			}
			w.Sim.SetFaults(faults...)

			got, err := rig.Query(t.Context(), w.DB, "select * from "+rig.StatusTable)
			if len(test.err) > 0 {
				if err == nil {
					t.Fatalf("answered with %d rows, want an error", len(got))
				}
				for _, part := range test.err {
					if part = strings.ReplaceAll(part, "NODE", long.InstanceID); !strings.Contains(err.Error(), part) {
						t.Errorf("the error does not say %q: %v", part, err)
					}
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var want []rig.Row
			for _, node := range w.EveryNode() {
				for _, a := range node.Statuses() {
					if test.alter != 0 {
						a = test.alter.Apply(a)
					}
					want = append(want, rig.ExpectedStatus(w.Fleet, node, a))
				}
			}
			rig.SameRows(t, got, want)
		})
	}
}

func TestNamespacedErrors(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{Sim: awssim.Options{NamespacedErrors: true}})
	if got := w.Query("select * from " + rig.StatusTable + " where instance_id = 'i-00000000000000000'"); len(got) != 0 {
		t.Errorf("%d rows of an unknown node", len(got))
	}
}

// TestRandomFaults checks that random faults lead to exact rows or an error,
// never to fewer rows.
func TestRandomFaults(t *testing.T) {
	mixes := rig.Times(200)
	random := rand.New(rand.NewPCG(1, 2))
	kinds := []awssim.FaultKind{
		awssim.Throttle, awssim.InternalError, awssim.Unavailable, awssim.ConnReset, awssim.TruncatedBody, awssim.MalformedJSON,
		awssim.EmptyPageWithToken, awssim.RepeatedToken, awssim.InvalidNextToken, awssim.AccessDenied, awssim.ExpiredToken,
		awssim.UnknownMembers, awssim.TokenOnLastPage,
	}
	w := rig.NewWorld(t, rig.WorldOptions{Fleet: fleet.Options{Nodes: 24, Regions: []string{"us-east-1", "eu-west-1"}}})
	want := w.Expected(w.EveryNode()...)
	exact, failed := 0, 0
	for mix := range mixes {
		w.Sim.Reset()
		// A new plugin, which has not learned from earlier throttling.
		db := rig.Open(t, embedded.Options{}, embedded.Connection{
			Name: "c", Config: rig.Arguments(w.URL, awssim.DefaultAccessKeyID, w.Fleet.Regions()) + rig.FastRetries,
		})
		var faults []awssim.Fault
		for range 1 + random.IntN(3) {
			fault := awssim.Fault{Kind: kinds[random.IntN(len(kinds))]}
			if random.IntN(2) == 0 {
				fault.Call = 1 + random.IntN(40)
			} else {
				fault.Probability, fault.Seed = 0.1*random.Float64(), random.Uint64()
			}
			faults = append(faults, fault)
		}
		w.Sim.SetFaults(faults...)
		got, err := rig.Query(t.Context(), db, "select * from "+rig.StatusTable)
		if err != nil {
			failed++
			continue
		}
		exact++
		rig.SameRows(t, got, want)
		if t.Failed() {
			t.Fatalf("mix %d: %v", mix, faults)
		}
	}
	t.Logf("%d exact, %d errors", exact, failed)
	if exact == 0 || failed == 0 {
		t.Error("the mixes are of one kind only: the test shows nothing")
	}
}

func TestThrottling(t *testing.T) {
	const limit = 100.
	w := rig.NewWorld(t, rig.WorldOptions{
		Fleet: fleet.Options{Nodes: 300, Regions: []string{"us-east-1"}},
		Sim:   awssim.Options{TPS: limit, Latency: 20 * time.Millisecond},
	})
	got := w.Query("select * from " + rig.StatusTable)
	rig.SameRows(t, got, w.Expected(w.EveryNode()...))
	made := w.Sim.Calls().Filter("", rig.StatusOp, "").Total()
	throttled := w.Sim.Calls().Filter("", rig.StatusOp, "ThrottlingException").Total()
	t.Logf("%d calls, %d throttled", made, throttled)
	// A short scan spends most of its time finding the limit; longer ones have
	// fewer.
	if throttled > made/10 {
		t.Errorf("of %d calls %d were throttled", made, throttled)
	}
}

// TestRecoveryFromThrottling checks that a region whose calls were all
// throttled for a while is read as soon as AWS allows calls again.
func TestRecoveryFromThrottling(t *testing.T) {
	t.Parallel() // it waits
	w := rig.NewWorld(t, rig.WorldOptions{Regions: []string{"us-east-1"}, Arguments: rig.FastRetries})
	w.Sim.SetFaults(awssim.Fault{Kind: awssim.Throttle})
	if _, err := rig.Query(t.Context(), w.DB, "select * from "+rig.StatusTable+" where instance_id = 'i-00000000000000000'"); err == nil {
		t.Fatal("no error")
	}
	w.Sim.SetFaults()
	start := time.Now()
	rig.SameRows(t, w.Query("select * from "+rig.StatusTable), w.Expected(w.Listed("us-east-1")...))
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("it took %s", took)
	}
}
