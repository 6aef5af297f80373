package embedded

import (
	"strings"

	"github.com/ncruces/go-sqlite3"

	"steampipe-plugin-ssmassoc/internal/sql/sqltimes"
)

// prepared is the first statement of an SQL text, ready to run.
type prepared struct {
	stmt *sqlite3.Stmt // nil if there is none
	text string        // as it was written
	tail string        // what comes after it
	run  sqltimes.Statement
	// names are those of the result's columns.
	names []string
}

// prepare prepares the first statement of a text. SQLite sees it as it was written
// first, so that errors and names are of that text.
func (db *DB) prepare(sql string) (prepared, error) {
	stmt, tail, err := db.compile(sql)
	if err != nil {
		return prepared{}, err
	}
	p := prepared{stmt: stmt, text: sql[:len(sql)-len(tail)], tail: tail}
	if stmt == nil {
		return p, nil
	}
	for i := range stmt.ColumnCount() {
		p.names = append(p.names, stmt.ColumnName(i))
	}
	p.run, err = sqltimes.Rewrite(p.text, db.timesOf)
	db.statement.inRows = p.run.InRows
	if err == nil && (p.run.SQL != p.text || p.run.InRows != nil) {
		_ = stmt.Close()
		if p.stmt, _, err = db.compile(p.run.SQL); err != nil {
			return prepared{}, err
		}
	}
	if err != nil {
		_ = stmt.Close()
		return prepared{}, err
	}
	return p, nil
}

// only reports whether nothing comes after the statement.
func (p prepared) only() bool { return strings.TrimSpace(p.tail) == "" }
