package main

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"steampipe-plugin-ssmassoc/internal/embedded"
)

// writeCSV writes a header, then a record for each row.
func writeCSV(w *bufio.Writer, rows *embedded.Rows, options formatOptions) error {
	field := func(value string) string { return value }
	if options.csvSafe {
		field = withoutFormula
	}
	c := csv.NewWriter(w)
	record := make([]string, len(rows.Columns))
	for i, column := range rows.Columns {
		record[i] = field(column.Name)
	}
	err := c.Write(record)
	for err == nil && rows.Next() {
		for i := range rows.Columns {
			value, _ := plain(rows, i)
			record[i] = field(value)
		}
		if len(record) == 1 && record[0] == "" {
			// Readers take an empty line for no record.
			c.Flush()
			_, err = w.WriteString("\"\"\n")
			continue
		}
		err = c.Write(record)
	}
	c.Flush()
	if err == nil {
		err = c.Error()
	}
	if err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return rows.Err()
}

// number matches what a spreadsheet takes for a number, a sign included.
var number = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// withoutFormula returns a value that a spreadsheet would take for a formula
// with an apostrophe before it, which makes it text. Numbers remain numbers.
//
// See https://owasp.org/www-community/attacks/CSV_Injection.
func withoutFormula(value string) string {
	const formula = "=+-@\t\r\n＝＋－＠"
	first, size := utf8.DecodeRuneInString(value)
	if size > 0 && strings.ContainsRune(formula, first) && !number.MatchString(value) {
		return "'" + value
	}
	return value
}
