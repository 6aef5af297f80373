package main

import (
	"bufio"
	"encoding/base64"
	"strconv"

	"github.com/ncruces/go-sqlite3"

	"steampipe-plugin-ssmassoc/internal/embedded"
)

// format writes a result. One that is written whole (a table, a JSON array)
// writes nothing when the query fails.
type format func(*bufio.Writer, *embedded.Rows, formatOptions) error

// formatOptions are the flags of the query command that formats obey.
type formatOptions struct {
	// memoryMB bounds what a result that is written whole takes until then.
	memoryMB int
	// csvSafe makes values that a spreadsheet would take for formulas text.
	csvSafe bool
}

var formats = map[string]format{
	"table": writeTable,
	"json":  writeJSON,
	"jsonl": writeJSONLines,
	"csv":   writeCSV,
	"line":  writeLines,
}

func formatNames() []string { return []string{"table", "json", "jsonl", "csv", "line"} }

// null is how the formats for people show a null.
const null = "<null>"

// plain is a value as text, and whether there is one.
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
	}
	return string(rows.Text(i)), true
}
