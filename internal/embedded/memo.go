package embedded

import (
	"hash/maphash"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
)

// memoBytes bounds what the scans of one statement keep for each other.
const memoBytes = 32 << 20

// row is a row of a scan.
type row struct {
	// columns are the values by the index of the column; those that the
	// statement does not read are nil.
	columns []*proto.Column
	// whole is the row as the plugin sent it, with columns that the statement
	// does not read too.
	whole *proto.Row
}

// hashSeed makes equal rows hash alike within a process.
var hashSeed = maphash.MakeSeed()

// hash returns a number that rows of the same content have in common.
func (r row) hash() int64 {
	var h maphash.Hash
	h.SetSeed(hashSeed)
	for name, column := range sorted(r.whole.Columns) {
		_, _ = h.WriteString(name)
		_, _ = h.WriteString(column.String())
		_ = h.WriteByte(0)
	}
	return int64(h.Sum64() >> 2) // room for the number of a repeated row
}

// memo keeps the rows of complete scans that a statement makes again. SQLite
// builds no index on a virtual table: in a join on other columns than key
// columns, and in a correlated subquery, it scans the table anew for every row
// of the other side.
//
// The first of scans that are the same keeps nothing: most statements make each
// scan once.
type memo struct {
	scans map[string]int // how often each was begun
	rows  map[string][]row
	used  int
}

// get returns the rows that are kept for a scan, or whether to keep those that
// it finds.
func (m *memo) get(key string) (rows []row, ok, keep bool) {
	if rows, ok = m.rows[key]; ok {
		return rows, true, false
	}
	if m.scans == nil {
		m.scans = map[string]int{}
	}
	m.scans[key]++
	return nil, false, m.scans[key] > 1
}

// put keeps the rows of a complete scan that take about size bytes, if there
// is room.
func (m *memo) put(key string, rows []row, size int) {
	if _, kept := m.rows[key]; kept || m.used+size > memoBytes {
		return
	}
	if m.rows == nil {
		m.rows = map[string][]row{}
	}
	m.rows[key] = rows
	m.used += size
}

// sizeOf estimates the memory that a row takes, in bytes.
func sizeOf(r row) int {
	const perColumn = 200
	size := perColumn * len(r.columns)
	for _, c := range r.whole.Columns {
		size += len(c.GetStringValue()) + len(c.GetJsonValue())
	}
	return size
}
