package embedded

import (
	"strconv"
	"strings"
	"time"

	"github.com/ncruces/go-sqlite3"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"

	"steampipe-plugin-ssmassoc/internal/sql/timestamp"
)

// fullRead is a complete scan that is kept, with the indexes that lookups asked for.
type fullRead struct {
	rows    []row
	memo    *memo
	indexes map[string]index // by the columns
}

// index holds the rows of a read by the keys of their values.
type index map[string][]row

// lookup is an equality of a column and a value, to find the rows of.
type lookup struct {
	equality
	key string
}

// matching returns the rows that meet all lookups, in their order. Where the
// columns cannot be indexed it returns all rows, and false.
func (r *fullRead) matching(table *Table, lookups []lookup) (rows []row, indexed bool) {
	if len(lookups) == 0 {
		return r.rows, true
	}
	var columns, key strings.Builder
	for _, l := range lookups {
		columns.WriteString(strconv.Itoa(l.Column) + strconv.FormatBool(l.Timestamp))
		writeKey(&key, l.key)
	}
	found, made := r.indexes[columns.String()]
	if !made {
		found = r.index(table, lookups)
		r.indexes[columns.String()] = found
	}
	if found == nil {
		return r.rows, false
	}
	return found[key.String()], true
}

// index makes the index on the columns of lookups. It returns nil where there is
// no room, or a value is not of its column's kind: SQLite's rules of comparison
// are then its own to apply.
func (r *fullRead) index(table *Table, lookups []lookup) index {
	const perRow, perKey = 48, 96
	made := index{}
	size := 0
	for _, row := range r.rows {
		var b strings.Builder
		null := false
		for _, l := range lookups {
			key, ok := keyOfValue(row.columns[l.Column], table.Columns[l.Column].Kind, l.Timestamp)
			if !ok {
				return nil
			}
			null = null || key == nullKey
			writeKey(&b, key)
		}
		if null {
			continue // equal to nothing
		}
		key := b.String()
		if _, known := made[key]; !known {
			size += perKey + len(key)
		}
		size += perRow
		made[key] = append(made[key], row)
	}
	if !r.memo.take(size) {
		return nil
	}
	return made
}

// writeKey adds a key to that of several columns.
func writeKey(b *strings.Builder, key string) {
	b.WriteString(strconv.Itoa(len(key)))
	b.WriteByte(':')
	b.WriteString(key)
}

// nullKey is the key of NULL. Those of values are not empty.
const nullKey = ""

// indexable reports whether the values of a kind have keys. Integers and
// floating-point numbers may be equal, so that the latter have none.
func indexable(k Kind) bool { return k != Double && k != Number }

// keyOfArgument returns the key of what a column is compared with, and false
// where SQLite would convert a value before it compares.
func keyOfArgument(v sqlite3.Value, k Kind, isTime bool) (key string, ok bool) {
	integer := k == Int || k == Bool
	switch v.Type() {
	case sqlite3.NULL:
		return nullKey, true
	case sqlite3.INTEGER:
		return keyOfInteger(v.Int64()), integer
	case sqlite3.TEXT:
		return keyOfText(v.Text(), isTime), !integer
	}
	return "", false
}

// keyOfValue returns the key of a column's value, and false where it is not of
// the column's kind.
func keyOfValue(c *proto.Column, k Kind, isTime bool) (key string, ok bool) {
	integer := k == Int || k == Bool
	switch v := c.GetValue().(type) {
	case *proto.Column_NullValue, nil:
		return nullKey, true
	case *proto.Column_IntValue:
		return keyOfInteger(v.IntValue), integer
	case *proto.Column_BoolValue:
		if v.BoolValue {
			return keyOfInteger(1), integer
		}
		return keyOfInteger(0), integer
	}
	text, ok := textOf(c)
	return keyOfText(text, isTime), ok && !integer
}

func keyOfInteger(n int64) string { return "i" + strconv.FormatInt(n, 10) }

// keyOfText returns keys that are the same for texts that are equal: byte for
// byte, or as points in time.
func keyOfText(s string, isTime bool) string {
	if isTime {
		if t, err := timestamp.Parse(s, time.Now()); err == nil {
			return "t" + timestamp.Format(t)
		}
	}
	return "s" + s
}

// textOf returns the text that SQLite is given for a value, and false where it
// is not given text.
func textOf(c *proto.Column) (string, bool) {
	switch v := c.GetValue().(type) {
	case *proto.Column_StringValue:
		return v.StringValue, true
	case *proto.Column_TimestampValue:
		return timestamp.Format(v.TimestampValue.AsTime()), true
	case *proto.Column_JsonValue:
		return string(v.JsonValue), true
	case *proto.Column_IpAddrValue:
		return v.IpAddrValue, true
	case *proto.Column_CidrRangeValue:
		return v.CidrRangeValue, true
	case *proto.Column_LtreeValue:
		return v.LtreeValue, true
	}
	return "", false
}
