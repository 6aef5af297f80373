package sqltext

import "strings"

// Keywords are the keywords of SQLite that queries use, in lower case.
//
// See https://sqlite.org/lang_keywords.html.
var Keywords = strings.Fields(`
	all and as asc between by case cast collate create cross current_date current_time current_timestamp
	delete desc distinct drop else end escape except exists explain filter first following from full
	glob group groups having if in index inner insert intersect into is isnull join last left like limit
	match materialized natural not notnull null nulls offset on or order outer over partition pragma
	preceding range recursive regexp replace returning right row rows select set table temp temporary
	then trigger unbounded union unique update using values view when where window with`)

// otherReserved are keywords that queries do not use, and that are no names either.
var otherReserved = strings.Fields(`
	add alter autoincrement check commit constraint default deferrable foreign nothing primary references
	to transaction`)

var isKeyword = func() map[string]bool {
	set := make(map[string]bool, len(Keywords))
	for _, word := range Keywords {
		set[word] = true
	}
	return set
}()

// IsKeyword reports whether a word is one of [Keywords], in any case.
func IsKeyword(word string) bool { return isKeyword[strings.ToLower(word)] }
