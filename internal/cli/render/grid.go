package render

import (
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"steampipe-plugin-ssmassoc/internal/cli/termtext"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// grid is a complete result as cells of text.
type grid struct {
	header  []string
	rows    [][]string
	numeric []bool // by column: whether every value is a number or null
}

// collect reads a complete result. clean returns the text of a cell; ownNull is the
// format's null.
func collect(format, ownNull string, rows *embedded.Rows, options Options, clean func(string) string) (*grid, error) {
	g := &grid{header: make([]string, len(rows.Columns)), numeric: make([]bool, len(rows.Columns))}
	size := newGridSize(format, len(rows.Columns), options.MemoryMB)
	for i, c := range rows.Columns {
		g.header[i] = clean(c.Name)
	}
	if err := size.add(g.header); err != nil {
		return nil, err
	}
	null := clean(options.null(ownNull))
	other := make([]bool, len(rows.Columns))
	for rows.Next() {
		row := make([]string, len(rows.Columns))
		for i := range rows.Columns {
			value, ok := plain(rows, i)
			if !ok {
				row[i] = null
				continue
			}
			row[i] = clean(value)
			isNumber := isNumber(rows, i)
			other[i] = other[i] || !isNumber
			g.numeric[i] = isNumber && !other[i]
		}
		if err := size.add(row); err != nil {
			return nil, err
		}
		g.rows = append(g.rows, row)
	}
	return g, rows.Err()
}

// cell prepares a value for a table's cell on a terminal: it may have several lines,
// and tabs become spaces.
func cell(value string) string {
	return strings.ReplaceAll(termtext.Visible(value), "\t", "    ")
}

// alignment aligns columns of numbers right, and others left.
func (g *grid) alignment() []table.ColumnConfig {
	configs := make([]table.ColumnConfig, len(g.numeric))
	for i := range configs {
		configs[i] = table.ColumnConfig{Number: i + 1, Align: text.AlignLeft}
		if g.numeric[i] {
			configs[i].Align = text.AlignRight
		}
	}
	return configs
}

// gridSize estimates the memory of a table: its cells and its text, where every line is
// as wide as the widest.
type gridSize struct {
	held
	lines  int
	widths []int // in bytes
	width  int
}

func newGridSize(format string, columns, memoryMB int) *gridSize {
	const borders = 3 // lines
	return &gridSize{
		held:   held{format: format, maxMB: memoryMB},
		lines:  borders,
		widths: make([]int, columns),
		width:  len("|\n") + columns*len(" | "),
	}
}

// add adds a row, or returns an error if the table would then take too much memory.
func (s *gridSize) add(row []string) error {
	const perRow, perCell = 192, 64 // bytes in addition to the text
	lines := 1
	s.bytes += perRow
	for i, value := range row {
		s.bytes += len(value) + perCell
		n, longest := 0, 0
		for line := range strings.SplitSeq(value, "\n") {
			n++
			longest = max(longest, len(line))
		}
		lines = max(lines, n)
		if longest > s.widths[i] {
			s.width += longest - s.widths[i]
			s.widths[i] = longest
		}
	}
	s.lines += lines
	return s.check(s.lines * s.width)
}
