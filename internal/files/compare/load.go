package compare

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"steampipe-plugin-ssmassoc/internal/files/attach"
	"steampipe-plugin-ssmassoc/internal/files/export"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

// table is a table to read, with the columns that the statements need.
type table struct {
	name, as string
	columns  []string
	// optional tables are compared if both days have them.
	optional bool
	// earlier says whether earlier days matter: of the nodes on which something fails.
	earlier bool
}

// statusTable is the table that the comparison is about.
const statusTable = "ssm_instance_association_status"

var tables = []table{
	{name: statusTable, as: "read_status", earlier: true, columns: []string{
		"account_id", "region", "dt", "instance_id", "association_id", "association_name", "name", "status"}},
	{name: export.SnapshotsName, as: "read_snapshot", optional: true,
		columns: []string{"account_id", "region", "dt", "table_name"}},
	{name: "ssm_managed_instance", as: "read_node", optional: true,
		columns: []string{"account_id", "region", "dt", "instance_id"}},
	{name: "ssm_association", as: "read_association", optional: true,
		columns: []string{"account_id", "region", "dt", "association_id", "association_name", "name"}},
}

// part is a table's files of a day.
type part struct {
	side string
	attach.Table
}

// load fills the table with the rows of the days.
func (t table) load(ctx context.Context, db *embedded.DB, days Days, options embedded.Options) error {
	columns := []embedded.Column{{Name: "side"}}
	for _, name := range t.columns {
		columns = append(columns, embedded.Column{Name: name})
	}
	parts, err := t.parts(ctx, days, options)
	if err != nil {
		return err
	}
	rows := func(send func([]any) error) error {
		fail := map[[3]any]bool{} // by account, region and node
		for _, p := range parts {
			if err := t.rows(p, fail, send); err != nil {
				return err
			}
		}
		return nil
	}
	return db.Attach(ctx, &embedded.Table{Name: t.as, Columns: columns}, rows)
}

// parts opens the table's files of each day. If one of the days lacks the table, there is
// nothing to compare.
func (t table) parts(ctx context.Context, days Days, options embedded.Options) ([]part, error) {
	read := map[string][]Side{"old": {days.Old}, "new": {days.New}}
	if t.earlier {
		read["earlier"] = days.earlier
	}
	var parts []part
	for _, side := range []string{"old", "new", "earlier"} {
		for _, of := range read[side] {
			opened, err := t.open(ctx, of, options)
			switch {
			case err == nil:
				parts = append(parts, part{side, opened})
			case t.optional && side != "earlier" && t.name != export.SnapshotsName && isAbsent(err):
				return nil, nil
			case t.optional && isAbsent(err), side == "earlier" && isAbsent(err):
			default:
				return nil, err
			}
		}
	}
	return parts, nil
}

func isAbsent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, attach.ErrNoFiles)
}

// open opens the table's files of a day.
func (t table) open(ctx context.Context, side Side, options embedded.Options) (attach.Table, error) {
	source := attach.Source{Name: t.name, File: filepath.Join(side.Folder, t.name)}
	source.Keep = func(column string, value any) bool { return !strings.EqualFold(column, "dt") || value == side.Day }
	opened, err := attach.Open(ctx, source, options)
	if err != nil {
		return attach.Table{}, err
	}
	return opened[0], nil
}

// rows passes the rows of a part to send. It adds the nodes on which something fails on
// the newer day to fail; of earlier days it passes only the rows of these.
func (t table) rows(p part, fail map[[3]any]bool, send func([]any) error) error {
	places := map[string]int{"side": -1}
	for _, name := range t.columns {
		places[name] = slices.IndexFunc(p.Columns, func(c embedded.Column) bool { return strings.EqualFold(c.Name, name) })
	}
	return p.Rows(func(row []any) error {
		of := func(column string) any {
			if place, ok := places[column]; ok && place >= 0 {
				return row[place]
			}
			return nil
		}
		node := [3]any{of("account_id"), of("region"), of("instance_id")}
		switch status, _ := of("status").(string); {
		case p.side == "new" && slices.Contains(ssmassoc.FailingStatuses, status):
			fail[node] = true
		case p.side == "earlier" && !fail[node]:
			return nil
		}
		values := []any{p.side}
		for _, name := range t.columns {
			values = append(values, of(name))
		}
		return send(values)
	})
}
