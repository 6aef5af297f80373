package engines_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"steampipe-plugin-ssmassoc/internal/files/engines"
	"steampipe-plugin-ssmassoc/internal/files/export"
	"steampipe-plugin-ssmassoc/internal/server"
	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/pgtest"
	"steampipe-plugin-ssmassoc/internal/test/readers"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

// courses are the possible results of an association on a node over the days of the
// history: F for Failed, T for TimedOut, S for Success.
var courses = []string{
	"SSSSSS",
	"SSFFFF", // fails since the third day
	"SFFSSS", // failed for two days
	"FFFFFF", // has always failed
	"FSSSTF", // fails again
	"SSSSSF", // fails since today
}

var days = []string{"2026-02-26", "2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02", "2026-03-03"}

// courseOf returns the course of an association on a node.
func courseOf(node, association string) string {
	h := fnv.New32a()
	_, _ = io.WriteString(h, node+association)
	return courses[int(h.Sum32())%len(courses)]
}

// history is a series of daily exports of a simulated fleet.
type history struct {
	t    *testing.T
	day  atomic.Int32
	host func() (*server.Server, *embedded.Host)
	// pairs lists each association on a node, as node and association.
	pairs [][2]string
	// nodes are the regions of the nodes.
	nodes map[string]string
	// edit changes the results of a day.
	edit func(day int, rows []any) []any
	// regions are those that the next export reads.
	regions []string
}

func newHistory(t *testing.T) *history {
	t.Helper()
	return newHistoryOf(t, 10, 6)
}

func newHistoryOf(t *testing.T, nodes, associations int) *history {
	t.Helper()
	regions := []string{"us-east-1", "eu-west-1"}
	h := &history{t: t, regions: regions, nodes: map[string]string{}, edit: func(_ int, rows []any) []any { return rows }}
	simulated := fleet.New(fleet.Options{
		AccountID: "000000000007", Regions: regions, Nodes: nodes, Associations: associations,
	})
	for _, region := range regions {
		for _, node := range simulated.Nodes(region) {
			h.nodes[node.InstanceID] = region
			for _, s := range node.Statuses() {
				h.pairs = append(h.pairs, [2]string{node.InstanceID, *s.AssociationID})
			}
		}
	}
	sim := awssim.New(awssim.Options{}, awssim.Account{AccessKeyID: awssim.DefaultAccessKeyID, Fleet: simulated})
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		sim.ServeHTTP(answer, r)
		body := answer.Body.Bytes()
		if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".DescribeInstanceAssociationsStatus") {
			body = h.ofTheDay(body)
		}
		for name, values := range answer.Header() {
			if name != "Content-Length" && name != "X-Amz-Crc32" {
				w.Header()[name] = values
			}
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(body)
	}))
	t.Cleanup(listener.Close)
	h.host = func() (*server.Server, *embedded.Host) {
		connection := embedded.Connection{Name: "a", Config: fmt.Sprintf(
			"endpoint_url = %q\naccess_key = %q\nsecret_key = \"s\"\nregions = [\"%s\"]\n",
			listener.URL, awssim.DefaultAccessKeyID, strings.Join(h.regions, `", "`))}
		plugin := ssmassoc.NewServer()
		host, err := embedded.NewHost(plugin, []embedded.Connection{connection}, embedded.Options{CacheTTLSeconds: 60})
		if err != nil {
			t.Fatal(err)
		}
		return plugin, host
	}
	return h
}

// ofTheDay replaces the results in a response of AWS with those of the day.
func (h *history) ofTheDay(body []byte) []byte {
	var answer map[string]any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&answer); err != nil {
		h.t.Error(err)
		return body
	}
	rows, _ := answer["InstanceAssociationStatusInfos"].([]any)
	for _, row := range rows {
		row := row.(map[string]any)
		status := courseOf(row["InstanceId"].(string), row["AssociationId"].(string))[h.day.Load()]
		row["Status"] = map[byte]string{'S': "Success", 'F': "Failed", 'T': "TimedOut"}[status]
	}
	if rows != nil {
		answer["InstanceAssociationStatusInfos"] = h.edit(int(h.day.Load()), rows)
	}
	changed, err := json.Marshal(answer)
	if err != nil {
		h.t.Error(err)
	}
	return changed
}

// exportedTables are the tables of the history.
var exportedTables = []string{"ssm_instance_association_status", "ssm_effective_instance_association"}

