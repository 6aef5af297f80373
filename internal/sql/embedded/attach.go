package embedded

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ncruces/go-sqlite3"

	"steampipe-plugin-ssmassoc/internal/sql/sqltimes"
)

// Attach makes a table of rows that come from elsewhere. They are kept in SQLite's
// memory; SQL can read them and not change them. rows passes each row to send, with
// a value for each column: nil, bool, int64, float64, string or []byte.
func (db *DB) Attach(ctx context.Context, table *Table, rows func(send func([]any) error) error) (err error) {
	if slices.ContainsFunc(db.Tables(), func(t *Table) bool { return strings.EqualFold(t.Name, table.Name) }) {
		return fmt.Errorf("there is a table %s already", table.Name)
	}
	defer func() {
		if value := recover(); value != nil {
			err = db.recovered(value)
		}
		if err != nil {
			err = fmt.Errorf("attach %s: %w", table.Name, err)
		}
		// What follows is not for the context to end.
		db.statement = db.newStatement(context.Background())
		if !db.failed {
			db.conn.SetInterrupt(context.Background())
		}
	}()
	db.statement = db.newStatement(ctx)
	db.conn.SetInterrupt(ctx)
	if err := db.load(table, rows); err != nil {
		return db.failure(err)
	}
	db.attached = append(db.attached, table)
	return nil
}

// load creates a table and fills it.
func (db *DB) load(table *Table, rows func(send func([]any) error) error) error {
	name := sqlite3.QuoteIdentifier(table.Name)
	if err := db.conn.Exec("CREATE TABLE " + name + table.columnList()); err != nil {
		return err
	}
	places := strings.TrimSuffix(strings.Repeat("?,", len(table.Columns)), ",")
	insert, _, err := db.conn.Prepare("INSERT INTO " + name + " VALUES (" + places + ")")
	if err != nil {
		return err
	}
	defer func() { _ = insert.Close() }()
	if err := db.conn.Exec("BEGIN"); err != nil {
		return err
	}
	if err := rows(func(values []any) error { return insertRow(insert, values) }); err != nil {
		return err
	}
	// The planner then knows how many rows there are: few of them are worth a call
	// each, where many are not.
	return db.conn.Exec("COMMIT; ANALYZE " + name)
}

// columnList is the list of columns in the statement that creates the table.
func (t *Table) columnList() string {
	var columns []string
	for _, c := range t.Columns {
		column := sqlite3.QuoteIdentifier(c.Name) + " " + declared[c.Kind]
		if c.Kind == Timestamp {
			column += " COLLATE " + sqltimes.Collation
		}
		columns = append(columns, column)
	}
	return "(" + strings.Join(columns, ", ") + ")"
}

func insertRow(insert *sqlite3.Stmt, values []any) error {
	for i, value := range values {
		var err error
		switch v := value.(type) {
		case bool:
			err = insert.BindBool(i+1, v)
		case []byte:
			err = insert.BindBlob(i+1, v)
		default:
			err = bindValue(insert, i+1, v)
		}
		if err != nil {
			return err
		}
	}
	if err := insert.Exec(); err != nil {
		return err
	}
	return insert.ClearBindings()
}

// changesAttached reports whether an action would change one of the tables that are
// attached. Its arguments are those of SQLite's authorizer.
func (db *DB) changesAttached(action sqlite3.AuthorizerActionCode, first, second string) bool {
	table := first
	switch action {
	case sqlite3.AUTH_INSERT, sqlite3.AUTH_UPDATE, sqlite3.AUTH_DELETE, sqlite3.AUTH_DROP_TABLE:
	case sqlite3.AUTH_ALTER_TABLE:
		table = second
	default:
		return false
	}
	return slices.ContainsFunc(db.attached, func(t *Table) bool { return strings.EqualFold(t.Name, table) })
}
