package tables

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// refuse serves a simulated AWS that refuses some requests.
func refuse(t *testing.T, sim http.Handler, which func(action, body string) bool, code string) string {
	t.Helper()
	return intercept(t, sim, func(w http.ResponseWriter, action, body string) bool {
		refused := which(action, body)
		if refused {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprintf(w, `{"__type":%q,"message":""}`, code)
		}
		return refused
	})
}

// intercept serves a simulated AWS, except for the requests that answer answers.
func intercept(
	t *testing.T, sim http.Handler, answer func(w http.ResponseWriter, action, body string) (answered bool),
) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if _, action, _ := strings.Cut(r.Header.Get("X-Amz-Target"), "."); !answer(w, action, string(body)) {
			r.Body = io.NopCloser(bytes.NewReader(body))
			sim.ServeHTTP(w, r)
		}
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

func TestTablesShareWhatWasRead(t *testing.T) {
	w := rig.TwoRegions(t, embedded.Options{CacheTTLSeconds: 300})
	scan := func(sql string) {
		t.Helper()
		w.Query(sql)
	}
	us := w.Fleet.Associations("us-east-1")

	scan("select * from " + rig.StatusTable)
	w.Sim.Reset()
	scan("select * from " + rig.NodeTable)
	scan("select * from " + rig.NodeTable + " where ping_status = 'Online' and platform_type = 'Linux'")
	scan(fmt.Sprintf("select * from %s where instance_id = '%s'", rig.NodeTable, w.Listed("us-east-1")[0].InstanceID))
	w.ExpectCalls(rig.Calls{})

	scan("select association_id from " + rig.AssociationTable + " where region = 'us-east-1'")
	w.ExpectCalls(rig.Calls{rig.AssociationsOp: rig.Pages(len(us), 50)})
	scan("select association_id from " + rig.AssociationTable + " where region = 'us-east-1' and name = 'AWS-RunPatchBaseline'")
	w.ExpectCalls(rig.Calls{})
	scan("select count(*) from " + rig.ExecutionTable + " where region = 'us-east-1'")
	reads := 0
	for _, a := range us {
		reads += rig.Pages(len(a.Executions()), 50)
	}
	w.ExpectCalls(rig.Calls{rig.ExecutionsOp: reads})
	scan("select count(*) from " + rig.ExecutionTable + " where region = 'us-east-1' and status = 'Failed' and created_time > '2025-12-01'")
	w.ExpectCalls(rig.Calls{})

	t.Run("a filtered listing is not a whole one", func(t *testing.T) {
		w := rig.TwoRegions(t, embedded.Options{CacheTTLSeconds: 300})
		w.Query("select * from " + rig.NodeTable + " where ping_status = 'Online'")
		var want []rig.Row
		for _, node := range w.EveryNode() {
			want = append(want, rig.ExpectedNode(w.Fleet, node))
		}
		w.Check(t, "select * from "+rig.NodeTable, want, nil)
	})
}

