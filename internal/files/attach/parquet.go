package attach

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"steampipe-plugin-ssmassoc/internal/files/parquetfile"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// readParquet reads a Parquet file.
func readParquet(in input) ([]Table, error) {
	var columns []embedded.Column
	err := in.withParquet(func(r *parquetfile.Reader) error {
		var names []string
		for _, c := range r.Columns() {
			names = append(names, c.Name)
		}
		var err error
		columns, err = columnsNamed(names)
		for i := range columns {
			columns[i].Kind = r.Columns()[i].Kind
		}
		return err
	})
	rows := func(send func([]any) error) error {
		return in.withParquet(func(r *parquetfile.Reader) error { return r.Rows(send) })
	}
	return []Table{{Table: embedded.Table{Name: in.Name, Columns: columns}, Rows: rows}}, err
}

// withParquet opens a Parquet file. One that is compressed as a whole is decompressed in
// memory: such a file is read in any order.
func (in input) withParquet(read func(*parquetfile.Reader) error) error {
	return in.withFile(func(file io.Reader) error {
		contents, size, err := in.contents(file)
		if err != nil {
			return err
		}
		r, err := parquetfile.OpenReader(wantedFile{in, contents}, size, in.limits.memory)
		if err == nil {
			err = read(r)
		}
		var large *parquetfile.TooLargeError
		if errors.As(err, &large) {
			return &embedded.MemoryError{What: err.Error()}
		}
		return err
	})
}

// contents returns the contents of a file, and their size.
func (in input) contents(file io.Reader) (io.ReaderAt, int64, error) {
	if f, ok := file.(*os.File); ok {
		info, err := f.Stat()
		if err != nil {
			return nil, 0, err
		}
		return f, info.Size(), nil
	}
	all, err := io.ReadAll(io.LimitReader(file, int64(in.limits.memory)+1))
	if err == nil && len(all) > in.limits.memory {
		err = &embedded.MemoryError{What: fmt.Sprintf("it is longer than %d MB; decompress it first", in.limits.memory>>20)}
	}
	return bytes.NewReader(all), int64(len(all)), err
}

// wantedFile is a file whose reading ends with the context.
type wantedFile struct {
	in input
	r  io.ReaderAt
}

func (f wantedFile) ReadAt(p []byte, offset int64) (int, error) {
	if err := f.in.ctx.Err(); err != nil {
		return 0, err
	}
	return f.r.ReadAt(p, offset)
}
