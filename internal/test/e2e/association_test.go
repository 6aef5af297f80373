package e2e

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

const (
	associationTable = "ssm_association"
	associationsOp   = "ListAssociations"
	descriptionOp    = "DescribeAssociation"
	tagsOp           = "ListTagsForResource"
)

var associationCase = tableCase{
	name: associationTable,
	keys: "association_id association_name instance_id name",
	read: func(simulated *fleet.Fleet, region string) ([]row, calls) {
		var rows []row
		for _, a := range simulated.Associations(region) {
			rows = append(rows, expectedDescription(simulated, region, a))
		}
		return rows, calls{associationsOp: pages(len(rows), 50), descriptionOp: len(rows), tagsOp: len(rows)}
	},
	queries: func(simulated *fleet.Fleet, region string) map[string]string {
		return map[string]string{
			associationsOp: "select association_id from " + associationTable,
			descriptionOp: fmt.Sprintf("select * from %s where association_id = '%s'",
				associationTable, simulated.Associations(region)[0].AssociationID),
			tagsOp: fmt.Sprintf("select tags from %s where association_id = '%s'",
				associationTable, simulated.Associations(region)[0].AssociationID),
		}
	},
}

func TestAssociations(t *testing.T) {
	w := twoRegions(t, embedded.Options{})
	us, eu := w.fleet.Associations("us-east-1"), w.fleet.Associations("eu-west-1")
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
	ofDocument := where(func(a fleet.Association) bool { return dereference(a.Name) == "AWS-RunPatchBaseline" })
	ofLegacy := where(func(a fleet.Association) bool { return dereference(a.InstanceID) == *legacy.InstanceID })

	rows := func(region string, associations []fleet.Association, expected func(*fleet.Fleet, string, fleet.Association) row) []row {
		var rows []row
		for _, a := range associations {
			rows = append(rows, expected(w.fleet, region, a))
		}
		return rows
	}
	listedColumns := strings.Join(keysOf(expectedAssociation(w.fleet, "us-east-1", us[0])), ", ")
	listings := pages(len(us), 50) + pages(len(eu), 50)

	t.Run("columns of a listing cost the listing", func(t *testing.T) {
		w.check(t, "select "+listedColumns+" from "+associationTable,
			append(rows("us-east-1", us, expectedAssociation), rows("eu-west-1", eu, expectedAssociation)...),
			calls{associationsOp: listings})
	})
	t.Run("columns of a description cost a call per row, all together", func(t *testing.T) {
		w.check(t, "select * from "+associationTable,
			append(rows("us-east-1", us, expectedDescription), rows("eu-west-1", eu, expectedDescription)...),
			calls{associationsOp: listings, descriptionOp: len(us) + len(eu), tagsOp: len(us) + len(eu)})
	})
	for name, test := range map[string]struct {
		where string
		want  []fleet.Association
		calls calls
	}{
		"lists that exclude each other": {"association_id in ('a', 'b') and association_id in ('c', 'd') and name in ('x', 'y')", nil, calls{}},
		"an id":                         {fmt.Sprintf("association_id = '%s'", named.AssociationID), []fleet.Association{named}, calls{associationsOp: 1}},
		"ids":                           {fmt.Sprintf("association_id in ('%s', '%s')", us[3].AssociationID, us[4].AssociationID), us[3:5], calls{associationsOp: pages(len(us), 50)}},
		"an unknown id":                 {"association_id = '00000000-0000-4000-8000-000000000000'", nil, calls{associationsOp: 1}},
		"a malformed id":                {"association_id = 'patching'", nil, nil},
		"an empty id":                   {"association_id = ''", nil, nil},
		"a name":                        {fmt.Sprintf("association_name = '%s'", *named.AssociationName), []fleet.Association{named}, calls{associationsOp: 1}},
		"a document":                    {"name = 'AWS-RunPatchBaseline'", ofDocument, calls{associationsOp: 1}},
		"the id of a node":              {fmt.Sprintf("instance_id = '%s'", *legacy.InstanceID), ofLegacy, calls{associationsOp: 1}},
		"a name and a document":         {fmt.Sprintf("association_name = '%s' and name = '%s'", *named.AssociationName, *named.Name), []fleet.Association{named}, calls{associationsOp: 1}},
		"a name and another document":   {fmt.Sprintf("association_name = '%s' and name = 'AWS-RunDocument'", *named.AssociationName), nil, calls{associationsOp: 1}},
		"a list of ids and one of names": {fmt.Sprintf("association_id in ('%s', '%s') and association_name in ('%s', 'x')", us[3].AssociationID, named.AssociationID, *named.AssociationName),
			[]fleet.Association{named}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w.check(t, "select "+listedColumns+" from "+associationTable+" where region = 'us-east-1' and "+test.where, rows("us-east-1", test.want, expectedAssociation), test.calls)
		})
	}
	t.Run("a limit describes as many as it returns", func(t *testing.T) {
		w.sim.Reset()
		if got := w.query("select association_id, output_s3_bucket_name from " + associationTable + " where region = 'us-east-1' limit 3"); len(got) != 3 {
			t.Errorf("got %d rows, want 3", len(got))
		}
		w.expectCalls(calls{associationsOp: 1, descriptionOp: 3})
	})
	t.Run("no access to descriptions is an error, and costs nothing where none is selected", func(t *testing.T) {
		w := twoRegions(t, embedded.Options{})
		w.sim.SetFaults(awssim.Fault{Kind: awssim.AccessDenied, Action: descriptionOp})
		w.query("select association_id from " + associationTable)
		got, err := query(t.Context(), w.db, "select parameters from "+associationTable)
		if err == nil {
			t.Fatalf("%d rows and no error", len(got))
		}
		for _, part := range []string{"read the description of association ", descriptionOp, "AccessDeniedException", "IAM policy"} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("the error does not say %q: %v", part, err)
			}
		}
	})
	t.Run("also where the query needs no more rows", func(t *testing.T) {
		w := twoRegions(t, embedded.Options{})
		w.sim.SetFaults(awssim.Fault{Kind: awssim.AccessDenied, Action: descriptionOp})
		for _, sql := range []string{
			"select parameters from " + associationTable + " limit 1",
			"select parameters from " + associationTable + " where parameters is null limit 5",
			"select exists (select 1 from " + associationTable + " where compliance_severity is null and max_errors is null) as n",
		} {
			for range lateFailures(60) {
				if got, err := query(t.Context(), w.db, sql); err == nil {
					t.Fatalf("%s: %v and no error", sql, got)
				}
			}
		}
	})
	t.Run("one from before associations had ids is described by its document and node", func(t *testing.T) {
		var described []string
		old := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.Header.Get("X-Amz-Target"), "."+associationsOp) {
				_, _ = io.WriteString(w, `{"Associations":[{"Name":"AWS-UpdateSSMAgent","InstanceId":"i-12345678"}]}`)
				return
			}
			body, _ := io.ReadAll(r.Body)
			described = append(described, canonical(string(body)).(string))
			_, _ = io.WriteString(w, `{"AssociationDescription":{"MaxErrors":"1"}}`)
		}))
		defer old.Close()
		server := ssmassoc.NewServer()
		db := openServer(t, server, embedded.Connection{Name: "c", Config: arguments(old.URL, "key", []string{"us-east-1"})})
		got, err := query(t.Context(), db, "select association_id, instance_id, title, max_errors from "+associationTable)
		if err != nil {
			t.Fatal(err)
		}
		sameRows(t, got, []row{{"association_id": nil, "instance_id": "i-12345678", "title": "AWS-UpdateSSMAgent", "max_errors": "1"}})
		if want := []string{`{"InstanceId":"i-12345678","Name":"AWS-UpdateSSMAgent"}`}; !slices.Equal(described, want) {
			t.Errorf("asked for %v, want %v", described, want)
		}
		// Its executions cannot be requested: that is counted.
		for i, name := range []string{executionTable, versionTable, targetTable} {
			if got, err := query(t.Context(), db, "select association_id from "+name); err != nil || len(got) > 0 {
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
			url := refuse(t, w.sim, func(action, _ string) bool {
				if action == tagsOp {
					asked.Add(1)
				}
				return action == tagsOp
			}, code)
			connection := embedded.Connection{Name: "c", Config: arguments(url, awssim.DefaultAccessKeyID, []string{"us-east-1"}) +
				"max_concurrent_requests = 1\n"}
			got, err := query(t.Context(), open(t, embedded.Options{}, connection), "select arn, tags, tags_src from "+associationTable)
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
		w := twoRegions(t, embedded.Options{})
		w.sim.SetFaults(awssim.Fault{Kind: awssim.AccessDenied, Action: tagsOp})
		w.query("select association_id, arn, akas, parameters from " + associationTable)
		got, err := query(t.Context(), w.db, "select tags from "+associationTable)
		if err == nil || !strings.Contains(err.Error(), "read the tags of association ") || !strings.Contains(err.Error(), "AccessDeniedException") {
			t.Errorf("%d rows and the error %v", len(got), err)
		}
	})
	t.Run("unless the connection ignores it", func(t *testing.T) {
		w := newWorld(t, worldOptions{regions: []string{"us-east-1"}, arguments: "ignore_error_codes = [\"AccessDenied*\"]\n"})
		w.sim.SetFaults(awssim.Fault{Kind: awssim.AccessDenied, Action: descriptionOp})
		got := w.query("select association_id, parameters from " + associationTable)
		for _, r := range got {
			if r["parameters"] != nil {
				t.Errorf("parameters %v", r["parameters"])
			}
		}
		if want := len(w.fleet.Associations("us-east-1")); len(got) != want {
			t.Errorf("got %d rows, want %d", len(got), want)
		}
	})
}

