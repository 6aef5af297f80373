package e2e

import (
	"encoding/json"
	"maps"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// The expected rows of the tables, computed from the fleet without the plugin,
// with JSON as canonical returns it.

// readIn adds the origin of a row.
func readIn(simulated *fleet.Fleet, region string, r row) row {
	r["partition"], r["region"], r["account_id"] = simulated.Partition(), region, simulated.AccountID()
	return r
}

func date(t *fleet.Timestamp) any {
	if t == nil {
		return nil
	}
	return t.Time().Format(time.RFC3339Nano)
}

// boolean converts a boolean as SQLite does.
func boolean(b *bool) any {
	switch {
	case b == nil:
		return nil
	case *b:
		return int64(1)
	}
	return int64(0)
}

func number(n *int) any {
	if n == nil {
		return nil
	}
	return int64(*n)
}

func firstOf(candidates ...*string) any {
	for _, s := range candidates {
		if dereference(s) != "" {
			return *s
		}
	}
	return nil
}

// jsonText returns the value of a JSON column, nil for null.
func jsonText(v any) any {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return canonical(string(text))
}

// canonical sorts the keys of JSON and removes nulls and false, which the API's
// types do not distinguish from omitted members.
func canonical(text string) any {
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

// sameTable is sameRows with canonical JSON.
func sameTable(t *testing.T, got, want []row) {
	t.Helper()
	for _, r := range got {
		for name, v := range r {
			if text, ok := v.(string); ok && jsonColumns[name] && json.Valid([]byte(text)) {
				r[name] = canonical(text)
			}
		}
	}
	sameRows(t, got, want)
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
