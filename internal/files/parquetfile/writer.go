package parquetfile

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

const (
	// rowsOfGroup is the maximum number of rows in a row group: DuckDB's unit of work
	// for a thread, and some 60 MB of text for engines that split files by groups.
	rowsOfGroup = 122_880
	// rowsAtOnce is the number of rows passed on together, column by column.
	rowsAtOnce = 64
	// rowsToGuess is the number of rows that determine the type of an untyped column,
	// and rowsToSample the number that determine the encoding of a column.
	rowsToGuess  = 1_000
	rowsToSample = 256
	// mostDictionary limits the bytes of a column's distinct values in the dictionary
	// of a row group; the rest are stored in the pages.
	mostDictionary = 1 << 20
	pageBytes      = 64 << 10
)

// pageBuffers hold compressed pages. Most columns of most files need less than the 32
// KiB that the library reserves.
var pageBuffers = parquet.NewChunkBufferPool(8 << 10)

// Options configure a writer. The zero value suits a single file.
type Options struct {
	// Budget bounds the memory of this and other writers together. With nil a writer
	// holds a full row group.
	Budget *Budget
}

// Writer writes a file. Set the non-null values of a row, then call [Writer.Next]. It
// is not safe for concurrent use.
type Writer struct {
	columns []Column
	options Options
	out     io.Writer
	file    *parquet.GenericWriter[any] // nil until the columns' encodings are chosen

	row     []value
	pending [][]value // the rows until then
	await   int       // the maximum of pending rows
	batch   [][]parquet.Value
	batched int
	group   int64 // rows in the row group
	before  int64 // bytes in earlier row groups
	rows    int64
	closed  bool
}

// zstdCodec is shared by all writers: each of its encoders takes some megabytes.
var zstdCodec = &zstd.Codec{Level: zstd.SpeedDefault}

// NewWriter returns a writer of a file with at least one column. The caller closes w,
// after [Writer.Close].
func NewWriter(w io.Writer, columns []Column, options Options) (*Writer, error) {
	if len(columns) == 0 {
		return nil, errors.New("a Parquet file needs a column")
	}
	f := &Writer{
		columns: withDistinctNames(columns),
		options: options,
		out:     w,
		row:     make([]value, len(columns)),
		await:   rowsToSample,
	}
	if slices.ContainsFunc(columns, func(c Column) bool { return c.Type == Any }) {
		f.await = rowsToGuess
	}
	if options.Budget != nil {
		options.Budget.add(1)
	}
	return f, nil
}

// SetText sets the value of a column, counted from 0. If the text is not a value of the
// column's type, Next fails.
func (w *Writer) SetText(column int, s string) { w.row[column] = value{kind: Text, text: s} }

// SetInt64 sets the value of a column.
func (w *Writer) SetInt64(column int, n int64) { w.row[column] = value{kind: Int64, number: n} }

// SetDouble sets the value of a column.
func (w *Writer) SetDouble(column int, f float64) { w.row[column] = value{kind: Double, double: f} }

// SetBool sets the value of a column.
func (w *Writer) SetBool(column int, b bool) {
	w.row[column] = value{kind: Bool}
	if b {
		w.row[column].number = 1
	}
}

// SetTime sets the value of a column.
func (w *Writer) SetTime(column int, t time.Time) {
	w.row[column] = value{kind: Timestamp, number: t.UnixMicro()}
}

// Columns returns the columns of the file. A type is Any until it is known.
func (w *Writer) Columns() []Column { return slices.Clone(w.columns) }

// Rows returns the number of rows so far.
func (w *Writer) Rows() int64 { return w.rows }

// Next ends a row. Unset values are null.
func (w *Writer) Next() error {
	w.rows++
	if w.file == nil {
		w.pending = append(w.pending, slices.Clone(w.row))
		clear(w.row)
		if len(w.pending) < w.await {
			return nil
		}
		return w.settle()
	}
	err := w.add(w.row, w.rows)
	clear(w.row)
	return err
}

// settle chooses the open types and the encodings, and writes the pending rows.
func (w *Writer) settle() error {
	repeats := make([]bool, len(w.columns))
	for i := range w.columns {
		values := func(yield func(value) bool) {
			for _, row := range w.pending {
				if !yield(row[i]) {
					return
				}
			}
		}
		if w.columns[i].Type == Any {
			w.columns[i].Type = typeOf(values)
		}
		repeats[i] = repeat(values)
	}
	w.open(repeats)
	for i, row := range w.pending {
		if err := w.add(row, int64(i+1)); err != nil {
			return err
		}
	}
	w.pending = nil
	return nil
}

// open begins the file. Columns with repeated values get a dictionary.
func (w *Writer) open(repeats []bool) {
	w.file = parquet.NewGenericWriter[any](w.out,
		schemaOf(w.columns, repeats),
		parquet.Compression(zstdCodec),
		parquet.CreatedBy("ssmassoc", "", ""),
		// Hive and older readers do not support version 2 of data pages.
		parquet.DataPageVersion(1),
		parquet.PageBufferSize(pageBytes),
		parquet.ColumnPageBuffers(pageBuffers),
		parquet.DictionaryMaxBytes(mostDictionary),
	)
	w.batch = make([][]parquet.Value, len(w.columns))
	for i := range w.batch {
		w.batch[i] = make([]parquet.Value, 0, rowsAtOnce)
	}
}

// add adds a row. number is its position in the file, from 1.
func (w *Writer) add(row []value, number int64) error {
	for i, v := range row {
		stored, ok := v.in(w.columns[i].Type)
		if !ok {
			return mismatch(w.columns[i], number, v)
		}
		definition := 1
		if stored.IsNull() {
			definition = 0
		}
		w.batch[i] = append(w.batch[i], stored.Level(0, definition, i))
	}
	if w.batched++; w.batched < rowsAtOnce {
		return nil
	}
	return w.writeBatch()
}

// writeBatch passes the batch to the row group, and ends the group if it is large
// enough.
func (w *Writer) writeBatch() error {
	for i, column := range w.file.ColumnWriters() {
		if _, err := column.WriteRowValues(w.batch[i]); err != nil {
			return fmt.Errorf("write column %s: %w", w.columns[i].Name, err)
		}
		clear(w.batch[i])
		w.batch[i] = w.batch[i][:0]
	}
	w.group += int64(w.batched)
	w.batched = 0
	if w.group < rowsOfGroup && (w.options.Budget == nil || w.file.Size()-w.before < w.options.Budget.share()) {
		return nil
	}
	if err := w.file.Flush(); err != nil {
		return fmt.Errorf("write a row group: %w", err)
	}
	w.group, w.before = 0, w.file.Size()
	return nil
}

// Close writes buffered rows and the file's footer. Without the footer the file is
// invalid.
func (w *Writer) Close() error {
	if w.closed {
		return nil
	}
	if w.file == nil {
		if err := w.settle(); err != nil {
			w.Abandon()
			return err
		}
	}
	err := w.writeBatch()
	if err == nil {
		err = w.file.Close()
	}
	w.Abandon()
	return err
}

// Abandon gives up an incomplete file and releases its share of the budget.
func (w *Writer) Abandon() {
	if w.closed {
		return
	}
	w.closed = true
	if w.options.Budget != nil {
		w.options.Budget.add(-1)
	}
	w.file, w.batch, w.pending = nil, nil, nil
}
