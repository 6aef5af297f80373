package parquetfile

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"steampipe-plugin-ssmassoc/internal/files/cell"
)

const testMemory = 16 << 20

// readBack returns the columns and rows of a file.
func readBack(t *testing.T, file []byte) ([]cell.Column, [][]any, error) {
	t.Helper()
	r, err := OpenReader(bytes.NewReader(file), int64(len(file)), testMemory)
	if err != nil {
		return nil, nil, err
	}
	var rows [][]any
	err = r.Rows(func(values []any) error {
		rows = append(rows, append([]any{}, values...))
		return nil
	})
	return r.Columns(), rows, err
}

// written returns a file of rows.
func written[T any](t *testing.T, rows []T, options ...parquet.WriterOption) []byte {
	t.Helper()
	var file bytes.Buffer
	w := parquet.NewGenericWriter[T](&file, options...)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// TestReaderOfParquetGo reads what the library itself writes.
func TestReaderOfParquetGo(t *testing.T) {
	type inner struct {
		Name  string   `parquet:"name"`
		Sizes []uint64 `parquet:"sizes,list"`
	}
	type row struct {
		ID       [16]byte         `parquet:"id,uuid"`
		Count    uint64           `parquet:"count"`
		Large    uint64           `parquet:"large"`
		Amount   int64            `parquet:"amount,decimal(2:18)"`
		Day      int32            `parquet:"day,date"`
		At       time.Time        `parquet:"at,timestamp(nanosecond)"`
		Clock    int64            `parquet:"clock,time(microsecond)"`
		Kind     string           `parquet:"kind,enum"`
		Share    *float32         `parquet:"share,optional"`
		Raw      []byte           `parquet:"raw"`
		Repeated []int32          `parquet:"repeated"`
		List     []string         `parquet:"list,list"`
		Map      map[string]int32 `parquet:"map"`
		Inner    *inner           `parquet:"inner,optional"`
		Inners   []inner          `parquet:"inners"`
	}
	id := [16]byte{0x6f, 0x1c, 14: 0xab, 15: 0xcd}
	at := time.Date(2026, 11, 23, 20, 0, 0, 123456789, time.UTC)
	columns, rows, err := readBack(t, written(t, []row{
		{ID: id, Count: 1, Large: 1<<64 - 1, Amount: -1230, Day: -1, At: at, Clock: 3_600_000_001, Kind: "x", Raw: []byte{0xff},
			Repeated: []int32{1, 2}, List: []string{"a", "b\""}, Map: map[string]int32{"k": 1},
			Inner: &inner{"n", []uint64{1<<64 - 1}}, Inners: []inner{{"a", nil}, {"b", []uint64{1}}}},
		{At: at},
	}))
	if err != nil {
		t.Fatal(err)
	}
	want := [][]any{{
		"6f1c0000-0000-0000-0000-00000000abcd", int64(1), "18446744073709551615", -12.3, "1969-12-31T00:00:00Z",
		"2026-11-23T20:00:00.123456789Z", "01:00:00.000001", "x", nil, []byte{0xff}, "[1,2]", `["a","b\""]`, `{"k":1}`,
		`{"name":"n","sizes":[18446744073709551615]}`, `[{"name":"a","sizes":[]},{"name":"b","sizes":[1]}]`,
	}, {
		"00000000-0000-0000-0000-000000000000", int64(0), "0", 0.0, "1970-01-01T00:00:00Z", "2026-11-23T20:00:00.123456789Z",
		"00:00:00", "", nil, "", "[]", "[]", "{}", nil, "[]",
	}}
	for i, c := range columns {
		for j := range rows {
			if got := rows[j][i]; !reflect.DeepEqual(got, want[j][i]) {
				t.Errorf("row %d, column %s of type %s: got %T %v, want %v", j, c.Name, c.Kind, got, got, want[j][i])
			}
		}
	}
	if len(rows) != len(want) {
		t.Errorf("got %d rows, want %d", len(rows), len(want))
	}
}

// TestTypesWithoutValue checks that a type that SQL has no value for names its column.
func TestTypesWithoutValue(t *testing.T) {
	for name, node := range map[string]parquet.Node{
		"changes": parquet.Variant(),
	} {
		var file bytes.Buffer
		w := parquet.NewWriter(&file, parquet.NewSchema("row", parquet.Group{name: node}))
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		_, _, err := readBack(t, file.Bytes())
		if err == nil || !strings.Contains(err.Error(), "column changes: it is of the logical type VARIANT") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := leafOf(&format.SchemaElement{Name: "x"}); err != nil {
		t.Errorf("a Boolean: got %v", err)
	}
}

// TestManyPages reads columns whose pages and row groups end at different rows.
func TestManyPages(t *testing.T) {
	type row struct {
		N    int64    `parquet:"n"`
		Text string   `parquet:"text"`
		Tags []string `parquet:"tags,list"`
	}
	var rows []row
	for i := range 5000 {
		tags := make([]string, i%4)
		for j := range tags {
			tags[j] = fmt.Sprint(i, "-", j)
		}
		rows = append(rows, row{int64(i), strings.Repeat("x", i%50), tags})
	}
	file := written(t, rows, parquet.PageBufferSize(1000), parquet.MaxRowsPerRowGroup(777), parquet.Compression(&parquet.Zstd))
	_, got, err := readBack(t, file)
	if err != nil || len(got) != len(rows) {
		t.Fatalf("got %d rows, %v", len(got), err)
	}
	for i, r := range got {
		tags := []string{}
		for _, tag := range rows[i].Tags {
			tags = append(tags, fmt.Sprintf("%q", tag))
		}
		want := []any{rows[i].N, rows[i].Text, "[" + strings.Join(tags, ",") + "]"}
		if !reflect.DeepEqual(r, want) {
			t.Fatalf("row %d: got %v, want %v", i, r, want)
		}
	}
}

// TestFilesThatNeedMemory reads valid files that decompress to more than the memory.
func TestFilesThatNeedMemory(t *testing.T) {
	type row struct {
		Text string `parquet:"text"`
	}
	long := strings.Repeat("x", 2*testMemory)
	for _, codec := range []struct {
		name   string
		option parquet.WriterOption
	}{
		{"gzip", parquet.Compression(&parquet.Gzip)}, {"zstd", parquet.Compression(&parquet.Zstd)},
		{"snappy", parquet.Compression(&parquet.Snappy)}, {"lz4", parquet.Compression(&parquet.Lz4Raw)},
	} {
		file := written(t, []row{{long}}, codec.option, parquet.DataPageStatistics(false), parquet.ColumnIndexSizeLimit(func([]string) int { return 8 }))
		_, _, err := readBack(t, file)
		var large *TooLargeError
		if !errors.As(err, &large) {
			t.Errorf("%s: got %v, want that it is too large", codec.name, err)
		}
	}
	type nested struct {
		Tags []string `parquet:"tags,list"`
	}
	_, _, err := readBack(t, written(t, []nested{{make([]string, testMemory/rowShare/elementSize+1)}}))
	if err == nil || !strings.Contains(err.Error(), "column tags: a value is longer than 2 MB") {
		t.Errorf("got %v", err)
	}
}

// TestPagesThatSwell checks pages whose runs say that they are more values than there are.
func TestPagesThatSwell(t *testing.T) {
	for name, test := range map[string]struct {
		data  []byte
		width uint
		valid bool
	}{
		"a run":                        {[]byte{6, 1}, 1, true},
		"a packed run":                 {[]byte{3, 0x55}, 1, true},
		"a run of billions":            {[]byte{0xfe, 0xff, 0xff, 0xff, 0x0f, 1}, 1, false},
		"a packed run of billions":     {[]byte{0xff, 0xff, 0xff, 0xff, 0x0f, 1}, 1, false},
		"runs without a width":         {bytes.Repeat([]byte{0xfe, 0xff, 7}, 100), 0, false},
		"a number that does not end":   {[]byte{0xff, 0xff}, 1, false},
		"packed values that are short": {[]byte{3}, 32, true}, // which the decoder refuses
	} {
		if err := checkRuns(test.data, test.width, 3); (err == nil) != test.valid {
			t.Errorf("%s: got %v", name, err)
		}
	}
	prefixes := []byte{128, 1, 4, 200, 1, 0x80, 0x80, 0x80, 0x10, 0, 0, 0, 0, 0}
	if err := checkValues(prefixes, 10, format.DeltaByteArray, testMemory); !errors.Is(err, errPage) {
		t.Errorf("more prefixes than values: got %v", err)
	}
	if err := checkValues(prefixes, 200, format.DeltaByteArray, testMemory); err == nil {
		t.Error("texts of gigabytes are read")
	}
}
