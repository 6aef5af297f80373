package attach

import (
	"errors"
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

// withParquet opens a Parquet file.
func (in input) withParquet(read func(*parquetfile.Reader) error) error {
	file, err := os.Open(in.File)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	r, err := parquetfile.OpenReader(wantedFile{in, file}, info.Size(), in.limits.memory)
	if err == nil {
		err = read(r)
	}
	var large *parquetfile.TooLargeError
	if errors.As(err, &large) {
		return &embedded.MemoryError{What: err.Error()}
	}
	return err
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
