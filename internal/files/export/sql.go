package export

import (
	"context"
	"errors"

	"steampipe-plugin-ssmassoc/internal/files/cell"
	"steampipe-plugin-ssmassoc/internal/files/formats"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// errResults is the error for SQL without exactly one result.
var errResults = errors.New("the SQL must have one result: one select, after the statements that it needs")

// exportSQL exports the result of SQL over all connections as one file.
func (r *run) exportSQL(ctx context.Context, before *Manifest) error {
	p := &Partition{Table: r.Name, Path: r.layout.file(r.Name, "", "", r.Day), Status: Pending}
	if err := r.adopt(ctx, []*Partition{p}, before); err != nil {
		return err
	}
	r.noteEarlier(ctx, Plan{})
	if err := r.begin(ctx); err != nil || p.Status == Complete {
		return err
	}
	started := now()
	rows, contents, err := r.writeSQL(ctx, p.Path)
	if err == nil {
		p.Rows, p.Contents, p.Status = rows, contents, Complete
	} else {
		p.Status, p.Error = Failed, err.Error()
	}
	p.Started, p.Finished = &started, new(now())
	p.Skipped = skippedOf(r.server.Skips())
	return err
}

// writeSQL writes the result's file, which appears when all of the SQL has run.
func (r *run) writeSQL(ctx context.Context, path string) (rows int64, written Contents, err error) {
	db, err := embedded.Open(r.host, embedded.Options{CacheTTLSeconds: CacheTTLSeconds, CacheMaxMB: CacheMB, OneRun: true})
	if err != nil {
		return 0, Contents{}, err
	}
	defer func() { _ = db.Close() }()

	var file *preparedFile
	err = db.Run(ctx, r.SQL, func(result *embedded.Rows) error {
		if file != nil {
			return errResults
		}
		var err error
		file, err = r.prepareFile(ctx, path, formats.ResultColumns(result),
			func(to formats.Writer, _ []cell.Column) (int64, error) { return formats.WriteResult(to, result) })
		return err
	})
	switch {
	case file == nil && err == nil:
		err = errResults
	case err == nil:
		if err = file.Commit(ctx); err != nil {
			err = r.storeFailure(path, err)
		}
	case file != nil:
		file.Abandon()
	}
	if err != nil {
		return 0, Contents{}, err
	}
	return file.rows, file.Contents(), nil
}
