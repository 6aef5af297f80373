package embedded

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/ncruces/go-sqlite3"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
)

// vtab is a table of the plugin in a schema as SQLite sees it.
type vtab struct {
	db     *DB
	table  *Table
	schema Schema
}

func (t *vtab) Open() (sqlite3.VTabCursor, error) { return &cursor{table: t}, nil }

// cursor goes through the rows of one scan: of the plugin, or of what earlier
// scans of the same statement have read.
type cursor struct {
	table *vtab
	scan  *scan // nil where the rows come from the memo
	kept  []row // the rows kept for the memo, or those that come from it
	had   []row // the rows that the scan has had and the cursor has not
	key   string
	size  int // of kept, in bytes
	keep  bool
	row   row // the current row; the zero row at the end

	// compared are, by column, the texts that the statement compares; nil for none.
	compared [][]*comparedText

	// Of the row ids that SQLite has asked for: that of the current row, and
	// how many rows had the same content.
	rowID  int64
	hasID  bool
	repeat map[int64]int64
}

// Filter starts a scan.
func (c *cursor) Filter(_ int, planText string, args ...sqlite3.Value) error {
	c.stop()
	*c = cursor{table: c.table, compared: c.statement().comparedIn(c.table.table)}

	p, err := c.statement().plan(planText)
	if err != nil {
		return err
	}
	if column := c.table.missing(p); column != "" {
		return c.failed(fmt.Errorf("table %s needs a condition on %s: add \"where %s = ...\"",
			c.table.table.Name, column, column))
	}
	request, err := c.request(p, args, narrow)
	if err != nil {
		return c.failed(err)
	}
	lookups, none := c.lookups(p, args)
	if request == nil || none {
		return nil // a condition that nothing meets
	}
	rows, ok, err := c.recall(p, args, request, lookups)
	if err != nil {
		return c.failed(err)
	}
	if ok {
		c.kept = rows
	} else if left := c.statement().memo.unpark(c.key); left != nil {
		c.scan, c.kept, c.size, c.had = left.scan, left.rows, left.size, left.rows
	} else {
		c.scan = startScan(c.statement().ctx, c.table, request)
	}
	return c.Next()
}

func (c *cursor) statement() *statement { return c.table.db.statement }

// comparedIn returns the texts that the statement compares with the columns of a table,
// nil for none.
func (s *statement) comparedIn(t *Table) [][]*comparedText {
	var in [][]*comparedText
	for i, column := range t.Columns {
		if texts := s.compared[column.Name]; texts != nil && column.Kind == Text {
			if in == nil {
				in = make([][]*comparedText, len(t.Columns))
			}
			in[i] = texts
		}
	}
	return in
}

// failed notes the error of a scan, to be shown instead of SQLite's rendering.
func (c *cursor) failed(err error) error { return c.table.db.noteError(err) }

// Next goes to the next row.
func (c *cursor) Next() error {
	c.hasID = false
	if c.scan == nil {
		c.row = row{}
		if len(c.kept) > 0 {
			c.row, c.kept = c.kept[0], c.kept[1:]
		}
		return nil
	}

	if len(c.had) > 0 {
		c.row, c.had = c.had[0], c.had[1:]
		return nil
	}
	var more bool
	c.row, more = c.scan.next()
	if !more {
		keep := c.keep
		c.keep = false // there is nothing to leave
		if err := c.scan.stop(); err != nil {
			return c.failed(err)
		}
		if keep {
			c.statement().memo.put(c.key, c.kept, c.size)
		}
		return nil
	}
	if c.keep {
		c.size += sizeOf(c.row)
		c.kept = append(c.kept, c.row)
		if memo := c.statement().memo; c.size > memo.most-memo.used {
			memo.refused[c.key] = true
			c.keep, c.kept = false, nil
		}
	}
	return nil
}

func (c *cursor) EOF() bool { return c.row.columns == nil }

// RowID identifies a row by its content. Where a condition is an OR of several,
// SQLite scans the table for each and takes rows of the same id for one: a row
// that several scans find must have the same id in each, and no other row may
// have it. Rows of one scan with the same content are numbered in their order.
func (c *cursor) RowID() (int64, error) {
	if !c.hasID {
		id := c.row.hash()
		if c.repeat == nil {
			c.repeat = map[int64]int64{}
		}
		c.repeat[id]++
		c.rowID, c.hasID = id+c.repeat[id]-1, true
	}
	return c.rowID, nil
}

// Column gives SQLite a value of the current row.
func (c *cursor) Column(ctx sqlite3.Context, n int) error {
	if n >= len(c.table.table.Columns) {
		return c.failed(fmt.Errorf("table %s has no row id; use its columns", c.table.table.Name))
	}
	column := c.row.columns[n]
	if column == nil {
		return nil // null
	}
	if text, ok := textOf(column); ok {
		if c.compared != nil {
			for _, compared := range c.compared[n] {
				compared.note(text)
			}
		}
		ctx.ResultText(text)
		return nil
	}
	switch v := column.Value.(type) {
	case *proto.Column_BoolValue:
		ctx.ResultBool(v.BoolValue)
	case *proto.Column_IntValue:
		ctx.ResultInt64(v.IntValue)
	case *proto.Column_DoubleValue:
		ctx.ResultFloat(v.DoubleValue)
	case *proto.Column_NullValue, nil:
	default:
		return fmt.Errorf("column %s has a value of an unknown type %T", c.table.table.Columns[n].Name, v)
	}
	return nil
}

