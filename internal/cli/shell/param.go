package shell

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// param gives parameters values, takes them away, or lists them.
func param(_ context.Context, s *Session, argument string) error {
	argument = ofSQLite3(argument)
	if argument == "" {
		var b strings.Builder
		for _, name := range slices.Sorted(maps.Keys(s.Parameters)) {
			fmt.Fprintln(&b, showParameter(name, s.Parameters))
		}
		return s.print(b.String())
	}
	name, value, given := strings.Cut(argument, " ")
	if before, after, ok := strings.Cut(argument, "="); ok && !strings.ContainsAny(strings.TrimSpace(before), " '") {
		name, value, given = strings.TrimSpace(before), after, true
	}
	name, parsed, err := ParseParameterValue(withoutPrefix(name), strings.TrimSpace(value))
	if text, ok := parsed.(string); ok && err == nil && strings.HasPrefix(text, `"`) {
		parsed, err = unquoted(text)
	}
	if err != nil {
		return err
	}
	if given {
		s.Parameters[name] = parsed
		return nil
	}
	if _, known := s.Parameters[name]; !known {
		return fmt.Errorf("parameter :%s has no value; give it one as in .param %[1]s 5", name)
	}
	delete(s.Parameters, name)
	return nil
}

// prefixes are the characters that SQLite takes before the names of parameters.
const prefixes = ":@$"

// withoutPrefix returns the name of a parameter without the character before it.
func withoutPrefix(name string) string {
	if name != "" && strings.Contains(prefixes, name[:1]) {
		return name[1:]
	}
	return name
}

// ofSQLite3 returns the argument for that of sqlite3's .parameter: set :NAME VALUE,
// unset :NAME or list. There, a name begins with one of the prefixes.
func ofSQLite3(argument string) string {
	word, rest := cutWord(argument)
	if (word == "set" || word == "unset") && rest != "" && strings.Contains(prefixes, rest[:1]) {
		return rest
	}
	if word == "list" && rest == "" {
		return ""
	}
	return argument
}
