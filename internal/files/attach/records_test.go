package attach

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// openAs opens a file as --attach names it.
func openAs(t *testing.T, text string) ([]Table, error) {
	t.Helper()
	source, err := Parse(text)
	if err != nil {
		return nil, err
	}
	return Open(t.Context(), source, embedded.Options{})
}

// field draws texts that look like what they are not: numbers with other spellings,
// versions, identifiers, times, Booleans, and texts that need quotes.
func field() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringMatching(`-?[0-9]{1,20}`),
		rapid.StringMatching(`-?[0-9]{1,3}\.[0-9]{1,3}`),
		rapid.StringMatching(`[0-9]{1,2}[eE][+-]?[0-9]{1,3}`),
		rapid.Map(rapid.Int64(), func(n int64) string { return fmt.Sprint(n) }),
		rapid.Map(rapid.Float64(), func(f float64) string { return fmt.Sprint(f) }),
		rapid.Map(rapid.Float64(), embedded.FormatDouble),
		rapid.StringMatching(`20[0-9]{2}-[01][0-9]-[0-3][0-9]([T ]1[0-9]:00:00(\.50*)?(Z|\+01:00)?)?`),
		rapid.SampledFrom([]string{"true", "false", "null", "NaN", "Inf", "-0", "\r\n", "a\r\nb", "\n", "\"", "\\N", " 1"}),
		rapid.StringMatching("[a-z,;\"\r\n\t '\\\\ü]{1,6}"),
	)
}

// TestTextsComeBack writes columns of texts, attaches them, and queries them: the result
// has the same texts.
func TestTextsComeBack(t *testing.T) {
	folder := t.TempDir()
	rapid.Check(t, func(r *rapid.T) {
		one := rapid.SampledFrom([]*rapid.Generator[string]{
			field(),
			rapid.StringMatching(`[1-9]?[0-9](\.[0-9]{1,2})?`),
			rapid.StringMatching(`-?[0-9]{1,2}`),
			rapid.SampledFrom([]string{"true", "false"}),
			rapid.Map(rapid.Float64Range(-1e6, 1e6), embedded.FormatDouble),
		}).Draw(r, "kind")
		texts := rapid.SliceOfN(one, 1, 4).Draw(r, "texts")
		file := filepath.Join(folder, "a.csv")
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		_ = w.Write([]string{"id", "x"})
		_ = w.Error()
		w.Flush()
		for i, text := range texts {
			fmt.Fprintf(&b, "%d,\"%s\"\r\n", i, strings.ReplaceAll(text, `"`, `""`))
		}
		if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
			r.Fatal(err)
		}
		tables, err := openAs(t, "a="+file+",header=true,separator=,")
		if err != nil {
			r.Fatal(err)
		}
		var got []string
		if err := tables[0].Rows(func(values []any) error {
			got = append(got, printed(values[1]))
			return nil
		}); err != nil {
			r.Fatal(err)
		}
		if !slices.Equal(got, texts) {
			r.Errorf("a column of %q came back as %q, of the kind %v", texts, got, tables[0].Columns[1].Kind)
		}
	})
}

// printed returns a value as a result shows it.
func printed(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case float64:
		return embedded.FormatDouble(v)
	}
	return fmt.Sprint(value)
}