// export exports a day.
func (h *history) export(dir, format string, day int, tables ...string) {
	h.t.Helper()
	if len(tables) == 0 {
		tables = exportedTables
	}
	h.day.Store(int32(day))
	store, err := export.OpenDir(dir)
	if err != nil {
		h.t.Fatal(err)
	}
	plugin, host := h.host()
	_, err = export.Run(h.t.Context(), plugin, host, store, export.Options{
		Format: format, PartitionBy: partitionBy, Shard: export.Whole, Day: days[day],
		Tables: tables,
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// outage is a row of ssm_outages: a day is its index, or -1 for none.
type outage struct {
	pair              [2]string
	since, last, till int
}

// outages returns the outages that the courses imply.
func (h *history) outages() []outage {
	var all []outage
	for _, pair := range h.pairs {
		course := courseOf(pair[0], pair[1])
		for day := 0; day < len(course); day++ {
			if course[day] == 'S' {
				continue
			}
			o := outage{pair: pair, since: day, till: -1}
			for ; day < len(course) && course[day] != 'S'; day++ {
				o.last = day
			}
			if day < len(course) {
				o.till = day
			}
			all = append(all, o)
		}
	}
	return all
}

// expected returns the views' results that the courses imply, as sorted lines.
func (h *history) expected() map[string][]string {
	day := func(i int) string {
		if i < 0 {
			return ""
		}
		return days[i]
	}
	last := len(days) - 1
	want := map[string][]string{}
	add := func(view string, values ...string) { want[view] = append(want[view], strings.Join(values, ",")) }
	failing := make([]int, len(days))
	for _, pair := range h.pairs {
		course := courseOf(pair[0], pair[1])
		for d := range days {
			if course[d] != 'S' {
				failing[d]++
			}
		}
		if course[last] != 'S' {
			add("ssm_failing_now", pair[0], pair[1])
		}
		if course[last] != course[last-1] {
			name := map[byte]string{'S': "Success", 'F': "Failed", 'T': "TimedOut"}
			add("ssm_changed_since_yesterday", pair[0], pair[1], "changed", name[course[last-1]], name[course[last]])
		}
	}
	for _, o := range h.outages() {
		add("ssm_outages", o.pair[0], o.pair[1], day(o.since), day(o.last), day(o.till), fmt.Sprint(o.last-o.since+1))
		if o.till < 0 {
			add("ssm_failing_since", o.pair[0], o.pair[1], day(o.since))
		}
	}
	for d := range days {
		add("ssm_fleet_history", days[d], fmt.Sprint(len(h.pairs)), fmt.Sprint(failing[d]))
	}
	for _, lines := range want {
		slices.Sort(lines)
	}
	return want
}

// asked are the queries whose results expected returns.
var asked = map[string]string{
	"ssm_failing_now":             "select instance_id, association_id from ssm_failing_now",
	"ssm_failing_since":           "select instance_id, association_id, cast(failing_since as text) as since from ssm_failing_since",
	"ssm_outages":                 "select instance_id, association_id, cast(failing_since as text) as since, cast(last_seen_failing as text) as last, cast(recovered as text) as recovered, cast(snapshots as text) as snapshots from ssm_outages",
	"ssm_changed_since_yesterday": "select instance_id, association_id, what, status_before, status from ssm_changed_since_yesterday",
	"ssm_fleet_history":           "select cast(dt as text) as dt, cast(cast(sum(results) as bigint) as text) as results, cast(cast(sum(failing) as bigint) as text) as failing from ssm_fleet_history group by dt",
}

// guide is the document whose SQL the tests run.
const guide = "../../../docs/beyond-one-machine.md"

// examples returns the queries in the document's chapter on history.
func examples(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	_, chapter, ok := strings.Cut(string(text), "\n## History\n")
	if !ok {
		t.Fatalf("%s has no chapter of history", guide)
	}
	chapter, _, _ = strings.Cut(chapter, "\n## ")
	var queries []string
	for i, part := range strings.Split(chapter, "```") {
		if sql, ok := strings.CutPrefix(part, "sql\n"); ok && i%2 == 1 {
			queries = append(queries, sql)
		}
	}
	if len(queries) < 4 {
		t.Fatalf("%s has %d queries", guide, len(queries))
	}
	return queries
}

// sortedLines returns the rows of a result, without its header.
func sortedLines(result readers.Table) []string {
	lines := strings.Split(strings.TrimSuffix(result.Text(), "\n"), "\n")[1:]
	slices.Sort(lines)
	return lines
}

func TestHistoryOnDuckDB(t *testing.T) {
	readers.Require(t)
	h := newHistory(t)
	dir := filepath.Join(t.TempDir(), "o'brien [*]")
	for day := range days {
		h.export(dir, "parquet", day)
	}
	setup := statements(t, "duckdb", engines.Files{Location: dir})
	// The export has two of the six tables.
	setup = withoutMissingTables(setup, dir)
	for view, want := range h.expected() {
		if got := sortedLines(readers.DuckDB(t, setup+asked[view])); !slices.Equal(got, want) {
			t.Errorf("%s:\n%s\nwant:\n%s", view, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	for _, sql := range examples(t) {
		if result := readers.DuckDB(t, setup+sql); len(result.Rows) == 0 {
			t.Errorf("no row:\n%s", sql)
		}
	}
}

// withoutMissingTables drops views over tables that were not exported, which DuckDB
// refuses.
func withoutMissingTables(setup, dir string) string {
	var kept []string
	for _, statement := range strings.SplitAfter(setup, ";\n") {
		if _, definition, ok := strings.Cut(statement, "create or replace view "); ok && strings.Contains(definition, "read_parquet(") {
			table, _, _ := strings.Cut(definition, " ")
			if _, err := os.Stat(filepath.Join(dir, table)); err != nil {
				continue
			}
		}
		kept = append(kept, statement)
	}
	return strings.Join(kept, "")
}

func TestHistoryOnPostgreSQL(t *testing.T) {
	pg := pgtest.Open(t)
	h := newHistory(t)
	dir := filepath.Join(t.TempDir(), `o'brien\`)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	readableByAll(t, dir)
	for day := range days {
		h.export(dir, "csv", day)
		for range 2 { // loading a file again replaces its rows
			load(t, pg, dir)
		}
	}
	for view, want := range h.expected() {
		if got := pgLines(t, pg, asked[view]); !slices.Equal(got, want) {
			t.Errorf("%s:\n%s\nwant:\n%s", view, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	for _, sql := range examples(t) {
		rows, err := pg.Query(t.Context(), strings.TrimSuffix(strings.TrimSpace(sql), ";"))
		if err != nil || len(rows) == 0 {
			t.Errorf("%d rows, %v:\n%s", len(rows), err, sql)
		}
	}
}

// readableByAll lets PostgreSQL's server, which runs as another user, read a folder.
func readableByAll(t *testing.T, dir string) {
	t.Helper()
	for folder := dir; folder != os.TempDir() && folder != "/"; folder = filepath.Dir(folder) {
		if err := os.Chmod(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// load runs the statements that load the files of the last export.
func load(t *testing.T, pg *pgtest.DB, dir string) {
	t.Helper()
	manifests, err := export.ReadManifests(dir)
	if err != nil {
		t.Fatal(err)
	}
	m := manifests[0]
	files := engines.Files{Location: dir}
	for _, p := range m.Partitions {
		files.Parts = append(files.Parts, engines.Part{Table: p.Table, Path: p.Path, AccountID: p.AccountID,
			Region: p.Region, Day: m.Day, Run: m.Run, ExportedAt: *p.Finished})
	}
	if err := pg.Exec(t.Context(), statements(t, "postgres", files)); err != nil {
		t.Fatal(err)
	}
}

// pgLines returns the rows of a query with text columns, as sorted lines in the order
// of the query's columns.
func pgLines(t *testing.T, pg *pgtest.DB, sql string) []string {
	t.Helper()
	rows, err := pg.Query(t.Context(), "select concat_ws(',', "+columnsOf(sql)+") as line from ("+sql+") x")
	if err != nil {
		t.Fatalf("%v:\n%s", err, sql)
	}
	var lines []string
	for _, r := range rows {
		lines = append(lines, r["line"].(string))
	}
	slices.Sort(lines)
	return lines
}

// columnsOf returns a select list of a query's columns, each empty text if null.
func columnsOf(sql string) string {
	list, _, _ := strings.Cut(strings.TrimPrefix(sql, "select "), " from ")
	var names []string
	for _, column := range strings.Split(list, ", ") {
		name := column[strings.LastIndex(column, " ")+1:]
		names = append(names, "coalesce("+name+", '')")
	}
	return strings.Join(names, ", ")
}

func TestQueriesOfHistoryAreOfAllLanguages(t *testing.T) {
	for _, engine := range []string{"trino", "spark"} {
		if err := readers.Parse(t, engine, strings.Join(examples(t), "\n")); err != nil {
			t.Errorf("%s: %v", engine, err)
		}
	}
}
