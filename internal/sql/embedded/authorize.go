package embedded

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ncruces/go-sqlite3"
)

// harmlessPragmas only list things: tables, functions, modules. All others
// change settings, or read or write files.
var harmlessPragmas = map[string]bool{
	"collation_list":   true,
	"compile_options":  true,
	"database_list":    true,
	"foreign_key_list": true,
	"function_list":    true,
	"index_info":       true,
	"index_list":       true,
	"index_xinfo":      true,
	"module_list":      true,
	"pragma_list":      true,
	"table_info":       true,
	"table_list":       true,
	"table_xinfo":      true,
}

// authorize refuses statements, while they are prepared, that could reach a
// file or change how SQLite works. Tables and views in memory are allowed.
//
// See https://sqlite.org/c3ref/set_authorizer.html.
func (db *DB) authorize(
	action sqlite3.AuthorizerActionCode, argument, second, schema, _ string,
) sqlite3.AuthorizerReturnCode {
	if db.trusted {
		return sqlite3.AUTH_OK
	}
	if db.changesPlugin(action, argument, second, schema) {
		return db.refuse("the plugin's tables are read only, and so are the schemas of connections; " +
			"make a table of your own, without a schema")
	}
	if db.changesAttached(action, argument, second) {
		return db.refuse("attached files are read only; copy the rows to a table of your own first")
	}
	switch action {
	case sqlite3.AUTH_CREATE_VIEW:
		db.withViews["sqlite_schema"] = true
	case sqlite3.AUTH_CREATE_TEMP_VIEW:
		db.withViews["sqlite_temp_schema"] = true
	case sqlite3.AUTH_ATTACH, sqlite3.AUTH_DETACH: // VACUUM attaches the file it writes
		return db.refuse("ATTACH and VACUUM are refused: SQL reads and writes no files here")
	case sqlite3.AUTH_PRAGMA:
		if !harmlessPragmas[strings.ToLower(argument)] {
			return db.refuse("PRAGMA %s is refused: "+
				"only pragmas that list what there is are allowed, such as PRAGMA table_info", argument)
		}
	}
	return sqlite3.AUTH_OK
}

// changes are the actions that change a schema or what is in it.
var changes = map[sqlite3.AuthorizerActionCode]bool{
	sqlite3.AUTH_INSERT: true, sqlite3.AUTH_UPDATE: true, sqlite3.AUTH_DELETE: true,
	sqlite3.AUTH_CREATE_INDEX: true, sqlite3.AUTH_CREATE_TABLE: true, sqlite3.AUTH_CREATE_TRIGGER: true,
	sqlite3.AUTH_CREATE_VIEW: true, sqlite3.AUTH_CREATE_VTABLE: true, sqlite3.AUTH_DROP_VTABLE: true,
}

// changesPlugin reports whether an action would make or change one of the plugin's
// tables, or anything in the schema of a connection. Its arguments are those of SQLite's
// authorizer.
func (db *DB) changesPlugin(action sqlite3.AuthorizerActionCode, first, second, schema string) bool {
	switch action {
	case sqlite3.AUTH_ALTER_TABLE: // whose arguments are the schema and the table
		return slices.Contains(db.made, first) || foldName(first) == mainSchema && db.host.table(second) != nil
	case sqlite3.AUTH_CREATE_VTABLE, sqlite3.AUTH_DROP_VTABLE:
		return second == moduleName
	}
	return changes[action] && slices.Contains(db.made, schema)
}

// refuse records why a statement is refused, to be shown instead of SQLite's
// "not authorized".
func (db *DB) refuse(format string, a ...any) sqlite3.AuthorizerReturnCode {
	if db.statement.err == nil {
		db.statement.err = fmt.Errorf(format, a...)
	}
	return sqlite3.AUTH_DENY
}