func TestOptions(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	for name, text := range map[string]string{
		"a.csv":                   "i-1,5\ni-2,007\n",
		"b.csv":                   "x|y\n1,5|2\n",
		"with,comma.csv":          "x\n1\n",
		"c,header=false.csv":      "x\n1\n",
		"c":                       "",
		"b.tsv":                   "1\t2\n3\t4\n",
		"C.CSV":                   "x\n1\n",
		"d.csv,header=false":      "",
		"comma.csv":               "a,b;c\n1,2;3\n",
		"n.json":                  `{"x": 1}`,
		"a.db.gz":                 "",
		"longer.csv,header=a.csv": "y\n2\n",
		"longer.csv":              "x\n1\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for text, want := range map[string]string{
		"t=a.csv":                                "[i-1 5]: [i-2 007]",
		"t=a.csv,header=false":                   "[column1 column2]: [i-1 5] [i-2 007]",
		"t=a.csv,header=0":                       "[column1 column2]: [i-1 5] [i-2 007]",
		"t=b.csv,separator=|":                    "[x y]: [1,5 2]",
		"t=b.csv,types=text,separator=|":         "[x y]: [1,5 2]",
		"t=comma.csv,separator=,":                "[a b;c]: [1 2;3]",
		"t=comma.csv,separator=,,header=false":   "[column1 column2]: [a b;c] [1 2;3]",
		"t=comma.csv,separator=;":                "[a,b c]: [1,2 3]",
		"t=b.tsv,header=false":                   "[column1 column2]: [1 2] [3 4]",
		"t=with,comma.csv":                       "[x]: [1]",
		"t=with,comma.csv,header=false":          "[column1]: [x] [1]",
		"t=c,header=false.csv":                   "[x]: [1]",
		"t=C.CSV,header=false":                   "[column1]: [x] [1]",
		"t=longer.csv,header=a.csv":              "[y]: [2]",
		"t=longer.csv,header=a.csv,header=false": "[column1]: [y] [2]",
		"t=a.csv,heading=false": "unknown option heading; options: header=true or false, " +
			"separator=a character or tab, and types=auto or text",
		"t=a.csv,noheader":                 `"noheader" is not of the form OPTION=VALUE; the options are header`,
		"t=a.csv,header=no":                "header=no: use true or false",
		"t=a.csv,separator=ab":             "separator=ab: use a character or tab",
		"t=a.csv,separator=\"":             `separator=": use a character or tab`,
		"t=a.csv,types=int":                "types=int: use auto or text",
		"t=a.csv,header=true,header=false": "the option header is given twice",
		"t=n.json,header=false":            "the option header does not apply to a .json file",
		"t=b.tsv,separator=tab":            "the option separator does not apply to a .tsv file",
		"t=none.csv,header=false":          "stat none.csv: no such file",
		"t=a.csv?header=false":             "options follow a comma, as in hosts.csv,header=false",
		"t=a.db.gz":                        "a.db.gz is compressed as a whole; decompress it first",
	} {
		tables, err := openAs(t, text)
		got := fmt.Sprint(err)
		if err == nil {
			got = fmt.Sprintf("%v: %s", namesOf(tables[0]), strings.Join(rowsOf(t, tables[0]), " "))
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

func namesOf(table Table) []string {
	var names []string
	for _, c := range table.Columns {
		names = append(names, c.Name)
	}
	return names
}

// TestHeaders checks where a first line may be a row.
func TestHeaders(t *testing.T) {
	for text, doubt := range map[string]string{
		"instance_id,owner\ni-0123456789abcdef0,Ann\n":                       "",
		"i-00000000000000000,Bob\ni-0123456789abcdef0,Ann\n":                 `"i-00000000000000000" looks like a value`,
		"mi-0,Bob\ni-0123456789abcdef0,Ann\n":                                "",
		"instance_id,5\ni-0123456789abcdef0,7\n":                             `"5" looks like a value`,
		"instance_id,2026-01-02\n":                                           `"2026-01-02" looks like a value`,
		"name,true\nx,false\n":                                               `"true" looks like a value`,
		"prod\nprod\n":                                                       `"prod" is also a value of its column`,
		"col1,col2\nabc1,5\n":                                                `"col1" looks like a value`,
		"a,b,,d\n1,2,3,4\n":                                                  "",
		"012345678901,x\n012345678902,y\n":                                   `"012345678901" looks like a value`,
		"instance_id,q1_2026\ni-0123456789abcdef0,4\ni-0123456789abcdef1,\n": "",
	} {
		tables, err := openAs(t, "a="+write(t, "a.csv", text))
		if err != nil {
			t.Fatal(err)
		}
		if got := tables[0].Header.Doubt; got != doubt {
			t.Errorf("%q: got the doubt %q, want %q", text, got, doubt)
		}
		if got := tables[0].Header.String(); doubt != "" && !strings.Contains(got, ",header=false, else ") {
			t.Errorf("%q: got %q, want the options to use", text, got)
		}
	}
}

func TestCSVKeepsLineBreaks(t *testing.T) {
	tables, err := openAs(t, "a="+write(t, "a.csv", "id,x\r\n1,\"a\r\nb\nc\r\"\r\n2,\"\"\"q\"\"\"\n3,\"\r\n\""))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"[1 a\r\nb\nc\r]", "[2 \"q\"]", "[3 \r\n]"}
	if got := rowsOf(t, tables[0]); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
