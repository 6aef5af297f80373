package giants

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/demo"
	"steampipe-plugin-ssmassoc/internal/test/processes"
)

// maxMemory bounds each process, in bytes.
const maxMemory = 400 << 20

// rowsOf returns the number of rows of the tables.
func rowsOf(t *testing.T) int {
	t.Helper()
	const usual = 4_000
	text, set := os.LookupEnv("SSMASSOC_GIANT_ROWS")
	if !set {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A row is counted by its number, so that a row twice and another missing do not balance.
type tally struct{ rows, sum int }

func (c *tally) add(n int) { c.rows, c.sum = c.rows+1, c.sum+n }

func complete(rows int) tally { return tally{rows, rows * (rows - 1) / 2} }

// reader reads a table in a process, and returns what it found and the process's peak of
// memory in bytes.
type reader struct {
	name string
	read func(t *testing.T, url string, of giantTable) (tally, int)
}

func TestGiants(t *testing.T) {
	if testing.Short() {
		t.Skip("short tests run under the race detector, which takes time and memory of its own")
	}
	command, plugin := processes.Build(t, processes.Command), processes.Build(t, processes.Plugin)
	readers := []reader{
		{"query", func(t *testing.T, url string, of giantTable) (tally, int) { return query(t, command, url, of) }},
		{"export", func(t *testing.T, url string, of giantTable) (tally, int) { return export(t, command, url, of) }},
		{"plugin", func(t *testing.T, url string, of giantTable) (tally, int) { return overGRPC(t, plugin, url, of, false) }},
		{"plugin with a cache", func(t *testing.T, url string, of giantTable) (tally, int) { return overGRPC(t, plugin, url, of, true) }},
	}
	for _, table := range giantTables {
		rows := rowsOf(t) / max(1, table.share)
		url := startGiant(t, table.name, rows)
		for _, r := range readers {
			t.Run(table.name+"/"+r.name, func(t *testing.T) {
				start := time.Now()
				got, peak := r.read(t, url, table)
				t.Logf("%d rows, %d MiB at most, %s", got.rows, peak>>20, time.Since(start).Round(time.Second/10))
				if want := complete(rows); got != want {
					t.Errorf("%+v, want %+v", got, want)
				}
				if peak > maxMemory {
					t.Errorf("%d MiB at most, want %d", peak>>20, maxMemory>>20)
				}
			})
		}
	}
}

// run runs the command over the giant and returns its output and peak of memory.
func run(t *testing.T, command, url string, arguments ...string) (out []byte, peak int) {
	t.Helper()
	config := filepath.Join(t.TempDir(), "giant.spc")
	text := "connection \"giant\" {\n  plugin = \"ssmassoc\"\n" + connection(url) + "}\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(command, append(arguments, "--config", config)...)
	out, err := cmd.Output()
	if err != nil {
		if failed, ok := errors.AsType[*exec.ExitError](err); ok {
			t.Logf("%.1000s", failed.Stderr)
		}
		t.Fatal(err)
	}
	return out, int(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss) << 10
}

func connection(url string) string {
	return demo.Arguments(url, awssim.DefaultAccessKeyID, "secret", []string{"us-east-1"})
}

// query reads every column of a table by SQL.
func query(t *testing.T, command, url string, of giantTable) (tally, int) {
	t.Helper()
	var lengths []string
	for _, column := range columnsOf(t, command, of.name) {
		lengths = append(lengths, fmt.Sprintf("sum(length(%q))", column))
	}
	out, peak := run(t, command, url, "query", "--output", "csv", fmt.Sprintf(
		"select count(*), sum(cast(substr(%s, -12) as integer)), %s from %s", of.number, strings.Join(lengths, ", "), of.name))
	lines := strings.Split(string(out), "\n")
	var got tally
	if _, err := fmt.Sscanf(lines[1], "%d,%d", &got.rows, &got.sum); err != nil {
		t.Fatalf("%.200s: %v", out, err)
	}
	return got, peak
}

func columnsOf(t *testing.T, command, table string) []string {
	t.Helper()
	out, err := exec.Command(command, "query", "--demo", "--output", "jsonl", "select name from pragma_table_info('"+table+"')").Output()
	if err != nil {
		t.Fatal(err)
	}
	var columns []string
	for line := range bytes.Lines(out) {
		var row struct{ Name string }
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		columns = append(columns, row.Name)
	}
	return columns
}

// export writes a table into files.
func export(t *testing.T, command, url string, of giantTable) (tally, int) {
	t.Helper()
	to := t.TempDir()
	_, peak := run(t, command, url, "export", "--format", "jsonl", "--to", to, "--table", of.name)
	var got tally
	err := filepath.WalkDir(to, func(path string, _ os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".jsonl") {
			return err
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		for rows := json.NewDecoder(file); ; {
			var row map[string]any
			if err := rows.Decode(&row); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return err
			}
			got.add(numberOf(row[of.number].(string)))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return got, peak
}

// overGRPC reads every column of a table as Steampipe does.
func overGRPC(t *testing.T, plugin, url string, of giantTable, cached bool) (tally, int) {
	t.Helper()
	h := processes.StartPlugin(t, plugin)
	cacheMB := int64(0)
	if cached {
		cacheMB = 64
	}
	if err := h.Configure(map[string]string{"giant": connection(url)}, cacheMB); err != nil {
		t.Fatal(err)
	}
	schema, err := h.GetSchema(&proto.GetSchemaRequest{Connection: "giant"})
	if err != nil {
		t.Fatal(err)
	}
	var columns []string
	for _, c := range schema.Schema.Schema[of.name].Columns {
		columns = append(columns, c.Name)
	}
	var got tally
	err = h.Read(processes.Scan{Table: of.name, Connections: []string{"giant"}, Columns: columns, Cached: cached}, func(r *proto.Row) bool {
		got.add(numberOf(r.Columns[of.number].GetStringValue()))
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	peak := processes.UsageOf(t, h.PID()).Peak
	h.Kill()
	return got, peak
}
