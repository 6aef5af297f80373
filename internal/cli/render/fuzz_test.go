package render

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/text"

	"steampipe-plugin-ssmassoc/internal/files/formats"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

// FuzzFormats checks how the formats write arbitrary bytes in a text, in a JSON
// document and in a column's name: JSON is valid, CSV reads back unchanged, and tables
// and lines contain nothing that a terminal would obey.
func FuzzFormats(f *testing.F) {
	for _, value := range []string{
		"", "plain", "null", "-7", "1e300", `{"a": [1, "b"]}`, "{\n\"a\":\n1}", `"quoted"`, `back\slash`, "comma, \"quote\"",
		"lines\nof\r\ntext\r", "\ttab", "=cmd|'/C calc'!A0", "+1", "-1+1", "@sum", "＝1", `\.`,
		"\x1b[2J\x1b]0;title\a", "\u009b31m", "\u202egpj.exe", "\u2066\u2069\u200f\u061c", "\x7f\b", "\u2028\u2029", "\U000e0041",
		"\xff\xfe\x9b", "naïve 節 שלום 👩‍👩‍👧", "\ufffd", "a\x00b", "{\"a\":\"\xff\"}", "-[ RECORD 1 ]-", "+---+",
	} {
		f.Add([]byte(value))
	}
	db := openDatabase(f)
	f.Fuzz(func(t *testing.T, value []byte) {
		name := strings.ReplaceAll(string(value), "\x00", "") // NUL ends a name
		sql := fmt.Sprintf(`drop table if exists t; create temp table t(v, j JSON_TEXT); insert into t select v, v from (select cast(x'%x' as text) as v);
			select v as "n%s", j from t union all select null, 1 from t;`, value, strings.ReplaceAll(name, `"`, `""`))
		output := func(format string, options Options) string {
			t.Helper()
			options.MemoryMB = embedded.LeastMemoryMB
			var b bytes.Buffer
			w := bufio.NewWriter(&b)
			if err := db.Run(t.Context(), sql, func(rows *embedded.Rows) error { return named(t, format).Write(w, rows, options) }); err != nil {
				t.Fatalf("%s: %v", format, err)
			}
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
			return b.String()
		}
		checkJSON(t, output("json", Options{}), output("jsonl", Options{}), value)
		checkCSV(t, output("csv", Options{}), name, value)
		checkSafeCSV(t, output("csv", Options{Options: formats.Options{CSVSafe: true}}))
		checkVisible(t, output("table", Options{}))
		checkVisible(t, strings.ReplaceAll(output("line", Options{}), "\t", ""))
		checkVisible(t, output("markdown", Options{}))
		checkVisible(t, strings.ReplaceAll(output("html", Options{}), "\t", ""))
		checkWidth(t, output("box", Options{Width: 24, Footer: true}), 24)
		checkTSV(t, output("tsv", Options{}), value)
		checkInserts(t, db, output("insert", Options{Options: formats.Options{Table: "copy"}}), value)
	})
}

func openDatabase(f testing.TB) *embedded.DB {
	f.Helper()
	f.Setenv("STEAMPIPE_LOG_LEVEL", "off")
	host, err := embedded.NewHost(ssmassoc.NewServer(), []embedded.Connection{{Name: "ssmassoc"}}, embedded.Options{})
	if err != nil {
		f.Fatal(err)
	}
	db, err := embedded.Open(host, embedded.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = db.Close() })
	return db
}

