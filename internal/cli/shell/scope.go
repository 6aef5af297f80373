package shell

import (
	"fmt"
	"slices"
	"strings"

	"steampipe-plugin-ssmassoc/internal/cli/termtext"
)

// Scope is where the rows of an input's statements can come from.
type Scope struct {
	Connections []ScopeConnection
	// Unmatched are the values that conditions ask for and that no origin of rows has.
	Unmatched []Unmatched
}

// ScopeConnection is a connection that the statements read, with all its regions.
type ScopeConnection struct {
	Connection string   `json:"connection"`
	AccountID  *string  `json:"account_id"` // nil if it is not known
	Regions    []string `json:"regions"`
	// Fallback is set if the region is AWS's default because nothing names one.
	Fallback bool `json:"fallback"`
}

// Unmatched is a value that a condition asks for and that no origin of rows has.
type Unmatched struct {
	Column string `json:"column"`
	Value  string `json:"value"`
	// Among are the origins that the statements can read.
	Among []string `json:"among"`
}

// sayScope prints a scope that has not been printed yet, if the settings ask for it.
func (s *Session) sayScope(scope Scope) {
	text := scope.String()
	if !s.Scope || text == "" || text == s.scope {
		return
	}
	s.scope = text
	if s.Stats != TextStats { // which print it
		fmt.Fprintln(s.stderr, "scope: "+termtext.Message(text))
	}
}

// The most connections, regions and values that a line names.
const (
	namedConnections = 5
	namedRegions     = 8
	namedValues      = 10
)

// String describes the connections in a line, or returns "" if nothing was read.
func (s Scope) String() string {
	var parts []string
	for _, c := range s.Connections[:min(namedConnections, len(s.Connections))] {
		account := "unknown account"
		if c.AccountID != nil {
			account = "account " + *c.AccountID
		}
		parts = append(parts, fmt.Sprintf("%s: %s, %s", c.Connection, account, c.regions()))
	}
	if more := len(s.Connections) - namedConnections; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(parts, "; ")
}

func (c ScopeConnection) regions() string {
	if n := len(c.Regions); n > namedRegions {
		return fmt.Sprintf("%d regions", n)
	}
	text := strings.Join(c.Regions, ", ")
	if c.Fallback {
		text += " (the fallback, as no region is configured; choose others with --region)"
	}
	return text
}

// originNames are the plurals of what the columns of origin hold.
var originNames = map[string]string{
	"region": "regions", "account_id": "accounts", "sp_connection_name": "connections",
}

// Warnings describes the conditions that name nothing, one for each column and set of
// origins.
func (s Scope) Warnings() []string {
	var warnings []string
	for left := s.Unmatched; len(left) > 0; {
		first := left[0]
		n := slices.IndexFunc(left, func(u Unmatched) bool {
			return u.Column != first.Column || !slices.Equal(u.Among, first.Among)
		})
		if n < 0 {
			n = len(left)
		}
		warnings = append(warnings, warningOf(left[:n]))
		left = left[n:]
	}
	return warnings
}

// warningOf describes conditions that differ in their value alone.
func warningOf(alike []Unmatched) string {
	first := alike[0]
	var values []string
	for _, u := range alike {
		values = append(values, "'"+u.Value+"'")
	}
	relation := "is not among"
	if len(alike) > 1 {
		relation = "are not among"
	}
	hint := ""
	switch first.Column {
	case "region":
		hint = "; read others with --region"
	case "sp_connection_name":
		if near := Nearest(first.Value, first.Among); near != "" && len(alike) == 1 {
			hint = "; did you mean '" + near + "'?"
		}
	}
	return fmt.Sprintf("%s %s %s the %s read: %s%s",
		first.Column, listed(values), relation, originNames[first.Column], listed(first.Among), hint)
}

// listed joins the first texts of a list.
func listed(texts []string) string {
	if more := len(texts) - namedValues; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(texts[:namedValues], ", "), more)
	}
	return strings.Join(texts, ", ")
}