// expectedAssociation returns the columns that a listing fills.
func expectedAssociation(simulated *fleet.Fleet, region string, a fleet.Association) row {
	r := row{
		"association_id":                      a.AssociationID,
		"arn":                                 associationARN(simulated, region, a),
		"akas":                                jsonText([]string{associationARN(simulated, region, a)}),
		"association_name":                    value(a.AssociationName),
		"name":                                value(a.Name),
		"association_version":                 value(a.AssociationVersion),
		"document_version":                    value(a.DocumentVersion),
		"instance_id":                         value(a.InstanceID),
		"targets":                             jsonText(a.Targets),
		"target_maps":                         jsonText(a.TargetMaps),
		"schedule_expression":                 value(a.ScheduleExpression),
		"schedule_offset":                     number(a.ScheduleOffset),
		"duration":                            number(a.Duration),
		"last_execution_date":                 date(a.LastExecutionDate),
		"overview_status":                     nil,
		"overview_detailed_status":            nil,
		"association_status_aggregated_count": nil,
		"title":                               firstOf(a.AssociationName, a.Name, &a.AssociationID),
	}
	if o := a.Overview; o != nil {
		r["overview_status"], r["overview_detailed_status"] = value(o.Status), value(o.DetailedStatus)
		r["association_status_aggregated_count"] = jsonText(o.Counts)
	}
	return readIn(simulated, region, r)
}

