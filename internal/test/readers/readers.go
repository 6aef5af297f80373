// Package readers lets tests read exported files as engines do, and check the
// statements that are printed for them: with DuckDB, with hyparquet, which shares no
// code with it, and with the grammars of Trino, Spark and Hive.
//
// They come from npm (package.json, installed by make readers) and run in Node.js.
package readers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Table is a result: rows of values as text, nil for null. A point in time is its
// microseconds since 1970.
type Table struct {
	Columns []Column    `json:"columns"`
	Rows    [][]*string `json:"rows"`
}

// Column is a column of a result, its type as the reader names it.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// Text is the result as CSV without quotes: a header, then a line a row.
func (t Table) Text() string {
	var b strings.Builder
	for i, c := range t.Columns {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(c.Name)
	}
	b.WriteByte('\n')
	for _, row := range t.Rows {
		for i, v := range row {
			if i > 0 {
				b.WriteByte(',')
			}
			if v != nil {
				b.WriteString(*v)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func folder() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(file)
}

// Require skips the test where the readers are not installed. With the environment
// variable CI set it fails the test instead: there, nobody would see that it never
// ran.
func Require(t testing.TB) {
	t.Helper()
	_, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat(filepath.Join(folder(), "node_modules", "hyparquet", "package.json"))
	}
	if err == nil {
		return
	}
	err = fmt.Errorf("the readers are not installed: run make readers (it needs Node.js and npm's registry): %w", err)
	if os.Getenv("CI") == "" {
		t.Skip(err)
	}
	t.Fatal(err)
}

// Hyparquet reads a Parquet file.
func Hyparquet(t testing.TB, file string) Table {
	t.Helper()
	var result Table
	if err := run(t, &result, "", "read.mjs", "hyparquet", file); err != nil {
		t.Fatal(err)
	}
	return result
}

// DuckDB runs statements in a new database and returns the result of the last one.
func DuckDB(t testing.TB, statements string) Table {
	t.Helper()
	var result Table
	if err := run(t, &result, statements, "read.mjs", "duckdb"); err != nil {
		t.Fatal(err)
	}
	return result
}

// Parse checks statements by the grammar of an engine: trino, spark or hive, of whose
// data definition Athena's is.
func Parse(t testing.TB, engine, statements string) error {
	t.Helper()
	var problems []struct {
		Line    int    `json:"line"`
		Message string `json:"message"`
	}
	if err := run(t, &problems, statements, "parse.mjs", engine); err != nil {
		t.Fatal(err)
	}
	var errs []error
	for _, p := range problems {
		errs = append(errs, fmt.Errorf("line %d: %s", p.Line, p.Message))
	}
	return errors.Join(errs...)
}

func run(t testing.TB, result any, stdin string, args ...string) error {
	t.Helper()
	Require(t)
	cmd := exec.CommandContext(t.Context(), "node", args...)
	cmd.Dir = folder()
	cmd.Stdin = strings.NewReader(stdin)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	output, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("node %s: %w: %s", strings.Join(args, " "), err, &stderr)
	}
	return json.Unmarshal(output, result)
}
