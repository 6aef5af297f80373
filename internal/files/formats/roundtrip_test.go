package formats_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"
	"pgregory.net/rapid"

	"steampipe-plugin-ssmassoc/internal/cli/output"
	"steampipe-plugin-ssmassoc/internal/cli/render"
	"steampipe-plugin-ssmassoc/internal/files/attach"
	"steampipe-plugin-ssmassoc/internal/files/cell"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

func openDatabase(t *testing.T) *embedded.DB {
	t.Helper()
	t.Setenv("STEAMPIPE_LOG_LEVEL", "off")
	host, err := embedded.NewHost(ssmassoc.NewServer(), []embedded.Connection{{Name: "ssmassoc"}}, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	db, err := embedded.Open(host, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// result is a result of SQL.
type result struct {
	names []string
	kinds []embedded.Kind
	rows  [][]any // nil, bool, int64, float64, string or []byte
}

// query runs a statement and returns its result.
func query(t *rapid.T, db *embedded.DB, sql string) result {
	t.Helper()
	var r result
	if err := db.Run(t.Context(), sql, func(rows *embedded.Rows) error {
		r = result{}
		for _, c := range rows.Columns {
			r.names, r.kinds = append(r.names, c.Name), append(r.kinds, c.Kind)
		}
		for rows.Next() {
			row := make([]any, len(rows.Columns))
			for i := range row {
				row[i] = valueOf(rows, i)
			}
			r.rows = append(r.rows, row)
		}
		return rows.Err()
	}); err != nil {
		t.Fatalf("%v: %s", err, sql)
	}
	return r
}

func valueOf(rows *embedded.Rows, i int) any {
	switch rows.Type(i) {
	case sqlite3.NULL:
		return nil
	case sqlite3.INTEGER:
		if rows.Columns[i].Kind == embedded.Bool {
			return rows.Int(i) != 0
		}
		return rows.Int(i)
	case sqlite3.FLOAT:
		return rows.Float(i)
	case sqlite3.BLOB:
		return bytes.Clone(rows.Blob(i))
	}
	return string(rows.Text(i))
}

// writeFile writes the result of a statement to a file, whose ending is that of a format.
func writeFile(t *rapid.T, db *embedded.DB, sql, file string) {
	t.Helper()
	f, err := output.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	format, ok := render.ForFile(file)
	if !ok {
		t.Fatalf("no format for %s", file)
	}
	w := bufio.NewWriter(f)
	if err := db.Run(t.Context(), sql, func(rows *embedded.Rows) error {
		return format.Write(w, rows, render.Options{MemoryMB: embedded.LeastMemoryMB})
	}); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
}

// times draws the texts of times from the years 1 to 9999.
func times() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		first, last := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).Unix(), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).Unix()
		seconds := rapid.Int64Range(first, last).Draw(t, "seconds")
		nanoseconds := rapid.SampledFrom([]int64{0, 1_000, 500_000_000, 999_999_000, 123_456_789}).Draw(t, "nanoseconds")
		return time.Unix(seconds, nanoseconds).UTC().Format(time.RFC3339Nano)
	})
}

// documents draws JSON documents.
func documents() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{
		`{}`, `[]`, `{"a": 1, "b": [true, null]}`, "{\n\"<&>\":\t\"\\u2028\u2028\"}", `[12345678901234567890, 1e300, 0.10]`, `"text"`,
		`"2026-01-02"`, `1`, `1.50`, `true`, `null`, `{"a": 1, "a": 2}`, `not JSON`, ``,
	})
}

