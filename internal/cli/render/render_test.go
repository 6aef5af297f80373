package render

import (
	"bufio"
	"strings"
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"

	"steampipe-plugin-ssmassoc/internal/files/formats"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// rendered returns the result of SQL in a format.
func rendered(t *testing.T, format, sql string, options Options) string {
	t.Helper()
	db := openDatabase(t)
	options.MemoryMB = embedded.LeastMemoryMB
	var b strings.Builder
	w := bufio.NewWriter(&b)
	if err := db.Run(t.Context(), sql, func(rows *embedded.Rows) error { return named(t, format).Write(w, rows, options) }); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTablesFitTheTerminal(t *testing.T) {
	const sql = `select 1234567890 as number, 'i-0036092b4bc358841' as instance_id,
		'A summary of the last run, which is long' as execution_summary, '節節節節節節節節節節節節' as wide,
		'e' || char(0x301) || 'e' || char(0x301) || 'eeeeeeeeee' as combining`
	for name, test := range map[string]struct {
		width int
		want  string
	}{
		"200 columns have room for all": {200, `
+------------+---------------------+------------------------------------------+--------------------------+--------------+
| number     | instance_id         | execution_summary                        | wide                     | combining    |
+------------+---------------------+------------------------------------------+--------------------------+--------------+
| 1234567890 | i-0036092b4bc358841 | A summary of the last run, which is long | 節節節節節節節節節節節節 | éééeeeeeeeee |
+------------+---------------------+------------------------------------------+--------------------------+--------------+
(1 row)
`},
		"the widest give way first": {80, `
+------------+----------------+----------------+---------------+--------------+
| number     | instance_id    | execution_sum… | wide          | combining    |
+------------+----------------+----------------+---------------+--------------+
| 1234567890 | i-0036092b4bc… | A summary of … | 節節節節節節… | éééeeeeeeeee |
+------------+----------------+----------------+---------------+--------------+
(1 row, 3 values cut; line mode or --wide shows all)
`},
		"the last are left out of 40": {40, `
+------------+---------------------+---+
| number     | instance_id         | … |
+------------+---------------------+---+
| 1234567890 | i-0036092b4bc358841 | … |
+------------+---------------------+---+
(1 row, 2 of 5 columns; line mode or --wide shows all)
`},
	} {
		t.Run(name, func(t *testing.T) {
			got := rendered(t, "table", sql, Options{Width: test.width, Footer: true})
			want := strings.ReplaceAll(strings.TrimPrefix(test.want, "\n"), "ééé", "e\u0301e\u0301e")
			if got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
			for line := range strings.Lines(got) {
				if w := text.StringWidth(strings.TrimSuffix(line, "\n")); w > test.width && !strings.HasPrefix(line, "(") {
					t.Errorf("%d wide: %s", w, line)
				}
			}
		})
	}
}

func TestFormats(t *testing.T) {
	const sql = `select 1 as n, 'a|b <i> *x*' as awkward, null as missing, 2.0 as real, x'00ff' as bytes
		union all select -12, 'tab' || char(9) || 'line' || char(10) || 'it''s', 'x', 1e300, null`
	null, awkward, spaced := "-", "\\N\t\n\r", "no value"
	for name, test := range map[string]struct {
		format  string
		options Options
		want    string
	}{
		"markdown": {format: "markdown", want: `
| n | awkward | missing | real | bytes |
| ---: | --- | --- | ---: | --- |
| 1 | a\|b &lt;i> \*x\* |  | 2.0 | AP8= |
| -12 | tab line<br>it's | x | 1.0e+300 |  |
`},
		"html": {format: "html", want: `
<meta charset="utf-8">
<table>
<tr><th>n</th><th>awkward</th><th>missing</th><th>real</th><th>bytes</th></tr>
<tr><td align="right">1</td><td>a|b &lt;i&gt; *x*</td><td></td><td align="right">2.0</td><td>AP8=</td></tr>
<tr><td align="right">-12</td><td>tab	line<br>it&#39;s</td><td>x</td><td align="right">1.0e+300</td><td></td></tr>
</table>
`},
		"tsv without a header": {format: "tsv", options: Options{Options: formats.Options{NoHeader: true, Null: &null}}, want: `
1	a|b <i> *x*	-	2.0	AP8=
-12	tab\tline\nit's	x	1e+300	-
`},
		"csv with another separator": {format: "csv", options: Options{Options: formats.Options{Separator: ';', Null: &null}}, want: `
n;awkward;missing;real;bytes
1;a|b <i> *x*;-;2.0;AP8=
-12;"tab	line
it's";x;1e+300;-
`},
		"tsv with a null of many lines": {format: "tsv", options: Options{Options: formats.Options{NoHeader: true, Null: &awkward}}, want: `
1	a|b <i> *x*	\N\t\n\r	2.0	AP8=
-12	tab\tline\nit's	x	1e+300	\N\t\n\r
`},
		"tsv with another separator": {format: "tsv", options: Options{Options: formats.Options{Separator: ' ', NoHeader: true, Null: &spaced}}, want: `
1 a|b\ <i>\ *x* no\ value 2.0 AP8=
-12 tab\tline\nit's x 1e+300 no\ value
`},
		"insert": {format: "insert", options: Options{Options: formats.Options{Table: "my table"}}, want: `
INSERT INTO "my table" ("n", "awkward", "missing", "real", "bytes") VALUES (1, 'a|b <i> *x*', NULL, 2.0, x'00ff');
INSERT INTO "my table" ("n", "awkward", "missing", "real", "bytes") VALUES (-12, 'tab	line
it''s', 'x', 1e+300, NULL);
`},
		"box": {format: "box", options: Options{Footer: true}, want: `
┌─────┬─────────────┬─────────┬──────────┬────────┐
│ n   │ awkward     │ missing │ real     │ bytes  │
├─────┼─────────────┼─────────┼──────────┼────────┤
│   1 │ a|b <i> *x* │ <null>  │      2.0 │ AP8=   │
│ -12 │ tab    line │ x       │ 1.0e+300 │ <null> │
│     │ it's        │         │          │        │
└─────┴─────────────┴─────────┴──────────┴────────┘
(2 rows)
`},
	} {
		t.Run(name, func(t *testing.T) {
			if got, want := rendered(t, test.format, sql, test.options), strings.TrimPrefix(test.want, "\n"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// Everything that Markdown would take for markup is escaped.
func TestMarkdownIsText(t *testing.T) {
	got := rendered(t, "markdown", "select '~~gone~~ *b* _i_ `c` [l](u) <i> &amp; a|b \\' as x", Options{})
	want := "| \\~\\~gone\\~\\~ \\*b\\* \\_i\\_ \\`c\\` \\[l](u) &lt;i> &amp;amp; a\\|b \\\\ |\n"
	if !strings.HasSuffix(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Names are distinct for SQL, which knows no case.
func TestNamesAreDistinct(t *testing.T) {
	const sql = `select 1 as a, 2 as A, 3 as a_2, 4 as A`
	want := `INSERT INTO "result" ("a", "A_2", "a_2_2", "A_3") VALUES (1, 2, 3, 4);` + "\n"
	if got := rendered(t, "insert", sql, Options{}); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	want = `{"a":1,"A_2":2,"a_2_2":3,"A_3":4}` + "\n"
	if got := rendered(t, "jsonl", sql, Options{}); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestForFile(t *testing.T) {
	for file, want := range map[string]string{
		"a.csv": "csv", "dir.csv/b.JSON": "json", "b.jsonl": "jsonl", "b.ndjson": "jsonl", "c.md": "markdown", "d.htm": "html", "x.txt": "table", "none": "", "A.CSV.GZ": "csv",
	} {
		if f, _ := ForFile(file); f.Name != want {
			t.Errorf("%s: got %q, want %q", file, f.Name, want)
		}
	}
}
