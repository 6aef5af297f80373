package compare_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/files/compare"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

// result is an association's status on a node.
type result struct{ node, association, name, status any }

// key identifies an association on a node; name does where there is no ID.
func (r result) key() string {
	if r.association != nil {
		return fmt.Sprint(r.node, " id ", r.association)
	}
	return fmt.Sprint(r.node, " name ", r.name)
}

func (r result) fails() bool {
	status, _ := r.status.(string)
	return slices.Contains(ssmassoc.FailingStatuses, status)
}

// history is the results of each day and region; a region that was not exported is
// missing.
type history map[string]map[string][]result

var days = []string{"2026-02-26", "2026-02-27", "2026-03-01", "2026-03-02"}

// random returns a history in which results come, go and change.
func random(r *rand.Rand) history {
	pick := func(of ...any) any { return of[r.IntN(len(of))] }
	h := history{}
	for _, day := range days {
		h[day] = map[string][]result{}
		for _, region := range []string{"us-east-1", "eu-west-1"} {
			if r.IntN(8) == 0 {
				continue
			}
			h[day][region] = []result{}
			for range r.IntN(12) {
				h[day][region] = append(h[day][region], result{
					pick("i-1", "i-2", "mi-3"), pick("a", "b", nil), pick("one", "it's", nil),
					pick("Success", "Failed", "TimedOut", "Pending", "Skipped", nil),
				})
			}
		}
	}
	return h
}

