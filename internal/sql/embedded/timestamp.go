package embedded

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ncruces/go-sqlite3"

	"steampipe-plugin-ssmassoc/internal/sql/sqltimes"
	"steampipe-plugin-ssmassoc/internal/sql/timestamp"
)

// registerTimes makes the collation and the function of times known to SQLite.
func (db *DB) registerTimes() error {
	if err := db.conn.CreateCollation(sqltimes.Collation, db.compareTimes); err != nil {
		return err
	}
	return db.conn.CreateFunction(sqltimes.Function, 1, sqlite3.DETERMINISTIC|sqlite3.INNOCUOUS,
		func(ctx sqlite3.Context, args ...sqlite3.Value) {
			if args[0].Type() == sqlite3.NULL {
				return
			}
			t, err := timeOf(args[0], db.statement.begun)
			if err != nil {
				ctx.ResultError(db.noteError(err))
				return
			}
			ctx.ResultText(timestamp.Format(t))
		})
}

// timeOf returns the time that a value stands for, relative to now.
func timeOf(v sqlite3.Value, now time.Time) (time.Time, error) {
	switch v.Type() {
	case sqlite3.TEXT:
		return timestamp.Parse(v.Text(), now)
	case sqlite3.INTEGER, sqlite3.FLOAT:
		return timestamp.FromSeconds(v.Float())
	}
	return time.Time{}, fmt.Errorf("a blob is not a time; write one like %s", timestamp.Example)
}

// ParseTime parses a value of a timestamp column, and reports whether it is a point in
// time. Columns of the plugin are in RFC 3339; those of attached files have the texts of
// the file.
func ParseTime(text string) (at time.Time, ok bool) {
	at, err := timestamp.Parse(text, time.Now())
	return at, err == nil
}

// compareTimes is the collation of times. A text that is not a time fails the
// statement, since a collation has no error of its own.
func (db *DB) compareTimes(a, b []byte) int {
	order, ok := timestamp.Compare(a, b)
	if ok || db.statement.err != nil {
		return order
	}
	for _, text := range [][]byte{a, b} {
		if _, err := timestamp.Parse(string(text), db.statement.begun); err != nil {
			_ = db.noteError(err)
		}
	}
	ended, end := context.WithCancel(context.Background())
	end()
	db.conn.SetInterrupt(ended)
	return order
}

// noteError notes an error to be shown instead of SQLite's rendering of it.
func (db *DB) noteError(err error) error {
	if db.statement.err == nil {
		db.statement.err = err
	}
	return err
}

// timesOf returns the columns of a table or a view for [sqltimes.Rewrite].
func (db *DB) timesOf(table string) []sqltimes.Column {
	tables := db.Tables()
	i := slices.IndexFunc(tables, func(t *Table) bool { return strings.EqualFold(t.Name, table) })
	if i < 0 {
		return db.timesMadeOf(table)
	}
	var columns []sqltimes.Column
	for _, c := range tables[i].Columns {
		isTime := c.Kind == Timestamp
		columns = append(columns, sqltimes.Column{Name: c.Name, Time: isTime, Collated: isTime, Hidden: c.Hidden})
	}
	return columns
}

// timesMadeOf returns the columns of a table or a view that SQL has made, or of a
// function.
func (db *DB) timesMadeOf(table string) []sqltimes.Column {
	stmt, _, err := db.conn.Prepare("select name, hidden = 1 from pragma_table_xinfo(?) order by cid")
	if err != nil {
		return nil
	}
	defer func() { _ = stmt.Close() }()
	if stmt.BindText(1, table) != nil {
		return nil
	}
	var columns []sqltimes.Column
	for stmt.Step() {
		c := sqltimes.Column{Name: stmt.ColumnText(0), Hidden: stmt.ColumnBool(1)}
		_, collation, _, _, _, err := db.conn.TableColumnMetadata("", table, c.Name)
		c.Collated = err == nil && strings.EqualFold(collation, sqltimes.Collation)
		c.Time = c.Collated || db.timesMade[strings.ToLower(table)][strings.ToLower(c.Name)]
		columns = append(columns, c)
	}
	return columns
}

// noteMade notes which columns of a table or a view that a statement made of a query
// are times: SQLite does not know.
func (db *DB) noteMade(made sqltimes.Statement) {
	if made.Made == "" {
		return
	}
	times := map[string]bool{}
	for _, c := range made.Columns {
		times[strings.ToLower(c.Name)] = c.Time
	}
	db.timesMade[strings.ToLower(made.Made)] = times
}
