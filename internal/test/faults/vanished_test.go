package faults

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"steampipe-plugin-ssmassoc/internal/server"
	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/rig"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

// parentCase is a read of things that AWS lists, one by one.
type parentCase struct {
	table, columns string
	key            string // the column that names the parent, in the columns
	operation      string
	member         string // of the request, which names the parent
	code           string // of AWS for an unknown parent
	invalid        string // the member by which a ValidationException names the parent
	unlisted       string // the code of the listing for an unknown ID
	// listing lists the parents in the answer's list, each with its ID.
	listing, list, id string
	// hydrates is the column that is null if the parent has no read; "" if the parent has
	// no rows then.
	hydrates string
}

var (
	ofNodes        = parentCase{member: "InstanceId", code: "InvalidInstanceId", unlisted: "InvalidInstanceId", invalid: "instanceId", listing: rig.ListingOp, list: "InstanceInformationList", id: "InstanceId"}
	ofAssociations = parentCase{member: "AssociationId", code: "AssociationDoesNotExist", unlisted: "AssociationDoesNotExist", invalid: "associationId", listing: rig.AssociationsOp, list: "Associations", id: "AssociationId"}
)

func (c parentCase) in(table, columns, key, operation string) parentCase {
	c.table, c.columns, c.key, c.operation = table, columns, key, operation
	return c
}

func (c parentCase) hydrating(column string) parentCase {
	c.hydrates = column
	return c
}

func (c parentCase) by(member, code, invalid string) parentCase {
	c.member, c.code, c.invalid = member, code, invalid
	return c
}

func parentCases() []parentCase {
	return []parentCase{
		ofNodes.in(rig.StatusTable, "instance_id, association_id, status", "instance_id", rig.StatusOp),
		ofNodes.in(rig.EffectiveTable, "instance_id, association_id", "instance_id", rig.EffectiveOp),
		ofNodes.in(rig.ItemTable, "resource_id, id, status", "resource_id", rig.ItemsOp).
			by("ResourceIds", "InvalidResourceId", "resourceIds"),
		ofAssociations.in(rig.ExecutionTable, "association_id, execution_id", "association_id", rig.ExecutionsOp),
		ofAssociations.in(rig.VersionTable, "association_id, association_version", "association_id", rig.VersionsOp),
		ofAssociations.in(rig.TargetTable, "association_id, execution_id, resource_id", "association_id", rig.ExecutionsOp),
		parentCase{listing: rig.ExecutionsOp, list: "AssociationExecutions", id: "ExecutionId", unlisted: "AssociationExecutionDoesNotExist"}.
			in(rig.TargetTable, "association_id, execution_id, resource_id", "execution_id", rig.TargetsOp).
			by("ExecutionId", "AssociationExecutionDoesNotExist", "executionId"),
		ofAssociations.in(rig.AssociationTable, "association_id, max_errors", "association_id", rig.DescriptionOp).hydrating("max_errors"),
		ofAssociations.in(rig.AssociationTable, "association_id, tags", "association_id", rig.TagsOp).
			by("ResourceId", "InvalidResourceId", "resourceId").hydrating("tags"),
		parentCase{listing: rig.AutomationsOp, list: "AutomationExecutionMetadataList", id: "AutomationExecutionId", unlisted: "AutomationExecutionNotFoundException"}.
			in(rig.AutomationTable, "automation_execution_id, failed_step_name", "automation_execution_id", rig.StepsOp).
			by("AutomationExecutionId", "AutomationExecutionNotFoundException", "automationExecutionId").hydrating("failed_step_name"),
	}
}

// vanishing is a simulated AWS that refuses one parent: the first that is read.
type vanishing struct {
	parentCase
	sim http.Handler
	// page is the first page that is refused, 1 or 2.
	page int
	// validates makes the refusal a ValidationException.
	validates bool
	// listed is what the listing says afterwards.
	listed listedAs

	mu sync.Mutex
	id string // of the parent, once refused
}

type listedAs string

