package export

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	"steampipe-plugin-ssmassoc/internal/engine"
	"steampipe-plugin-ssmassoc/internal/files/cell"
	"steampipe-plugin-ssmassoc/internal/files/formats"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// storeError is an error of the destination. It ends the run: rows read from AWS after
// it would be lost too.
type storeError struct{ err error }

func (e *storeError) Error() string { return e.err.Error() }
func (e *storeError) Unwrap() error { return e.err }

// exportPlaces reads several places concurrently, and the tables of each in turn, so
// that shared listings are read only once.
func (r *run) exportPlaces(ctx context.Context, places []*work) error {
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(placesAtOnce)
	for _, w := range places {
		if groupCtx.Err() != nil {
			break
		}
		group.Go(func() error {
			for _, p := range w.partitions {
				if err := r.exportPartition(groupCtx, w, p); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return r.outcome()
}

// exportPartition reads and writes a partition. It records a failure of the partition
// in the manifest; an error ends the run.
func (r *run) exportPartition(ctx context.Context, w *work, p *Partition) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	table := r.table(p.Table)
	skippedBefore := r.skipsOf(w.Place)
	started := now()
	rows, contents, err := r.writeFile(ctx, p.Path, ColumnsOf(table, r.PartitionBy),
		func(to formats.Writer, columns []cell.Column) (int64, error) {
			return r.read(ctx, w, table, columns, to)
		})
	var failure *storeError
	if ctx.Err() != nil && err != nil || errors.As(err, &failure) {
		return err
	}
	return r.update(ctx, func() {
		p.Started, p.Finished = &started, new(now())
		p.Rows, p.Contents = rows, contents
		p.Skipped = r.skippedSince(w.Place, skippedBefore)
		p.Status, p.Error = Complete, ""
		if err != nil {
			p.Status, p.Error = Failed, err.Error()
		}
	})
}

func (r *run) table(name string) *embedded.Table {
	return r.tables[slices.IndexFunc(r.tables, func(t *embedded.Table) bool { return t.Name == name })]
}

// writeFile writes a file with fill. The file appears once fill has returned without an
// error.
func (r *run) writeFile(ctx context.Context, path string, columns []cell.Column, fill fillFunc) (
	int64, Contents, error,
) {
	f, err := r.prepareFile(ctx, path, columns, fill)
	if err != nil {
		return 0, Contents{}, err
	}
	if err := f.Commit(ctx); err != nil {
		return 0, Contents{}, r.storeFailure(path, err)
	}
	return f.rows, f.Contents(), nil
}

// fillFunc writes rows, closes or abandons the writer, and returns their number.
type fillFunc func(formats.Writer, []cell.Column) (int64, error)

// preparedFile is a complete file that has not yet appeared.
type preparedFile struct {
	Upload
	rows int64
}

func (r *run) prepareFile(ctx context.Context, path string, columns []cell.Column, fill fillFunc) (
	*preparedFile, error,
) {
	upload, err := r.store.Begin(ctx, path)
	if err != nil {
		return nil, r.storeFailure(path, err)
	}
	out := &noticing{Upload: upload}
	var rows int64
	writer, err := writers[r.Format](ctx, out, columns, formats.Options{Budget: r.budget})
	if err == nil {
		rows, err = fill(writer, columns)
	}
	if out.err != nil {
		err = r.storeFailure(path, out.err)
	}
	if err != nil {
		upload.Abandon()
		return nil, err
	}
	return &preparedFile{upload, rows}, nil
}

func (r *run) storeFailure(path string, err error) error {
	return &storeError{fmt.Errorf("write %s/%s: %w", r.store, path, err)}
}

// noticing keeps the error of a write, to distinguish it from that of a read.
type noticing struct {
	Upload
	err error
}

func (n *noticing) Write(p []byte) (int, error) {
	written, err := n.Upload.Write(p)
	n.err = cmp.Or(n.err, err)
	return written, err
}

// read writes a table's rows of a place and returns their number.
func (r *run) read(ctx context.Context, w *work, table *embedded.Table, columns []cell.Column, to formats.Writer) (
	int64, error,
) {
	rows := int64(0)
	row, text := make([]cell.Value, len(columns)), []byte(nil)
	names := []string{accountColumn}
	for _, c := range columns {
		if c.Name != accountColumn {
			names = append(names, c.Name)
		}
	}
	err := r.server.Execute(&proto.ExecuteRequest{
		Table:      table.Name,
		Connection: w.Connection,
		CallId:     table.Name + "-" + w.Region,
		QueryContext: &proto.QueryContext{Columns: names, Quals: map[string]*proto.Quals{regionColumn: {Quals: []*proto.Qual{{
			FieldName: regionColumn,
			Operator:  &proto.Qual_StringValue{StringValue: "="},
			Value:     &proto.QualValue{Value: &proto.QualValue_StringValue{StringValue: w.Region}},
		}}}}},
		ExecuteConnectionData: map[string]*proto.ExecuteConnectionData{
			w.Connection: {CacheEnabled: len(r.tables) > 1, CacheTtl: CacheTTLSeconds},
		},
	}, &rowStream{ctx: ctx, send: func(sent *proto.Row) (err error) {
		if account := sent.Columns[accountColumn].GetStringValue(); account != w.account {
			return fmt.Errorf("the credentials now are of account %s, and were of %s; export again", account, w.account)
		}
		rows++
		if text, err = rowOf(sent, columns, row, text); err != nil {
			return err
		}
		return to.Write(row)
	}})
	if err != nil {
		to.Abandon()
		return rows, err
	}
	return rows, to.Close()
}

// rowStream is the stream on which the plugin sends rows.
type rowStream struct {
	grpc.ServerStream // unused in process
	ctx               context.Context
	send              func(*proto.Row) error
}

func (s *rowStream) Context() context.Context { return s.ctx }

func (s *rowStream) Send(r *proto.ExecuteResponse) error { return s.send(r.Row) }

// skipsOf returns the skips in a place so far. Its tables are read one at a time, so
// the difference between two calls belongs to one table.
func (r *run) skipsOf(p Place) map[engine.Skip]int {
	skips := r.server.Skips()
	for skip := range skips {
		if skip.Connection != p.Connection || skip.Region != p.Region {
			delete(skips, skip)
		}
	}
	return skips
}

func (r *run) skippedSince(p Place, before map[engine.Skip]int) []Skipped {
	since := r.skipsOf(p)
	for skip, n := range before {
		since[skip] -= n
	}
	return skippedOf(since)
}

// skippedOf sums up skips by kind and error.
func skippedOf(skips map[engine.Skip]int) []Skipped {
	counts := map[Skipped]int{}
	for skip, n := range skips {
		counts[Skipped{Kind: skip.Kind, Code: skip.Code}] += n
	}
	var all []Skipped
	for s, n := range counts {
		if s.Count = n; n > 0 {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b Skipped) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Code, b.Code))
	})
	return all
}
