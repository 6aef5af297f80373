package attach

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/ncruces/go-sqlite3"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// repeated is a reader of a text over and over.
type repeated struct {
	text string
	left int64
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, io.EOF
	}
	n := 0
	for n < len(p) && r.left > 0 {
		n += copy(p[n:min(int64(len(p)), int64(n)+r.left)], r.text)
		r.left -= int64(min(len(r.text), len(p)))
	}
	return n, nil
}

// compressed writes a file of a text over and over, and returns its name.
func compressed(t *testing.T, name, start, text string, mb int64) string {
	t.Helper()
	var part bytes.Buffer
	var w io.WriteCloser
	members := mb
	if strings.HasSuffix(name, ".gz") {
		w = gzip.NewWriter(&part)
	} else {
		z, err := zstd.NewWriter(&part)
		if err != nil {
			t.Fatal(err)
		}
		w = z
	}
	if _, err := io.Copy(w, io.LimitReader(&repeated{text, 2 << 20}, 1<<20)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), name)
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	var head bytes.Buffer
	if strings.HasSuffix(name, ".gz") {
		w = gzip.NewWriter(&head)
	} else if w, err = zstd.NewWriter(&head); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(w, start)
	if err := errors.Join(w.Close(), func() error { _, err := f.Write(head.Bytes()); return err }()); err != nil {
		t.Fatal(err)
	}
	for range members {
		if _, err := f.Write(part.Bytes()); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestRowsThatAreTooLong attaches files of a few MB whose first row goes on for
// gigabytes.
func TestRowsThatAreTooLong(t *testing.T) {
	for _, test := range []struct{ name, start, text string }{
		{"a.csv.gz", "", "x"},
		{"a.csv.gz", "x\n", ",,,,"},
		{"a.csv.gz", "x\n\"", "x\n"},
		{"a.csv.zst", "x\n\"", "\"\""},
		{"a.tsv.gz", "x\n", "\t"},
		{"a.tsv.zst", "", "x"},
		{"a.json.gz", "[{\"x\": \"", "x"},
		{"a.jsonl.gz", "{\"x\": [", "1,"},
		{"a.json.zst", "{\"", "x"},
		{"a.json.gz", "[", " "},
		{"a.json.gz", "{\"x\": ", "1"},
	} {
		file := compressed(t, test.name, test.start, test.text, 200)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Open(t.Context(), Source{Name: "a", File: file}, embedded.Options{MemoryMB: embedded.LeastMemoryMB})
		runtime.ReadMemStats(&after)
		var memory *embedded.MemoryError
		if !errors.As(err, &memory) {
			t.Errorf("%s of %q: got %v, want that it is out of memory", test.name, test.text, err)
		}
		if took := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 3*embedded.LeastMemoryMB {
			t.Errorf("%s of %q: took %d MB for a limit of %d MB", test.name, test.text, took, embedded.LeastMemoryMB)
		}
	}
}

func TestManyColumns(t *testing.T) {
	equal := strings.Repeat("x,", 60_000)
	for _, test := range []struct{ name, text string }{
		{"a.csv", equal + "x\n" + equal + "1\n"},
		{"a.tsv", strings.ReplaceAll(equal, ",", "\t") + "x\n"},
		{"a.json", "{" + strings.Join(numbered(60_000, `"x%d": 1`), ", ") + "}"},
	} {
		_, err := openFile(t, "a", write(t, test.name, test.text))
		if err == nil || !strings.Contains(err.Error(), "it has more columns than the 2000 of a table") {
			t.Errorf("%s: got %v", test.name, err)
		}
	}
	wide := strings.Join(numbered(2000, "x%[1]d"), ",") + "\n"
	if _, err := openFile(t, "a", write(t, "a.csv", wide)); err != nil {
		t.Error(err)
	}
}

func numbered(n int, format string) []string {
	texts := make([]string, n)
	for i := range texts {
		texts[i] = fmt.Sprintf(format, i)
	}
	return texts
}

// TestReadingEndsWithTheContext attaches what takes for ever, and cancels it.
func TestReadingEndsWithTheContext(t *testing.T) {
	endless := withDB(t, `create view v as with recursive n(x) as (select 1 union all select x + 1 from n)
		select x from n where x < 0`)
	scanned := withDB(t, `create view v as with recursive n(x) as (select 1 union all select x + 1 from n) select x from n`)
	for _, file := range []string{
		endless,
		scanned,
		compressed(t, "a.csv.gz", "x\n", "0123456789abcde\n", 10_000),
		compressed(t, "a.csv.gz", "x\n", "\n\n\n\n", 10_000),
		compressed(t, "a.tsv.zst", "x\n", "0123456789abcde\n", 100_000),
		compressed(t, "a.jsonl.gz", "", "{\"x\":   12345 }\n", 10_000),
	} {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(20*time.Millisecond, cancel)
		start := time.Now()
		_, err := Open(ctx, Source{Name: "a", File: file}, embedded.Options{})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v, want %v", filepath.Base(file), err, context.Canceled)
		}
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("%s: ended after %s", filepath.Base(file), took)
		}
	}
	// Rows end too, which a statement reads.
	tables, err := openFile(t, "a", "testdata/parquet/pyarrow-plain.parquet")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	source := Source{Name: "a", File: "testdata/parquet/pyarrow-plain.parquet"}
	if _, err := Open(ctx, source, embedded.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v (%d tables)", err, context.Canceled, len(tables))
	}
}

