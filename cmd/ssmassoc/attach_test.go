package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"steampipe-plugin-ssmassoc/internal/cli/render"
	"steampipe-plugin-ssmassoc/internal/cli/shell"
	"steampipe-plugin-ssmassoc/internal/files/attach"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

// number draws texts that are numbers, or look like some.
func number() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringMatching(`-?[0-9]{1,20}`),
		rapid.StringMatching(`-?[0-9]{1,4}\.[0-9]{1,3}`),
		rapid.StringMatching(`-?[0-9]{1,17}\.[0-9]{1,17}`),
		rapid.StringMatching(`[0-9][eE][+-]?[0-9]{1,3}`),
		rapid.Map(rapid.Float64(), embedded.FormatDouble),
		rapid.Map(rapid.Float64Range(-1000, 1000), embedded.FormatDouble),
		rapid.SampledFrom([]string{"0", "-0", "1", "8.1", "8.10", "1E5", "100000", "2026-01-02", "true"}),
	)
}

// TestNumbersPrintAsTheyCame passes numbers, and what looks like some, as columns of an
// attached file and as parameters: a result in CSV shows the same texts.
func TestNumbersPrintAsTheyCame(t *testing.T) {
	host, err := embedded.NewHost(ssmassoc.NewServer(), []embedded.Connection{{Name: pluginName}}, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	db, err := embedded.Open(host, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	file, table := filepath.Join(t.TempDir(), "a.csv"), 0
	rapid.Check(t, func(r *rapid.T) {
		texts := rapid.SliceOfN(number(), 1, 3).Draw(r, "texts")
		want := "x\n" + strings.Join(texts, "\n") + "\n"
		if err := os.WriteFile(file, []byte(want), 0o600); err != nil {
			r.Fatal(err)
		}
		table++
		name := fmt.Sprint("t", table)
		tables, err := attach.Open(t.Context(), attach.Source{Name: name, File: file}, embedded.Options{})
		if err != nil {
			r.Fatal(err)
		}
		if err := db.Attach(t.Context(), &tables[0].Table, tables[0].Rows); err != nil {
			r.Fatal(err)
		}
		if got := csvOf(t, db, "select x from "+name, nil); got != want {
			r.Errorf("the column %q came back as %q", want, got)
		}
		_, value, err := shell.ParseParameter("v=" + texts[0])
		if err != nil {
			r.Fatal(err)
		}
		if got := csvOf(t, db, "select :v as x", embedded.Parameters{"v": value}); got != "x\n"+texts[0]+"\n" {
			r.Errorf("the parameter %q came back as %q", texts[0], got)
		}
	})
}

// csvOf returns the result of SQL in CSV.
func csvOf(t *testing.T, db *embedded.DB, sql string, parameters embedded.Parameters) string {
	t.Helper()
	format, _ := render.Named("csv")
	var b bytes.Buffer
	err := db.RunWith(t.Context(), sql, embedded.Handler{
		Result: func(rows *embedded.Rows) error {
			w := bufio.NewWriter(&b)
			if err := format.Write(w, rows, render.Options{}); err != nil {
				return err
			}
			return w.Flush()
		},
		Parameters: parameters,
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(b.String(), "\r\n", "\n")
}
