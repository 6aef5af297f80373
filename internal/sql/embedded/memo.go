package embedded

import (
	"hash/maphash"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
)

// row is a row of a scan: the values by the index of the column. Those of columns
// that the statement does not read are nil.
type row struct{ columns []*proto.Column }

// hashSeed makes equal rows hash alike within a process.
var hashSeed = maphash.MakeSeed()

// hash returns a number that rows of the same content have in common.
func (r row) hash() int64 {
	var h maphash.Hash
	h.SetSeed(hashSeed)
	for _, column := range r.columns {
		writeValue(&h, column)
	}
	return int64(h.Sum64() >> 2) // room for the number of a repeated row
}

// writeValue writes a value so that no other value, nor several, write the same.
func writeValue(h *maphash.Hash, column *proto.Column) {
	const null, text, other = 0, 1, 2
	kind, content := byte(other), ""
	if s, ok := textOf(column); ok {
		kind, content = text, s
	} else if isNull(column) {
		kind = null
	} else {
		content = column.String()
	}
	_ = h.WriteByte(kind)
	maphash.WriteComparable(h, len(content))
	_, _ = h.WriteString(content)
}

func isNull(column *proto.Column) bool {
	switch column.GetValue().(type) {
	case *proto.Column_NullValue, nil:
		return true
	}
	return false
}

// memo keeps the rows of complete scans that a statement makes again, by the key
// of their request. SQLite builds no index on a virtual table: in a join on
// other columns than key columns, and in a correlated subquery, it scans the
// table again for every row of the other side.
//
// A statement whose scans exceed the bound repeats them.
type memo struct {
	most  int // the bound, in bytes
	used  int
	begun map[string]int // how often each scan was begun
	// narrow is how many scans were made for a value each that a scan could
	// have read without it.
	narrow map[string]int
	reads  map[string]*fullRead
	// parked are the scans that the statement left before their end and may make again.
	parked map[string]*parked
	// refused are the scans that are not to be kept: too large, or failed.
	refused map[string]bool
}

func newMemo(most int) *memo {
	return &memo{
		most:    most,
		begun:   map[string]int{},
		narrow:  map[string]int{},
		reads:   map[string]*fullRead{},
		parked:  map[string]*parked{},
		refused: map[string]bool{},
	}
}

// begin counts a scan and returns how often it was begun.
func (m *memo) begin(key string) int {
	m.begun[key]++
	return m.begun[key]
}

// put keeps the rows of a complete scan, if there is room for their size bytes.
func (m *memo) put(key string, rows []row, size int) {
	if m.reads[key] == nil && m.take(size) {
		m.reads[key] = &fullRead{rows: rows, memo: m, indexes: map[string]index{}}
	}
}

// parked is a scan under way with the rows that it has had, whose size is in bytes.
type parked struct {
	scan *scan
	rows []row
	size int
}

// park keeps a scan that the statement left, and reports whether there is room for its
// rows. SQLite makes EXISTS a join that leaves its right side at the first row, and scans
// it again for each row of the left one: see existsToJoin in its select.c.
func (m *memo) park(key string, p *parked) bool {
	if m.parked[key] != nil || m.refused[key] || !m.take(p.size) {
		return false
	}
	m.parked[key] = p
	return true
}

// unpark returns a scan that was left, or nil. It begins with the rows that it has had.
func (m *memo) unpark(key string) *parked {
	p := m.parked[key]
	if p != nil {
		m.used -= p.size
		delete(m.parked, key)
	}
	return p
}

// end ends the scans that were left.
func (m *memo) end() {
	for _, p := range m.parked {
		_ = p.scan.stop()
	}
	m.parked = nil
}

// take reports whether there is room for so many more bytes, and takes it.
func (m *memo) take(size int) bool {
	if m.used+size > m.most {
		return false
	}
	m.used += size
	return true
}

// sizeOf estimates the memory that a row takes, in bytes.
func sizeOf(r row) int {
	const perPointer, perValue = 8, 160
	size := perPointer * len(r.columns)
	for _, c := range r.columns {
		if c != nil {
			size += perValue + len(c.GetStringValue()) + len(c.GetJsonValue())
		}
	}
	return size
}
