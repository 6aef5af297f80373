package tables

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/rig"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

func TestAssociations(t *testing.T) {
	w := rig.SharedRegions(t)
	us, eu := w.Fleet.Associations("us-east-1"), w.Fleet.Associations("eu-west-1")
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
	ofDocument := where(func(a fleet.Association) bool { return rig.Dereference(a.Name) == "AWS-RunPatchBaseline" })
	ofLegacy := where(func(a fleet.Association) bool { return rig.Dereference(a.InstanceID) == *legacy.InstanceID })

	rows := func(region string, associations []fleet.Association, expected func(*fleet.Fleet, string, fleet.Association) rig.Row) []rig.Row {
		var rows []rig.Row
		for _, a := range associations {
			rows = append(rows, expected(w.Fleet, region, a))
		}
		return rows
	}
	listedColumns := strings.Join(rig.KeysOf(rig.ExpectedAssociation(w.Fleet, "us-east-1", us[0])), ", ")
	listings := rig.Pages(len(us), 50) + rig.Pages(len(eu), 50)

	t.Run("columns of a listing cost the listing", func(t *testing.T) {
		w.Check(t, "select "+listedColumns+" from "+rig.AssociationTable,
			append(rows("us-east-1", us, rig.ExpectedAssociation), rows("eu-west-1", eu, rig.ExpectedAssociation)...),
			rig.Calls{rig.AssociationsOp: listings})
	})
	t.Run("columns of a description cost a call per row, all together", func(t *testing.T) {
		w.Check(t, "select * from "+rig.AssociationTable,
			append(rows("us-east-1", us, rig.ExpectedDescription), rows("eu-west-1", eu, rig.ExpectedDescription)...),
			rig.Calls{rig.AssociationsOp: listings, rig.DescriptionOp: len(us) + len(eu), rig.TagsOp: len(us) + len(eu)})
	})
	for name, test := range map[string]struct {
		where string
		want  []fleet.Association
		calls rig.Calls
	}{
		"lists that exclude each other": {"association_id in ('a', 'b') and association_id in ('c', 'd') and name in ('x', 'y')", nil, rig.Calls{}},
		"an id":                         {fmt.Sprintf("association_id = '%s'", named.AssociationID), []fleet.Association{named}, rig.Calls{rig.AssociationsOp: 1}},
		"ids":                           {fmt.Sprintf("association_id in ('%s', '%s')", us[3].AssociationID, us[4].AssociationID), us[3:5], rig.Calls{rig.AssociationsOp: rig.Pages(len(us), 50)}},
		"an unknown id":                 {"association_id = '00000000-0000-4000-8000-000000000000'", nil, rig.Calls{rig.AssociationsOp: 1}},
		"a malformed id":                {"association_id = 'patching'", nil, nil},
		"an empty id":                   {"association_id = ''", nil, nil},
		"a name":                        {fmt.Sprintf("association_name = '%s'", *named.AssociationName), []fleet.Association{named}, rig.Calls{rig.AssociationsOp: 1}},
		"a document":                    {"name = 'AWS-RunPatchBaseline'", ofDocument, rig.Calls{rig.AssociationsOp: 1}},
		"the id of a node":              {fmt.Sprintf("instance_id = '%s'", *legacy.InstanceID), ofLegacy, rig.Calls{rig.AssociationsOp: 1}},
		"a name and a document":         {fmt.Sprintf("association_name = '%s' and name = '%s'", *named.AssociationName, *named.Name), []fleet.Association{named}, rig.Calls{rig.AssociationsOp: 1}},
		"a name and another document":   {fmt.Sprintf("association_name = '%s' and name = 'AWS-RunDocument'", *named.AssociationName), nil, rig.Calls{rig.AssociationsOp: 1}},
		"a list of ids and one of names": {fmt.Sprintf("association_id in ('%s', '%s') and association_name in ('%s', 'x')", us[3].AssociationID, named.AssociationID, *named.AssociationName),
			[]fleet.Association{named}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w.Check(t, "select "+listedColumns+" from "+rig.AssociationTable+" where region = 'us-east-1' and "+test.where, rows("us-east-1", test.want, rig.ExpectedAssociation), test.calls)
		})
	}
	t.Run("a limit describes as many as it returns", func(t *testing.T) {
		w.Sim.Reset()
		if got := w.Query("select association_id, output_s3_bucket_name from " + rig.AssociationTable + " where region = 'us-east-1' limit 3"); len(got) != 3 {
			t.Errorf("got %d rows, want 3", len(got))
		}
		w.ExpectCalls(rig.Calls{rig.AssociationsOp: 1, rig.DescriptionOp: 3})
	})
	t.Run("no access to descriptions is an error, and costs nothing where none is selected", func(t *testing.T) {
		w := rig.TwoRegions(t, embedded.Options{})
		w.Sim.SetFaults(awssim.Fault{Kind: awssim.AccessDenied, Action: rig.DescriptionOp})
		w.Query("select association_id from " + rig.AssociationTable)
		got, err := rig.Query(t.Context(), w.DB, "select parameters from "+rig.AssociationTable)
		if err == nil {
			t.Fatalf("%d rows and no error", len(got))
		}
		for _, part := range []string{"read the description of association ", rig.DescriptionOp, "AccessDeniedException", "IAM policy"} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("the error does not say %q: %v", part, err)
			}
		}
	})
	t.Run("also where the query needs no more rows", func(t *testing.T) {
		w := rig.TwoRegions(t, embedded.Options{})
		w.Sim.SetFaults(awssim.Fault{Kind: awssim.AccessDenied, Action: rig.DescriptionOp})
		for _, sql := range []string{
			"select parameters from " + rig.AssociationTable + " limit 1",
			"select parameters from " + rig.AssociationTable + " where parameters is null limit 5",
			"select exists (select 1 from " + rig.AssociationTable + " where compliance_severity is null and max_errors is null) as n",
		} {
			for range rig.Times(60) {
				if got, err := rig.Query(t.Context(), w.DB, sql); err == nil {
					t.Fatalf("%s: %v and no error", sql, got)
				}
			}
		}
	})
	t.Run("one from before associations had ids is described by its document and node", func(t *testing.T) {
		var described []string
		old := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.Header.Get("X-Amz-Target"), "."+rig.AssociationsOp) {
				_, _ = io.WriteString(w, `{"Associations":[{"Name":"AWS-UpdateSSMAgent","InstanceId":"i-12345678"}]}`)
				return
			}
			body, _ := io.ReadAll(r.Body)
			described = append(described, rig.Canonical(string(body)).(string))
			_, _ = io.WriteString(w, `{"AssociationDescription":{"MaxErrors":"1"}}`)
		}))
		defer old.Close()
		server := ssmassoc.NewServer()
		db := rig.OpenServer(t, server, embedded.Connection{Name: "c", Config: rig.Arguments(old.URL, "key", []string{"us-east-1"})})
		got, err := rig.Query(t.Context(), db, "select association_id, instance_id, title, max_errors from "+rig.AssociationTable)
		if err != nil {
			t.Fatal(err)
		}
		rig.SameRows(t, got, []rig.Row{{"association_id": nil, "instance_id": "i-12345678", "title": "AWS-UpdateSSMAgent", "max_errors": "1"}})
		if want := []string{`{"InstanceId":"i-12345678","Name":"AWS-UpdateSSMAgent"}`}; !slices.Equal(described, want) {
			t.Errorf("asked for %v, want %v", described, want)
		}
		// Its executions cannot be requested: that is counted.
		for i, name := range []string{rig.ExecutionTable, rig.VersionTable, rig.TargetTable} {
			if got, err := rig.Query(t.Context(), db, "select association_id from "+name); err != nil || len(got) > 0 {
				t.Errorf("%s: %d rows, error %v", name, len(got), err)
			}
			want := fmt.Sprintf("%d associations without an ID", i+1)
			if i == 0 {
				want = "1 association without an ID"
			}
			if skipped := server.Skipped(); skipped != want {
				t.Errorf("%s: skipped %q, want %q", name, skipped, want)
			}
		}
	})
	t.Run("tags that AWS does not list are null", func(t *testing.T) {
		for _, code := range []string{"InvalidResourceType", "UnknownOperationException"} {
			var asked atomic.Int64
			url := refuse(t, w.Sim, func(action, _ string) bool {
				if action == rig.TagsOp {
					asked.Add(1)
				}
				return action == rig.TagsOp
			}, code)
			connection := embedded.Connection{Name: "c", Config: rig.Arguments(url, awssim.DefaultAccessKeyID, []string{"us-east-1"}) +
				"max_concurrent_requests = 1\n"}
			got, err := rig.Query(t.Context(), rig.Open(t, embedded.Options{}, connection), "select arn, tags, tags_src from "+rig.AssociationTable)
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != len(us) {
				t.Errorf("%s: %d rows, want %d", code, len(got), len(us))
			}
			for _, r := range got {
				if r["tags"] != nil || r["tags_src"] != nil {
					t.Errorf("%s: %v", code, r)
				}
			}
			// Once the type is refused, no association is asked for.
			if asked.Load() != 1 {
				t.Errorf("%s: asked %d times, want 1", code, asked.Load())
			}
		}
	})
	t.Run("no access to tags is an error", func(t *testing.T) {
		w := rig.TwoRegions(t, embedded.Options{})
		w.Sim.SetFaults(awssim.Fault{Kind: awssim.AccessDenied, Action: rig.TagsOp})
		w.Query("select association_id, arn, akas, parameters from " + rig.AssociationTable)
		got, err := rig.Query(t.Context(), w.DB, "select tags from "+rig.AssociationTable)
		if err == nil || !strings.Contains(err.Error(), "read the tags of association ") || !strings.Contains(err.Error(), "AccessDeniedException") {
			t.Errorf("%d rows and the error %v", len(got), err)
		}
	})
	t.Run("unless the connection ignores it", func(t *testing.T) {
		w := rig.NewWorld(t, rig.WorldOptions{Regions: []string{"us-east-1"}, Arguments: "ignore_error_codes = [\"AccessDenied*\"]\n"})
		w.Sim.SetFaults(awssim.Fault{Kind: awssim.AccessDenied, Action: rig.DescriptionOp})
		got := w.Query("select association_id, parameters from " + rig.AssociationTable)
		for _, r := range got {
			if r["parameters"] != nil {
				t.Errorf("parameters %v", r["parameters"])
			}
		}
		if want := len(w.Fleet.Associations("us-east-1")); len(got) != want {
			t.Errorf("got %d rows, want %d", len(got), want)
		}
	})
}