// checkJSON checks both JSON formats with two rows: the value, and a null.
func checkJSON(t *testing.T, array, lines string, value []byte) {
	t.Helper()
	var rows []map[string]any
	if err := json.Unmarshal([]byte(array), &rows); err != nil || len(rows) != 2 || !utf8.ValidString(array) {
		t.Fatalf("%d rows (%v) in %q", len(rows), err, array)
	}
	if n := strings.Count(lines, "\n"); n != 2 {
		t.Fatalf("%d lines for two rows in %q", n, lines)
	}
	for line := range strings.Lines(lines) {
		if !json.Valid([]byte(line)) {
			t.Errorf("%q is not valid", line)
		}
	}
	want := strings.Map(func(r rune) rune { return r }, string(value)) // invalid bytes become U+FFFD
	for name, got := range rows[0] {
		if name != "j" && got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
}

// checkCSV checks that a reader gets the name and the value back, except that it turns
// CR LF into LF.
func checkCSV(t *testing.T, output, name string, value []byte) {
	t.Helper()
	records, err := csv.NewReader(strings.NewReader(output)).ReadAll()
	if err != nil || len(records) != 3 {
		t.Fatalf("%d records (%v) in %q", len(records), err, output)
	}
	for i, want := range []string{"n" + name, string(value)} {
		if got, want := records[i][0], strings.ReplaceAll(want, "\r\n", "\n"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// checkTSV checks that each row is a line and that its first field can be read back.
func checkTSV(t *testing.T, tsv string, value []byte) {
	t.Helper()
	lines := strings.Split(tsv, "\n")
	if len(lines) != 4 || strings.Count(lines[1], "\t") != 1 {
		t.Fatalf("%d lines in %q", len(lines), tsv)
	}
	field, _, _ := strings.Cut(lines[1], "\t")
	got := strings.NewReplacer(`\\`, `\`, `\t`, "\t", `\n`, "\n", `\r`, "\r").Replace(field)
	if got != string(value) {
		t.Errorf("got %q, want %q", got, value)
	}
}

// checkInserts checks that SQLite reads the statements back.
func checkInserts(t *testing.T, db *embedded.DB, inserts string, value []byte) {
	t.Helper()
	name := inserts[strings.Index(inserts, "(")+1 : strings.Index(inserts, `, "j") VALUES (`)]
	sql := fmt.Sprintf("drop table if exists copy; create temp table copy(%s text, j text);\n%s", name, inserts)
	if err := db.Run(t.Context(), sql, func(*embedded.Rows) error { return nil }); err != nil {
		t.Fatalf("%v: %q", err, inserts)
	}
	sql = fmt.Sprintf("select count(*) from copy where %s = cast(x'%x' as text)", name, value)
	if err := db.Run(t.Context(), sql, func(rows *embedded.Rows) error {
		if !rows.Next() || rows.Int(0) != 1 {
			t.Errorf("%q is not read back from %q", value, inserts)
		}
		return rows.Err()
	}); err != nil {
		t.Fatal(err)
	}
}

// checkWidth checks that no line of a table is wider than the terminal. The
// footer may be.
func checkWidth(t *testing.T, drawn string, width int) {
	t.Helper()
	checkVisible(t, drawn)
	for line := range strings.Lines(drawn) {
		line = strings.TrimSuffix(line, "\n")
		if w := text.StringWidth(line); w > width && !strings.HasPrefix(line, "(") {
			t.Errorf("%q is %d wide, want at most %d", line, w, width)
		}
	}
}

func named(t *testing.T, name string) Format {
	t.Helper()
	f, ok := Named(name)
	if !ok {
		t.Fatalf("no format %q", name)
	}
	return f
}

// number matches what a spreadsheet reads as a number.
var number = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// checkSafeCSV checks that no field looks like a formula, unless it is a number.
func checkSafeCSV(t *testing.T, output string) {
	t.Helper()
	r := csv.NewReader(strings.NewReader(output))
	for {
		record, err := r.Read()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range record {
			first, size := utf8.DecodeRuneInString(field)
			if size > 0 && strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) && !number.MatchString(field) {
				t.Errorf("a spreadsheet would take %q for a formula", field)
			}
		}
	}
}

// checkVisible checks that text has no control character other than line breaks, does
// not change the direction of text, and has no invalid byte.
func checkVisible(t *testing.T, output string) {
	t.Helper()
	i := strings.IndexFunc(output, func(r rune) bool {
		return r != '\n' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
	})
	if i >= 0 || !utf8.ValidString(output) {
		t.Errorf("a terminal would obey %s", hex.EncodeToString([]byte(output[max(0, i):])))
	}
}
