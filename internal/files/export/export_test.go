package export_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/files/export"
	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

func TestEachTableHasAFileForEachAccountAndRegion(t *testing.T) {
	o := newPlainOrg(t, 2, 12)
	dir := t.TempDir()
	m := o.mustRun(dir, options())
	_, host := o.host()
	var want []string
	for _, table := range host.Tables() {
		for _, account := range []string{"000000000007", "000000000008"} {
			for _, region := range regions {
				want = append(want, path(table.Name, account, region))
			}
		}
	}
	slices.Sort(want)
	found := files(t, dir)
	if got := names(found); !slices.Equal(got, want) {
		t.Errorf("files:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if got := len(rowsOf(t, found)); int64(got) != m.Rows || got == 0 {
		t.Errorf("the files have %d rows, the manifest %d", got, m.Rows)
	}
}

// A second export over one cold cache makes as many calls as one scan of each table
// with a cache.
func TestCallsAreThoseOfOneScan(t *testing.T) {
	o := newPlainOrg(t, 1, 12)
	o.mustRun(t.TempDir(), options())
	exported := o.calls()

	server, host := o.host()
	db, err := embedded.Open(host, embedded.Options{CacheTTLSeconds: 3600})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, table := range host.Tables() {
		err := db.Run(t.Context(), "select * from "+table.Name, func(rows *embedded.Rows) error {
			for rows.Next() {
			}
			return rows.Err()
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if scanned := o.calls(); !maps.Equal(exported, scanned) {
		t.Errorf("the export made %v, scans make %v", exported, scanned)
	}
	server.Close()
}

func TestTheManifestTellsWhatEachPartitionIs(t *testing.T) {
	o := newOrg(t, 1, 12)
	o.connections[0].Config += "ignore_error_codes = [\"InvalidInstanceId\"]\n"
	node := o.refusedNode(t)
	dir := t.TempDir()
	started := time.Now().Add(-time.Second)
	o.mustRun(dir, options(onlyStatus))

	var m export.Manifest
	text, err := os.ReadFile(filepath.Join(dir, export.ManifestName))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	if m.Status != export.Complete || m.Version != "v0" || m.Day != today || m.Finished == nil || m.Started.Before(started) || m.Finished.Before(m.Started) {
		t.Errorf("the manifest is %+v", m)
	}
	if calls := o.calls(); m.Calls[statusCall] != calls[statusCall] || calls[statusCall] == 0 {
		t.Errorf("the manifest has the calls %v, AWS was sent %v", m.Calls, calls)
	}
	if len(m.Partitions) != len(regions) {
		t.Fatalf("%d partitions", len(m.Partitions))
	}
	total := int64(0)
	for _, p := range m.Partitions {
		total += p.Rows
		info, err := os.Stat(filepath.Join(dir, p.Path))
		if err != nil || info.Size() != p.Bytes || p.Status != export.Complete || p.Started == nil || p.Finished == nil {
			t.Errorf("partition %+v: %v", p, err)
		}
		var skipped []export.Skipped
		if p.Region == node.region {
			skipped = []export.Skipped{{Kind: "node", Code: "InvalidInstanceId", Count: 1}}
		}
		if !slices.Equal(p.Skipped, skipped) {
			t.Errorf("%s skipped %v, want %v", p.Region, p.Skipped, skipped)
		}
	}
	if total != m.Rows {
		t.Errorf("%d rows in all, %d in the partitions", m.Rows, total)
	}
}

type nodeIn struct{ region, id string }

// refusedNode makes AWS list a node and refuse to read it.
func (o *org) refusedNode(t *testing.T) nodeIn {
	t.Helper()
	n := nodeIn{"eu-west-1", ""}
	simulated := fleet.New(fleet.Options{Seed: 0, AccountID: "000000000007", Regions: regions, Nodes: 12})
	n.id = simulated.Nodes(n.region)[2].InstanceID
	o.sim.SetFaults(awssim.Fault{Kind: awssim.InvalidInstanceID, Action: statusCall, InstanceID: n.id})
	return n
}

func TestAReadThatFailsLeavesNoFileAndOthersComplete(t *testing.T) {
	o := newOrg(t, 2, 30)
	whole := t.TempDir()
	o.mustRun(whole, options(onlyStatus))
	o.calls()

	dir := t.TempDir()
	o.sim.SetFaults(awssim.Fault{Kind: awssim.AccessDenied, Action: statusCall, Region: "eu-west-1", Call: 15, Times: 1})
	m, err := o.run(dir, options(onlyStatus))
	var incomplete *export.IncompleteError
	if !errors.As(err, &incomplete) || incomplete.Failed != 1 || incomplete.All != 6 || !strings.Contains(err.Error(), "AccessDeniedException") ||
		!strings.Contains(err.Error(), "--resume") {
		t.Fatalf("the error is %v", err)
	}
	var failed *export.Partition
	for _, p := range m.Partitions {
		if p.Status != export.Complete {
			failed = p
		}
	}
	if m.Status != export.Failed || failed.Status != export.Failed || failed.Region != "eu-west-1" || !strings.Contains(failed.Error, "AccessDenied") || failed.Rows != 0 {
		t.Errorf("the manifest is %s, the partition %+v", m.Status, failed)
	}
	found := files(t, dir)
	if _, there := found[failed.Path]; there || len(found) != 5 {
		t.Errorf("files: %s", strings.Join(names(found), "\n"))
	}

	o.calls()
	m = o.mustRun(dir, options(onlyStatus, resume))
	alone := newOrg(t, 2, 30) // the cost of the single region
	if calls := o.calls(); calls["DescribeInstanceInformation"] != 1 || calls[statusCall] > alone.costOf(t, "eu-west-1") {
		t.Errorf("the resumed run made the calls %v", calls)
	}
	if m.Runs != 2 || m.Rows == 0 {
		t.Errorf("the manifest has %d rows of %d runs", m.Rows, m.Runs)
	}
	if got, want := rowsOf(t, files(t, dir)), rowsOf(t, files(t, whole)); !slices.Equal(got, want) {
		t.Errorf("the resumed export has %d rows, want %d", len(got), len(want))
	}
}

// costOf returns the number of calls for the association status of the more expensive
// account in a region.
func (o *org) costOf(t *testing.T, region string) int {
	t.Helper()
	o.mustRun(t.TempDir(), options(onlyStatus))
	most := map[string]int{}
	for key, n := range o.sim.Calls() {
		if key.Action == statusCall && key.Region == region {
			most[key.Account] += n
		}
	}
	return slices.Max(slices.Collect(maps.Values(most)))
}

func TestAConnectionThatFailsIsNamed(t *testing.T) {
	o := newOrg(t, 2, 12)
	o.connections[1].Config = strings.Replace(o.connections[1].Config, "AKIA", "BKIA", 1)
	dir := t.TempDir()
	m, err := o.run(dir, options(onlyStatus))
	var incomplete *export.IncompleteError
	if !errors.As(err, &incomplete) || !strings.Contains(err.Error(), "account_1") {
		t.Errorf("the error is %v", err)
	}
	if len(m.FailedConnections) != 1 || m.FailedConnections[0].Connection != "account_1" || m.Status != export.Failed {
		t.Errorf("the manifest is %s and has %v", m.Status, m.FailedConnections)
	}
	if found := files(t, dir); len(found) != len(regions) {
		t.Errorf("files: %v", names(found))
	}
}

func TestARunReplacesTheDayAndKeepsOtherDays(t *testing.T) {
	o := newOrg(t, 1, 12)
	dir := t.TempDir()
	o.mustRun(dir, options(onlyStatus, func(o *export.Options) { o.Day = "2026-02-28" }))
	o.mustRun(dir, options(onlyStatus))
	before := files(t, dir)

	larger := newOrg(t, 1, 30)
	larger.sim.SetFaults(awssim.Fault{Kind: awssim.AccessDenied, Action: statusCall, Region: "us-east-1"})
	if _, err := larger.run(dir, options(onlyStatus)); err == nil {
		t.Fatal("the run did not fail")
	}
	after := files(t, dir)
	for name, content := range before {
		replaced := strings.Contains(name, "dt="+today) && !strings.Contains(name, "us-east-1")
		if same := slices.Equal(content, after[name]); same == replaced {
			t.Errorf("%s: replaced %t, want %t", name, !same, replaced)
		}
	}
	if len(after) != len(before) {
		t.Errorf("files: %v", names(after))
	}
}

func TestResumeIsOfTheSameDayAndFlags(t *testing.T) {
	o := newOrg(t, 1, 12)
	dir := t.TempDir()
	o.mustRun(dir, options(onlyStatus))
	o.calls()
	if m := o.mustRun(dir, options(onlyStatus, resume)); m.Rows == 0 {
		t.Error("the manifest of a resumed complete export has no rows")
	}
	if calls := o.calls(); len(calls) > 0 {
		t.Errorf("a complete export was resumed with the calls %v", calls)
	}
	o.mustRun(dir, options(onlyStatus, resume, func(o *export.Options) { o.Day = "2026-03-02" }))
	if calls := o.calls(); calls[statusCall] == 0 {
		t.Error("another day was not read")
	}
	o.mustRun(dir, options(onlyStatus))
	if _, err := o.run(dir, options(resume)); err == nil || !strings.Contains(err.Error(), "other flags") {
		t.Errorf("resumed with other tables: %v", err)
	}
}

func TestShardsTogetherAreOneExport(t *testing.T) {
	for name, arguments := range map[string][]string{
		"named regions": nil,
		"patterns":      {`regions = ["*"]` + "\n"},
		"both":          {`regions = ["us-*", "eu-west-1"]` + "\n", `regions = ["us-east-1", "ap-southeast-2"]` + "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOrg(t, 3, 9, arguments...)
			whole := t.TempDir()
			o.mustRun(whole, options(onlyStatus))
			want := rowsOf(t, files(t, whole))
			for _, n := range []int{1, 2, 3, 4, 7, 20} {
				dir := t.TempDir()
				rows, read := int64(0), 0
				for k := range n {
					m := o.mustRun(dir, options(onlyStatus, func(o *export.Options) { o.Shard = export.Shard{Index: k, Count: n} }))
					rows += m.Rows
					read += len(m.Partitions)
				}
				found := files(t, dir)
				if got := rowsOf(t, found); !slices.Equal(got, want) || rows != int64(len(want)) || read != len(found) {
					t.Errorf("%d shards have %d rows in %d files of which they wrote %d; want %d", n, len(got), len(found), read, len(want))
				}
			}
		})
	}
}

func TestThePlanMakesNoCallAndBalances(t *testing.T) {
	o := newOrg(t, 10, 3)
	server, host := o.host()
	for _, n := range []int{1, 2, 3, 4, 7} {
		plan := export.NewPlan(t.Context(), server, host.Connections(), n)
		var perShard []int
		perRegion := map[string][]int{}
		perShard = make([]int, n)
		for _, p := range plan.Named {
			perShard[p.Shard]++
			if perRegion[p.Region] == nil {
				perRegion[p.Region] = make([]int, n)
			}
			perRegion[p.Region][p.Shard]++
		}
		if slices.Max(perShard)-slices.Min(perShard) > 1 {
			t.Errorf("%d shards have %v places", n, perShard)
		}
		for region, counts := range perRegion {
			if slices.Max(counts)-slices.Min(counts) > 1 {
				t.Errorf("%d shards have %v places in %s", n, counts, region)
			}
		}
	}
	if calls := o.sim.Calls(); len(calls) > 0 {
		t.Errorf("the plan made the calls %v", calls)
	}
}

func TestTwoConnectionsToOneAccountAreRefused(t *testing.T) {
	o := newOrg(t, 1, 3)
	o.connections = append(o.connections, embedded.Connection{Name: "again", Config: o.connections[0].Config})
	dir := t.TempDir()
	_, err := o.run(dir, options(onlyStatus))
	if err == nil || !strings.Contains(err.Error(), "account_0 and again read the same account, 000000000007, in us-east-1") {
		t.Errorf("the error is %v", err)
	}
	if found := files(t, dir); len(found) > 0 {
		t.Errorf("files: %v", names(found))
	}
}

func TestColumnsOfTheFoldersAreNotInTheFiles(t *testing.T) {
	o := newOrg(t, 1, 3)
	for name, test := range map[string]struct {
		partitionBy []string
		file        string
		inside      []string
	}{
		"all":    {export.DefaultPartitionBy, path(statusTable, "000000000007", "us-east-1"), nil},
		"no day": {[]string{"region", "account_id"}, statusTable + "/region=us-east-1/account_id=000000000007/part-0.parquet", nil},
		"day":    {[]string{"dt"}, statusTable + "/dt=" + today + "/part-000000000007-us-east-1.parquet", []string{"region", "account_id"}},
		"region": {[]string{"dt", "region"}, statusTable + "/dt=" + today + "/region=us-east-1/part-000000000007.parquet", []string{"account_id"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			o.mustRun(dir, options(onlyStatus, func(o *export.Options) { o.PartitionBy = test.partitionBy; o.Format = "parquet" }))
			content, ok := files(t, dir)[test.file]
			if !ok {
				t.Fatalf("there is no %s; there are %v", test.file, names(files(t, dir)))
			}
			columns := columnsOf(t, content)
			for _, column := range []string{"region", "account_id", "dt"} {
				if got, want := slices.Contains(columns, column), slices.Contains(test.inside, column); got != want {
					t.Errorf("%s is in the file: %t, want %t", column, got, want)
				}
			}
			if !slices.Contains(columns, "partition") || columns[0] != "instance_id" {
				t.Errorf("columns: %v", columns)
			}
		})
	}
}

func TestTextFormatsHaveTheSameRows(t *testing.T) {
	o := newPlainOrg(t, 1, 9)
	parquetRows := o.mustRun(t.TempDir(), options()).Rows
	dir := t.TempDir()
	m := o.mustRun(dir, options(func(o *export.Options) { o.Format = "jsonl" }))
	lines := int64(0)
	for name, content := range files(t, dir) {
		for line := range strings.Lines(string(content)) {
			lines++
			var row map[string]any
			if err := json.Unmarshal([]byte(line), &row); err != nil {
				t.Fatalf("%s: %v: %s", name, err, line)
			}
		}
	}
	if lines != parquetRows || m.Rows != parquetRows {
		t.Errorf("jsonl has %d lines and %d rows, parquet %d", lines, m.Rows, parquetRows)
	}
	if m := o.mustRun(t.TempDir(), options(func(o *export.Options) { o.Format = "csv" })); m.Rows != parquetRows {
		t.Errorf("csv has %d rows", m.Rows)
	}
}

func TestSQLIsOneFile(t *testing.T) {
	o := newOrg(t, 2, 9)
	asFile := func(sql string) export.Options {
		return options(func(o *export.Options) { o.SQL, o.Name, o.PartitionBy = sql, "counts", []string{"dt"} })
	}
	dir := t.TempDir()
	m := o.mustRun(dir, asFile("select account_id, count(*) as n from "+statusTable+" group by 1"))
	found := files(t, dir)
	if rows := rowsOf(t, found); len(rows) != 2 || m.Rows != 2 || found["counts/dt="+today+"/part-0.parquet"] == nil {
		t.Errorf("files %v have the rows %v", names(found), rows)
	}
	o.calls()
	o.mustRun(dir, func() export.Options {
		o := asFile("select account_id, count(*) as n from " + statusTable + " group by 1")
		resume(&o)
		return o
	}())
	if calls := o.calls(); len(calls) > 0 {
		t.Errorf("a complete export was resumed with the calls %v", calls)
	}
	for name, sql := range map[string]string{
		"two results":       "select 1 as a; select 2 as a",
		"no result":         "create table x as select 1 as a",
		"a failing part":    "select 1 as a; select no_such_column",
		"an error of types": "select case when value < 2000 then 1 else 'x' end as a from generate_series(1, 3000)",
	} {
		dir := t.TempDir()
		if m, err := o.run(dir, asFile(sql)); err == nil || m.Status != export.Failed || len(files(t, dir)) > 0 {
			t.Errorf("%s: %v, files %v", name, err, names(files(t, dir)))
		}
	}
}

// Readers of CSV skip empty lines.
func TestNullsInTheOnlyColumnOfCSVAreRows(t *testing.T) {
	o := newOrg(t, 1, 3)
	dir := t.TempDir()
	o.mustRun(dir, options(func(o *export.Options) {
		o.SQL, o.Name, o.Format, o.PartitionBy = "values (null), ('x'), ('')", "q", "csv", []string{"dt"}
	}))
	content := files(t, dir)["q/dt="+today+"/part-0.csv"]
	records, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if want := [][]string{{"column1"}, {""}, {"x"}, {""}}; err != nil || !slices.EqualFunc(records, want, slices.Equal) {
		t.Errorf("got %q, %v", content, err)
	}
}

// A failing destination ends the run: no further AWS call is made.
func TestADestinationThatFailsEndsTheRun(t *testing.T) {
	for name, failure := range map[string]failingStore{
		"full":            {afterBytes: 20_000},
		"does not commit": {afterCommits: 3},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOrg(t, 40, 30)
			dir := t.TempDir()
			folder, err := export.OpenDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			failure.Store, failure.state = folder, &storeState{}
			server, host := o.host()
			m, err := export.Run(t.Context(), server, host, &failure, options(onlyStatus, func(o *export.Options) { o.Format = "jsonl" }))
			if !errors.Is(err, errFull) || m.Status != export.Failed {
				t.Fatalf("the export is %s, its error %v", m.Status, err)
			}
			if read := o.calls()["DescribeInstanceInformation"]; read >= 40*len(regions) {
				t.Errorf("all %d regions were read", read)
			}
			complete := map[string]bool{}
			for _, p := range m.Partitions {
				complete[p.Path] = p.Status == export.Complete
			}
			for name := range files(t, dir) {
				if !complete[name] {
					t.Errorf("%s is there and not complete", name)
				}
			}
		})
	}
}

func TestAnInterruptedExportLeavesNothingHalf(t *testing.T) {
	o := newPlainOrg(t, 4, 30)
	dir := t.TempDir()
	store, err := export.OpenDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	server, host := o.host()
	interrupting := &failingStore{Store: store, afterCommits: 4, state: &storeState{}, then: cancel}
	m, err := export.Run(ctx, server, host, interrupting, options())
	if !errors.Is(err, context.Canceled) || m.Status != export.Failed {
		t.Fatalf("the export is %s, its error %v", m.Status, err)
	}
	rowsOf(t, files(t, dir)) // every file can be read, and there are no others
	m = o.mustRun(dir, options(resume))
	if got := int64(len(rowsOf(t, files(t, dir)))); got != m.Rows || got == 0 {
		t.Errorf("the files have %d rows, the manifest %d", got, m.Rows)
	}
}

// Regions of many accounts are read concurrently, within the plugin's own limits.
func TestPlacesAreReadAtOnce(t *testing.T) {
	o := newOrg(t, 6, 60)
	o.sim.SetLatency(20 * time.Millisecond)
	o.mustRun(t.TempDir(), options(onlyStatus))
	const ofOneRegion = 16
	if n := o.sim.MaxInFlightOverall(); n <= 2*ofOneRegion {
		t.Errorf("%d requests were in flight at once, no more than of two regions", n)
	}
}

func TestTablesThatAreNotThereAreNamed(t *testing.T) {
	o := newOrg(t, 1, 3)
	_, err := o.run(t.TempDir(), options(func(o *export.Options) { o.Tables = []string{"ssm_nodes"} }))
	if err == nil || !strings.Contains(err.Error(), `unknown table "ssm_nodes"; tables: ssm_association,`) {
		t.Errorf("the error is %v", err)
	}
}

func TestArrayTasksAreShards(t *testing.T) {
	for name, test := range map[string]struct {
		environment map[string]string
		count       int
		want        export.Shard
		no          bool
		err         string
	}{
		"no array":           {no: true},
		"AWS Batch":          {environment: map[string]string{"AWS_BATCH_JOB_ARRAY_INDEX": "3", "AWS_BATCH_JOB_ARRAY_SIZE": "10"}, want: export.Shard{Index: 3, Count: 10}},
		"Kubernetes":         {environment: map[string]string{"JOB_COMPLETION_INDEX": "0", "JOB_COMPLETIONS": "4"}, want: export.Shard{Index: 0, Count: 4}},
		"Kubernetes, a flag": {environment: map[string]string{"JOB_COMPLETION_INDEX": "1"}, count: 4, want: export.Shard{Index: 1, Count: 4}},
		"Slurm from 1": {environment: map[string]string{
			"SLURM_ARRAY_TASK_ID": "8", "SLURM_ARRAY_TASK_COUNT": "8", "SLURM_ARRAY_TASK_MIN": "1"}, want: export.Shard{Index: 7, Count: 8}},
		"Slurm in steps": {environment: map[string]string{
			"SLURM_ARRAY_TASK_ID": "10", "SLURM_ARRAY_TASK_COUNT": "4", "SLURM_ARRAY_TASK_MIN": "2", "SLURM_ARRAY_TASK_STEP": "4"}, want: export.Shard{Index: 2, Count: 4}},
		"no size":   {environment: map[string]string{"JOB_COMPLETION_INDEX": "1"}, err: "set JOB_COMPLETIONS, or say the shard with --shard 1/N"},
		"no number": {environment: map[string]string{"AWS_BATCH_JOB_ARRAY_INDEX": "x"}, err: "not a number"},
		"beyond":    {environment: map[string]string{"AWS_BATCH_JOB_ARRAY_INDEX": "4"}, count: 4, err: "counted from 0"},
		"uneven":    {environment: map[string]string{"SLURM_ARRAY_TASK_ID": "3", "SLURM_ARRAY_TASK_COUNT": "2", "SLURM_ARRAY_TASK_STEP": "2"}, err: "in steps of 2"},
		"fewer tasks than shards": {environment: map[string]string{
			"SLURM_ARRAY_TASK_ID": "0", "SLURM_ARRAY_TASK_COUNT": "2"}, count: 4, err: "--shard K/4"},
		"the same number twice": {environment: map[string]string{
			"JOB_COMPLETION_INDEX": "1", "JOB_COMPLETIONS": "4"}, count: 4, want: export.Shard{Index: 1, Count: 4}},
		"empty value": {environment: map[string]string{"JOB_COMPLETION_INDEX": ""}, no: true},
	} {
		t.Run(name, func(t *testing.T) {
			lookup := func(name string) (string, bool) { v, ok := test.environment[name]; return v, ok }
			shard, isTask, err := export.ShardOfTask(lookup, test.count)
			switch {
			case test.err != "":
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("the error is %v", err)
				}
			case err != nil || isTask == test.no || !test.no && shard != test.want || test.no && shard != export.Whole:
				t.Errorf("got %v, %t, %v", shard, isTask, err)
			}
		})
	}
}

