package rig

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/ncruces/go-sqlite3"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// Row is a row of a result, with values of type string, int64 or float64, or
// nil for null.
type Row map[string]any

// Query runs a statement and returns its rows.
func Query(ctx context.Context, db *embedded.DB, sql string) ([]Row, error) {
	var result []Row
	err := db.Run(ctx, sql, func(rows *embedded.Rows) error {
		for rows.Next() {
			r := Row{}
			for i, c := range rows.Columns {
				switch rows.Type(i) {
				case sqlite3.NULL:
					r[c.Name] = nil
				case sqlite3.INTEGER:
					r[c.Name] = rows.Int(i)
				case sqlite3.FLOAT:
					r[c.Name] = rows.Float(i)
				default:
					r[c.Name] = string(rows.Text(i))
				}
			}
			result = append(result, r)
		}
		return rows.Err()
	})
	return result, err
}

// SameRows compares rows in any order, on the columns of the expected rows.
func SameRows(t *testing.T, got, want []Row) {
	t.Helper()
	if len(want) > 0 {
		keys := slices.Sorted(maps.Keys(want[0]))
		for _, r := range got {
			maps.DeleteFunc(r, func(key string, _ any) bool { return !slices.Contains(keys, key) })
		}
	}
	gotLines, wantLines := Lines(got), Lines(want)
	if slices.Equal(gotLines, wantLines) {
		return
	}
	t.Errorf("got %d rows, want %d", len(got), len(want))
	reportDifference(t, "missing", wantLines, gotLines)
	reportDifference(t, "unexpected", gotLines, wantLines)
}

func reportDifference(t *testing.T, what string, in, of []string) {
	t.Helper()
	count := map[string]int{}
	for _, line := range of {
		count[line]++
	}
	shown := 0
	for _, line := range in {
		if count[line]--; count[line] < 0 && shown < 3 {
			t.Errorf("%s: %s", what, line)
			shown++
		}
	}
}

// ReadTimeColumns depend on the time of the read: two reads of one association
// differ when a run of its schedule falls between them.
var ReadTimeColumns = []string{"next_scheduled_date", "previous_scheduled_date"}

// Lines formats rows for comparison, sorted. Of ReadTimeColumns it tells only
// whether they have a value.
func Lines(rows []Row) []string {
	res := make([]string, len(rows))
	for i, r := range rows {
		for _, name := range ReadTimeColumns {
			if r[name] != nil {
				r = maps.Clone(r)
				r[name] = "a time"
			}
		}
		text, err := json.Marshal(r)
		if err != nil {
			panic(err)
		}
		res[i] = string(text)
	}
	slices.Sort(res)
	return res
}

// Only keeps the named columns of rows.
func Only(rows []Row, columns ...string) []Row {
	res := make([]Row, len(rows))
	for i, r := range rows {
		res[i] = Row{}
		for _, c := range columns {
			res[i][c] = r[c]
		}
	}
	return res
}

// KeysOf returns the names of a row's columns.
func KeysOf(r Row) []string {
	var keys []string
	for k := range r {
		keys = append(keys, k)
	}
	return keys
}

// LaterThan compares RFC 3339 times of UTC with and without fractions.
func LaterThan(a, b string) bool {
	return strings.TrimSuffix(a, "Z") > strings.TrimSuffix(b, "Z")
}

// SameTable is sameRows with canonical JSON.
func SameTable(t *testing.T, got, want []Row) {
	t.Helper()
	for _, r := range got {
		for name, v := range r {
			if text, ok := v.(string); ok && jsonColumns[name] && json.Valid([]byte(text)) {
				r[name] = Canonical(text)
			}
		}
	}
	SameRows(t, got, want)
}

// Canonical sorts the keys of JSON and removes nulls and false, which the API's
// types do not distinguish from omitted members.
func Canonical(text string) any {
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		panic(err)
	}
	if v == nil {
		return nil
	}
	res, err := json.Marshal(pruned(v))
	if err != nil {
		panic(err)
	}
	return string(res)
}

func pruned(v any) any {
	switch v := v.(type) {
	case map[string]any:
		maps.DeleteFunc(v, func(_ string, member any) bool { return member == nil || member == false })
		for name, member := range v {
			v[name] = pruned(member)
		}
	case []any:
		for i, member := range v {
			v[i] = pruned(member)
		}
	}
	return v
}

// jsonColumns are the JSON columns of the tables. status is JSON in
// ssm_association only.
var jsonColumns = map[string]bool{
	"instance_association_status_aggregated_count": true,
	"targets": true, "target_maps": true, "association_status_aggregated_count": true,
	"status": true, "parameters": true, "calendar_names": true, "target_locations": true,
	"alarm_configuration": true, "triggered_alarms": true, "resource_count_by_status": true,
	"tags": true, "tags_src": true, "akas": true, "command_plugins": true, "notification_config": true,
	"cloud_watch_output_config": true, "execution_summary": true, "details": true, "compliant_summary": true,
	"non_compliant_summary": true, "resolved_targets": true, "outputs": true, "runbooks": true,
}
