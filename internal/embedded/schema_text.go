package embedded

import (
	"iter"
	"regexp"
	"slices"
	"strings"

	"steampipe-plugin-ssmassoc/internal/sqltext"
)

// SQLite's errors for schemas that it does not have.
var (
	noSuchTable     = regexp.MustCompile(`(?s)^no such (?:table|view): (.*\..*)$`)
	unknownDatabase = regexp.MustCompile(`(?s)^unknown database (.*)$`)
	inOtherDatabase = regexp.MustCompile(`(?s)^(?:view|trigger) .* cannot reference objects in database (.*)$`)
	alreadyExists   = regexp.MustCompile(`(?s)^(?:table|view) (.*) already exists$`)
)

// missingIn returns the schema that SQLite's error for a statement says is missing.
func (s *schemas) missingIn(message, sql string) (name string, ok bool) {
	if found := noSuchTable.FindStringSubmatch(message); found != nil {
		name, ok = s.schemaOf(found[1], sql)
	} else if found := unknownDatabase.FindStringSubmatch(message); found != nil {
		name, ok = nameIn(found[1]), true // as it is written in the statement
	} else if found := inOtherDatabase.FindStringSubmatch(message); found != nil {
		name, ok = found[1], true
	}
	folded := foldName(name)
	if (folded == mainSchema || folded == tempSchema) && !s.isReserved(folded) {
		return "", false
	}
	return name, ok
}

// schemaOf returns the schema of a table as SQLite names it: the two names with a dot
// between them. Either may have dots too, and without a schema a name may be all.
func (s *schemas) schemaOf(table, sql string) (name string, ok bool) {
	for i := range len(table) {
		if table[i] == '.' && s.byName[foldName(table[:i])] != nil {
			return table[:i], true
		}
	}
	for token := range sqltext.Tokens(sql) {
		if foldName(nameOf(token)) == foldName(table) {
			return "", false
		}
	}
	for q := range qualifiedNames(sql) {
		if strings.HasPrefix(foldName(table), foldName(q.qualifier)+".") {
			return table[:len(q.qualifier)], true
		}
	}
	return table[:strings.LastIndexByte(table, '.')], true
}

// qualifiedName is a name with another before it, and a dot between them.
type qualifiedName struct {
	qualifier, name string
	offset          int // of the qualifier, in bytes
}

// qualifiedNames returns the names in an SQL text that have a qualifier.
func qualifiedNames(sql string) iter.Seq[qualifiedName] {
	return func(yield func(qualifiedName) bool) {
		var q qualifiedName
		offset, dot := 0, false
		for token := range sqltext.Tokens(sql) {
			name := nameOf(token)
			switch {
			case token.Kind == sqltext.Space || token.Kind == sqltext.Comment:
			case name != "":
				if q.name = name; dot && q.qualifier != "" && !yield(q) {
					return
				}
				q, dot = qualifiedName{qualifier: name, offset: offset}, false
			case token.Text == ".":
				dot = true
			default:
				q, dot = qualifiedName{}, false
			}
			offset += len(token.Text)
		}
	}
}

// nameOf returns the name that a token can be, or "". SQLite takes a literal for a name
// where it expects one.
func nameOf(token sqltext.Token) string {
	switch {
	case token.Kind == sqltext.Word || token.Kind == sqltext.Quoted:
		return sqltext.Unquoted(token)
	case token.Kind == sqltext.Literal && !token.Open:
		return strings.ReplaceAll(token.Text[1:len(token.Text)-1], "''", "'")
	}
	return ""
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

// nameIn returns the first name of a text.
func nameIn(sql string) string {
	for token := range sqltext.Tokens(sql) {
		return nameOf(token)
	}
	return ""
}
