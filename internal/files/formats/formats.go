// Package formats writes rows to files, in one way for all who have rows: the results of
// SQL and the exports of tables. What it writes, package attach reads.
package formats

import (
	"bufio"
	"context"
	"io"
	"path/filepath"
	"strings"

	"steampipe-plugin-ssmassoc/internal/files/cell"
	"steampipe-plugin-ssmassoc/internal/files/parquetfile"
)

// Writer writes the rows of a file.
type Writer interface {
	// Write writes a row with a value for each column.
	Write(row []cell.Value) error
	// Close writes the rest of the file. It does not close the underlying writer.
	Close() error
	// Abandon gives up the file instead.
	Abandon()
}

// Options are options that some formats obey. The zero value writes a header and the
// format's own null.
type Options struct {
	// Null, if not nil, replaces the format's null.
	Null *string
	// NoHeader omits the names of the columns.
	NoHeader bool
	// Separator separates the fields of CSV and TSV; 0 for the format's own.
	Separator rune
	// CSVSafe puts an apostrophe before values of CSV that a spreadsheet would read as
	// formulas.
	CSVSafe bool
	// Table is the name of the table in INSERT statements.
	Table string
	// Budget bounds the memory of this and other writers of Parquet together; nil for
	// that of a single file.
	Budget *parquetfile.Budget
}

// New begins a file. The context ends the writing of what is not written row by row.
type New func(ctx context.Context, w io.Writer, columns []cell.Column, options Options) (Writer, error)

// Parquet begins a Parquet file.
func Parquet(ctx context.Context, w io.Writer, columns []cell.Column, options Options) (Writer, error) {
	return parquetfile.NewWriter(ctx, w, columns, options.Budget)
}

// Compression returns a file's name without the ending of its compression, and that
// ending in lower case: .gz, .zst, or nothing.
func Compression(file string) (name, ending string) {
	switch ending = strings.ToLower(filepath.Ext(file)); ending {
	case ".gz", ".zst":
		return file[:len(file)-len(ending)], ending
	}
	return file, ""
}

// buffered returns a buffered writer: w itself if it is one.
func buffered(w io.Writer) *bufio.Writer {
	if b, ok := w.(*bufio.Writer); ok {
		return b
	}
	const size = 64 << 10
	return bufio.NewWriterSize(w, size)
}
