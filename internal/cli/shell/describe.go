package shell

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// descriptionWidth is the width to which descriptions are wrapped, in cells.
const descriptionWidth = 78

// List prints tables, each with the first sentence of its description.
func List(w io.Writer, tables []*embedded.Table) {
	width := 0
	for _, t := range tables {
		width = max(width, text.StringWidth(t.Name))
	}
	for _, t := range tables {
		first, _, _ := strings.Cut(t.Description, ": ")
		fmt.Fprintln(w, strings.TrimRight(text.Pad(t.Name, width+2, ' ')+first, " "))
	}
}

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

// Named returns the table with a name, in any case.
func Named(tables []*embedded.Table, name string) (*embedded.Table, error) {
	var names []string
	for _, t := range tables {
		if strings.EqualFold(t.Name, name) {
			return t, nil
		}
		names = append(names, t.Name)
	}
	return nil, unknownTable(name, names)
}

func unknownTable(name string, names []string) error {
	if near := Nearest(name, names); near != "" {
		return fmt.Errorf("unknown table %q; did you mean %s?", name, near)
	}
	return fmt.Errorf("unknown table %q; tables: %s", name, strings.Join(names, ", "))
}

// table returns a table by name: one of the plugin's, or one created by SQL.
func (s *Session) table(ctx context.Context, name string) (*embedded.Table, error) {
	if t, err := Named(s.db.Tables(), name); err == nil {
		return t, nil
	}
	columns, err := s.db.Columns(ctx, name)
	if err != nil {
		return nil, err
	}
	if len(columns) == 0 {
		if _, _, qualified := cutSchema(name); qualified {
			return s.tableIn(ctx, name)
		}
		return nil, unknownTable(name, s.Names(ctx).Tables)
	}
	return &embedded.Table{Name: name, Columns: columns}, nil
}
