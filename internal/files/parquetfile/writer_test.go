package parquetfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"steampipe-plugin-ssmassoc/internal/files/cell"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// row has the values of a row; those that are not set are null.
type row []cell.Value

func (r row) SetText(column int, s string) {
	r[column] = cell.Value{Class: cell.Text, Bytes: []byte(s)}
}
func (r row) SetInt64(column int, n int64)     { r[column] = cell.Value{Class: cell.Int, Int: n} }
func (r row) SetDouble(column int, f float64)  { r[column] = cell.Value{Class: cell.Double, Double: f} }
func (r row) SetBool(column int, b bool)       { r[column] = cell.OfBool(b) }
func (r row) SetTime(column int, at time.Time) { r[column] = cell.OfTime(at) }

// write returns a file of rows, each given as a function that sets values.
func write(t *testing.T, columns []cell.Column, budget *Budget, rows ...func(row)) *parquet.File {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(t.Context(), &b, columns, budget)
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range rows {
		r := make(row, len(columns))
		set(r)
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return open(t, b.Bytes())
}

func open(t *testing.T, file []byte) *parquet.File {
	t.Helper()
	f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// read returns the values of a file, a line per row.
func read(t *testing.T, f *parquet.File) string {
	t.Helper()
	var lines strings.Builder
	for _, group := range f.RowGroups() {
		rows := group.Rows()
		buffer := make([]parquet.Row, 100)
		for {
			n, err := rows.ReadRows(buffer)
			for _, row := range buffer[:n] {
				for i, v := range row {
					if i > 0 {
						lines.WriteByte('|')
					}
					lines.WriteString(v.String())
				}
				lines.WriteByte('\n')
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return lines.String()
}

func TestTypesAreThoseThatEnginesRead(t *testing.T) {
	f := write(t, []cell.Column{{Name: "Title", Kind: embedded.Text}, {Name: "tags", Kind: embedded.JSON}, {Name: "n", Kind: embedded.Int}, {Name: "x", Kind: embedded.Double}, {Name: "ok", Kind: embedded.Bool}, {Name: "at", Kind: embedded.Timestamp}}, nil,
		func(w row) {
			w.SetText(0, "naïve")
			w.SetText(1, `{"a":1}`)
			w.SetInt64(2, math.MinInt64)
			w.SetDouble(3, 0.5)
			w.SetBool(4, true)
			w.SetTime(5, time.Date(1969, 12, 31, 23, 59, 59, 999_999_999, time.UTC))
		},
		func(row) {},
		func(w row) {
			w.SetText(0, "")
			w.SetBool(4, false)
			w.SetInt64(3, 7)
		},
	)
	const schema = `message row {
	optional binary title (STRING);
	optional binary tags (JSON);
	optional int64 n (INT(64,true));
	optional double x;
	optional boolean ok;
	optional int64 at (TIMESTAMP(isAdjustedToUTC=true,unit=MICROS));
}`
	if got := f.Schema().String(); got != schema {
		t.Errorf("schema:\n%s\nwant:\n%s", got, schema)
	}
	const rows = `naïve|{"a":1}|-9223372036854775808|0.5|true|-1
<null>|<null>|<null>|<null>|<null>|<null>
|<null>|<null>|7|false|<null>
`
	if got := read(t, f); got != rows {
		t.Errorf("rows:\n%s\nwant:\n%s", got, rows)
	}
	for _, column := range f.Metadata().RowGroups[0].Columns {
		if codec := column.MetaData.Codec.String(); codec != "ZSTD" {
			t.Errorf("column %v is compressed with %s", column.MetaData.PathInSchema, codec)
		}
	}
}

func TestUntypedColumnsAreOfTheTypeOfTheirValues(t *testing.T) {
	set := func(values ...any) func(row) {
		return func(w row) {
			for i, v := range values {
				switch v := v.(type) {
				case int:
					w.SetInt64(i, int64(v))
				case float64:
					w.SetDouble(i, v)
				case string:
					w.SetText(i, v)
				}
			}
		}
	}
	names := []cell.Column{{Name: "a", Open: true}, {Name: "A", Open: true}, {Name: "c", Open: true}, {Name: "d", Open: true}}
	f := write(t, names, nil, set(nil, 1, 1, "x"), set(nil, 2, 1.5, 2))
	const want = "message row {\n\toptional binary a (STRING);\n\toptional int64 a_2 (INT(64,true));\n\toptional double c;\n\toptional binary d (STRING);\n}"
	if got := f.Schema().String(); got != want {
		t.Errorf("schema:\n%s\nwant:\n%s", got, want)
	}
	if got, want := read(t, f), "<null>|1|1|x\n<null>|2|1.5|2\n"; got != want {
		t.Errorf("rows:\n%s\nwant:\n%s", got, want)
	}
}

func TestAValueThatItsColumnCannotHoldIsAnError(t *testing.T) {
	w, err := NewWriter(t.Context(), io.Discard, []cell.Column{{Name: "n", Open: true}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range rowsToGuess {
		if err := w.Write([]cell.Value{{Class: cell.Int, Int: int64(i)}}); err != nil {
			t.Fatal(err)
		}
	}
	const want = `column n is of type bigint, and row 1001 has the text "late"; cast the column to one type, as in cast(x as text)`
	if err := w.Write([]cell.Value{textOf("late")}); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestTextIsValidUTF8(t *testing.T) {
	f := write(t, []cell.Column{{Name: "a", Kind: embedded.Text}}, nil, func(w row) { w.SetText(0, "a\xffb") })
	if got := read(t, f); got != "a\uFFFDb\n" {
		t.Errorf("got %q", got)
	}
}

func TestAFileWithoutRowsHasItsColumns(t *testing.T) {
	f := write(t, []cell.Column{{Name: "a", Open: true}, {Name: "b", Kind: embedded.Int}}, nil)
	if f.NumRows() != 0 || len(f.Schema().Columns()) != 2 {
		t.Errorf("%d rows of %d columns", f.NumRows(), len(f.Schema().Columns()))
	}
}

func TestRowGroupsAreBounded(t *testing.T) {
	const rows = rowsOfGroup + 1_000
	f := write(t, []cell.Column{{Name: "n", Kind: embedded.Int}}, nil, func() (all []func(row)) {
		for i := range rows {
			all = append(all, func(w row) { w.SetInt64(0, int64(i)) })
		}
		return all
	}()...)
	if f.NumRows() != rows || len(f.RowGroups()) != 2 || f.RowGroups()[0].NumRows() != rowsOfGroup {
		t.Errorf("%d rows in %d groups", f.NumRows(), len(f.RowGroups()))
	}
}

func TestWritersShareABudget(t *testing.T) {
	budget := NewBudget(2 * leastShare)
	other, err := NewWriter(t.Context(), io.Discard, []cell.Column{{Name: "n", Kind: embedded.Int}}, budget)
	if err != nil {
		t.Fatal(err)
	}
	write := func() *parquet.File {
		return write(t, []cell.Column{{Name: "a", Kind: embedded.Text}}, budget, func() (all []func(row)) {
			for i := range 60_000 {
				// Digests do not compress.
				all = append(all, func(w row) { w.SetText(0, fmt.Sprintf("%x", uint64(i)*0x9e3779b97f4a7c15)) })
			}
			return all
		}()...)
	}
	shared := len(write().RowGroups())
	other.Abandon()
	if alone := len(write().RowGroups()); alone >= shared || budget.open != 0 {
		t.Errorf("%d row groups with another writer open, %d without; %d writers are left", shared, alone, budget.open)
	}
}

func TestOnlyValuesThatRepeatHaveADictionary(t *testing.T) {
	f := write(t, []cell.Column{{Name: "id", Kind: embedded.Text}, {Name: "status", Kind: embedded.Text}, {Name: "tags", Kind: embedded.JSON}, {Name: "n", Kind: embedded.Int}}, nil, func() (all []func(row)) {
		for i := range 2 * rowsToSample {
			all = append(all, func(w row) {
				w.SetText(0, fmt.Sprint(i))
				w.SetText(1, "Success")
				w.SetText(2, "{}")
				w.SetInt64(3, 1)
			})
		}
		return all
	}()...)
	for i, column := range f.Metadata().RowGroups[0].Columns {
		if got, want := column.MetaData.DictionaryPageOffset != 0, i == 1 || i == 2; got != want {
			t.Errorf("column %v has a dictionary: %t, want %t", column.MetaData.PathInSchema, got, want)
		}
	}
	if f.NumRows() != 2*rowsToSample {
		t.Errorf("%d rows", f.NumRows())
	}
}

func TestAFailedWriteIsAnError(t *testing.T) {
	full := errors.New("no space left")
	w, err := NewWriter(t.Context(), failingWriter{full}, []cell.Column{{Name: "a", Kind: embedded.Text}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Write([]cell.Value{textOf("x")}), w.Close()); !errors.Is(err, full) {
		t.Errorf("got %v, want %v", err, full)
	}
}

func textOf(s string) cell.Value { return cell.Value{Class: cell.Text, Bytes: []byte(s)} }

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

// Long texts are written without delay, have short bounds, and end row groups.
func TestLongTextsTakeLittleMemory(t *testing.T) {
	const length, rows = 512 << 10, 100
	random := rand.NewChaCha8([32]byte{})
	for name, short := range map[string]int{"from the first row": 0, "after short ones that repeat": 2 * rowsToSample} {
		t.Run(name, func(t *testing.T) {
			b, err := os.Create(filepath.Join(t.TempDir(), "x.parquet"))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = b.Close() }()
			w, err := NewWriter(t.Context(), b, []cell.Column{{Name: "x", Open: true}, {Name: "n", Kind: embedded.Int}}, nil)
			if err != nil {
				t.Fatal(err)
			}
			text := make([]byte, length)
			most, before := 0, heap()
			for i := range short + rows {
				value := textOf("x")
				if i >= short {
					_, _ = random.Read(text)
					for j := range text {
						text[j] = '!' + text[j]&0x3f
					}
					value.Bytes = text
				}
				if err := w.Write([]cell.Value{value, {Class: cell.Int, Int: int64(i)}}); err != nil {
					t.Fatal(err)
				}
				if i%10 == 0 {
					most = max(most, heap()-before)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if most > 2*bytesOfGroup+16*length {
				t.Errorf("the writer holds %d MB", most>>20)
			}
			info, err := b.Stat()
			if err != nil {
				t.Fatal(err)
			}
			f, err := parquet.OpenFile(b, info.Size())
			if err != nil {
				t.Fatal(err)
			}
			if n := len(f.RowGroups()); n < 2 || n > rows {
				t.Errorf("%d row groups", n)
			}
			bounds := 0
			for _, group := range f.Metadata().RowGroups {
				stats := group.Columns[0].MetaData.Statistics
				bounds += len(stats.MinValue) + len(stats.MaxValue)
			}
			if most := 2*length + 2*longestBound*len(f.RowGroups()); bounds > most {
				t.Errorf("the bounds have %d bytes, want at most %d", bounds, most)
			}
			r, err := OpenReader(b, info.Size(), 64<<20)
			if err != nil {
				t.Fatal(err)
			}
			n := int64(0)
			if err := r.Rows(func(values []any) error {
				want := length
				if n < int64(short) {
					want = 1
				}
				if len(values[0].(string)) != want || values[1] != n {
					t.Errorf("row %d: %d bytes, number %v", n, len(values[0].(string)), values[1])
				}
				n++
				return nil
			}); err != nil || n != int64(short+rows) {
				t.Errorf("%d rows, %v", n, err)
			}
		})
	}
}

// heap returns the bytes that are held.
func heap() int {
	runtime.GC()
	runtime.GC() // what pools hold goes with the second
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int(stats.HeapAlloc)
}

// Bounds that are cut enclose the values.
func TestShortBoundsEncloseTheValues(t *testing.T) {
	for name, test := range map[string]struct{ last, bound string }{
		"ASCII":               {"a", "b"},
		"two bytes":           {"é", "ê"},
		"the last of a plane": {"\U0000ffff", "\U00010000"},
		"before surrogates":   {"\ud7ff", "\ue000"},
		"the greatest":        {"x\U0010ffff", "y"},
	} {
		start := strings.Repeat("x", longestBound-len(test.last))
		value := start + test.last + "and more"
		f := write(t, []cell.Column{{Name: "x", Open: true}}, nil, func(r row) { r.SetText(0, value) })
		stats := f.Metadata().RowGroups[0].Columns[0].MetaData.Statistics
		low, high := string(stats.MinValue), string(stats.MaxValue)
		if low != start+test.last || high != start+test.bound || low > value || high < value {
			t.Errorf("%s: the bounds of %q are %q and %q", name, test.last, low[len(start):], high[len(start):])
		}
	}
	greatest := strings.Repeat("\U0010ffff", longestBound)
	f := write(t, []cell.Column{{Name: "x", Open: true}}, nil, func(r row) { r.SetText(0, greatest) })
	if high := string(f.Metadata().RowGroups[0].Columns[0].MetaData.Statistics.MaxValue); high < greatest {
		t.Errorf("the bound has %d bytes", len(high))
	}
}

func TestWritingEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	w, err := NewWriter(ctx, io.Discard, []cell.Column{{Name: "x", Open: true}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write([]cell.Value{textOf("x")}); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := w.Close(); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func BenchmarkWriter(b *testing.B) {
	columns := []cell.Column{{Name: "node", Kind: embedded.Text}, {Name: "status", Kind: embedded.Text}, {Name: "summary", Kind: embedded.Text}, {Name: "url", Kind: embedded.Text}, {Name: "at", Kind: embedded.Timestamp}, {Name: "n", Kind: embedded.Int}}
	w, err := NewWriter(b.Context(), io.Discard, columns, nil)
	if err != nil {
		b.Fatal(err)
	}
	row := make(row, len(columns))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		row.SetText(0, fmt.Sprintf("i-%017x", i/6))
		row.SetText(1, []string{"Success", "Failed"}[i%2])
		row.SetText(2, "1 out of 1 plugin processed, 1 success")
		row.SetText(3, fmt.Sprintf("https://s3.amazonaws.com/bucket/prefix/i-%017x/%d", i/6, i))
		row.SetTime(4, time.UnixMilli(int64(i)*1_000))
		row.SetInt64(5, int64(i))
		if err := w.Write(row); err != nil {
			b.Fatal(err)
		}
	}
}
