// Package render writes the results of statements in formats for people and for
// programs.
package render

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ncruces/go-sqlite3"

	"steampipe-plugin-ssmassoc/internal/files/formats"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// Format is a format for results. The whole-result formats (a table, a JSON array)
// write nothing if the query fails.
type Format struct {
	Name string
	// Description completes the sentence "The format is ...".
	Description string
	// Endings are the endings of files in the format, each with its dot.
	Endings []string
	// Single marks a format that allows only one result per file or stream.
	Single bool
	// SingleFile marks a format that allows only one result per file. Two arrays, one
	// after the other, are no JSON file, and the header of a second result would be a row
	// of the first in CSV. On a stream, where a person or a program sees them come, both
	// are allowed.
	SingleFile bool
	// Obeys lists the options other than MemoryMB that change the output.
	Obeys []Option
	write func(*bufio.Writer, *embedded.Rows, Options) error
}

// file writes a result as files have it.
func file(begin formats.New) func(*bufio.Writer, *embedded.Rows, Options) error {
	return func(w *bufio.Writer, rows *embedded.Rows, options Options) error {
		f, err := begin(rows.Context(), w, formats.ResultColumns(rows), options.Options)
		if err == nil {
			_, err = formats.WriteResult(f, rows)
		}
		return err
	}
}

// whole is like file for a format that is nothing before it is complete: it holds the
// result, and writes nothing if the query fails.
func whole(name string, begin formats.New) func(*bufio.Writer, *embedded.Rows, Options) error {
	return func(w *bufio.Writer, rows *embedded.Rows, options Options) error {
		result := heldText{held: held{format: name, maxMB: options.MemoryMB}}
		b := bufio.NewWriterSize(&result, w.Size())
		err := file(begin)(b, rows, options)
		if err == nil {
			err = b.Flush()
		}
		switch {
		case result.err != nil:
			return result.err
		case err != nil:
			return err
		}
		if _, err := result.WriteTo(w); err != nil {
			return fmt.Errorf("write the result: %w", err)
		}
		return nil
	}
}

// Option names an option of [Options] that a format may obey.
type Option string

// The options that only some formats obey.
const (
	OptionNull      Option = "null"
	OptionHeader    Option = "header"
	OptionSeparator Option = "separator"
	OptionCSVSafe   Option = "csv-safe"
	OptionFit       Option = "fit" // to the terminal
)

// Options are options that formats obey. The zero value writes a header, the format's
// own null, and values in full.
type Options struct {
	formats.Options
	// MemoryMB bounds the memory of a whole-result format.
	MemoryMB int
	// Width is the width of the terminal that tables are fitted to, in cells; 0 for no
	// limit.
	Width int
	// Footer adds the number of rows below a table, and a note of any cuts.
	Footer bool
	// Changes, if not nil, marks in tables the differences from the previous run.
	Changes *Changes
}

// Formats are all formats, in the order in which they are offered.
var Formats = []Format{
	{Name: "table", Description: "a table drawn in ASCII", Endings: []string{".txt"},
		Obeys: []Option{OptionNull, OptionHeader, OptionFit}, write: writeTable},
	{Name: "json", Description: "an array with an object for each row", Endings: []string{".json"}, SingleFile: true,
		write: whole("json", formats.JSON)},
	{Name: "jsonl", Description: "an object on a line for each row", Endings: []string{".jsonl", ".ndjson"},
		write: file(formats.JSONLines)},
	{Name: "csv", Description: "comma-separated values (RFC 4180)", Endings: []string{".csv"}, SingleFile: true,
		Obeys: []Option{OptionNull, OptionHeader, OptionSeparator, OptionCSVSafe}, write: file(formats.CSV)},
	{Name: "line", Description: "a line for each value, for wide rows",
		Obeys: []Option{OptionNull}, write: writeLines},
	{Name: "tsv", Description: `tab-separated values, with \t, \n and \\ for those characters`, Endings: []string{".tsv"},
		SingleFile: true,
		Obeys:      []Option{OptionNull, OptionHeader, OptionSeparator}, write: file(formats.TSV)},
	{Name: "markdown", Description: "a Markdown table", Endings: []string{".md"}, SingleFile: true,
		Obeys: []Option{OptionNull}, write: writeMarkdown},
	{Name: "html", Description: "an HTML table", Endings: []string{".html", ".htm"}, SingleFile: true,
		Obeys: []Option{OptionNull, OptionHeader}, write: writeHTML},
	{Name: "box", Description: "a table drawn with Unicode lines",
		Obeys: []Option{OptionNull, OptionHeader, OptionFit}, write: writeBox},
	{Name: "insert", Description: "an INSERT statement for each row", Endings: []string{".sql"},
		write: file(formats.Insert)},
	{Name: "parquet", Description: "a Parquet file", Endings: []string{".parquet"}, Single: true,
		write: file(formats.Parquet)},
}

// Names returns the names of all formats.
func Names() []string {
	var names []string
	for _, f := range Formats {
		names = append(names, f.Name)
	}
	return names
}

// Named returns a format by its name or, as an ending names one, by an ending without its
// dot, in any case.
func Named(name string) (f Format, ok bool) {
	name = strings.ToLower(name)
	i := slices.IndexFunc(Formats, func(f Format) bool {
		return f.Name == name || slices.Contains(f.Endings, "."+name)
	})
	if i < 0 {
		return Format{}, false
	}
	return Formats[i], true
}

// InFile returns the format as it is in a file.
func (f Format) InFile() Format {
	f.Single = f.Single || f.SingleFile
	return f
}

// ForFile returns the format for a file's ending, before that of its compression.
func ForFile(name string) (f Format, ok bool) {
	name, _ = formats.Compression(name)
	for _, f := range Formats {
		for _, ending := range f.Endings {
			if strings.HasSuffix(strings.ToLower(name), ending) {
				return f.InFile(), true
			}
		}
	}
	return Format{}, false
}

// Write writes a result. Its error is that of the query, or of w.
func (f Format) Write(w *bufio.Writer, rows *embedded.Rows, options Options) error {
	return f.write(w, rows, options)
}

// Has reports whether the format obeys an option.
func (f Format) Has(option Option) bool { return slices.Contains(f.Obeys, option) }

// shownNull represents null in the formats for people.
const shownNull = "<null>"

// null returns the text of a null, given the format's own.
func (o Options) null(own string) string {
	if o.Null != nil {
		return *o.Null
	}
	return own
}

// plain returns a value as text, and false for a null.
func plain(rows *embedded.Rows, i int) (string, bool) {
	switch rows.Type(i) {
	case sqlite3.NULL:
		return "", false
	case sqlite3.BLOB:
		return base64.StdEncoding.EncodeToString(rows.Blob(i)), true
	case sqlite3.INTEGER:
		if rows.Columns[i].Kind == embedded.Bool {
			return strconv.FormatBool(rows.Int(i) != 0), true
		}
	case sqlite3.FLOAT:
		kind := rows.Columns[i].Kind
		if kind == embedded.Double || kind == embedded.Number { // an expression is as SQLite prints it
			return embedded.FormatDouble(rows.Float(i)), true
		}
	}
	return string(rows.Text(i)), true
}

// isNumber reports whether a value is a number to be shown as one.
func isNumber(rows *embedded.Rows, i int) bool {
	kind := rows.Type(i)
	return kind == sqlite3.FLOAT || kind == sqlite3.INTEGER && rows.Columns[i].Kind != embedded.Bool
}

// Endings returns the file endings of all formats.
func Endings() []string {
	var endings []string
	for _, f := range Formats {
		endings = append(endings, f.Endings...)
	}
	return endings
}