var texts = rapid.OneOf(
	rapid.String(),
	rapid.SampledFrom([]string{
		"", " ", "a\nb", "a\r\nb", "\r", "\n", "\"", "\"\"", "a,b;c\td", `\`, `\N`, `\t`, `\.`, "null", "NULL", "a\x00b", "\x00", "\ufeff",
		"-1", "007", "1e5", "1.0", "8.10", "true", "2026-01-02", "0001-01-01T00:00:00Z", "NaN", "Inf", "=1+1", "'", "節 שלום", "\u2028",
		"9223372036854775808", "{}", "[1]", "i-0036092b4bc358841", "\ufffd",
	}),
	rapid.StringMatching(`-?[0-9]{1,3}(\.[0-9]{1,2})?`),
)

// values are the generators of values of each kind, which may be null.
var values = map[embedded.Kind]*rapid.Generator[any]{
	embedded.Text:   rapid.OneOf(asAny(texts), rapid.Just[any](nil)),
	embedded.Int:    rapid.OneOf(asAny(rapid.Int64()), asAny(rapid.SampledFrom([]int64{math.MinInt64, math.MaxInt64, 0})), rapid.Just[any](nil)),
	embedded.Double: rapid.OneOf(asAny(rapid.Float64()), asAny(rapid.SampledFrom([]float64{1, 1e21, 5e-324, 1e300, 1.0 / 3, 0.1})), rapid.Just[any](nil)),
	embedded.Bool:   rapid.OneOf(asAny(rapid.Bool()), rapid.Just[any](nil)),
	embedded.Timestamp: rapid.OneOf(
		asAny(times()), asAny(rapid.SampledFrom([]string{"2026-01-02", "2026-01-02 03:04:05+01:00"})), rapid.Just[any](nil)),
	embedded.JSON: rapid.OneOf(asAny(documents()), rapid.Just[any](nil)),
}

func asAny[T any](g *rapid.Generator[T]) *rapid.Generator[any] {
	return rapid.Map(g, func(v T) any { return v })
}

var blobs = rapid.OneOf(asAny(rapid.SliceOfN(rapid.Byte(), 0, 6)), rapid.Just[any](nil))

var names = rapid.OneOf(
	rapid.SampledFrom([]string{"a", "A", "a_2", " a", "a ", "", " ", "b;c", "b,c;d;e", "\t", "x\ny", "\"q\"", "Ünï", "\ufeffx", `\N`, "column1"}),
	rapid.StringMatching(`[a-zA-Z ,;"'\t\\<>&ü]{1,5}`),
)

// drawn is a random table, and the statement that selects its columns under random names.
type drawn struct {
	table attach.Table
	sql   string
}

func draw(t *rapid.T, table string) drawn {
	kinds := rapid.SliceOfN(rapid.SampledFrom([]embedded.Kind{
		embedded.Text, embedded.Int, embedded.Double, embedded.Bool, embedded.Timestamp, embedded.JSON, -1,
	}), 1, 5).Draw(t, "kinds")
	var d drawn
	var selected []string
	generators := make([]*rapid.Generator[any], len(kinds))
	for i, kind := range kinds {
		if generators[i] = values[kind]; generators[i] == nil {
			generators[i], kind = blobs, embedded.Text
		}
		name := fmt.Sprintf("c%d", i)
		d.table.Columns = append(d.table.Columns, embedded.Column{Name: name, Kind: kind})
		selected = append(selected, name+" as "+sqlite3.QuoteIdentifier(names.Draw(t, "name")))
	}
	d.table.Name = table
	d.sql = "select " + strings.Join(selected, ", ") + " from " + table
	var rows [][]any
	for range rapid.IntRange(0, 4).Draw(t, "rows") {
		row := make([]any, len(kinds))
		for i := range row {
			row[i] = generators[i].Draw(t, "value")
		}
		rows = append(rows, row)
	}
	d.table.Rows = func(send func([]any) error) error {
		for _, row := range rows {
			if err := send(row); err != nil {
				return err
			}
		}
		return nil
	}
	return d
}

// TestWhatIsWrittenIsAttached writes random tables in every format that can be attached,
// and attaches them: they have the same columns and values, but for what docs/command.md
// lists.
func TestWhatIsWrittenIsAttached(t *testing.T) {
	db, folder := openDatabase(t), t.TempDir()
	file := 0
	rapid.Check(t, func(r *rapid.T) {
		file++
		written := draw(r, fmt.Sprintf("written%d", file))
		if err := db.Attach(r.Context(), &written.table.Table, written.table.Rows); err != nil {
			r.Fatal(err)
		}
		want := query(r, db, written.sql)
		for _, ending := range []string{".csv", ".tsv", ".json", ".jsonl", ".parquet"} {
			file++
			compression := rapid.SampledFrom([]string{"", ".gz", ".zst"}).Draw(r, "compression")
			name := fmt.Sprintf("%d%s%s", file, ending, compression)
			if rapid.Bool().Draw(r, "capitals") {
				name = strings.ToUpper(name)
			}
			name = filepath.Join(folder, name)
			writeFile(r, db, written.sql, name)
			tables, err := attach.Open(r.Context(), attach.Source{Name: fmt.Sprintf("read%d", file), File: name}, embedded.Options{})
			if strings.HasPrefix(ending, ".json") && len(want.rows) == 0 {
				if err == nil || !strings.Contains(err.Error(), "it has no columns") {
					r.Fatalf("%s without rows: %v", ending, err)
				}
				continue
			}
			if err != nil {
				r.Fatalf("%s: %v", ending, err)
			}
			if err := db.Attach(r.Context(), &tables[0].Table, tables[0].Rows); err != nil {
				r.Fatalf("%s: %v", ending, err)
			}
			compare(r, ending, want, query(r, db, "select * from "+tables[0].Name))
			_ = os.Remove(name)
		}
	})
}

// compare compares what was written with what was read.
func compare(t *rapid.T, ending string, want, got result) {
	t.Helper()
	wanted := make([]string, len(want.names))
	for i, name := range want.names {
		if wanted[i] = cell.TrimName(name); ending == ".parquet" {
			wanted[i] = strings.ToLower(wanted[i])
		}
	}
	if wanted = cell.DistinctNames(wanted); !slices.Equal(got.names, wanted) {
		t.Fatalf("%s: got the columns %q, want %q", ending, got.names, wanted)
	}
	if len(got.rows) != len(want.rows) {
		t.Fatalf("%s: got %d rows, want %d", ending, len(got.rows), len(want.rows))
	}
	for n, row := range want.rows {
		for i, value := range row {
			same := sameTyped
			if ending == ".csv" || ending == ".tsv" {
				same = sameText
			}
			// An empty text beside nothing but times is no time, and is null.
			emptyTime := value == "" && got.kinds[i] == embedded.Timestamp && got.rows[n][i] == nil && ending != ".parquet"
			if !same(ending, value, want.kinds[i], got.rows[n][i]) && !emptyTime {
				t.Fatalf("%s: row %d, column %q of the kind %v: wrote %T %#v, read %T %#v of the kind %v", ending, n, want.names[i],
					want.kinds[i], value, value, got.rows[n][i], got.rows[n][i], got.kinds[i])
			}
		}
	}
}

// sameText reports whether a value of a format without types is as it was written: it
// prints as the same text, but for an empty text, which is null.
func sameText(_ string, wrote any, _ embedded.Kind, read any) bool {
	return printed(wrote) == printed(read) && (read != nil || printed(wrote) == "")
}

func printed(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case []byte:
		return base64.StdEncoding.EncodeToString(v)
	case float64:
		return embedded.FormatDouble(v)
	}
	return fmt.Sprint(value)
}

// sameTyped reports whether a value is as it was written, with its type. Blobs are texts
// in Base64, documents are the same but for spaces, and times of Parquet are in UTC and to
// the microsecond.
func sameTyped(ending string, wrote any, kind embedded.Kind, read any) bool {
	switch v := wrote.(type) {
	case []byte:
		wrote = base64.StdEncoding.EncodeToString(v)
	case string:
		if kind == embedded.JSON && ending != ".parquet" {
			return sameDocument(v, read)
		}
		if kind == embedded.Timestamp && ending == ".parquet" {
			at, _ := embedded.ParseTime(v)
			wrote = time.UnixMicro(at.UnixMicro()).UTC().Format(time.RFC3339Nano)
		}
	}
	return reflect.DeepEqual(wrote, read)
}

// sameDocument reports whether a JSON document has become itself, or the value that it
// stands for if all of its column stand for values.
func sameDocument(wrote string, read any) bool {
	if !json.Valid([]byte(wrote)) {
		quoted, _ := json.Marshal(wrote)
		return read == wrote || read == string(quoted)
	}
	var document bytes.Buffer
	_ = json.Compact(&document, []byte(wrote))
	if text, ok := read.(string); ok && (text == document.String()) {
		return true
	}
	var value any
	_ = json.Unmarshal([]byte(wrote), &value)
	if n, ok := read.(int64); ok {
		read = float64(n)
	}
	return value == read || printed(value) == printed(read)
}
