package embedded

import (
	"math"

	"github.com/ncruces/go-sqlite3"
)

// narrowScans is how many scans a statement makes for one value each, as a join
// on a key column does, before the table is read without the value, once. They
// come one after the other, while a read of the whole table has many calls in
// flight: this many take as long as a read of a few thousand nodes.
const narrowScans = 200

// A table of which one call lists many rows is read sooner, beside the scans for one value
// each: none for the first few, and then for each as many pages as it asks regions for a
// value, at a guess. Where there is little to list, that soon is all.
const (
	fewNarrowScans = 4
	pagesAtOnce    = 3
)

// lookups returns what the plan's lookups are for, and whether one of them is
// for NULL, which no row meets. Those that SQLite's conversions could make equal
// to a value of another type are left to SQLite.
func (c *cursor) lookups(p *plan, args []sqlite3.Value) (lookups []lookup, none bool) {
	for i, e := range p.Lookups {
		key, ok := keyOfArgument(args[len(p.Conditions)+i], c.table.table.Columns[e.Column].Kind, e.Timestamp)
		switch {
		case !ok:
		case key == nullKey:
			return nil, true
		default:
			lookups = append(lookups, lookup{e, key})
		}
	}
	return lookups, false
}

// recall returns the rows of a request that meet the lookups, and maybe others
// of the request, if the statement has read them or is going to need them often.
// The first of scans that are the same takes the rows as they come, for the
// statement may not need all of them.
func (c *cursor) recall(p *plan, args []sqlite3.Value, request *scanRequest, lookups []lookup,
) (rows []row, ok bool, err error) {
	rows, ok, err = c.recallWide(p, args, lookups)
	if ok || err != nil {
		return rows, ok, err
	}
	memo := c.statement().memo
	c.key = request.key()
	r := memo.reads[c.key]
	if r == nil {
		again := memo.begin(c.key) > 1
		if again && len(p.Lookups) > 0 {
			r = c.readAll(c.key, request)
		}
		if r == nil {
			c.keep = (again || len(p.Lookups) > 0) && !memo.refused[c.key]
			return nil, false, nil
		}
	}
	rows, _ = r.matching(c.table.table, lookups)
	return rows, true, nil
}

// recallWide returns the rows of a request from a read that leaves out the
// values of a join. A value that the read has no row of is asked for by itself:
// a plugin may know more of a thing that is named than of those that it lists.
func (c *cursor) recallWide(p *plan, args []sqlite3.Value, lookups []lookup) (rows []row, ok bool, err error) {
	outer := c.outerLookups(p, args)
	if outer == nil {
		return nil, false, nil
	}
	request, err := c.request(p, args, wide)
	if request == nil || err != nil {
		return nil, false, err
	}
	memo := c.statement().memo
	key := request.key()
	r := memo.reads[key]
	if r == nil {
		pageSize := c.table.table.pageSize
		switch memo.narrow[key]++; {
		case memo.narrow[key] > narrowScans:
			r = c.readAll(key, request)
		case memo.narrow[key] > fewNarrowScans && pageSize > 0:
			r = c.read(key, request, pagesAtOnce*pageSize)
		}
		if r == nil {
			return nil, false, nil
		}
	}
	if rows, indexed := r.matching(c.table.table, outer); !indexed || len(rows) == 0 {
		return nil, false, nil
	}
	rows, ok = r.matching(c.table.table, append(outer, lookups...))
	return rows, ok, nil
}

// outerLookups returns the plan's conditions on the values of a join as lookups,
// or nil where there are none or the plugin alone can apply them.
func (c *cursor) outerLookups(p *plan, args []sqlite3.Value) []lookup {
	var lookups []lookup
	for i, condition := range p.Conditions {
		if !condition.Outer {
			continue
		}
		column := &c.table.table.Columns[condition.Column]
		key, ok := keyOfArgument(args[i], column.Kind, condition.Timestamp)
		if !ok || column.Required || column.Exact || !indexable(column.Kind) {
			return nil
		}
		lookups = append(lookups, lookup{equality{condition.Column, condition.Timestamp}, key})
	}
	return lookups
}

// readAll reads all rows of a request and keeps them. It returns nil where they
// do not fit, or the scan fails: a scan that does without, if any can, finds the
// error again.
func (c *cursor) readAll(key string, request *scanRequest) *fullRead {
	return c.read(key, request, math.MaxInt)
}

// read reads at most so many further rows of a request, and returns nil unless these were
// the last.
func (c *cursor) read(key string, request *scanRequest, most int) *fullRead {
	memo := c.statement().memo
	if memo.refused[key] {
		return nil
	}
	p := memo.unpark(key)
	if p == nil {
		p = &parked{scan: startScan(c.statement().ctx, c.table, request)}
	}
	for range most {
		r, more := p.scan.next()
		if !more {
			if p.scan.stop() != nil {
				memo.refused[key] = true
				return nil
			}
			memo.put(key, p.rows, p.size)
			return memo.reads[key]
		}
		p.rows = append(p.rows, r)
		if p.size += sizeOf(r); memo.used+p.size > memo.most {
			memo.refused[key] = true
			_ = p.scan.stop()
			return nil
		}
	}
	if !memo.park(key, p) {
		memo.refused[key] = true
		_ = p.scan.stop()
	}
	return nil
}
