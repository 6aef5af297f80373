package parquetfile

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/parquet-go/parquet-go"

	"steampipe-plugin-ssmassoc/internal/files/cell"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// Reader reads the rows of a Parquet file of any writer.
//
// A column of the format's primitive types has the type that loses none of its values:
// integers beyond 64 bits and decimals that no double equals are text. Nested columns
// are JSON. UUIDs, times of day and intervals (ISO 8601) are text.
type Reader struct {
	file    *parquet.File
	columns []cell.Column
	nodes   []*node
	memory  int
}

// TooLargeError is the error of a file that cannot be read in the memory given.
type TooLargeError struct{ What string }

func (e *TooLargeError) Error() string { return e.What }

// OpenReader opens a file of a number of bytes. Reading takes about as many bytes as
// memory, and fails with a [TooLargeError] where the file needs more. A file that breaks
// the format is an error, never a panic.
func OpenReader(file io.ReaderAt, size int64, memory int) (r *Reader, err error) {
	defer catch(&err)()
	r = &Reader{memory: memory}
	if err := checkFooter(file, size, memory); err != nil {
		return nil, err
	}
	r.file, err = parquet.OpenFile(file, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, shorn(err)
	}
	if r.nodes, err = nodesOf(r.file); err != nil {
		return nil, err
	}
	if err := checkPages(file, size, r.file, memory); err != nil {
		return nil, err
	}
	for _, n := range r.nodes {
		if err := r.settle(n); err != nil {
			return nil, err
		}
		r.columns = append(r.columns, cell.Column{Name: n.name, Kind: n.kind})
	}
	return r, nil
}

// catch returns a function to defer, which turns a panic into an error. Parts of the
// decoders reach beyond a damaged page, which is a fault, not a panic, unless asked for.
func catch(err *error) func() {
	faults := debug.SetPanicOnFault(true)
	return func() {
		debug.SetPanicOnFault(faults)
		value := recover()
		if value == nil {
			return
		}
		*err = errors.New("it is damaged")
		if _, isRuntime := value.(runtime.Error); !isRuntime { // which would name our slices
			*err = fmt.Errorf("it is damaged: %v", value)
		}
	}
}

// shorn returns an error of the library without its name.
func shorn(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("it is damaged, or no Parquet file: it ends too early")
	}
	return fmt.Errorf("it is damaged, or no Parquet file: %s", strings.TrimPrefix(err.Error(), "parquet: "))
}

// Columns returns the file's columns. Names are as in the file, and may be the same.
func (r *Reader) Columns() []cell.Column { return r.columns }

// Rows passes each row to row, with a value for each column: nil, bool, int64, float64,
// string or []byte; a timestamp is a string in RFC 3339. The slice is the same for every row.
func (r *Reader) Rows(row func(values []any) error) error {
	values := make([]any, len(r.nodes))
	return r.each(r.nodes, func(i int, n *node, a *assembly) any {
		return n.final(a.field(n, 0, 0))
	}, values, row)
}

// each goes through the rows of the file and sets the values of some of its columns.
func (r *Reader) each(
	nodes []*node, value func(i int, n *node, a *assembly) any, values []any, row func([]any) error,
) error {
	for _, group := range r.file.RowGroups() {
		a := &assembly{most: r.memory / rowShare}
		err := a.open(nodes, group)
		for n := int64(0); n < group.NumRows() && err == nil; n++ {
			if err = a.row(nodes, value, values); err == nil {
				err = row(values)
			}
		}
		if err == nil {
			err = a.end()
		}
		if err = errors.Join(err, a.close()); err != nil {
			return err
		}
	}
	return nil
}

// rowShare is the part of the memory that a nested value may take.
const rowShare = 8

// settle decides the type of a column whose values decide it.
func (r *Reader) settle(n *node) error {
	if n.leaf == nil || n.leaf.fits == nil || n.repeated {
		return nil
	}
	fits := true
	if err := r.each([]*node{n}, func(_ int, n *node, a *assembly) any {
		return a.field(n, 0, 0)
	}, make([]any, 1), func(values []any) error {
		fits = fits && (values[0] == nil || n.leaf.fits(values[0]))
		return nil
	}); err != nil {
		return err
	}
	if !fits {
		n.kind = embedded.Text
	}
	return nil
}
