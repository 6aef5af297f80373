package e2e

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

	t.Run("a filtered listing is not a whole one", func(t *testing.T) {
		w := twoRegions(t, embedded.Options{CacheTTLSeconds: 300})
		w.query("select * from " + nodeTable + " where ping_status = 'Online'")
		var want []row
		for _, node := range w.everyNode() {
			want = append(want, expectedNode(w.fleet, node))
		}
		w.check(t, "select * from "+nodeTable, want, nil)
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
				w.sim.SetFaults(test.faults...) // resets their counts
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
