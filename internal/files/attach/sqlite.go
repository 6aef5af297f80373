package attach

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ncruces/go-sqlite3"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// readSQLite reads a database's tables and views.
func readSQLite(in input) ([]Table, error) {
	var tables []Table
	err := in.withDatabase(func(conn *sqlite3.Conn) error {
		names, err := sources(conn)
		if err != nil {
			return err
		}
		for _, source := range names {
			table, err := in.sqliteTable(conn, source)
			if err != nil {
				return err
			}
			if table.Name = in.Name; len(names) > 1 {
				table.Name += "_" + source
			}
			tables = append(tables, table)
		}
		return nil
	})
	if err == nil && len(tables) == 0 {
		err = errors.New("it has no tables")
	}
	return tables, err
}

// sources returns the names of a database's tables, and of those views that can be
// read: a view may need what is no longer there, or functions of another program.
func sources(conn *sqlite3.Conn) ([]string, error) {
	var names []string
	schema, _, err := conn.Prepare(`select name, type from sqlite_schema
		where type in ('table', 'view') and name not like 'sqlite\_%' escape '\' order by name`)
	if err != nil {
		return nil, err
	}
	err = eachRow(schema, func() error {
		name := schema.ColumnText(0)
		if schema.ColumnText(1) == "view" {
			view, _, err := conn.Prepare(selectAll(name))
			if err != nil {
				return nil //nolint:nilerr // the view is left out
			}
			_ = view.Close()
		}
		names = append(names, name)
		return nil
	})
	return names, err
}

func selectAll(source string) string { return "select * from " + sqlite3.QuoteIdentifier(source) }

// sqliteTable returns a table or a view of a database.
func (in input) sqliteTable(conn *sqlite3.Conn, source string) (Table, error) {
	stmt, _, err := conn.Prepare(selectAll(source))
	if err != nil {
		return Table{}, err
	}
	var table Table
	found := make([]classes, stmt.ColumnCount())
	for i := range found {
		table.Columns = append(table.Columns, embedded.Column{Name: stmt.ColumnName(i)})
		found[i].declared = strings.ToUpper(stmt.ColumnDeclType(i))
	}
	if slices.ContainsFunc(found, classes.depend) {
		err = eachRow(stmt, func() error {
			for i := range found {
				found[i].see(stmt, i)
			}
			return nil
		})
	} else {
		err = stmt.Close()
	}
	if err != nil {
		return Table{}, fmt.Errorf("%s: %w", source, err)
	}
	for i := range found {
		table.Columns[i].Kind = found[i].kind()
	}
	table.Rows = func(send func([]any) error) error {
		return in.withDatabase(func(conn *sqlite3.Conn) error {
			stmt, _, err := conn.Prepare(selectAll(source))
			if err != nil {
				return err
			}
			values := make([]any, stmt.ColumnCount())
			return eachRow(stmt, func() error {
				for i := range values {
					values[i] = sqliteValue(stmt, i)
				}
				return send(values)
			})
		})
	}
	return table, nil
}

// eachRow calls row at each row of a query, which it closes.
func eachRow(stmt *sqlite3.Stmt, row func() error) error {
	for stmt.Step() {
		if err := row(); err != nil {
			return errors.Join(err, stmt.Close())
		}
	}
	return errors.Join(stmt.Err(), stmt.Close())
}

// classes infers the kind of a column from its declared type and from the storage
// classes of its values: SQLite lets most columns hold any
// (https://sqlite.org/datatype3.html).
type classes struct {
	declared               string // in upper case
	integers, reals, texts bool
	notBool                bool // a number other than 0 and 1
	inexact                bool // an integer that no double equals
}

// depend reports whether the kind depends on the values.
func (c classes) depend() bool {
	_, declared := declaredKind(c.declared)
	return !declared || c.mayBeBool()
}

func (c classes) mayBeBool() bool { return strings.Contains(c.declared, "BOOL") }

// declaredKind returns the kind of a declared type, or false if only values have one.
func declaredKind(declared string) (kind embedded.Kind, ok bool) {
	has := func(part string) bool { return strings.Contains(declared, part) }
	switch {
	case has("INT"):
		return embedded.Int, true
	case has("CHAR"), has("CLOB"), has("TEXT"):
		return embedded.Text, true
	case !has("BLOB") && (has("REAL") || has("FLOA") || has("DOUBLE")):
		return embedded.Double, true
	}
	return embedded.Text, false
}

func (c *classes) see(stmt *sqlite3.Stmt, i int) {
	switch stmt.ColumnType(i) {
	case sqlite3.INTEGER:
		n := stmt.ColumnInt64(i)
		c.integers = true
		c.notBool = c.notBool || n != 0 && n != 1
		c.inexact = c.inexact || !exact(n)
	case sqlite3.FLOAT:
		c.reals, c.notBool = true, true
	case sqlite3.TEXT, sqlite3.BLOB:
		c.texts = true
	}
}

// kind returns the kind under which every value stays what it is in the database: a
// column of the kind Text would turn numbers into texts, which sort differently.
func (c *classes) kind() embedded.Kind {
	kind, declared := declaredKind(c.declared)
	switch {
	case c.mayBeBool() && !c.notBool && !c.texts:
		return embedded.Bool
	case declared:
		return kind
	case c.reals && !c.texts && !c.inexact:
		return embedded.Double
	case c.integers && !c.texts && !c.reals:
		return embedded.Int
	case (c.integers || c.reals) && c.declared != "" && c.declared != "ANY" && !strings.Contains(c.declared, "BLOB"):
		// To the values of a column, the affinity of Int does the same as NUMERIC, which
		// has been applied to them: numbers and texts stay apart.
		return embedded.Int
	}
	return embedded.Text
}

func sqliteValue(stmt *sqlite3.Stmt, i int) any {
	switch stmt.ColumnType(i) {
	case sqlite3.NULL:
		return nil
	case sqlite3.INTEGER:
		return stmt.ColumnInt64(i)
	case sqlite3.FLOAT:
		return stmt.ColumnFloat(i)
	case sqlite3.BLOB:
		return stmt.ColumnBlob(i, nil)
	}
	return stmt.ColumnText(i)
}
