package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// longValue is nearly as long as a value may be, and grows when escaped.
const longValue = "select printf('%.*c', 16000000, char(27))"

// TestMemory runs SQL that asks for gigabytes and measures the command's peak memory.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("short tests run under the race detector, which takes memory of its own")
	}
	const limitMiB = 300
	for name, test := range map[string]struct {
		sql    string
		long   int    // MB of a literal after the SQL
		output string // table if empty
		answer bool   // otherwise the command runs out of memory
	}{
		"a long blob":             {sql: "select hex(randomblob(1000000000))"},
		"a long text":             {sql: "select printf('%.*c', 2000000000, 'x')"},
		"a long literal":          {sql: "select ", long: 50},
		"a long aggregate":        {sql: "select group_concat(printf('%.*c', 1000000, 'x')) from generate_series(1, 1500)"},
		"a wide sort":             {sql: "select hex(randomblob(1000000)) as x from generate_series(1, 1500) order by x"},
		"a large table":           {sql: "create table t as select hex(randomblob(1000000)) as x from generate_series(1, 1500)"},
		"endless rows in a table": {sql: "select value from generate_series(1, 1000000000)"},
		"endless rows in JSON":    {sql: "select value from generate_series(1, 1000000000)", output: "json"},
		"wide rows in a table":    {sql: "select printf('%.*c', 1000000, 'x') from generate_series(1, 1000)"},
		"a long value in a table": {sql: longValue},
		"a long value in JSON":    {sql: longValue, output: "json", answer: true},
		"a long value in lines":   {sql: longValue, output: "line", answer: true},
		"a long value in CSV":     {sql: longValue, output: "csv", answer: true},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "query.sql")
			writeSQL(t, file, test.sql, test.long)
			if test.output == "" {
				test.output = "table"
			}
			var stderr bytes.Buffer
			cmd := exec.Command("ssmassoc", "query", "--demo", "--output", test.output, file)
			cmd.Stderr = &stderr
			mib, err := runForPeak(t, cmd)
			t.Logf("%d MiB: %s", mib, stderr.Bytes())
			if test.answer {
				if err != nil {
					t.Error(err)
				}
			} else if code := cmd.ProcessState.ExitCode(); code != exitFailed || !strings.Contains(stderr.String(), "ssmassoc: out of memory: ") {
				t.Errorf("got %v, want exit status %d and that it is out of memory", err, exitFailed)
			}
			if mib > limitMiB {
				t.Errorf("took %d MiB, want at most %d", mib, limitMiB)
			}
		})
	}
}

// writeSQL writes SQL to a file, followed by a literal of some MB.
func writeSQL(t *testing.T, name, sql string, long int) {
	t.Helper()
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(file)
	_, _ = w.WriteString(sql)
	if long > 0 {
		_ = w.WriteByte('\'')
		megabyte := strings.Repeat("x", 1<<20)
		for range long {
			_, _ = w.WriteString(megabyte)
		}
		_ = w.WriteByte('\'')
	}
	if err := errors.Join(w.Flush(), file.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestMemoryOfAttachedFiles attaches small files that ask for gigabytes, and measures the
// command's peak memory.
func TestMemoryOfAttachedFiles(t *testing.T) {
	if testing.Short() {
		t.Skip("short tests run under the race detector, which takes memory of its own")
	}
	const limitMiB, gigabytes = 150, 2
	for name, test := range map[string]struct{ file, start, text string }{
		"a row of CSV":     {"a.csv.gz", "x\n\"", "x"},
		"rows of CSV":      {"a.csv.gz", "x\n", "012\n"},
		"a row of JSON":    {"a.json.gz", `[{"x": "`, "x"},
		"objects of JSON":  {"a.jsonl.gz", "", "{\"x\":1}\n"},
		"a row of TSV":     {"a.tsv.gz", "x\n", "\t"},
		"wide rows of CSV": {"a.csv.gz", "x\n", strings.Repeat("x", 1<<16-1) + "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), test.file)
			writeSwelling(t, file, test.start, test.text, gigabytes<<10)
			var stderr bytes.Buffer
			cmd := exec.Command("ssmassoc", "query", "--demo", "--memory-limit", "16", "--attach", "t="+file, "select count(*) from t")
			cmd.Stderr = &stderr
			mib, err := runForPeak(t, cmd)
			t.Logf("%d MiB: %s", mib, stderr.Bytes())
			if code := cmd.ProcessState.ExitCode(); code != exitFailed || !strings.Contains(stderr.String(), "out of memory: ") {
				t.Errorf("got %v, want exit status %d and that it is out of memory", err, exitFailed)
			}
			if mib > limitMiB {
				t.Errorf("took %d MiB, want at most %d", mib, limitMiB)
			}
		})
	}
}

// writeSwelling writes a compressed file of a start and of MBs of a text over and over.
func writeSwelling(t *testing.T, name, start, text string, mb int) {
	t.Helper()
	var member, file bytes.Buffer
	for _, part := range []struct {
		to   *bytes.Buffer
		text string
	}{{&file, start}, {&member, strings.Repeat(text, 1<<20/len(text))}} {
		w := gzip.NewWriter(part.to)
		_, _ = w.Write([]byte(part.text))
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for range mb {
		_, _ = file.Write(member.Bytes())
	}
	if err := os.WriteFile(name, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}
