package attach

import (
	"context"
	"errors"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/ncruces/go-sqlite3"

	"steampipe-plugin-ssmassoc/internal/embedded"
)

// readSQLite reads a database's tables.
func readSQLite(ctx context.Context, name, file string) ([]Table, error) {
	var tables []Table
	err := withDatabase(ctx, file, func(conn *sqlite3.Conn) error {
		names, err := column(conn, `select name from sqlite_schema
			where type = 'table' and name not like 'sqlite\_%' escape '\' order by name`)
		if err != nil {
			return err
		}
		for _, source := range names {
			table, err := sqliteTable(ctx, conn, file, source)
			if err != nil {
				return err
			}
			if table.Name = name; len(names) > 1 {
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

// withDatabase opens a database read only. If another program has the file open, it
// sees the last committed state.
func withDatabase(ctx context.Context, file string, read func(*sqlite3.Conn) error) error {
	path, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	uri := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path), RawQuery: "mode=ro"}
	conn, err := sqlite3.OpenContext(ctx, uri.String())
	if err != nil {
		return err
	}
	return errors.Join(read(conn), conn.Close())
}

// column returns the values of the first column of a query.
func column(conn *sqlite3.Conn, sql string) ([]string, error) {
	stmt, _, err := conn.Prepare(sql)
	if err != nil {
		return nil, err
	}
	var values []string
	for stmt.Step() {
		values = append(values, stmt.ColumnText(0))
	}
	return values, errors.Join(stmt.Err(), stmt.Close())
}

// sqliteTable returns a table of a database. Its columns have the kinds of their
// declared types (https://sqlite.org/datatype3.html, 3.1).
func sqliteTable(ctx context.Context, conn *sqlite3.Conn, file, source string) (Table, error) {
	sql := "select * from " + sqlite3.QuoteIdentifier(source)
	stmt, _, err := conn.Prepare(sql)
	if err != nil {
		return Table{}, err
	}
	defer func() { _ = stmt.Close() }()
	var table Table
	for i := range stmt.ColumnCount() {
		table.Columns = append(table.Columns, embedded.Column{
			Name: stmt.ColumnName(i), Kind: declaredKind(stmt.ColumnDeclType(i)),
		})
	}
	table.Rows = func(send func([]any) error) error {
		return withDatabase(ctx, file, func(conn *sqlite3.Conn) error {
			stmt, _, err := conn.Prepare(sql)
			if err != nil {
				return err
			}
			values := make([]any, stmt.ColumnCount())
			for stmt.Step() {
				for i := range values {
					values[i] = sqliteValue(stmt, i)
				}
				if err := send(values); err != nil {
					return errors.Join(err, stmt.Close())
				}
			}
			return errors.Join(stmt.Err(), stmt.Close())
		})
	}
	return table, nil
}

func declaredKind(declared string) embedded.Kind {
	declared = strings.ToUpper(declared)
	has := func(part string) bool { return strings.Contains(declared, part) }
	switch {
	case has("BOOL"):
		return embedded.Bool
	case has("INT"):
		return embedded.Int
	case has("CHAR"), has("CLOB"), has("TEXT"), has("BLOB"):
		return embedded.Text
	case has("REAL"), has("FLOA"), has("DOUBLE"):
		return embedded.Double
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
