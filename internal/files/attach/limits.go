package attach

import (
	"context"
	"fmt"
	"io"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// maxColumns is the number of columns that a table of SQLite may have
// (https://sqlite.org/limits.html).
const maxColumns = 2000

// limits bound the memory of reading a file, in bytes. They follow from the memory of
// the database that the rows go to.
type limits struct {
	memory int
	// row is the length of the longest row: SQLite holds none that is longer.
	row int
}

func limitsOf(options embedded.Options) limits {
	row := options.TextMB() << 20
	return limits{memory: 8 * row, row: row}
}

// tooLong is the error of a row that exceeds the limit.
func (l limits) tooLong() error {
	return &embedded.MemoryError{What: fmt.Sprintf("a row is longer than %d MB", l.row>>20)}
}

// weight is the least memory that the rows of a table take, in bytes. It ends the
// reading of a file that swells before the whole of it has been read.
type weight struct {
	limits limits
	total  int
}

// Bytes of a row and of a value in SQLite, at least, and the length of the longest text
// that may be a number (https://sqlite.org/fileformat2.html#record_format).
const (
	leastRow      = 4
	leastValue    = 1
	longestNumber = 24
)

// addRow counts a row, and addText a text of it.
func (w *weight) addRow(values int) error {
	if w.total += leastRow + leastValue*values; w.total > w.limits.memory {
		return &embedded.MemoryError{What: fmt.Sprintf("its rows take SQLite more than %d MB", w.limits.memory>>20)}
	}
	return nil
}

func (w *weight) addText(length int) {
	if length > longestNumber {
		w.total += length
	}
}

// wantedReader is a reader that ends with a context.
type wantedReader struct {
	ctx context.Context
	r   io.Reader
}

func (w wantedReader) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.r.Read(p)
}

// rowReader is a reader that fails where a row takes too many bytes.
type rowReader struct {
	r    io.Reader
	most int // bytes of a row
	left int // of the row being read
	err  error
}

// next begins another row.
func (l *rowReader) next() { l.left = l.most }

func (l *rowReader) Read(p []byte) (int, error) {
	if l.left == 0 {
		return 0, l.err
	}
	n, err := l.r.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}
