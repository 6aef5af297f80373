package parquetfile

import (
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
)

// assembly puts rows together from the columns of a row group, each of which is a stream
// of values with levels. A level says which of the groups and lists above a value are
// there, and at which list the value goes on.
//
// See https://parquet.apache.org/docs/file-format/nestedencoding/.
type assembly struct {
	streams map[int]*stream // by the index of the column
	most    int             // bytes of a nested value
	size    int             // of the one being put together
	err     error
}

var (
	errShort = errors.New("it is damaged: a column has fewer values than rows")
	errLong  = errors.New("it is damaged: a column has more values than rows")
)

// open opens the streams of columns.
func (a *assembly) open(nodes []*node, group parquet.RowGroup) (err error) {
	defer catch(&err)()
	a.streams = map[int]*stream{}
	chunks := group.ColumnChunks()
	for _, n := range nodes {
		for _, index := range n.leaves {
			if index >= len(chunks) {
				return errShort
			}
			a.streams[index] = &stream{pages: chunks[index].Pages()}
		}
	}
	return nil
}

func (a *assembly) close() (err error) {
	defer catch(&err)()
	for _, s := range a.streams {
		s.release()
		err = errors.Join(err, s.pages.Close())
	}
	return err
}

// row sets the values of the next row.
func (a *assembly) row(nodes []*node, value func(int, *node, *assembly) any, values []any) (err error) {
	defer catch(&err)()
	for i, n := range nodes {
		a.size = 0
		if values[i] = value(i, n, a); a.err != nil {
			return fmt.Errorf("column %s: %w", n.name, a.err)
		}
	}
	return nil
}

// end checks that no stream goes on.
func (a *assembly) end() (err error) {
	defer catch(&err)()
	for _, s := range a.streams {
		if _, err := s.peek(); err == nil {
			return errLong
		} else if !errors.Is(err, io.EOF) {
			return shorn(err)
		}
	}
	return nil
}

// peek returns the next value of the first column under a node, which the others follow.
func (a *assembly) peek(n *node) (parquet.Value, bool) {
	if a.err != nil {
		return parquet.Value{}, false
	}
	v, err := a.streams[n.leaves[0]].peek()
	switch {
	case errors.Is(err, io.EOF):
		return v, false
	case err != nil:
		a.err = shorn(err)
		return v, false
	}
	return v, true
}

// next takes the next value of a column.
func (a *assembly) next(index int) parquet.Value {
	if a.err != nil {
		return parquet.Value{}
	}
	v, err := a.streams[index].next()
	if errors.Is(err, io.EOF) {
		a.err = errShort
	} else if err != nil {
		a.err = shorn(err)
	}
	return v
}

// skip takes the value of each column under a node that says that the node is not there.
func (a *assembly) skip(n *node) {
	for _, index := range n.leaves {
		a.next(index)
	}
}

// field returns the next value of a node, given the levels of what it is in: nil, a list,
// an object, or the value of a column.
func (a *assembly) field(n *node, repetition, definition int) any {
	switch {
	case n.repeated:
		return a.list(n, repetition+1, definition+1)
	case n.optional:
		definition++
		v, ok := a.peek(n)
		if !ok {
			a.fail()
			return nil
		}
		if v.DefinitionLevel() < definition {
			a.skip(n)
			return nil
		}
	}
	return a.present(n, repetition, definition)
}

// fail sets the error of a column that ends too early.
func (a *assembly) fail() {
	if a.err == nil {
		a.err = errShort
	}
}

// list returns the elements of a repeated node.
func (a *assembly) list(n *node, repetition, definition int) any {
	elements := list{}
	v, ok := a.peek(n)
	if !ok {
		a.fail()
		return nil
	}
	if v.DefinitionLevel() < definition {
		a.skip(n)
		return elements
	}
	for ok && a.err == nil {
		a.grow(1)
		elements = append(elements, a.present(n, repetition, definition))
		v, ok = a.peek(n)
		ok = ok && v.RepetitionLevel() == repetition
	}
	return elements
}

// present returns the next value of a node that is there.
func (a *assembly) present(n *node, repetition, definition int) any {
	if n.leaf != nil {
		v := a.next(n.leaves[0])
		if a.err != nil || v.IsNull() {
			return nil
		}
		value := n.leaf.value(v)
		if text, ok := value.(string); ok {
			a.grow(len(text))
		}
		return value
	}
	fields := make([]any, len(n.fields))
	for i, field := range n.fields {
		a.grow(len(field.name))
		fields[i] = a.field(field, repetition, definition)
	}
	return n.shape(n, fields)
}

// elementSize is about what an element takes besides its text, in bytes.
const elementSize = 16

// grow counts an element and its text.
func (a *assembly) grow(text int) {
	if a.size += elementSize + text; a.size > a.most && a.err == nil && a.most > 0 {
		a.err = &TooLargeError{fmt.Sprintf("a value is longer than %d MB", a.most>>20)}
	}
}

// stream reads the values of a column of a row group.
type stream struct {
	pages  parquet.Pages
	page   parquet.Page
	values parquet.ValueReader
	buffer [64]parquet.Value
	at, n  int
}

// peek returns the next value; it is valid until that after it is taken.
func (s *stream) peek() (parquet.Value, error) {
	for s.at == s.n {
		if err := s.fill(); err != nil {
			return parquet.Value{}, err
		}
	}
	return s.buffer[s.at], nil
}

func (s *stream) next() (parquet.Value, error) {
	v, err := s.peek()
	if err == nil {
		s.at++
	}
	return v, err
}

// fill reads on, at the end of a page in the next. It may read nothing.
func (s *stream) fill() (err error) {
	s.at, s.n = 0, 0
	if s.values == nil {
		s.release()
		if s.page, err = s.pages.ReadPage(); err != nil {
			return err
		}
		s.values = s.page.Values()
	}
	s.n, err = s.values.ReadValues(s.buffer[:])
	if errors.Is(err, io.EOF) {
		s.values = nil // those read point into the page; it is released when they are taken
		return nil
	}
	return err
}

func (s *stream) release() {
	if s.page != nil {
		parquet.Release(s.page)
		s.page = nil
	}
}
