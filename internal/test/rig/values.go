package rig

import (
	"encoding/json"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// readIn adds the origin of a row.
func readIn(simulated *fleet.Fleet, region string, r Row) Row {
	r["partition"], r["region"], r["account_id"] = simulated.Partition(), region, simulated.AccountID()
	return r
}

// Date returns the value of a column of times.
func Date(t *fleet.Timestamp) any {
	if t == nil {
		return nil
	}
	return t.Time().Format(time.RFC3339Nano)
}

// Boolean converts a boolean as SQLite does.
func Boolean(b *bool) any {
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

// FirstOf returns the first text that is not empty, else null.
func FirstOf(candidates ...*string) any {
	for _, s := range candidates {
		if Dereference(s) != "" {
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
	return Canonical(string(text))
}

// Value returns the value of a column of texts.
func Value(s *string) any {
	if s == nil {
		return nil
	}
	return *s
}

// Dereference returns a text, "" for null.
func Dereference(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// Pages returns the number of calls that read the given number of items.
func Pages(items, size int) int { return max(1, (items+size-1)/size) }

// ScanCalls returns the calls of a scan of the nodes: a listing for every 50
// nodes of a region, and a read for every 50 rows of a node.
func ScanCalls(nodes []*fleet.Node) Calls {
	perRegion := map[string]int{}
	reads := 0
	for _, node := range nodes {
		perRegion[node.Region]++
		reads += max(1, (node.StatusCount()+49)/50)
	}
	listings := 0
	for _, n := range perRegion {
		listings += (n + 49) / 50
	}
	return Calls{ListingOp: listings, StatusOp: reads}
}