const (
	stillListed listedAs = "still listed"
	leftOut     listedAs = "left out of a listing by ID"
	idRefused   listedAs = "refused by a listing by ID"
	idHidden    listedAs = "listed, but refused by a listing by ID"
)

func (v *vanishing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var request map[string]any
	_ = json.Unmarshal(body, &request)
	_, action, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	switch action {
	case v.operation:
		if v.refuses(request) {
			v.refuse(w, v.code)
			return
		}
		if v.page == 2 {
			request["MaxResults"] = 1
			body, _ = json.Marshal(request)
		}
	case v.listing:
		if v.answersListing(w, r, body) {
			return
		}
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	v.sim.ServeHTTP(w, r)
}

// refuses reports whether a request for a parent is refused.
func (v *vanishing) refuses(request map[string]any) bool {
	id, _ := request[v.member].(string)
	if ids, ok := request[v.member].([]any); ok {
		id = ids[0].(string)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.id == "" && (v.page == 1 || request["NextToken"] != nil) {
		v.id = id
	}
	return id == v.id && (v.page == 1 || request["NextToken"] != nil)
}

func (v *vanishing) refuse(w http.ResponseWriter, code string) {
	w.WriteHeader(http.StatusBadRequest)
	if v.validates && code == v.code {
		_, _ = fmt.Fprintf(w, `{"__type":"ValidationException","message":"1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must be good"}`,
			v.id, v.invalid)
		return
	}
	_, _ = fmt.Fprintf(w, `{"__type":%q,"message":""}`, code)
}

// answersListing answers a listing after the refusal.
func (v *vanishing) answersListing(w http.ResponseWriter, r *http.Request, body []byte) bool {
	v.mu.Lock()
	id := v.id
	v.mu.Unlock()
	if id == "" || v.listed == stillListed {
		return false
	}
	if byID := bytes.Contains(body, []byte(id)); byID && v.listed != leftOut {
		v.refuse(w, v.unlisted)
		return true
	} else if v.listed == idHidden {
		return false
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	recorded := httptest.NewRecorder()
	v.sim.ServeHTTP(recorded, r)
	var answer map[string]any
	_ = json.Unmarshal(recorded.Body.Bytes(), &answer)
	items, _ := answer[v.list].([]any)
	answer[v.list] = slices.DeleteFunc(slices.Clone(items), func(item any) bool { return item.(map[string]any)[v.parentCase.id] == id })
	if answer[v.list] == nil {
		answer[v.list] = []any{}
	}
	_ = json.NewEncoder(w).Encode(answer)
	return true
}

// vanishingWorld is a plugin over a vanishing AWS.
type vanishingWorld struct {
	*vanishing
	server *server.Server
	db     *embedded.DB
}

func newVanishingWorld(t *testing.T, sim http.Handler, v *vanishing, argument string) *vanishingWorld {
	t.Helper()
	v.sim = sim
	listener := httptest.NewServer(v)
	t.Cleanup(listener.Close)
	w := &vanishingWorld{vanishing: v, server: ssmassoc.NewServer()}
	cached := embedded.Options{CacheTTLSeconds: 300}
	w.db = rig.OpenOn(t, w.server, cached, cached, embedded.Connection{
		Name: "c", Config: rig.Arguments(listener.URL, awssim.DefaultAccessKeyID, []string{"us-east-1"}) + argument,
	})
	return w
}

// TestVanishedParents checks, for every operation that reads listed things one by one, what
// becomes of one that AWS then does not know.
func TestVanishedParents(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{Fleet: fleet.Options{Nodes: 12, Regions: []string{"us-east-1"}}, Regions: []string{"us-east-1"}})
	for _, c := range parentCases() {
		sql := "select " + c.columns + " from " + c.table
		all := w.Query(sql)
		// without returns the rows without those of a parent.
		without := func(id string) []rig.Row {
			var rows []rig.Row
			for _, r := range all {
				if r = maps.Clone(r); r[c.key] == id {
					if c.hydrates == "" {
						continue
					}
					r[c.hydrates] = nil
				}
				rows = append(rows, r)
			}
			return rows
		}
		name := c.table + " " + c.operation
		for _, listed := range []listedAs{leftOut, idRefused} {
			t.Run(name+": "+string(listed)+", it is gone", func(t *testing.T) {
				for _, validates := range []bool{false, listed == leftOut} {
					v := newVanishingWorld(t, w.Sim, &vanishing{parentCase: c, page: 1, validates: validates, listed: listed}, "")
					for range 2 { // from AWS and from what was kept
						got, err := rig.Query(t.Context(), v.db, sql)
						if err != nil {
							t.Fatal(err)
						}
						rig.SameRows(t, got, without(v.id))
					}
					if v.server.Skipped() == "" {
						t.Error("it is not counted")
					}
				}
			})
		}
		for _, listed := range []listedAs{stillListed, idHidden} {
			t.Run(name+": "+string(listed)+", it is an error", func(t *testing.T) {
				v := newVanishingWorld(t, w.Sim, &vanishing{parentCase: c, page: 1, listed: listed}, "")
				for range 2 {
					got, err := rig.Query(t.Context(), v.db, sql)
					if err == nil {
						t.Fatalf("%d rows of %d and no error", len(got), len(all))
					}
					for _, part := range []string{v.id, "us-east-1", c.code, "permission", "ignore_error_codes"} {
						if !strings.Contains(err.Error(), part) {
							t.Errorf("the error does not say %q: %v", part, err)
						}
					}
				}
			})
		}
		t.Run(name+": skipped", func(t *testing.T) {
			v := newVanishingWorld(t, w.Sim, &vanishing{parentCase: c, page: 1, listed: stillListed},
				fmt.Sprintf("ignore_error_codes = [%q]\n", c.code))
			got, err := rig.Query(t.Context(), v.db, sql)
			if err != nil {
				t.Fatal(err)
			}
			rig.SameRows(t, got, without(v.id))
			if skipped := v.server.Skipped(); !strings.HasPrefix(skipped, "1 ") || !strings.HasSuffix(skipped, " "+c.code) {
				t.Errorf("skipped: %q", skipped)
			}
		})
		if c.hydrates != "" {
			continue
		}
		t.Run(name+": on a later page it is an error", func(t *testing.T) {
			for _, listed := range []listedAs{stillListed, leftOut} {
				v := newVanishingWorld(t, w.Sim, &vanishing{parentCase: c, page: 2, listed: listed}, "")
				for _, sql := range []string{sql, fmt.Sprintf("%s where %s = '%s'", sql, c.key, "ID")} {
					got, err := rig.Query(t.Context(), v.db, strings.ReplaceAll(sql, "ID", v.id))
					if err == nil {
						t.Fatalf("%s: %d rows and no error", sql, len(got))
					}
					for _, part := range []string{v.id, "us-east-1", c.code} {
						if !strings.Contains(err.Error(), part) {
							t.Errorf("the error does not say %q: %v", part, err)
						}
					}
				}
			}
		})
		t.Run(name+": named by the query, it has no rows", func(t *testing.T) {
			v := newVanishingWorld(t, w.Sim, &vanishing{parentCase: c, page: 1, listed: stillListed}, "")
			id := all[0][c.key].(string)
			named := fmt.Sprintf("%s where %s = '%s'", sql, c.key, id)
			if c.operation == rig.TargetsOp {
				named += fmt.Sprintf(" and association_id = '%s'", all[0]["association_id"])
			}
			got, err := rig.Query(t.Context(), v.db, named)
			if err != nil || len(got) > 0 {
				t.Fatalf("%d rows, error %v", len(got), err)
			}
			if v.id != id || v.server.Skipped() != "" {
				t.Errorf("refused %q, skipped %q", v.id, v.server.Skipped())
			}
			// A listing knows better than the read that was kept.
			if got, err := rig.Query(t.Context(), v.db, sql); err == nil {
				t.Errorf("%d rows and no error", len(got))
			}
		})
	}
}