// Close ends a scan whose remaining rows the statement does not need.
func (c *cursor) Close() error {
	c.stop()
	return nil
}

func (c *cursor) stop() {
	if c.scan == nil {
		return
	}
	if !c.keep || !c.statement().memo.park(c.key, &parked{c.scan, c.kept, c.size}) {
		_ = c.scan.stop()
	}
	c.scan = nil
}

// width says which conditions of a plan a request has: all, or only those whose
// values are the same in every scan.
type width bool

const (
	narrow width = false
	wide   width = true
)

// request makes of the plan and its arguments what to ask of the plugin. It
// returns nil where no row can meet a condition.
func (c *cursor) request(p *plan, args []sqlite3.Value, w width) (*scanRequest, error) {
	db := c.table.db
	r := &scanRequest{
		statement: c.statement(),
		id:        fmt.Sprintf("%s-%d", c.table.table.Name, db.scans.Add(1)),
		schema:    c.table.schema,
		table:     c.table.table.Name,
		indexes:   p.Columns,
		quals:     map[string]*proto.Quals{},
		limit:     -1,
		cacheTTL:  c.statement().cacheTTL,
	}
	for _, i := range p.Columns {
		r.columns = append(r.columns, c.table.table.Columns[i].Name)
	}
	exact := true
	for i, condition := range p.Conditions {
		if w == wide && condition.Outer {
			continue
		}
		column := &c.table.table.Columns[condition.Column]
		if condition.Outer {
			r.varying = append(r.varying, column.Name)
		}
		values, convertible, err := db.qualValues(column, condition, args[i])
		if err != nil {
			return nil, err
		}
		if !convertible && column.Required {
			return nil, fmt.Errorf("table %s needs a text for %s: write cast(... as text) or quotes", r.table, column.Name)
		}
		if !convertible {
			exact = false // SQLite applies it alone
			continue
		}
		if len(values) == 0 {
			return nil, nil
		}
		value := values[0]
		if len(values) > 1 {
			value = &proto.QualValue{Value: &proto.QualValue_ListValue{ListValue: &proto.QualValueList{Values: values}}}
		}
		quals := r.quals[column.Name]
		if quals == nil {
			quals = &proto.Quals{}
			r.quals[column.Name] = quals
		}
		quals.Quals = append(quals.Quals, &proto.Qual{
			FieldName: column.Name,
			Operator:  &proto.Qual_StringValue{StringValue: condition.Operator},
			Value:     value,
		})
	}
	if p.Limit && exact && w == narrow {
		r.limit = args[len(p.Conditions)].Int64()
		if p.Offset && r.limit >= 0 {
			r.limit += max(0, args[len(p.Conditions)+1].Int64())
		}
	}
	return r, nil
}

// key differs between scans of a statement whose rows may differ.
func (r *scanRequest) key() string {
	var b strings.Builder
	b.WriteString(r.schema.Name + "\x00" + r.table + "\x00" + strconv.FormatInt(r.limit, 10))
	for _, name := range r.columns {
		b.WriteString("\x00" + name)
	}
	for name, quals := range sorted(r.quals) {
		b.WriteString("\x00" + name)
		for _, q := range quals.Quals {
			b.WriteString("\x00" + q.GetStringValue() + "\x00" + q.Value.String())
		}
	}
	return b.String()
}

// scan is a scan of the plugin under way.
type scan struct {
	cancel context.CancelFunc
	rows   chan row
	done   chan struct{}
	err    error // set before done is closed
}

// rowsAhead is how many rows a scan may be ahead of the statement.
const rowsAhead = 128

func startScan(ctx context.Context, t *vtab, request *scanRequest) *scan {
	ctx, cancel := context.WithCancel(ctx)
	s := &scan{cancel: cancel, rows: make(chan row, rowsAhead), done: make(chan struct{})}
	go func() {
		defer close(s.done)
		defer close(s.rows)
		defer func() {
			if value := recover(); value != nil {
				s.err = Caught(value)
			}
		}()
		s.err = t.db.host.scan(ctx, *request, func(values []*proto.Column) error {
			columns := make([]*proto.Column, len(t.table.Columns))
			for i, value := range values {
				columns[request.indexes[i]] = value
			}
			select {
			case s.rows <- row{columns}:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	return s
}

// next returns the next row, and false after the last and on an error.
func (s *scan) next() (row, bool) {
	r, ok := <-s.rows
	return r, ok
}

// stop ends the scan, waits until it has ended, and returns its error. One that
// ended by itself keeps its own error.
func (s *scan) stop() error {
	select {
	case <-s.done:
	default:
		s.cancel()
		<-s.done
	}
	s.cancel()
	return s.err
}