func TestShardsAreParsed(t *testing.T) {
	for text, want := range map[string]export.Shard{"0/1": {Index: 0, Count: 1}, "3/4": {Index: 3, Count: 4}} {
		if got, err := export.ParseShard(text); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "1", "4/4", "-1/4", "0/0", "a/b", "1/2/3", "0/1000000"} {
		if shard, err := export.ParseShard(text); err == nil {
			t.Errorf("%q is %v", text, shard)
		}
	}
}

func FuzzParseShard(f *testing.F) {
	f.Add("0/4")
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := export.ParseShard(text); err == nil && (s.Index < 0 || s.Index >= s.Count) {
			t.Errorf("%q is %v", text, s)
		}
	})
}

// An endpoint that is not AWS may name any account.
func TestFilesStayInTheFolder(t *testing.T) {
	sim := awssim.New(awssim.Options{}, awssim.Account{Fleet: fleet.New(fleet.Options{
		AccountID: "1/../../../outside", Regions: regions, Nodes: 1, Associations: 1,
	})})
	listener, err := sim.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	o := &org{t: t, sim: sim, connections: []embedded.Connection{{Name: "c", Config: fmt.Sprintf(
		"endpoint_url = %q\naccess_key = %q\nsecret_key = \"secret\"\nregions = [\"us-east-1\"]\n",
		listener.URL(), awssim.DefaultAccessKeyID)}}}
	parent := t.TempDir()
	o.mustRun(filepath.Join(parent, "out"), options(onlyStatus))
	want := []string{"out/" + path(statusTable, "1%2F..%2F..%2F..%2Foutside", "us-east-1")}
	if got := names(files(t, parent)); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
