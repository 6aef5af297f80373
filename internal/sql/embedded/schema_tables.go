package embedded

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ncruces/go-sqlite3"
)

// moduleName is the name of the module of the plugin's tables.
const moduleName = "plugin tables"

// register makes the plugin's tables known to SQLite, and creates those of main.
//
// They are not eponymous: SQLite finds an eponymous table in every schema, and in one
// that does not exist. A table that is created knows its schema.
func (db *DB) register() error {
	connect := func(conn *sqlite3.Conn, _, schema, name string, _ ...string) (*vtab, error) {
		i := slices.IndexFunc(db.host.tables, func(t *Table) bool { return t.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("the plugin has no table %s", name)
		}
		t := &vtab{db: db, table: db.host.tables[i], schema: db.host.schemas.all}
		if schema != mainSchema {
			var err error
			if t.schema, err = db.host.schemas.named(schema); err != nil {
				return nil, err
			}
		}
		// Views that are not temporary read innocuous tables alone. These only read, and
		// the schema holds nothing but what the user's statements made.
		if err := conn.VTabConfig(sqlite3.VTAB_INNOCUOUS); err != nil {
			return nil, err
		}
		return t, conn.DeclareVTab(t.table.declaration())
	}
	//nolint:staticcheck // the method that replaces it needs Go 1.27
	if err := sqlite3.CreateModule[*vtab](db.conn, moduleName, connect, connect); err != nil {
		return err
	}
	return db.createTables(mainSchema)
}

// createTables creates the plugin's tables in a schema, unless it has them.
func (db *DB) createTables(schema string) error {
	for _, table := range db.host.tables {
		if err := db.conn.Exec(fmt.Sprintf("CREATE VIRTUAL TABLE IF NOT EXISTS %s.%s USING %s",
			sqlite3.QuoteIdentifier(schema), sqlite3.QuoteIdentifier(table.Name), sqlite3.QuoteIdentifier(moduleName),
		)); err != nil {
			return fmt.Errorf("table %s: %w", table.Name, err)
		}
	}
	return nil
}

// makeSchema makes a schema with the plugin's tables. SQLite attaches few databases,
// so that a schema is made when a statement names it, and lasts until the statement's
// end.
func (db *DB) makeSchema(schema Schema) error {
	db.trusted = true
	defer func() { db.trusted = false }()
	if !slices.Contains(db.made, schema.Name) {
		if len(db.made) == db.maxSchemas {
			return fmt.Errorf("the statement names more than %d connections or aggregators as schemas, which is as many "+
				"as SQLite attaches; leave the schemas out, and group or filter by sp_connection_name", db.maxSchemas)
		}
		db.conn.Limit(sqlite3.LIMIT_ATTACHED, db.maxSchemas)
		defer db.conn.Limit(sqlite3.LIMIT_ATTACHED, 0)
		if err := db.conn.Exec("ATTACH ':memory:' AS " + sqlite3.QuoteIdentifier(schema.Name)); err != nil {
			return err
		}
		db.made = append(db.made, schema.Name)
	}
	// A transaction that was rolled back may have taken the tables along.
	return db.createTables(schema.Name)
}

// leaveSchemas removes the schemas of a statement. Those that a transaction has read
// stay until it ends.
func (db *DB) leaveSchemas() {
	if db.failed || len(db.made) == 0 {
		return
	}
	db.trusted = true
	defer func() { db.trusted = false }()
	db.made = slices.DeleteFunc(db.made, func(name string) bool {
		return db.conn.Exec("DETACH "+sqlite3.QuoteIdentifier(name)) == nil
	})
}

// compile compiles the first statement of a text, with the schemas that it names. It
// returns the text after the statement.
func (db *DB) compile(sql string) (stmt *sqlite3.Stmt, tail string, err error) {
	text, first := sql, error(nil)
	tried := map[string]bool{}
	for {
		stmt, tail, err = db.conn.Prepare(text)
		if err == nil {
			tail = sql[len(sql)-len(tail):]
			if err := db.checkNames(sql[:len(sql)-len(tail)]); err != nil {
				_ = stmt.Close()
				return nil, "", err
			}
			return stmt, tail, nil
		}
		plain := db.failure(err)
		name, names := db.host.missingSchema(plain.Error(), sql)
		if names && !tried[foldName(name)] {
			tried[foldName(name)] = true
			schema, err := db.host.schemas.named(name)
			if err != nil {
				return nil, "", db.placedSchema(err, sql, name)
			}
			if err := db.makeSchema(schema); err != nil {
				return nil, "", db.failure(err)
			}
			continue
		}
		if temporary := db.asTemporary(plain.Error(), sql); temporary != "" && text == sql {
			text, first = temporary, placed(plain, err, sql)
			continue
		}
		if first != nil && strings.HasSuffix(plain.Error(), " must be unqualified") {
			return nil, "", fmt.Errorf("%w; leave out the schema of its own name", first)
		}
		return nil, "", placed(plain, err, sql)
	}
}

// checkNames returns an error where SQLite finds something that a statement does not
// name: tables of main, which is also the name of a connection, and functions, which it
// finds in any schema.
func (db *DB) checkNames(sql string) error {
	reserved := db.host.schemas.isReserved(mainSchema)
	for q := range qualifiedNames(sql) {
		found := false
		switch foldName(q.qualifier) {
		case mainSchema:
			found = reserved && db.host.table(q.name) != nil
		case tempSchema:
		default:
			found = q.called && isTableFunction(q.name)
		}
		if !found {
			continue
		}
		if _, err := db.host.schemas.named(q.qualifier); err != nil {
			return db.placedSchema(err, sql, q.qualifier)
		}
	}
	return nil
}

// isTableFunction reports whether SQLite has a function of a name that returns a table.
func isTableFunction(name string) bool {
	name = foldName(name)
	return name == "json_each" || name == "json_tree" || strings.HasPrefix(name, "pragma_")
}

// placedSchema returns the error of a schema, with its place in a statement.
func (db *DB) placedSchema(err error, sql, name string) error {
	at := &SQLError{Message: err.Error(), Cause: err, Statement: sql, Offset: -1}
	for q := range qualifiedNames(sql) {
		if foldName(q.qualifier) != foldName(name) {
			continue
		}
		at.Offset = q.offset
		for _, attached := range db.attached { // such as a file's with several tables
			if strings.EqualFold(attached.Name, name+"_"+q.name) {
				at.Near = attached.Name
			}
		}
		break
	}
	return at
}