// TestFaultsOfStateManager checks that each table returns exact rows or an
// error.
func TestFaultsOfStateManager(t *testing.T) {
	const where = " where region = 'us-east-1'"
	for name, test := range map[string]struct {
		sql    string
		faults []awssim.Fault
		err    string // "" if the rows must be exact
	}{
		"a stale token restarts a listing of associations": {"select association_id from " + rig.AssociationTable + where,
			[]awssim.Fault{{Kind: awssim.InvalidNextToken, Action: rig.AssociationsOp, Call: 2}}, ""},
		"a stale token restarts an association's executions": {"select execution_id, association_id from " + rig.ExecutionTable + where,
			[]awssim.Fault{{Kind: awssim.InvalidNextToken, Action: rig.ExecutionsOp, Call: 1}}, ""},
		"a stale token restarts a node's effective associations": {"select association_id, instance_id from " + rig.EffectiveTable + where,
			[]awssim.Fault{{Kind: awssim.InvalidNextToken, Action: rig.EffectiveOp, Call: 3}}, ""},
		"a stale token restarts an execution's targets": {"select execution_id, resource_id from " + rig.TargetTable + where,
			[]awssim.Fault{{Kind: awssim.InvalidNextToken, Action: rig.TargetsOp, Call: 1}}, ""},
		"the same page under another token": {"select association_id, instance_id from " + rig.EffectiveTable + where,
			[]awssim.Fault{{Kind: awssim.RepeatedToken, Action: rig.EffectiveOp, Call: 4}}, ""},
		"the same page of a listing": {"select association_id from " + rig.AssociationTable + where,
			[]awssim.Fault{{Kind: awssim.RepeatedToken, Action: rig.AssociationsOp, Call: 1}}, ""},
		"empty pages": {"select execution_id, association_id from " + rig.ExecutionTable + where,
			[]awssim.Fault{{Kind: awssim.EmptyPageWithToken, Probability: 0.3, Seed: 1}}, ""},
		"throttled calls": {"select execution_id, association_id from " + rig.ExecutionTable + where,
			[]awssim.Fault{{Kind: awssim.Throttle, Probability: 0.03, Seed: 2}}, ""},
		"throttled descriptions": {"select association_id, parameters from " + rig.AssociationTable + where,
			[]awssim.Fault{{Kind: awssim.Throttle, Action: rig.DescriptionOp, Probability: 0.05, Seed: 3}}, ""},
		"broken answers": {"select association_id, instance_id from " + rig.EffectiveTable + where,
			[]awssim.Fault{{Kind: awssim.MalformedJSON, Probability: 0.1, Seed: 4}}, ""},
		"members that no model knows": {"select execution_id, association_id from " + rig.ExecutionTable + where,
			[]awssim.Fault{{Kind: awssim.UnknownMembers}}, ""},

		"no access to the listing of associations": {"select execution_id from " + rig.ExecutionTable + where,
			[]awssim.Fault{{Kind: awssim.AccessDenied, Action: rig.AssociationsOp}}, "list associations in us-east-1"},
		"no access to executions, late": {"select resource_id from " + rig.TargetTable + where,
			[]awssim.Fault{{Kind: awssim.AccessDenied, Action: rig.ExecutionsOp, Call: 40}}, "read the executions of association "},
		"no access to targets, late": {"select resource_id from " + rig.TargetTable + where,
			[]awssim.Fault{{Kind: awssim.AccessDenied, Action: rig.TargetsOp, Call: 400}}, "read the targets of execution "},
		"no access to effective associations": {"select association_id from " + rig.EffectiveTable + where,
			[]awssim.Fault{{Kind: awssim.AccessDenied, Action: rig.EffectiveOp, Call: 30}}, "read the effective associations of node "},
		"a description that fails, late": {"select association_id, parameters from " + rig.AssociationTable + where,
			[]awssim.Fault{{Kind: awssim.AccessDenied, Action: rig.DescriptionOp, Call: 100}}, "read the description of association "},
		"a listing that does not advance": {"select association_id from " + rig.AssociationTable + where,
			[]awssim.Fault{{Kind: awssim.RepeatedToken, Action: rig.AssociationsOp}}, "a pagination token that it had returned before"},
		"an answer about nodes to a question that names none": {"select instance_id from " + rig.NodeTable + where,
			[]awssim.Fault{{Kind: awssim.InvalidInstanceID, Action: rig.ListingOp}}, "list managed nodes in us-east-1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := rig.TwoRegions(t, embedded.Options{})
			var want []rig.Row
			if test.err == "" {
				want = w.Query(test.sql)
			}
			w.Sim.SetFaults(test.faults...)
			trials := 1
			if test.err != "" {
				trials = rig.Times(20)
			}
			for range trials {
				w.Sim.SetFaults(test.faults...) // resets their counts
				got, err := rig.Query(t.Context(), w.DB, test.sql)
				switch {
				case test.err == "" && err != nil:
					t.Fatal(err)
				case test.err == "":
					rig.SameRows(t, got, want)
				case err == nil:
					t.Fatalf("answered with %d rows, want an error", len(got))
				case !strings.Contains(err.Error(), test.err):
					t.Fatalf("the error does not say %q: %v", test.err, err)
				}
			}
		})
	}
}
