package parquetfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"steampipe-plugin-ssmassoc/internal/files/cell"
)

const (
	// rowsOfGroup is the maximum number of rows in a row group: DuckDB's unit of work
	// for a thread, and some 60 MB of text for engines that split files by groups.
	rowsOfGroup = 122_880
	// bytesOfGroup limits a row group of a single file, compressed.
	bytesOfGroup = 16 << 20
	// rowsAtOnce is the number of rows passed on together, column by column, unless they
	// have more than bytesAtOnce bytes of text.
	rowsAtOnce  = 64
	bytesAtOnce = 1 << 20
	// rowsToGuess is the number of rows that determine the type of an untyped column,
	// and rowsToSample the number that determine the encoding of a column. Rows wait for
	// that with at most bytesToSample.
	rowsToGuess   = 1_000
	rowsToSample  = 256
	bytesToSample = 4 << 20
	// maxDictionary limits the bytes of a column's distinct values in the dictionary
	// of a row group; the rest are stored in the pages.
	maxDictionary = 1 << 20
	pageBytes     = 64 << 10
)

// pageBuffers hold compressed pages. Most columns of most files need less than the 32
// KiB that the library reserves.
var pageBuffers = parquet.NewChunkBufferPool(8 << 10)

// Writer writes a file. It is not safe for concurrent use.
type Writer struct {
	ctx     context.Context
	columns []cell.Column
	texts   []*textNode // of the columns of text
	budget  *Budget     // nil for that of a single file
	out     io.Writer
	file    *parquet.GenericWriter[any] // nil until the columns' encodings are chosen

	pending      [][]cell.Value // the rows until then
	pendingBytes int
	await        int // the maximum of pending rows

	group   *parquet.ConcurrentRowGroupWriter
	inGroup int64 // rows
	batch   [][]parquet.Value
	batched int
	text    []byte // of the batch
	rows    int64
	closed  bool
}

// zstdCodec is shared by all writers: each of its encoders takes some megabytes.
var zstdCodec = &zstd.Codec{Level: zstd.SpeedDefault}

// NewWriter returns a writer of a file with at least one column. A budget bounds its
// memory together with that of other writers. The caller closes w, after [Writer.Close].
func NewWriter(ctx context.Context, w io.Writer, columns []cell.Column, budget *Budget) (*Writer, error) {
	if len(columns) == 0 {
		return nil, errors.New("a Parquet file needs a column")
	}
	f := &Writer{ctx: ctx, columns: withDistinctNames(columns), budget: budget, out: w, await: rowsToSample}
	if slices.ContainsFunc(columns, func(c cell.Column) bool { return c.Open }) {
		f.await = rowsToGuess
	}
	if budget != nil {
		budget.add(1)
	}
	return f, nil
}

// Write writes a row.
func (w *Writer) Write(row []cell.Value) error {
	w.rows++
	if w.file != nil {
		return w.add(row, w.rows)
	}
	kept := slices.Clone(row)
	for i := range kept {
		kept[i].Bytes = bytes.Clone(kept[i].Bytes)
		w.pendingBytes += len(kept[i].Bytes)
	}
	w.pending = append(w.pending, kept)
	if len(w.pending) < w.await && w.pendingBytes < bytesToSample {
		return nil
	}
	return w.settle()
}

// settle chooses the open kinds and the encodings, and writes the pending rows.
func (w *Writer) settle() error {
	repeats := make([]bool, len(w.columns))
	for i := range w.columns {
		values := func(yield func(cell.Value) bool) {
			for _, row := range w.pending {
				if !yield(row[i]) {
					return
				}
			}
		}
		if w.columns[i].Open {
			w.columns[i].Kind = kindOf(values)
		}
		repeats[i] = repeat(values)
	}
	w.open(repeats)
	for i, row := range w.pending {
		if err := w.add(row, int64(i+1)); err != nil {
			return err
		}
		w.pending[i] = nil
	}
	w.pending = nil
	return nil
}

