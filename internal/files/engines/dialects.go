package engines

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// Athena's data definition language is Hive's; its queries, and so its views, use
// Trino's. See https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html.
var athena = &dialect{
	text: "string", json: "string", integer: "bigint", double: "double", boolean: "boolean",
	timestamp: "timestamp", quote: "`",
	create: func(w io.Writer, d *dialect, f Files, t *embedded.Table) {
		fmt.Fprintf(w, "create external table if not exists %s (\n%s\n)\n"+
			"partitioned by (%s)\nstored as parquet\nlocation %s",
			t.Name, list(d.declared(f, t)), strings.Join(d.partitions(f), ", "), hiveLiteral(f.folder(t)+"/"))
		if !f.projected() {
			fmt.Fprintf(w, ";\nmsck repair table %s;\n", t.Name)
			return
		}
		fmt.Fprintf(w, "\ntblproperties (\n%s\n);\n", list(f.projection(t)))
	},
	before: func(w io.Writer, f Files) {
		fmt.Fprintln(w, "-- Athena takes one statement at a time.")
		if f.projected() {
			fmt.Fprintln(w, "-- Partitions need no registration. For a new account or region, print these again and set\n"+
				"-- its values with: alter table T set tblproperties ('projection.account_id.values' = '...').")
		} else {
			fmt.Fprintln(w, "-- Run the statements msck repair table after each export. With --account and --region, the\n"+
				"-- accounts and regions that are exported, partitions need no registration.")
		}
	},
	check: needsS3,
}

// needsS3 rejects a local folder, which a remote engine cannot see.
func needsS3(f Files) error {
	if !strings.HasPrefix(f.Location, "s3://") {
		return fmt.Errorf("%s is not of the form s3://BUCKET/PREFIX, the only place where the engine finds files", f.Location)
	}
	return nil
}

// projected reports whether the values of all partition columns are known.
func (f Files) projected() bool {
	return (len(f.Accounts) > 0 || !slices.Contains(f.PartitionBy, "account_id")) &&
		(len(f.Regions) > 0 || !slices.Contains(f.PartitionBy, "region"))
}

// hiveLiteral returns a text in single quotes for Hive and Spark, where two quotes are no
// quote: 'a”b' is ab.
func hiveLiteral(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "'"
}

// projection returns the table properties from which Athena computes the partitions.
func (f Files) projection(t *embedded.Table) []string {
	lines := []string{"'projection.enabled' = 'true'"}
	var template strings.Builder
	for _, column := range f.PartitionBy {
		fmt.Fprintf(&template, "/%s=${%s}", column, column)
		property := func(name, value string) {
			lines = append(lines, fmt.Sprintf("'projection.%s.%s' = %s", column, name, hiveLiteral(value)))
		}
		switch column {
		case "dt":
			property("type", "date")
			property("format", "yyyy-MM-dd")
			property("range", "NOW-3YEARS,NOW+1DAY")
			property("interval", "1")
			property("interval.unit", "DAYS")
		case "account_id":
			property("type", "enum")
			property("values", strings.Join(f.Accounts, ","))
		case "region":
			property("type", "enum")
			property("values", strings.Join(f.Regions, ","))
		}
	}
	return append(lines, "'storage.location.template' = "+hiveLiteral(f.folder(t)+template.String()+"/"))
}

// Trino uses its Hive connector. See https://trino.io/docs/current/connector/hive.html.
var trino = &dialect{
	text: "varchar", json: "varchar", integer: "bigint", double: "double", boolean: "boolean",
	timestamp: "timestamp", quote: `"`,
	create: func(w io.Writer, d *dialect, f Files, t *embedded.Table) {
		var by []string
		for _, column := range f.PartitionBy {
			by = append(by, literal(column))
		}
		fmt.Fprintf(w, "create table if not exists %s (\n%s\n)\n"+
			"with (\n  format = 'PARQUET',\n  external_location = %s,\n  partitioned_by = array[%s]\n);\n"+
			"call system.sync_partition_metadata(current_schema, '%s', 'FULL');\n",
			t.Name, list(append(d.declared(f, t), d.partitions(f)...)), literal(f.folder(t)+"/"), strings.Join(by, ", "), t.Name)
	},
	before: func(w io.Writer, _ Files) {
		fmt.Fprintln(w, "-- In a catalog of the Hive connector. Run the statements call system.sync_partition_metadata "+
			"after each export.")
	},
	check: needsS3,
}

var spark = &dialect{
	text: "string", json: "string", integer: "bigint", double: "double", boolean: "boolean",
	timestamp: "timestamp", quote: "`",
	create: func(w io.Writer, d *dialect, f Files, t *embedded.Table) {
		fmt.Fprintf(w, "create table if not exists %s (\n%s\n)\n"+
			"using parquet\npartitioned by (%s)\nlocation %s;\nmsck repair table %s;\n", t.Name,
			list(append(d.declared(f, t), d.partitions(f)...)), strings.Join(f.PartitionBy, ", "),
			hiveLiteral(f.folder(t)), t.Name)
	},
	before: func(w io.Writer, _ Files) {
		fmt.Fprintln(w, "-- Run the statements msck repair table after each export.")
	},
}

