package shell

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"steampipe-plugin-ssmassoc/internal/embedded"
)

// descriptionWidth is the width to which descriptions are wrapped, in cells.
const descriptionWidth = 78

// Describe prints a table: its columns with their types, key columns and
// descriptions.
func Describe(w io.Writer, table *embedded.Table) {
	fmt.Fprintln(w, table.Name)
	indented(w, "  ", table.Description)
	for _, c := range table.Columns {
		if c.Hidden {
			continue
		}
		key := ""
		if len(c.Operators) > 0 {
			need := "optional"
			if c.Required {
				need = "required"
			}
			key = fmt.Sprintf("  [key column, %s: %s]", need, strings.Join(c.Operators, " "))
		}
		fmt.Fprintf(w, "\n  %s  %s%s\n", c.Name, c.Kind, key)
		indented(w, "      ", c.Description)
	}
}

func indented(w io.Writer, indent, paragraph string) {
	if paragraph == "" {
		return
	}
	for _, line := range strings.Split(text.WrapSoft(paragraph, descriptionWidth-len(indent)), "\n") {
		fmt.Fprintln(w, strings.TrimRight(indent+line, " "))
	}
}

// table returns a table by name: one of the plugin's, or one created by SQL.
func (s *Session) table(ctx context.Context, name string) (*embedded.Table, error) {
	for _, t := range s.db.Tables() {
		if strings.EqualFold(t.Name, name) {
			return t, nil
		}
	}
	columns, err := s.db.Columns(ctx, name)
	if err != nil {
		return nil, err
	}
	if len(columns) == 0 {
		names := s.Names(ctx).Tables
		if near := Nearest(name, names); near != "" {
			return nil, fmt.Errorf("no table %q; did you mean %s?", name, near)
		}
		return nil, fmt.Errorf("no table %q; there is %s", name, strings.Join(names, ", "))
	}
	return &embedded.Table{Name: name, Columns: columns}, nil
}