// write writes the files of an export.
func (h history) write(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	add := func(path string, rows ...map[string]any) {
		file := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		for _, row := range rows {
			line, err := json.Marshal(row)
			if err != nil {
				t.Fatal(err)
			}
			text.Write(append(line, '\n'))
		}
		if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, day := range days {
		snapshots := []map[string]any{{"table_name": "ssm_association", "account_id": "001", "region": "nowhere"}}
		add("ssm_instance_association_status/account_id=001/region=nowhere/dt=" + day + "/part-0.jsonl")
		for region, results := range h[day] {
			var rows, nodes []map[string]any
			seen := map[any]bool{}
			for _, r := range results {
				rows = append(rows, map[string]any{
					"instance_id": r.node, "association_id": r.association, "association_name": r.name, "status": r.status,
				})
				if !seen[r.node] {
					nodes = append(nodes, map[string]any{"instance_id": r.node})
				}
				seen[r.node] = true
			}
			place := "/account_id=001/region=" + region + "/dt=" + day + "/part-0.jsonl"
			add("ssm_instance_association_status"+place, rows...)
			add("ssm_managed_instance"+place, nodes...)
			snapshots = append(snapshots, map[string]any{
				"table_name": "ssm_instance_association_status", "account_id": "001", "region": region,
			})
		}
		add("ssm_snapshot/dt="+day+"/part-run.jsonl", snapshots...)
	}
	return dir
}

// failing tells by key whether each association of a region fails on a day, or false for
// a region that was not exported.
func (h history) failing(day, region string) (fails map[string]bool, exported bool) {
	results, exported := h[day][region]
	fails = map[string]bool{}
	for _, r := range results {
		fails[r.key()] = fails[r.key()] || r.fails()
	}
	return fails, exported
}

// statuses returns those of a key, which AWS may list twice.
func (h history) statuses(day, region, key string) []any {
	var all []any
	for _, r := range h[day][region] {
		if r.key() == key {
			all = append(all, r.status)
		}
	}
	return all
}

// since returns the first day of the failure that lasts on a day. A day without the
// association is no break.
func (h history) since(at int, region, key string) string {
	since := ""
	for ; at >= 0; at-- {
		fails, _ := h.failing(days[at], region)
		failing, reported := fails[key]
		if reported && !failing {
			break
		}
		if reported {
			since = days[at]
		}
	}
	return since
}

// expected returns the changes of results, as region, key and change, with since.
func (h history) expected(older, newer int) map[string]string {
	want := map[string]string{}
	for _, region := range []string{"us-east-1", "eu-west-1"} {
		before, inOld := h.failing(days[older], region)
		after, inNew := h.failing(days[newer], region)
		if inOld && !inNew {
			want[region+" "] = compare.NotInNew
			continue
		}
		if inNew && !inOld {
			want[region+" "] = compare.NotInOld
		}
		for key, fails := range after {
			switch {
			case fails && before[key]:
				want[region+" "+key] = compare.StillFailing + " " + h.since(newer, region, key)
			case fails:
				want[region+" "+key] = compare.NewFailure + " " + h.since(newer, region, key)
			case before[key]:
				want[region+" "+key] = compare.Inconclusive
				if slices.Contains(h.statuses(days[newer], region, key), any("Success")) {
					want[region+" "+key] = compare.Fixed
				}
			}
		}
		for key, fails := range before {
			if _, reported := after[key]; fails && !reported {
				want[region+" "+key] = compare.NoLonger
			}
		}
	}
	return want
}

// changes runs a comparison.
func changes(t *testing.T, older compare.Side, newer *compare.Side) (got map[string]string, nodes []string) {
	t.Helper()
	chosen, err := compare.Choose(older, newer)
	if err != nil {
		t.Fatal(err)
	}
	host, err := embedded.NewHost(ssmassoc.NewServer(), []embedded.Connection{{Name: "ssmassoc"}}, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	db, err := embedded.Open(host, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	counts, err := compare.Load(t.Context(), db, chosen, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got = map[string]string{}
	told := map[string]int{}
	err = db.Run(t.Context(), compare.Select, func(rows *embedded.Rows) error {
		for rows.Next() {
			text := func(i int) string { return string(rows.Text(i)) }
			change := text(0)
			told[change]++
			if strings.HasPrefix(change, "node") {
				nodes = append(nodes, text(2)+" "+change+" "+text(3))
				continue
			}
			var r result
			if node := text(3); node != "" {
				r.node = node
			}
			if id := text(4); id != "" {
				r.association = id
			}
			if name := text(5); name != "" {
				r.name = name
			}
			key := r.key()
			if strings.HasPrefix(change, "region") {
				key = ""
			}
			got[text(2)+" "+key] = strings.TrimSpace(change + " " + text(9))
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(told) != fmt.Sprint(counts) {
		t.Errorf("counts %v of changes %v", counts, told)
	}
	return got, nodes
}

// TestRandomHistories compares two days of many histories with what a plain program
// makes of them, over one folder and over two.
func TestRandomHistories(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		h := random(r)
		dir := h.write(t)
		newer := 1 + r.IntN(len(days)-1)
		older := r.IntN(newer)
		got, nodes := changes(t, compare.Side{Folder: dir, Day: days[older]}, &compare.Side{Folder: dir, Day: days[newer]})
		want := h.expected(older, newer)
		for key, change := range got {
			// Where a key is listed twice, either status is that of the row.
			if key[strings.Index(key, " ")+1:] != "" && change == compare.Inconclusive && want[key] == compare.Fixed {
				region, of, _ := strings.Cut(key, " ")
				if len(h.statuses(days[newer], region, of)) > 1 {
					got[key] = compare.Fixed
				}
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("seed %d, %s to %s:\n got %v\nwant %v", seed, days[older], days[newer], got, want)
		}
		if want := h.expectedNodes(older, newer); !slices.Equal(nodes, want) {
			t.Fatalf("seed %d: nodes %q, want %q", seed, nodes, want)
		}
	}
}

// expectedNodes returns the nodes that came and went.
func (h history) expectedNodes(older, newer int) []string {
	var want []string
	for _, change := range []struct {
		name     string
		in, from int
	}{{"node appeared", newer, older}, {"node gone", older, newer}} {
		for _, region := range []string{"eu-west-1", "us-east-1"} {
			if h[days[older]][region] == nil || h[days[newer]][region] == nil {
				continue
			}
			has := func(day int, node any) bool {
				return slices.ContainsFunc(h[days[day]][region], func(r result) bool { return r.node == node })
			}
			for _, node := range []any{"i-1", "i-2", "mi-3"} {
				if has(change.in, node) && !has(change.from, node) {
					want = append(want, fmt.Sprint(region, " ", change.name, " ", node))
				}
			}
		}
	}
	return want
}

func TestWithoutADay(t *testing.T) {
	h := random(rand.New(rand.NewPCG(7, 7)))
	one, other := h.write(t), h.write(t)
	last := len(days) - 1
	for name, test := range map[string]struct {
		older compare.Side
		newer *compare.Side
		from  int
	}{
		"one folder":                {compare.Side{Folder: one}, nil, last - 1},
		"an older day":              {compare.Side{Folder: one, Day: days[0]}, nil, 0},
		"the same folder twice":     {compare.Side{Folder: one}, &compare.Side{Folder: one + "/"}, last - 1},
		"two folders":               {compare.Side{Folder: one}, &compare.Side{Folder: other}, last},
		"an older day of a folder":  {compare.Side{Folder: one, Day: days[1]}, &compare.Side{Folder: other}, 1},
		"the last day of one alone": {compare.Side{Folder: one, Day: days[last]}, &compare.Side{Folder: other, Day: days[last]}, last},
	} {
		got, _ := changes(t, test.older, test.newer)
		if want := h.expected(test.from, last); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s:\n got %v\nwant %v", name, got, want)
		}
	}
}

func TestWrongSides(t *testing.T) {
	dir := random(rand.New(rand.NewPCG(7, 7))).write(t)
	empty := t.TempDir()
	for _, test := range []struct {
		older compare.Side
		newer *compare.Side
		want  string
	}{
		{compare.Side{Folder: empty}, nil, "has no ssm_instance_association_status; export that table"},
		{compare.Side{Folder: dir, Day: "2026-02-28"}, nil, "has no export of 2026-02-28; it has 2026-02-26 to 2026-03-02"},
		{compare.Side{Folder: dir, Day: days[2]}, &compare.Side{Folder: dir, Day: days[1]}, "2026-02-27 is not after 2026-03-01"},
		{compare.Side{Folder: dir}, &compare.Side{Folder: dir, Day: days[0]}, "has no day before 2026-02-26"},
	} {
		if _, err := compare.Choose(test.older, test.newer); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v to %v: error %v, want %q", test.older, test.newer, err, test.want)
		}
	}
	for text, want := range map[string]string{
		filepath.Join(dir, "none"): "no such file", "s3://bucket/fleet@2026-03-01": "s3://bucket/fleet is in S3; copy it here first", dir + "@today": "no such file", "compare_test.go": "is not a folder",
	} {
		if _, err := compare.ParseSide(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", text, err, want)
		}
	}
}
