package attach

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// attachAll opens a file and reads its rows, at most for as long as a fuzz test may take
// over an input.
func attachAll(t *testing.T, name string, contents []byte) (rows [][]any, err error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, contents, 0o600); err != nil {
		t.Fatal(err)
	}
	tables, err := Open(t.Context(), Source{Name: "a", File: file}, embedded.Options{MemoryMB: embedded.LeastMemoryMB})
	if err != nil {
		return nil, err
	}
	const enough = 10_000
	done := errors.New("enough")
	for _, table := range tables {
		columns := len(table.Columns)
		err := table.Rows(func(values []any) error {
			if len(values) != columns {
				t.Errorf("a row of %d values in a table of %d columns", len(values), columns)
			}
			row := make([]any, len(values))
			for i, v := range values {
				switch v.(type) {
				case nil, bool, int64, float64, string, []byte:
				default:
					t.Errorf("a value of the type %T", v)
				}
				row[i] = v
			}
			if rows = append(rows, row); len(rows) == enough {
				return done
			}
			return nil
		})
		if err != nil && !errors.Is(err, done) {
			return rows, err
		}
	}
	return rows, nil
}

// FuzzCSV compares the reader with that of the standard library, which reads line breaks
// within quotes as LF.
func FuzzCSV(f *testing.F) {
	for _, text := range []string{
		"a,b\n1,2\n", "a;b\r\n\"x;\r\ny\";2\r\n", "a\n\"\"\n\n\"\"\"\"\n", "a,a\n1\n", "\"a", "a\"b\n", "\"a\"b\n", "\ufeffx\n\r\n1",
		"a\tb\n1,5\t2\n", "x\n\xff\n", "a\r", "a,b\n\"1\"\r\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, contents []byte) {
		rows, err := attachAll(t, "a.csv", contents)
		r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(contents, []byte("\ufeff"))))
		r.Comma = separatorOf(string(bytes.TrimPrefix(contents[:min(len(contents), 4096)], []byte("\ufeff"))))
		records, wantErr := r.ReadAll()
		if err != nil || wantErr != nil || bytes.Contains(contents, []byte("\r\n")) {
			if err == nil && wantErr != nil {
				t.Errorf("got %q, and the standard library %v", rows, wantErr)
			}
			return
		}
		for i, row := range rows {
			for j, value := range row {
				want := records[i+1][j]
				if b, ok := value.(bool); ok {
					want = strings.ToLower(want)
					value = fmt.Sprint(b)
				}
				if got := printed(value); got != want {
					t.Errorf("row %d: got %q, want %q", i, got, want)
				}
			}
		}
	})
}

func FuzzTSV(f *testing.F) {
	for _, text := range []string{"a\tb\n1\t\\N\n", "a\n\n\\t\\n\\\\\n", "a\tb\r\n1\n", "\ufeffa\n", "a\n\xff\n"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, contents []byte) { _, _ = attachAll(t, "a.tsv", contents) })
}

func FuzzJSON(f *testing.F) {
	for _, text := range []string{
		`{"a": 1}{"b": [1, {"c": null}], "a": "x"}`, `[{"n": 1e400}, {"n": true}]`, `{"a"`, `[1]`, `[[{"a": 1}]]`, "{\"a\": \"\\ud800\"}",
		`{"": 12345678901234567890, "A": "2026-01-02", "a": 0.1}`, `{"a": {"a": {"a": [[[[]]]]}}}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, contents []byte) { _, _ = attachAll(t, "a.json", contents) })
}

func FuzzParquet(f *testing.F) {
	for _, file := range corpus(f) {
		f.Add(readAll(f, file))
	}
	f.Fuzz(func(t *testing.T, contents []byte) { _, _ = attachAll(t, "a.parquet", contents) })
}

func FuzzSQLite(f *testing.F) {
	for _, sql := range []string{
		"create table t(a int, b text, c); insert into t values (1, 'x', x'00'), (null, 2.5, 'y'); create view v as select a + 1 from t",
		"pragma page_size = 512; create table t(a primary key) without rowid; insert into t values ('x'), ('y'); create index i on t(a)",
		"pragma journal_mode = wal; create table t(a); insert into t select hex(randomblob(3000))",
	} {
		f.Add(databaseOf(f, sql))
	}
	f.Fuzz(func(t *testing.T, contents []byte) { _, _ = attachAll(t, "a.db", contents) })
}

// corpus returns the Parquet files of the corpus.
func corpus(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/parquet/*.parquet")
	if err != nil || len(files) < 20 {
		t.Fatalf("got %d files, %v", len(files), err)
	}
	return files
}

func readAll(t testing.TB, file string) []byte {
	t.Helper()
	contents, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return contents
}

// TestDamagedFiles damages files of every writer in a few bytes each. Whatever that does,
// it is read or an error that names the file, soon and within the memory.
func TestDamagedFiles(t *testing.T) {
	damaged, most := 0, uint64(0)
	random := rand.New(rand.NewPCG(1, 2))
	check := func(name string, whole []byte, times int) {
		for range times {
			contents := damage(random, whole)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, err := attachAll(t, name, contents)
			runtime.ReadMemStats(&after)
			most = max(most, after.TotalAlloc-before.TotalAlloc)
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("%s: took %s", name, took)
			}
			if err == nil {
				continue
			}
			damaged++
			var memory *embedded.MemoryError
			if !strings.Contains(err.Error(), name) || errors.As(err, new(*embedded.PanicError)) {
				t.Errorf("got %v, want that it names the file", err)
			} else if text := err.Error(); !errors.As(err, &memory) && strings.Contains(text, "runtime error") {
				t.Logf("%s", text)
			}
		}
	}
	for _, file := range corpus(t) {
		check("a.parquet", readAll(t, file), 30)
	}
	check("a.db", databaseOf(t, "create table t(a); insert into t select hex(randomblob(3000)) from generate_series(1, 20)"), 60)
	if damaged < 300 || most > 20*embedded.LeastMemoryMB<<20 {
		t.Errorf("%d files are damaged, and took up to %d MB", damaged, most>>20)
	}
	t.Logf("%d files are damaged, and took up to %d MB", damaged, most>>20)
}

// damage returns a file with some bytes changed, or a part missing.
func damage(random *rand.Rand, whole []byte) []byte {
	contents := bytes.Clone(whole)
	switch random.IntN(6) {
	case 0:
		start := random.IntN(len(contents))
		end := min(len(contents), start+1+random.IntN(64))
		return append(contents[:start], contents[end:]...)
	case 1:
		return contents[:random.IntN(len(contents))]
	default:
		for range 1 + random.IntN(4) {
			contents[random.IntN(len(contents))] = byte(random.IntN(256))
		}
	}
	return contents
}

// databaseOf returns the contents of a database made with SQL.
func databaseOf(t testing.TB, sql string) []byte {
	t.Helper()
	return readAll(t, withDB(t, sql))
}
