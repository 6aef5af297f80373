package attach

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ncruces/go-sqlite3"
	"github.com/parquet-go/parquet-go"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// write writes a file and returns its name.
func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// openFile opens a file under a name, without options.
func openFile(t *testing.T, name, file string) ([]Table, error) {
	t.Helper()
	return Open(t.Context(), Source{Name: name, File: file}, embedded.Options{})
}

// rowsOf returns the rows of a table.
func rowsOf(t *testing.T, table Table) []string {
	t.Helper()
	var rows []string
	if err := table.Rows(func(values []any) error {
		rows = append(rows, fmt.Sprintf("%v", values))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestKinds(t *testing.T) {
	for text, want := range map[string]embedded.Kind{
		"1|-2|0":                           embedded.Int,
		"1||3":                             embedded.Int,
		"1|2.5":                            embedded.Number,
		"1|x":                              embedded.Text,
		"01|2":                             embedded.Text, // an identifier
		"+1":                               embedded.Text,
		"true|false":                       embedded.Bool,
		"True|False":                       embedded.Bool,
		"FALSE|TRUE":                       embedded.Bool,
		"true|FALSE":                       embedded.Text, // are true and TRUE the same?
		"8.10|8.1":                         embedded.Text, // two versions
		"8.1|8.2":                          embedded.Double,
		"1|8.5":                            embedded.Number,
		"1E5|2":                            embedded.Text, // an asset tag
		"1e5":                              embedded.Text,
		"1e+21":                            embedded.Double,
		"100000.5":                         embedded.Double,
		"1.0":                              embedded.Double,
		"1.0|2.5":                          embedded.Double,
		"1|1.0":                            embedded.Text,   // two versions
		"123456789012.0":                   embedded.Double, // as pandas writes integers beside nulls
		"-0.0":                             embedded.Text,
		"-0":                               embedded.Text,
		"-0.5":                             embedded.Double,
		".5":                               embedded.Text,
		"5.":                               embedded.Text,
		"0x10":                             embedded.Text,
		"1_000.5":                          embedded.Text,
		"Inf":                              embedded.Text,
		"1|true":                           embedded.Text,
		"2026-01-02|2026-01-02T03:04:05Z":  embedded.Timestamp,
		"2026-01-02 03:04:05":              embedded.Timestamp,
		"9223372036854775807":              embedded.Int,
		"9223372036854775808":              embedded.Text, // a double would round it
		"-9223372036854775809|1":           embedded.Text,
		"9007199254740993|0.5":             embedded.Text,
		"9007199254740993.25":              embedded.Text,
		"9007199254740992|0.5":             embedded.Number,
		"-9007199254740994|-0.5":           embedded.Number,
		"-9007199254740994.0|-0.5":         embedded.Double,
		"0.30000000000000004|1e+300":       embedded.Double,
		"":                                 embedded.Text,
		"1e400":                            embedded.Text,
		"2026-01-02T03:04:05+01:00":        embedded.Timestamp,
		"2026-13-02":                       embedded.Text,
		"NaN":                              embedded.Text,
		"i-0036092b4bc358841|mi-099b7a8d5": embedded.Text,
	} {
		var k kinds
		for _, value := range strings.Split(text, "|") {
			k.see(value)
		}
		if got := k.kind(); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}

func TestCSV(t *testing.T) {
	file := write(t, "a.csv", "\ufeffid,,ID\r\na,1,\"x\ny\"\r\n")
	tables, err := openFile(t, "a", file)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range tables[0].Columns {
		names = append(names, c.Name)
	}
	if want := []string{"id", "column2", "ID_2"}; !slices.Equal(names, want) {
		t.Errorf("got columns %q, want %q", names, want)
	}
	if got, want := rowsOf(t, tables[0]), []string{"[a 1 x\ny]"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTSV(t *testing.T) {
	for text, want := range map[string][]string{
		"a\tb\r\n1\t\"x\r\n\r\n2\t\\N":  {`[1 "x]`, "[2 <nil>]"},
		`a` + "\n" + `\t\n\r\\n` + "\n": {"[\t\n\r\\n]"},
		`a` + "\n" + `C:\x\` + "\n":     {`[C:\x\]`},
		"a\n1\n\n3\n":                   {"[1]", "[<nil>]", "[3]"},
		"a\tb\n":                        nil,
	} {
		tables, err := openFile(t, "a", write(t, "a.tsv", text))
		if err != nil {
			t.Fatal(err)
		}
		if got := rowsOf(t, tables[0]); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestTextsThatCannotBeRead(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"a.csv", "a,b\n1,2\n3,na\xefve\n", "line 3: it is not UTF-8"},
		{"a.csv", "na\xefve\n1\n", "line 1: it is not UTF-8"},
		{"a.tsv", "a\tb\n1\t2\n3\tna\xefve\n", "line 3: it is not UTF-8"},
		{"a.json", "[{\"a\": 1},\n{\"a\": \"na\xefve\"}]", "before byte 24: it is not UTF-8"},
		{"a.csv", "\xff\xfea\x00\n\x00", "it is UTF-16; convert it"},
		{"a.tsv", "\xfe\xff\x00a\x00\n", "it is UTF-16; convert it"},
		{"a.json", "\xff\xfe{\x00}\x00", "it is UTF-16; convert it"},
		{"a.csv", "a,b\r1,2\r", "its lines end in CR alone"},
		{"a.tsv", "a\tb\r1\t2\r", "its lines end in CR alone"},
		{"a.csv", "a,b\n1\n", "line 2: wrong number of fields: 1, where the first line has 2; add the missing ones"},
		{"a.tsv", "a\tb\n1\n", "line 2: wrong number of fields: 1, where the first line has 2; add the missing ones"},
		{"a.tsv", "a\n1\n2\t3\n", "line 3: wrong number of fields: 2, where the first line has 1; write a tab within a"},
		{"a.csv", "a,b\n\n\n1,\"x\ny\"\n1,2,3\n", "line 6: wrong number of fields: 3, where the first line has 2; put a field"},
		{"a.csv", "a,b\n1,\"x\n", "line 2: a quote is not closed"},
		{"a.csv", "a,b\n1,x\"y\n", "line 2: a quote in a field that does not begin with one"},
		{"a.csv", "a,b\n1,\"x\"y\n", "line 2: text after a closing quote"},
		{"a.csv", "", "it is empty"},
		{"a.tsv", "", "it is empty"},
	} {
		_, err := openFile(t, "a", write(t, test.name, test.text))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s of %q: got %v, want %q", test.name, test.text, err, test.want)
		}
	}
	marked := write(t, "a.json", "\ufeff{\"a\": 1}")
	if tables, err := openFile(t, "a", marked); err != nil || tables[0].Columns[0].Name != "a" {
		t.Errorf("got %v, %v", tables, err)
	}
}

func TestJSONThatIsCutOff(t *testing.T) {
	for _, text := range []string{`{"a": 1`, `{"a"`, `[{"a": 1}`, `[{"a": 1},`, `{`} {
		if _, err := openFile(t, "a", write(t, "a.json", text)); err == nil {
			t.Errorf("%s is a table", text)
		}
	}
}

func TestParquetOfOtherWriters(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.parquet")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		ID     string   `parquet:"id"`
		Small  int32    `parquet:"small"`
		Count  uint32   `parquet:"count"`
		At     int64    `parquet:"at,timestamp(millisecond)"`
		Day    int32    `parquet:"day,date"`
		Amount int64    `parquet:"amount,decimal(2:9)"`
		Share  *float32 `parquet:"share,optional"`
		Raw    []byte   `parquet:"raw"`
	}
	w := parquet.NewGenericWriter[row](f)
	if _, err := w.Write([]row{{"x", -3, 4_294_967_295, -1, 20_000, 1234, nil, []byte{0xff}}}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	tables, err := openFile(t, "a", file)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"[x -3 4294967295 1969-12-31T23:59:59.999Z 2024-10-04T00:00:00Z 12.34 <nil> [255]]"}
	if got := rowsOf(t, tables[0]); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Numbers of JSON are those of CSV.
func TestKindsOfJSON(t *testing.T) {
	for text, want := range map[string]embedded.Kind{
		`{"n": 1}{"n": -9223372036854775808}`:   embedded.Int,
		`{"n": 9223372036854775808}`:            embedded.Text,
		`{"n": 0.5}{"n": 9007199254740993}`:     embedded.Text,
		`{"n": 0.5}{"n": 9007199254740992}`:     embedded.Double,
		`{"n": 1e400}`:                          embedded.Text,
		`{"n": null}`:                           embedded.Text,
		`{"n": 1}{"n": true}`:                   embedded.Text,
		`{"n": true}{"n": null}`:                embedded.Bool,
		`{"n": "2026-01-02"}`:                   embedded.Timestamp,
		`{"n": "1"}`:                            embedded.Text,
		`{"n": [9007199254740993]}{"n": "one"}`: embedded.JSON,
	} {
		tables, err := openFile(t, "a", write(t, "a.json", text))
		if err != nil {
			t.Fatal(err)
		}
		if got := tables[0].Columns[0].Kind; got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
	tables, err := openFile(t, "a", write(t, "a.json", `[{"n": 9223372036854775808}, {"n": 1}, {"n": null}]`))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := rowsOf(t, tables[0]), []string{"[9223372036854775808]", "[1]", "[<nil>]"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSQLite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "100% a?.db")
	conn, err := sqlite3.Open("file:" + strings.NewReplacer("%", "%25", "?", "%3f").Replace(file))
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Exec("create table one(id varchar(9), n int, x real, b blob); insert into one values ('a', 1, 2.5, x'00'), (null, 'text', null, null)"); err != nil {
		t.Fatal(err)
	}
	tables, err := openFile(t, "db", file)
	if err != nil || len(tables) != 1 || tables[0].Name != "db" {
		t.Fatalf("got %v, %v", tables, err)
	}
	if got, want := rowsOf(t, tables[0]), []string{"[a 1 2.5 [0]]", "[<nil> text <nil> <nil>]"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if err := errors.Join(conn.Exec(`create table "two words"(n)`), conn.Close()); err != nil {
		t.Fatal(err)
	}
	tables, err = openFile(t, "db", file)
	if err != nil || len(tables) != 2 || tables[0].Name != "db_one" || tables[1].Name != "db_two words" {
		t.Errorf("got %v, %v", tables, err)
	}
	for _, other := range []string{"not a database, though it is long enough to be taken for one of them", ""} {
		if _, err := openFile(t, "db", write(t, "b.db", other)); err == nil {
			t.Errorf("%q is a database", other)
		}
	}
}