// TestSQLiteLeavesNothingBeside attaches databases with a write-ahead log: one that was
// closed, one whose log was left, and one that is open.
func TestSQLiteLeavesNothingBeside(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	folder := t.TempDir()
	file := filepath.Join(folder, "a.db")
	conn, err := sqlite3.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Exec("pragma journal_mode = wal; create table t(x); insert into t values (1)"); err != nil {
		t.Fatal(err)
	}
	checkDatabase(t, file, "[1]", "a.db a.db-shm a.db-wal")

	left := t.TempDir()
	for _, name := range []string{"a.db", "a.db-wal"} {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(left, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	checkDatabase(t, filepath.Join(left, "a.db"), "[1]", "a.db a.db-wal")
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	checkDatabase(t, file, "[1]", "a.db")
	if copies, err := os.ReadDir(temporary); err != nil || len(copies) > 0 {
		t.Errorf("copies are left: %v, %v", copies, err)
	}
}

// checkDatabase checks the rows of a database with one table, and the files in its folder
// before and after they are read.
func checkDatabase(t *testing.T, file, rows, files string) {
	t.Helper()
	if got := filesBeside(t, file); got != files {
		t.Fatalf("there are %s, want %s", got, files)
	}
	tables, err := openFile(t, "a", file)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(rowsOf(t, tables[0]), " "); got != rows {
		t.Errorf("got the rows %s, want %s", got, rows)
	}
	if got := filesBeside(t, file); got != files {
		t.Errorf("reading leaves %s, want %s", got, files)
	}
}

func filesBeside(t *testing.T, file string) string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(file))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

// TestSQLiteWithoutMemory attaches views that ask for more than there is.
func TestSQLiteWithoutMemory(t *testing.T) {
	for _, sql := range []string{
		"select hex(zeroblob(500000000)) as x",
		"select group_concat(hex(zeroblob(100000))) as x from t a, t b, t c, t d, t e, t f",
		"select hex(randomblob(50000)) as x from t a, t b, t c, t d, t e, t f order by 1",
	} {
		file := withDB(t, "create table t(n); insert into t values (1), (2), (3), (4), (5); create view v as "+sql)
		_, err := Open(t.Context(), Source{Name: "a", File: file}, embedded.Options{MemoryMB: embedded.LeastMemoryMB})
		var memory *embedded.MemoryError
		if !errors.As(err, &memory) {
			t.Errorf("%s: got %v, want that it is out of memory", sql, err)
		}
	}
}
