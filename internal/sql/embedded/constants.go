package embedded

import (
	"fmt"

	"github.com/ncruces/go-sqlite3"

	"steampipe-plugin-ssmassoc/internal/sql/sqltext"
)

// constantsOf returns the texts and numbers that an SQL text holds.
func constantsOf(sql string) []string {
	var constants []string
	for token := range sqltext.Tokens(sql) {
		switch token.Kind {
		case sqltext.Literal:
			if !token.Open {
				constants = append(constants, sqltext.Unquoted(token))
			}
		case sqltext.Number:
			constants = append(constants, token.Text)
		}
	}
	return constants
}

// setConstants sets the constants of the statement that is about to run: those in its
// text and in the views that it may read, and the values of its parameters.
func (db *DB) setConstants(text string, stmt *sqlite3.Stmt, parameters Parameters) {
	constants := constantsOf(text)
	for i := 1; i <= stmt.BindCount(); i++ {
		if value := parameters[stmt.BindName(i)[1:]]; value != nil {
			constants = append(constants, fmt.Sprint(value))
		}
	}
	for schema := range db.withViews {
		views, _, err := db.conn.Prepare("SELECT sql FROM " + schema + " WHERE type = 'view'")
		if err != nil || views == nil {
			continue
		}
		for views.Step() {
			constants = append(constants, constantsOf(views.ColumnText(0))...)
		}
		_ = views.Close()
	}
	db.statement.constants = constants
}

// OfStatement returns what begin returned for the first scan of the statement that asked.
// texts are the statement's constants. A plugin in the same process may keep there what
// the scans of a statement share.
func (s *rowStream) OfStatement(begin func(texts []string) any) any {
	s.statement.once.Do(func() { s.statement.shared = begin(s.statement.constants) })
	return s.statement.shared
}
