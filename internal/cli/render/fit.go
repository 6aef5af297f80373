package render

import (
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/rivo/uniseg"
)

const (
	// ellipsis marks cut values and omitted columns.
	ellipsis = "…"
	// leastWidth is the width below which a column is not cut, in cells: anything
	// shorter shows too little of a value.
	leastWidth = 8
	// wideEnough is the width that a column keeps, if it needs it, when others are
	// omitted: the width of most identifiers.
	wideEnough = 20
	// border is the width of the lines and spaces beside each column.
	border = 3
)

// cutting describes the cuts that fitted a grid to a terminal.
type cutting struct {
	columns, shown int
	values         int
}

// fit shrinks a grid to a terminal of the given width, in cells. The widest columns
// give way first, except numbers, because part of a number misleads. If the columns do
// not fit at their least widths, fit omits the last ones.
func (g *grid) fit(width int, noHeader bool) cutting {
	cut := cutting{columns: len(g.header), shown: len(g.header)}
	natural := g.widths(noHeader)
	least := g.least(natural, leastWidth)
	if sum(natural)+border*len(natural)+1 <= width {
		return cut
	}
	if sum(least)+border*len(least)+1 > width {
		least = g.least(natural, wideEnough)
		cut.shown = columnsThatFit(least, width)
		g.keep(cut.shown)
		natural, least = append(natural[:cut.shown], 1), append(least[:cut.shown], 1)
	}
	widths := shares(natural, least, width-border*len(natural)-1)
	cut.values = g.cut(widths)
	return cut
}

// least returns the widths below which columns are not cut: their natural ones, limited
// to most cells unless they are numbers.
func (g *grid) least(natural []int, most int) []int {
	least := make([]int, len(natural))
	for i, n := range natural {
		least[i] = min(n, most)
		if g.numeric[i] {
			least[i] = n
		}
	}
	return least
}

// widths returns the width of each column, in cells.
func (g *grid) widths(noHeader bool) []int {
	widths := make([]int, len(g.header))
	measure := func(row []string) {
		for i, value := range row {
			for line := range strings.SplitSeq(value, "\n") {
				widths[i] = max(widths[i], text.StringWidthWithoutEscSequences(line))
			}
		}
	}
	if !noHeader {
		measure(g.header)
	}
	for _, row := range g.rows {
		measure(row)
	}
	return widths
}

// columnsThatFit returns how many columns of the given widths fit beside an ellipsis
// column. It is at least one.
func columnsThatFit(widths []int, width int) int {
	used := 1 + border + 1
	for i, w := range widths {
		used += w + border
		if used > width {
			return max(i, 1)
		}
	}
	return len(widths)
}

// keep omits all columns but the first n, with an ellipsis in their place.
func (g *grid) keep(n int) {
	if n == len(g.header) {
		return
	}
	first := func(row []string) []string { return append(slices.Clone(row[:n]), ellipsis) }
	g.header = first(g.header)
	for i, row := range g.rows {
		g.rows[i] = first(row)
	}
	g.numeric = append(slices.Clone(g.numeric[:n]), false)
}

// shares returns widths between the least and the natural ones whose sum is at most
// total, if the least ones allow it: it cuts the widest columns to one common width.
func shares(natural, least []int, total int) []int {
	widths := make([]int, len(natural))
	at := func(common int) []int {
		for i := range widths {
			widths[i] = max(min(natural[i], common), least[i])
		}
		return widths
	}
	common := slices.Max(natural)
	for common > 1 && sum(at(common)) > total {
		common--
	}
	// The remainder goes to the cut columns, from the left.
	left := total - sum(at(common))
	for i := 0; i < len(widths) && left > 0; i++ {
		if widths[i] < natural[i] {
			widths[i]++
			left--
		}
	}
	return widths
}

func sum(numbers []int) (total int) {
	for _, n := range numbers {
		total += n
	}
	return total
}

// cut cuts the values of the grid to the widths of their columns and returns the number
// of values cut. Names of columns do not count.
func (g *grid) cut(widths []int) (values int) {
	for i, name := range g.header {
		g.header[i], _ = shorten(name, widths[i])
	}
	for _, row := range g.rows {
		for i, value := range row {
			var wasCut bool
			if row[i], wasCut = shorten(value, widths[i]); wasCut {
				values++
			}
		}
	}
	return values
}

// shorten cuts each line of a value wider than width, between two characters as a
// reader sees them, and ends it with an ellipsis.
func shorten(value string, width int) (string, bool) {
	if len(value) <= width {
		return value, false
	}
	cut := false
	lines := strings.Split(value, "\n")
	for i, line := range lines {
		if text.StringWidthWithoutEscSequences(line) <= width {
			continue
		}
		cut = true
		used, end := 0, 0
		for rest, state := line, -1; rest != ""; {
			var cluster string
			cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
			used += text.StringWidthWithoutEscSequences(cluster)
			if used > width-1 {
				break
			}
			end += len(cluster)
		}
		lines[i] = line[:end] + ellipsis
	}
	return strings.Join(lines, "\n"), cut
}
