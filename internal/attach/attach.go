// Package attach reads local files as tables: CSV, TSV, JSON, JSON lines, Parquet
// and SQLite.
package attach

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/klauspost/compress/zstd"

	"steampipe-plugin-ssmassoc/internal/embedded"
)

// Table is a table read from a file.
type Table struct {
	embedded.Table
	// Rows passes each row to send, with a value for each column: nil, bool, int64,
	// float64, string or []byte. Rows may be called again.
	Rows func(send func([]any) error) error
}

// tableName matches names that need no quotes in SQL.
var tableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// Parse parses name=file.
func Parse(text string) (name, file string, err error) {
	name, file, ok := strings.Cut(text, "=")
	switch {
	case !ok || file == "":
		return "", "", fmt.Errorf("%q is not of the form NAME=FILE", text)
	case !tableName.MatchString(name):
		return "", "", fmt.Errorf("%q is not a valid table name; use letters, digits and _", name)
	}
	return name, file, nil
}

// readers maps file endings to readers.
var readers = map[string]func(ctx context.Context, name, file string) ([]Table, error){
	".csv":     readCSV,
	".tsv":     readTSV,
	".json":    readJSON,
	".jsonl":   readJSON,
	".ndjson":  readJSON,
	".parquet": readParquet,
	".db":      readSQLite,
	".sqlite":  readSQLite,
	".sqlite3": readSQLite,
}

// Open returns the tables of a file under a name: one, except for a SQLite file with
// several tables and views, which are named NAME_TABLE. Column types come from the file or, if it
// declares none, from all values. CSV and JSON may be compressed (.gz, .zst).
func Open(ctx context.Context, name, file string) ([]Table, error) {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return nil, fmt.Errorf("attach %s: %w", name, err)
	case info.IsDir():
		return nil, fmt.Errorf("attach %s: %s is a directory; attach its files one by one", name, file)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("attach %s: %s is not a regular file, which can be read twice; copy it to one", name, file)
	}
	read := readers[strings.ToLower(filepath.Ext(uncompressed(file)))]
	if read == nil {
		return nil, fmt.Errorf("attach %s: the ending of %s is none of .csv .tsv .json .jsonl .ndjson .parquet "+
			".db .sqlite .sqlite3", name, file)
	}
	tables, err := read(ctx, name, file)
	if err != nil {
		return nil, fmt.Errorf("attach %s: %s: %w", name, file, err)
	}
	for i := range tables {
		rows := tables[i].Rows
		tables[i].Rows = func(send func([]any) error) error {
			if err := rows(send); err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
			return nil
		}
		tables[i].Description = "The rows of " + file + "."
	}
	return tables, nil
}

// uncompressed returns a file's name without its compression ending.
func uncompressed(file string) string {
	return strings.TrimSuffix(strings.TrimSuffix(file, ".gz"), ".zst")
}

// withFile calls read with a file's uncompressed contents.
func withFile(name string, read func(io.Reader) error) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	switch filepath.Ext(name) {
	case ".gz":
		r, err := gzip.NewReader(file)
		if err != nil {
			return err
		}
		return read(r)
	case ".zst":
		r, err := zstd.NewReader(file)
		if err != nil {
			return err
		}
		defer r.Close()
		return read(r)
	}
	return read(file)
}

// columnsNamed returns columns with distinct names. An unnamed column is named after
// its position.
func columnsNamed(names []string) ([]embedded.Column, error) {
	if len(names) == 0 {
		return nil, errors.New("it has no columns")
	}
	taken := map[string]bool{}
	columns := make([]embedded.Column, len(names))
	for i, name := range names {
		if name = strings.TrimSpace(name); name == "" {
			name = fmt.Sprintf("column%d", i+1)
		}
		distinct := name
		for n := 2; taken[strings.ToLower(distinct)]; n++ {
			distinct = fmt.Sprintf("%s_%d", name, n)
		}
		taken[strings.ToLower(distinct)] = true
		columns[i].Name = distinct
	}
	return columns, nil
}
