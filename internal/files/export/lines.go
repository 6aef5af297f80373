package export

import (
	"bufio"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"io"
	"math"
	"strconv"
	"time"

	"steampipe-plugin-ssmassoc/internal/files/parquetfile"
)

// jsonLines writes each row as a JSON object on its own line. Times are RFC 3339 in
// UTC; nulls are written, so that each line has every column.
type jsonLines struct {
	w      *bufio.Writer
	json   []bool // whether a column's text is itself JSON
	keys   [][]byte
	values []json.RawMessage
}

func newJSONLines(w io.Writer, columns []parquetfile.Column) *jsonLines {
	j := &jsonLines{w: bufio.NewWriterSize(w, 1<<16), values: make([]json.RawMessage, len(columns))}
	for _, c := range columns {
		key, _ := json.Marshal(c.Name)
		j.keys = append(j.keys, append(key, ':'))
		j.json = append(j.json, c.Type == parquetfile.JSON)
	}
	return j
}

func (j *jsonLines) SetText(column int, s string) {
	if j.json[column] && json.Valid([]byte(s)) {
		j.values[column] = json.RawMessage(s)
		return
	}
	j.values[column], _ = json.Marshal(s) // text always marshals to JSON
}

func (j *jsonLines) SetInt64(column int, n int64) {
	j.values[column] = strconv.AppendInt(nil, n, 10)
}

func (j *jsonLines) SetDouble(column int, f float64) {
	if !math.IsInf(f, 0) && !math.IsNaN(f) { // JSON has no such numbers
		j.values[column] = strconv.AppendFloat(nil, f, 'g', -1, 64)
	}
}

func (j *jsonLines) SetBool(column int, b bool) {
	j.values[column] = strconv.AppendBool(nil, b)
}

func (j *jsonLines) SetTime(column int, t time.Time) {
	j.SetText(column, t.UTC().Format(time.RFC3339Nano))
}

func (j *jsonLines) Next() error {
	separator := byte('{')
	for i, key := range j.keys {
		_ = j.w.WriteByte(separator)
		separator = ','
		_, _ = j.w.Write(key)
		if j.values[i] == nil {
			j.values[i] = json.RawMessage("null")
		}
		_, _ = j.w.Write(j.values[i])
	}
	clear(j.values)
	_, err := j.w.WriteString("}\n")
	return err
}

func (j *jsonLines) Close() error { return j.w.Flush() }
func (j *jsonLines) Abandon()     {}

// csvFile writes a header, then a record per row. A null is an empty field.
type csvFile struct {
	out    io.Writer
	w      *csv.Writer
	record []string
}

func newCSV(w io.Writer, columns []parquetfile.Column) (*csvFile, error) {
	c := &csvFile{w, csv.NewWriter(w), make([]string, len(columns))}
	for i, column := range columns {
		c.record[i] = column.Name
	}
	return c, c.Next()
}

func (c *csvFile) SetText(column int, s string) { c.record[column] = s }
func (c *csvFile) SetInt64(column int, n int64) { c.record[column] = strconv.FormatInt(n, 10) }
func (c *csvFile) SetBool(column int, b bool)   { c.record[column] = strconv.FormatBool(b) }
func (c *csvFile) SetDouble(column int, f float64) {
	c.record[column] = strconv.FormatFloat(f, 'g', -1, 64)
}
func (c *csvFile) SetTime(column int, t time.Time) {
	c.record[column] = t.UTC().Format(time.RFC3339Nano)
}

func (c *csvFile) Next() error {
	if len(c.record) == 1 && c.record[0] == "" {
		// Readers skip an empty line.
		c.w.Flush()
		_, err := io.WriteString(c.out, "\"\"\n")
		return cmp.Or(c.w.Error(), err)
	}
	err := c.w.Write(c.record)
	clear(c.record)
	return err
}

func (c *csvFile) Close() error {
	c.w.Flush()
	return c.w.Error()
}

func (c *csvFile) Abandon() {}
