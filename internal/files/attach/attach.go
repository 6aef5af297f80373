// Package attach reads local files as tables: CSV, TSV, JSON, JSON lines, Parquet
// and SQLite, and the folders that export writes.
package attach

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"steampipe-plugin-ssmassoc/internal/files/cell"
	"steampipe-plugin-ssmassoc/internal/files/formats"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// Table is a table read from a file.
type Table struct {
	embedded.Table
	// Rows passes each row to send, with a value for each column: nil, bool, int64,
	// float64, string or []byte. It converts texts of text files to the kinds that the
	// columns have by then. Rows may be called again.
	Rows func(send func([]any) error) error
	// Header says what the first line of a file was taken for; nil if nobody had to guess.
	Header *Header

	// valueless marks the columns in which a text file has no value; nil for none.
	valueless []bool
}

// Header is what the first line of a file was taken for.
type Header struct {
	File    string
	Columns []string
	// Doubt says why the line may be a row and no header; empty for no doubt.
	Doubt string
}

// String returns the header as a message.
func (h Header) String() string {
	const most = 8
	names := strings.Join(h.Columns[:min(most, len(h.Columns))], ", ")
	if more := len(h.Columns) - most; more > 0 {
		names = fmt.Sprintf("%s and %d more", names, more)
	}
	text := fmt.Sprintf("the first line of %s names the columns: %s", h.File, names)
	if h.Doubt == "" {
		return text
	}
	return fmt.Sprintf("%s; but %s: if it is a row, attach %s,header=false, else %s,header=true",
		text, h.Doubt, h.File, h.File)
}

// input is a file that is being read.
type input struct {
	ctx context.Context
	Source
	limits limits
}

// format is a kind of file.
type format struct {
	endings []string
	read    func(input) ([]Table, error)
	// whole files are read where they lie, and cannot be compressed.
	whole bool
	// takes lists the names of the options that apply.
	takes []string
}

var readers = []format{
	{endings: []string{".csv"}, read: readRecords, takes: []string{"header", "separator", "types"}},
	{endings: []string{".tsv"}, read: readRecords, takes: []string{"header", "types"}},
	{endings: []string{".json", ".jsonl", ".ndjson"}, read: readJSON},
	{endings: []string{".parquet"}, read: readParquet},
	{endings: []string{".db", ".sqlite", ".sqlite3"}, read: readSQLite, whole: true},
}

// Open returns the tables of a file under a name: one, except for a SQLite file with
// several tables and views, which are named NAME_TABLE, and for the folder of an export,
// whose tables are named so too and have the columns of their partitions. Column types come from the file or, if it
// declares none, from all values. All but SQLite may be compressed (.gz, .zst). Reading
// takes memory in proportion to that of the database, whatever the file holds; a row
// that is too long is an [embedded.MemoryError].
func Open(ctx context.Context, source Source, options embedded.Options) ([]Table, error) {
	tables, err := open(input{ctx, source, limitsOf(options)})
	if err != nil {
		return nil, fmt.Errorf("attach %s: %w", source.Name, err)
	}
	return tables, nil
}

func open(in input) ([]Table, error) {
	info, err := os.Stat(in.File)
	switch {
	case err != nil && strings.HasPrefix(in.File, "s3://"):
		return nil, fmt.Errorf("%s is in S3; copy it here first, as with aws s3 sync", in.File)
	case err != nil && strings.Contains(in.File, "?"):
		return nil, fmt.Errorf("%w; options follow a comma, as in hosts.csv,header=false", err)
	case err != nil:
		return nil, err
	case info.IsDir():
		return readFolder(in)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file, which can be read twice; copy it to one", in.File)
	}
	format, err := formatOf(in.Source)
	if err != nil {
		return nil, err
	}
	tables, err := format.read(in)
	if err != nil {
		return nil, in.failure(err)
	}
	for i := range tables {
		rows := tables[i].Rows
		tables[i].Rows = func(send func([]any) error) error { return in.failure(rows(in.whileWanted(send))) }
		tables[i].Description = describe(in.File)
	}
	return tables, nil
}

func describe(file string) string { return "The rows of " + file + "." }

// formatOf returns the format of a file, which its ending names.
func formatOf(source Source) (format, error) {
	name, compression := formats.Compression(source.File)
	ending := strings.ToLower(filepath.Ext(name))
	var endings []string
	for _, f := range readers {
		if !slices.Contains(f.endings, ending) {
			endings = append(endings, f.endings...)
			continue
		}
		if f.whole && compression != "" {
			return format{}, fmt.Errorf("%s is compressed as a whole; decompress it first", source.File)
		}
		for _, option := range source.Options.given {
			if !slices.Contains(f.takes, option) {
				return format{}, fmt.Errorf("the option %s does not apply to a %s file", option, ending)
			}
		}
		return f, nil
	}
	return format{}, fmt.Errorf("the ending of %s is none of %s", source.File, strings.Join(endings, " "))
}

// failure returns the error of reading the file, or the context's if that has ended.
func (in input) failure(err error) error {
	switch {
	case err == nil:
		return nil
	case in.ctx.Err() != nil:
		return in.ctx.Err()
	}
	return fmt.Errorf("%s: %w", in.File, err)
}

// whileWanted ends the rows with the context.
func (in input) whileWanted(send func([]any) error) func([]any) error {
	return func(values []any) error {
		if err := in.ctx.Err(); err != nil {
			return err
		}
		return send(values)
	}
}

var (
	errNoColumns   = errors.New("it has no columns")
	errManyColumns = fmt.Errorf("it has more columns than the %d of a table; attach a file with those that you need",
		maxColumns)
)

// columnsNamed returns columns with distinct names. An unnamed column is named after
// its position.
func columnsNamed(names []string) ([]embedded.Column, error) {
	switch {
	case len(names) == 0:
		return nil, errNoColumns
	case len(names) > maxColumns:
		return nil, errManyColumns
	}
	trimmed := make([]string, len(names))
	for i, name := range names {
		trimmed[i] = cell.TrimName(name)
	}
	columns := make([]embedded.Column, len(names))
	for i, name := range cell.DistinctNames(trimmed) {
		columns[i].Name = name
	}
	return columns, nil
}
