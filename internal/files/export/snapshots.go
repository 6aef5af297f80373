package export

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"time"

	"steampipe-plugin-ssmassoc/internal/files/cell"
	"steampipe-plugin-ssmassoc/internal/files/formats"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// Snapshots is the table of snapshots: a row for each file of the other tables. It tells
// a day without rows from a day that was not exported, which engines cannot see.
//
// Each export adds a file, SnapshotsName/dt=.../part-RUN.EXT, whatever the folders of
// the other tables: engines open few files, and neither shards nor exports of other
// connections replace it. Only exports to Parquet have it, so that its files are of one
// format whatever the destination has been used for; PostgreSQL, which loads CSV, records
// its snapshots itself.
var Snapshots = &embedded.Table{Name: SnapshotsName, Columns: []embedded.Column{
	{Name: "table_name"},
	{Name: accountColumn},
	{Name: regionColumn},
	{Name: "row_count", Kind: embedded.Int},
	{Name: "exported_at", Kind: embedded.Timestamp},
	{Name: "run"},
}}

const snapshotsFormat = "parquet"

// SnapshotsName is the name of the table of snapshots.
const SnapshotsName = "ssm_snapshot"

// SnapshotsPartitionBy are the columns that name the folders of the table of snapshots.
var SnapshotsPartitionBy = []string{dayColumn}

// newRunID returns an identifier of the export that starts now.
func newRunID(started time.Time) string {
	random := make([]byte, 4)
	_, _ = rand.Read(random) // never fails
	return started.Format("20060102T150405.000Z") + "-" + hex.EncodeToString(random)
}

// writeSnapshots writes the export's file of the table of snapshots.
func (r *run) writeSnapshots(ctx context.Context) error {
	complete := r.manifest.complete()
	if len(complete) == 0 || r.SQL != "" || r.Format != snapshotsFormat || !slices.Contains(r.PartitionBy, dayColumn) {
		return nil
	}
	name := path.Join(SnapshotsName, dayColumn+"="+r.Day, fmt.Sprintf("part-%s.%s", r.manifest.Run, r.Format))
	columns := ColumnsOf(Snapshots, SnapshotsPartitionBy)
	text := func(s string) cell.Value { return cell.Value{Class: cell.Text, Bytes: []byte(s)} }
	_, _, err := r.writeFile(ctx, name, columns, func(w formats.Writer, _ []cell.Column) (int64, error) {
		for _, p := range complete {
			row := []cell.Value{text(p.Table), text(p.AccountID), text(p.Region), {Class: cell.Int, Int: p.Rows}, {},
				text(r.manifest.Run)}
			if p.Finished != nil {
				row[4] = cell.OfTime(*p.Finished)
			}
			if err := w.Write(row); err != nil {
				w.Abandon()
				return 0, err
			}
		}
		return int64(len(complete)), w.Close()
	})
	return err
}
