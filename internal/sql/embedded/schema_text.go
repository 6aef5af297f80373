package embedded

import (
	"iter"
	"regexp"
	"slices"
	"strings"

	"steampipe-plugin-ssmassoc/internal/sql/sqltext"
)

// SQLite's errors for schemas that it does not have.
var (
	noSuchTable     = regexp.MustCompile(`(?s)^no such (?:table|view): (.*\..*)$`)
	unknownDatabase = regexp.MustCompile(`(?s)^unknown database (.*)$`)
	inOtherDatabase = regexp.MustCompile(`(?s)^(?:view|trigger) .* cannot reference objects in database (.*)$`)
	alreadyExists   = regexp.MustCompile(`(?s)^(?:table|view) (.*) already exists$`)
)

// missingSchema returns the schema that SQLite's error for a statement says is missing.
func (h *Host) missingSchema(message, sql string) (name string, ok bool) {
	if found := noSuchTable.FindStringSubmatch(message); found != nil {
		name, ok = h.schemaOf(found[1], sql)
	} else if found := unknownDatabase.FindStringSubmatch(message); found != nil {
		name, ok = nameIn(found[1]), true // as it is written in the statement
	} else if found := inOtherDatabase.FindStringSubmatch(message); found != nil {
		name, ok = found[1], true
	}
	folded := foldName(name)
	if (folded == mainSchema || folded == tempSchema) && !h.schemas.isReserved(folded) {
		return "", false
	}
	return name, ok
}

// schemaOf returns the schema of a table as SQLite names it: the two names with a dot
// between them. Either may have dots too, and without a schema a name may be all.
func (h *Host) schemaOf(qualified, sql string) (name string, ok bool) {
	for i := range len(qualified) {
		known := qualified[i] == '.' && h.schemas.byName[foldName(qualified[:i])] != nil
		if known && h.table(qualified[i+1:]) != nil {
			return qualified[:i], true
		}
	}
	for q := range qualifiedNames(sql) {
		if foldName(q.qualifier+"."+q.name) == foldName(qualified) {
			return q.qualifier, true
		}
	}
	for token := range sqltext.Tokens(sql) {
		if foldName(nameOf(token)) == foldName(qualified) {
			return "", false
		}
	}
	return qualified[:strings.LastIndexByte(qualified, '.')], true // in a view
}

// qualifiedName is a name with another before it, and a dot between them.
type qualifiedName struct {
	qualifier, name string
	offset          int  // of the qualifier, in bytes
	called          bool // whether an argument list follows
}

// qualifiedNames returns the names in an SQL text that have a qualifier.
func qualifiedNames(sql string) iter.Seq[qualifiedName] {
	return func(yield func(qualifiedName) bool) {
		var last [3]sqltext.Token // the tokens before the next
		var offsets [3]int
		next := func(token sqltext.Token, offset int) (more bool) {
			defer func() {
				last, offsets = [3]sqltext.Token{last[1], last[2], token}, [3]int{offsets[1], offsets[2], offset}
			}()
			return !isName(last[0]) || last[1].Text != "." || !isName(last[2]) ||
				yield(qualifiedName{nameOf(last[0]), nameOf(last[2]), offsets[0], token.Text == "("})
		}
		offset := 0
		for token := range sqltext.Tokens(sql) {
			if token.Kind != sqltext.Space && token.Kind != sqltext.Comment && !next(token, offset) {
				return
			}
			offset += len(token.Text)
		}
		next(sqltext.Token{}, offset)
	}
}

// isName reports whether a token can be a name. SQLite takes a literal for a name where
// it expects one.
func isName(token sqltext.Token) bool {
	return !token.Open && (token.Kind == sqltext.Word || token.Kind == sqltext.Quoted || token.Kind == sqltext.Literal)
}

// nameOf returns the name that a token stands for, "" if it is none.
func nameOf(token sqltext.Token) string {
	if !isName(token) {
		return ""
	}
	return sqltext.Unquoted(token)
}

// asTemporary returns a statement that makes something temporary, if SQLite's error for
// it says that it must be: what reads another schema than its own, or has the name of
// one of the plugin's tables. All that SQL makes lasts as long as the database. It
// returns "" for other statements.
func (db *DB) asTemporary(message, sql string) string {
	if found := alreadyExists.FindStringSubmatch(message); found != nil && db.host.table(nameIn(found[1])) == nil ||
		found == nil && !inOtherDatabase.MatchString(message) {
		return ""
	}
	offset, created := 0, 0
	for token := range sqltext.Tokens(sql) {
		offset += len(token.Text)
		switch {
		case token.Kind == sqltext.Space || token.Kind == sqltext.Comment:
		case created == 0 && strings.EqualFold(token.Text, "create"):
			created = offset
		case created > 0 && slices.Contains([]string{"table", "view", "trigger"}, strings.ToLower(token.Text)):
			return sql[:created] + " TEMP" + sql[created:]
		case !strings.EqualFold(token.Text, "explain"):
			return ""
		}
	}
	return ""
}

// nameIn returns the first name of a text, or "".
func nameIn(sql string) string {
	for token := range sqltext.Tokens(sql) {
		if isName(token) {
			return nameOf(token)
		}
	}
	return ""
}