// open begins the file. Columns with repeated values get a dictionary.
func (w *Writer) open(repeats []bool) {
	schema, texts := schemaOf(w.columns, repeats)
	w.texts = texts
	w.file = parquet.NewGenericWriter[any](w.out,
		schema,
		parquet.Compression(zstdCodec),
		parquet.CreatedBy("ssmassoc", "", ""),
		// Hive and older readers do not support version 2 of data pages.
		parquet.DataPageVersion(1),
		parquet.PageBufferSize(pageBytes),
		parquet.ColumnPageBuffers(pageBuffers),
		parquet.DictionaryMaxBytes(maxDictionary),
	)
	w.group = w.file.BeginRowGroup()
	w.batch = make([][]parquet.Value, len(w.columns))
	for i := range w.batch {
		w.batch[i] = make([]parquet.Value, 0, rowsAtOnce)
	}
}

// add adds a row. number is its position in the file, from 1.
func (w *Writer) add(row []cell.Value, number int64) error {
	long := false
	for i, v := range row {
		var value parquet.Value
		definition := 1
		switch {
		case v.Class == cell.Null:
			definition = 0
		case isText(w.columns[i].Kind):
			text := w.kept(v)
			long = long || len(text) > longText
			value = parquet.ByteArrayValue(text)
		default:
			var ok bool
			if value, ok = stored(v, w.columns[i].Kind); !ok {
				return mismatch(w.columns[i], number, v)
			}
		}
		w.batch[i] = append(w.batch[i], value.Level(0, definition, i))
	}
	w.batched++
	if w.batched < rowsAtOnce && len(w.text) < bytesAtOnce && !long {
		return nil
	}
	return w.writeBatch()
}

// kept returns a text that is valid until the batch is written. A long one ends the batch,
// and need not be copied.
func (w *Writer) kept(v cell.Value) []byte {
	if v.Class == cell.Text && len(v.Bytes) > longText {
		return validText(v.Bytes)
	}
	start := len(w.text)
	w.text = v.AppendText(w.text)
	return validText(w.text[start:])
}

// writeBatch passes the batch to the row group, and ends the group if it is large
// enough.
func (w *Writer) writeBatch() error {
	for i, column := range w.group.ColumnWriters() {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		_, err := column.WriteRowValues(w.batch[i])
		if err == nil && w.texts[i].noteLong(w.batch[i]) {
			err = column.Flush()
		}
		if err != nil {
			return fmt.Errorf("write column %s: %w", w.columns[i].Name, err)
		}
		clear(w.batch[i])
		w.batch[i] = w.batch[i][:0]
	}
	w.inGroup += int64(w.batched)
	w.batched = 0
	if w.text = w.text[:0]; cap(w.text) > 2*bytesAtOnce {
		w.text = nil
	}
	most := int64(bytesOfGroup)
	if w.budget != nil {
		most = w.budget.share()
	}
	if w.inGroup < rowsOfGroup && w.group.Size() < most {
		return nil
	}
	return w.endGroup()
}

// endGroup writes the row group and begins another.
func (w *Writer) endGroup() error {
	if _, err := w.group.Commit(); err != nil {
		return fmt.Errorf("write a row group: %w", err)
	}
	w.inGroup = 0
	if slices.ContainsFunc(w.texts, (*textNode).changed) {
		w.group = w.file.BeginRowGroup()
	}
	return nil
}

// Close writes buffered rows and the file's footer. Without the footer the file is
// invalid.
func (w *Writer) Close() error {
	if w.closed {
		return nil
	}
	defer w.Abandon()
	if w.file == nil {
		if err := w.settle(); err != nil {
			return err
		}
	}
	err := w.writeBatch()
	if err == nil && w.inGroup > 0 {
		err = w.endGroup()
	}
	if err == nil {
		err = w.file.Close()
	}
	return err
}

// Abandon gives up an incomplete file and releases its share of the budget.
func (w *Writer) Abandon() {
	if w.closed {
		return
	}
	w.closed = true
	if w.budget != nil {
		w.budget.add(-1)
	}
	w.file, w.group, w.batch, w.pending = nil, nil, nil, nil
}
