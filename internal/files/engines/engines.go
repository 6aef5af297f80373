// Package engines writes the SQL statements that let query engines read exported files
// as tables, with views over their history: since when something fails, for how long,
// and which results changed.
//
// Which days there are is recorded in the table of snapshots: a day without rows is a
// day. Files of versions without it count by their rows.
//
// The views are the same for all engines (views.sql, drift.sql). They compare dt, the
// day of a snapshot, so files must be partitioned by it.
package engines

import (
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"steampipe-plugin-ssmassoc/internal/files/export"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

// Files describes exported files.
type Files struct {
	// Tables are the exported tables.
	Tables []*embedded.Table
	// Location is the folder or the s3:// address of the export.
	Location string
	// PartitionBy are the columns that name the folders, in order.
	PartitionBy []string
	// Accounts and Regions are the values of account_id and region, if known. Athena
	// then finds partitions by itself.
	Accounts, Regions []string
	// Parts are the individual files, if known.
	Parts []Part
	// NoSnapshots is set if the export is known to have no table of snapshots, as of
	// earlier versions.
	NoSnapshots bool
}

// Part is a file of a table.
type Part struct {
	Table, Path, AccountID, Region, Day string
	// Run identifies the export that wrote the file, if known, and ExportedAt is when.
	Run        string
	ExportedAt time.Time
}

// dialect writes an engine's statements.
type dialect struct {
	text, json, integer, double, boolean, timestamp string
	quote                                           string
	// create writes the statements that define a table.
	create func(w io.Writer, d *dialect, f Files, t *embedded.Table)
	// without writes the statements that define a table without files, if the engine
	// refuses those of create then.
	without func(w io.Writer, d *dialect, f Files, t *embedded.Table)
	// before and after write statements needed once, around the tables.
	before, after func(w io.Writer, f Files)
	// check reports files that the engine cannot read.
	check func(f Files) error
}

var dialects = map[string]*dialect{
	"athena":   athena,
	"trino":    trino,
	"spark":    spark,
	"duckdb":   duckdb,
	"postgres": postgres,
}

// Names returns the names of the dialects.
func Names() []string { return []string{"athena", "trino", "spark", "duckdb", "postgres"} }

// Format returns the file format that an engine reads.
func Format(engine string) string {
	if engine == "postgres" {
		return "csv"
	}
	return "parquet"
}

//go:embed views.sql
var views string

//go:embed drift.sql
var driftView string

// terms are the expressions for which names in brackets stand in the views.
var terms = strings.NewReplacer(
	"[failing]", "status in ('"+strings.Join(ssmassoc.FailingStatuses, "', '")+"')",
	// Joins compare this text, which is never null: no engine joins both sides outer on
	// "is not distinct from", and not all hash it.
	"[result_key]", "concat(coalesce(instance_id, ''), ' ', "+
		"coalesce(association_id, concat(coalesce(association_name, ''), ' ', coalesce(name, ''))))",
)

// Spelled returns SQL with the expressions for which [failing] and [result_key] stand in
// the views over a table of statuses.
func Spelled(sql string) string { return terms.Replace(sql) }

// Write writes the statements that let an engine read the files as tables.
func Write(w io.Writer, engine string, f Files) error {
	d := dialects[engine]
	if d == nil {
		return fmt.Errorf("%q is not an engine; use one of %s", engine, strings.Join(Names(), ", "))
	}
	if !slices.Contains(f.PartitionBy, "dt") {
		return fmt.Errorf("the tables need dt, the day of a snapshot, among the columns that name the folders")
	}
	if d.check != nil {
		if err := d.check(f); err != nil {
			return err
		}
	}
	if d.before != nil {
		d.before(w, f)
	}
	for _, t := range f.Tables {
		d.create(w, d, f, t)
	}
	snapshots := f
	snapshots.PartitionBy = export.SnapshotsPartitionBy
	if f.NoSnapshots && d.without != nil {
		d.without(w, d, snapshots, export.Snapshots)
	} else {
		d.create(w, d, snapshots, export.Snapshots)
	}
	if d.after != nil {
		d.after(w, f)
	}
	if f.has("ssm_instance_association_status") {
		fmt.Fprint(w, "\n", terms.Replace(views))
		if f.has("ssm_effective_instance_association") {
			fmt.Fprint(w, "\n", driftView)
		}
	}
	return nil
}

func (f Files) has(table string) bool {
	return slices.ContainsFunc(f.Tables, func(t *embedded.Table) bool { return t.Name == table })
}

// folder returns the folder of a table's files.
func (f Files) folder(t *embedded.Table) string {
	return strings.TrimRight(f.Location, "/") + "/" + t.Name
}

func (d *dialect) typeOf(kind embedded.Kind) string {
	switch kind {
	case embedded.Timestamp:
		return d.timestamp
	case embedded.JSON:
		return d.json
	case embedded.Bool:
		return d.boolean
	case embedded.Int:
		return d.integer
	case embedded.Double, embedded.Number:
		return d.double
	default:
		return d.text
	}
}

// declared returns the definitions of the columns stored in the files.
func (d *dialect) declared(f Files, t *embedded.Table) []string {
	var lines []string
	for _, c := range export.ColumnsOf(t, f.PartitionBy) {
		lines = append(lines, fmt.Sprintf("%s%s%s %s", d.quote, c.Name, d.quote, d.typeOf(c.Kind)))
	}
	return lines
}

// partitions returns the definitions of the partition columns.
func (d *dialect) partitions(f Files) []string {
	var lines []string
	for _, name := range f.PartitionBy {
		t := d.text
		if name == "dt" {
			t = "date"
		}
		lines = append(lines, name+" "+t)
	}
	return lines
}

// list joins lines, each indented.
func list(lines []string) string { return "  " + strings.Join(lines, ",\n  ") }

// literal returns a text in single quotes.
func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