// unglobbed replaces what DuckDB would take for a pattern in the name of a folder.
var unglobbed = strings.NewReplacer("*", "[*]", "?", "[?]", "[", "[[]")

// DuckDB reads the current files at each query. Without declared types it would read
// account IDs as numbers.
var duckdb = &dialect{
	text: "varchar", integer: "bigint", timestamp: "timestamptz",
	create: func(w io.Writer, d *dialect, f Files, t *embedded.Table) {
		var types []string
		for _, column := range d.partitions(f) {
			name, kind, _ := strings.Cut(column, " ")
			types = append(types, fmt.Sprintf("'%s': %s", name, kind))
		}
		fmt.Fprintf(w, "create or replace view %s as\nselect * from read_parquet(%s,\n"+
			"  hive_partitioning = true, hive_types = {%s}, union_by_name = true);\n",
			t.Name, literal(unglobbed.Replace(f.folder(t))+strings.Repeat("/*", len(f.PartitionBy))+"/*.parquet"),
			strings.Join(types, ", "))
	},
	without: func(w io.Writer, d *dialect, f Files, t *embedded.Table) {
		var columns []string
		for _, column := range append(d.declared(f, t), d.partitions(f)...) {
			name, kind, _ := strings.Cut(column, " ")
			columns = append(columns, fmt.Sprintf("cast(null as %s) as %s", kind, name))
		}
		fmt.Fprintf(w, "-- The files have no %s: a day without rows is not known as a day. Print these again after\n"+
			"-- the next export.\ncreate or replace view %s as\nselect\n%s\nwhere false;\n", t.Name, t.Name, list(columns))
	},
}

// PostgreSQL has no built-in Parquet reader, so its tables are loaded from CSV.
var postgres = &dialect{
	text: "text", json: "jsonb", integer: "bigint", double: "double precision", boolean: "boolean",
	timestamp: "timestamptz", quote: `"`,
	create: func(w io.Writer, d *dialect, f Files, t *embedded.Table) {
		fmt.Fprintf(w, "create table if not exists %s (\n%s\n);\n"+
			"create index if not exists %s_snapshot on %s (dt, account_id, region);\n",
			t.Name, list(append(d.declared(f, t), d.partitions(f)...)), t.Name, t.Name)
	},
	before: func(w io.Writer, _ Files) {
		fmt.Fprint(w, "-- PostgreSQL reads CSV: export with --format csv to a folder that the server sees, and call\n"+
			"-- ssmassoc_load for each file. It needs the role pg_read_server_files, and PostgreSQL 15.\n", loadProcedure)
	},
	after: func(w io.Writer, f Files) {
		for _, p := range f.Parts {
			run, exportedAt := "null", "null"
			if p.Run != "" {
				run = literal(p.Run)
			}
			if !p.ExportedAt.IsZero() {
				exportedAt = literal(p.ExportedAt.UTC().Format(time.RFC3339Nano))
			}
			fmt.Fprintf(w, "call ssmassoc_load(%s, %s, %s, %s, %s, %s, %s);\n",
				literal(p.Table), literal(strings.TrimRight(f.Location, "/")+"/"+p.Path),
				literal(p.AccountID), literal(p.Region), literal(p.Day), run, exportedAt)
		}
	},
	check: func(f Files) error {
		if len(f.PartitionBy) != 3 {
			return errors.New("PostgreSQL's tables are loaded by account_id, region and dt; partition the files by all of them")
		}
		return nil
	},
}

// loadProcedure loads a file and records the snapshot, whichever version exported it.
// Versions without snapshots had a procedure of fewer arguments.
const loadProcedure = `drop procedure if exists ssmassoc_load(text, text, text, text, date);
create or replace procedure ssmassoc_load(
  into_table text, file text, account text, snapshot_region text, snapshot date,
  in_run text default null, at_time timestamptz default null
)
language plpgsql as $$
declare
  in_file text := (
    select string_agg(quote_ident(attname), ', ' order by attnum)
    from pg_attribute
    where attrelid = into_table::regclass and attnum > 0 and not attisdropped
      and attname not in ('account_id', 'region', 'dt'));
  loaded bigint;
begin
  execute format('delete from %I where account_id = $1 and region = $2 and dt = $3', into_table)
    using account, snapshot_region, snapshot;
  execute format('create temporary table ssmassoc_file as select %s from %I with no data', in_file, into_table);
  execute format('copy ssmassoc_file from %L with (format csv, header match)', file);
  execute format('insert into %I (%s, account_id, region, dt) select %s, $1, $2, $3 from ssmassoc_file',
    into_table, in_file, in_file)
    using account, snapshot_region, snapshot;
  get diagnostics loaded = row_count;
  drop table ssmassoc_file;
  delete from ssm_snapshot s
  where s.table_name = into_table and s.account_id = account and s.region = snapshot_region and s.dt = snapshot;
  insert into ssm_snapshot (table_name, account_id, region, row_count, exported_at, run, dt)
  values (into_table, account, snapshot_region, loaded, at_time, in_run, snapshot);
end
$$;
`
