package attach

import (
	"encoding/hex"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// expectation is what a file of the corpus holds, as testdata/corpus.py wrote it.
type expectation struct {
	Columns map[string]string
	Rows    [][]any
}

// expectationOf returns what a file holds.
func expectationOf(t *testing.T, file string) expectation {
	t.Helper()
	name := strings.TrimSuffix(file, ".parquet")
	text, err := os.ReadFile(name + ".json")
	if err != nil {
		writer, _, _ := strings.Cut(filepath.Base(name), "-")
		text, err = os.ReadFile(filepath.Join(filepath.Dir(name), writer+".json"))
	}
	if err != nil {
		t.Fatal(err)
	}
	var e expectation
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	if err := d.Decode(&e); err != nil {
		t.Fatal(err)
	}
	return e
}

// valueOf returns a value as the expectation has it.
func valueOf(t *testing.T, expected any, kind embedded.Kind) any {
	t.Helper()
	switch v := expected.(type) {
	case json.Number:
		if kind == embedded.Int {
			n, err := v.Int64()
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		f, err := v.Float64()
		if err != nil {
			t.Fatal(err)
		}
		return f
	case map[string]any:
		if text, ok := v["json"]; ok {
			return text
		}
		bytes, err := hex.DecodeString(v["hex"].(string))
		if err != nil {
			t.Fatal(err)
		}
		return bytes
	}
	return expected
}

// TestParquetOfEveryWriter reads what DuckDB and pyarrow wrote, in every type, encoding
// and compression that they have.
func TestParquetOfEveryWriter(t *testing.T) {
	files, err := filepath.Glob("testdata/parquet/*.parquet")
	if err != nil || len(files) < 20 {
		t.Fatalf("got %d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { checkCorpus(t, file) })
	}
}

func checkCorpus(t *testing.T, file string) {
	want := expectationOf(t, file)
	tables, err := openFile(t, "a", file)
	if err != nil {
		t.Fatal(err)
	}
	columns := tables[0].Columns
	for _, c := range columns {
		if got := c.Kind.String(); got != want.Columns[c.Name] {
			t.Errorf("column %s: got %s, want %s", c.Name, got, want.Columns[c.Name])
		}
	}
	row := 0
	if err := tables[0].Rows(func(values []any) error {
		for i, got := range values {
			if f, ok := got.(float64); ok && math.IsNaN(f) {
				got = nil
			}
			if want := valueOf(t, want.Rows[row][i], columns[i].Kind); !reflect.DeepEqual(got, want) {
				t.Errorf("row %d, column %s: got %T %v, want %T %v", row, columns[i].Name, got, got, want, want)
			}
		}
		row++
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if row != len(want.Rows) || len(columns) != len(want.Columns) {
		t.Errorf("got %d rows of %d columns, want %d of %d", row, len(columns), len(want.Rows), len(want.Columns))
	}
}
