package render

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// writeCSV writes a header, then a record per row.
func writeCSV(w *bufio.Writer, rows *embedded.Rows, options Options) error {
	field := func(value string) string { return value }
	if options.CSVSafe {
		field = withoutFormula
	}
	c := csv.NewWriter(w)
	if options.Separator != 0 {
		c.Comma = options.Separator
	}
	write := func(record []string) error {
		if len(record) == 1 && record[0] == "" {
			// Readers would skip an empty line.
			c.Flush()
			_, err := w.WriteString("\"\"\n")
			return err
		}
		return c.Write(record)
	}
	err := eachRecord(rows, options, "", field, write)
	c.Flush()
	if err == nil {
		err = c.Error()
	}
	if err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return rows.Err()
}

// eachRecord writes the names of the columns, unless the options omit them, and the
// values of each row as field returns them.
func eachRecord(
	rows *embedded.Rows, options Options, null string, field func(string) string, write func([]string) error,
) error {
	record := make([]string, len(rows.Columns))
	for i, column := range rows.Columns {
		record[i] = field(column.Name)
	}
	if !options.NoHeader {
		if err := write(record); err != nil {
			return err
		}
	}
	null = options.null(null)
	for rows.Next() {
		for i := range rows.Columns {
			value, ok := plain(rows, i)
			if ok {
				record[i] = field(value)
			} else {
				record[i] = null
			}
		}
		if err := write(record); err != nil {
			return err
		}
	}
	return nil
}

// writeTSV writes a header, then a line per row. Tabs, line breaks and backslashes in a
// value are escaped, so that every line is a row.
func writeTSV(w *bufio.Writer, rows *embedded.Rows, options Options) error {
	separator := "\t"
	if options.Separator != 0 {
		separator = string(options.Separator)
	}
	escapes := []string{"\t", `\t`, "\n", `\n`, "\r", `\r`}
	if separator != "\t" {
		escapes = append(escapes, separator, `\`+separator)
	}
	if options.Null != nil {
		// Its backslashes stay, so that it may be \N, which no value is written as.
		null := strings.NewReplacer(escapes...).Replace(*options.Null)
		options.Null = &null
	}
	escape := strings.NewReplacer(append(escapes, `\`, `\\`)...).Replace
	err := eachRecord(rows, options, "", escape, func(record []string) error {
		for i, value := range record {
			if i > 0 {
				_, _ = w.WriteString(separator)
			}
			_, _ = w.WriteString(value)
		}
		return w.WriteByte('\n')
	})
	if err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return rows.Err()
}

// number matches text that a spreadsheet reads as a number, sign included.
var number = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// withoutFormula turns a value that a spreadsheet would read as a formula into text, by
// a leading apostrophe. Numbers remain numbers.
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