func associationARN(simulated *fleet.Fleet, region string, a fleet.Association) string {
	return fmt.Sprintf("arn:%s:ssm:%s:%s:association/%s", simulated.Partition(), region, simulated.AccountID(), a.AssociationID)
}

// expectedTags are the columns of an association's tags.
func expectedTags(a fleet.Association) row {
	byKey := map[string]string{}
	for _, tag := range a.Tags() {
		byKey[tag.Key] = tag.Value
	}
	return row{"tags_src": jsonText(append([]fleet.Tag{}, a.Tags()...)), "tags": jsonText(byKey)}
}

// expectedDescription also returns the columns that a description and the tags fill.
func expectedDescription(simulated *fleet.Fleet, region string, a fleet.Association) row {
	r := expectedAssociation(simulated, region, a)
	maps.Copy(r, expectedTags(a))
	maps.Copy(r, row{
		"date":                             date(a.Date),
		"last_update_association_date":     date(a.LastUpdateAssociationDate),
		"last_successful_execution_date":   date(a.LastSuccessfulExecutionDate),
		"status":                           nil,
		"parameters":                       jsonText(a.Parameters),
		"compliance_severity":              value(a.ComplianceSeverity),
		"sync_compliance":                  value(a.SyncCompliance),
		"apply_only_at_cron_interval":      int64(0),
		"automation_target_parameter_name": value(a.AutomationTargetParameterName),
		"max_concurrency":                  value(a.MaxConcurrency),
		"max_errors":                       value(a.MaxErrors),
		"calendar_names":                   jsonText(a.CalendarNames),
		"target_locations":                 jsonText(a.TargetLocations),
		"output_s3_region":                 nil,
		"output_s3_bucket_name":            nil,
		"output_s3_key_prefix":             nil,
		"alarm_configuration":              jsonText(a.AlarmConfiguration),
		"triggered_alarms":                 jsonText(a.TriggeredAlarms),
		"association_dispatch_assume_role": value(a.AssociationDispatchAssumeRole),
	})
	if a.ApplyOnlyAtCronInterval != nil {
		r["apply_only_at_cron_interval"] = boolean(a.ApplyOnlyAtCronInterval)
	}
	if s := a.Status; s != nil {
		r["status"] = jsonText(map[string]any{"Date": date(s.Date), "Message": s.Message, "Name": s.Name, "AdditionalInfo": s.AdditionalInfo})
	}
	if o := a.OutputLocation; o != nil && o.S3Location != nil {
		r["output_s3_region"], r["output_s3_bucket_name"] = value(o.S3Location.OutputS3Region), value(o.S3Location.OutputS3BucketName)
		r["output_s3_key_prefix"] = value(o.S3Location.OutputS3KeyPrefix)
	}
	return r
}
