package render

import (
	"slices"
	"strings"
)

// Changes remembers the results of one run of statements, so that tables can mark the
// changes of the next.
type Changes struct {
	before, current []*grid
}

// Next begins the next run.
func (c *Changes) Next() {
	// A run that failed early has fewer results; keep the remaining earlier ones.
	if len(c.current) >= len(c.before) {
		c.before = c.current
	}
	c.current = nil
}

// mark returns a grid with an additional first column that marks its rows: + is new, -
// is gone, ~ has changed values, shown beside the old ones. Rows are matched by as many
// of their first columns as it takes to distinguish them.
func (c *Changes) mark(g *grid) *grid {
	n := len(c.current)
	c.current = append(c.current, g)
	marked := &grid{header: append([]string{""}, g.header...), numeric: append([]bool{false}, g.numeric...)}
	var before *grid
	if n < len(c.before) && slices.Equal(c.before[n].header, g.header) {
		before = c.before[n]
	}
	if before == nil {
		for _, row := range g.rows {
			marked.rows = append(marked.rows, append([]string{" "}, row...))
		}
		return marked
	}
	key := keyColumns(before, g)
	old := map[string][][]string{}
	for _, row := range before.rows {
		k := keyOf(row, key)
		old[k] = append(old[k], row)
	}
	for _, row := range g.rows {
		k := keyOf(row, key)
		if len(old[k]) == 0 {
			marked.rows = append(marked.rows, append([]string{"+"}, row...))
			continue
		}
		marked.rows = append(marked.rows, changedRow(old[k][0], row))
		old[k] = old[k][1:]
	}
	for _, row := range before.rows {
		if k := keyOf(row, key); len(old[k]) > 0 {
			marked.rows = append(marked.rows, append([]string{"-"}, row...))
			old[k] = old[k][1:]
		}
	}
	return marked
}

// keyColumns returns how many of the first columns distinguish the rows of both grids:
// all of them, if fewer do not.
func keyColumns(grids ...*grid) int {
	columns := len(grids[0].header)
	for n := 1; n < columns; n++ {
		if !slices.ContainsFunc(grids, func(g *grid) bool { return hasTwins(g, n) }) {
			return n
		}
	}
	return columns
}

// hasTwins reports whether two rows have the same first columns.
func hasTwins(g *grid, columns int) bool {
	seen := make(map[string]bool, len(g.rows))
	for _, row := range g.rows {
		k := keyOf(row, columns)
		if seen[k] {
			return true
		}
		seen[k] = true
	}
	return false
}

func keyOf(row []string, columns int) string { return strings.Join(row[:columns], "\x00") }

// changedRow returns a row with the old values of its changed cells.
func changedRow(old, row []string) []string {
	marked := append([]string{" "}, row...)
	for i, value := range row {
		if value != old[i] {
			marked[0], marked[i+1] = "~", old[i]+" → "+value
		}
	}
	return marked
}
