package engines_test

import (
	"bytes"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/files/engines"
	"steampipe-plugin-ssmassoc/internal/files/export"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/pgtest"
	"steampipe-plugin-ssmassoc/internal/test/readers"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

func TestMain(m *testing.M) {
	_ = os.Setenv("STEAMPIPE_LOG_LEVEL", "off")
	os.Exit(pgtest.Main(m))
}

var partitionBy = []string{"account_id", "region", "dt"}

func tables(t *testing.T) []*embedded.Table {
	t.Helper()
	host, err := embedded.NewHost(ssmassoc.NewServer(), []embedded.Connection{{Name: "a"}}, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return host.Tables()
}

// statements returns an engine's statements for all tables.
func statements(t *testing.T, engine string, files engines.Files) string {
	t.Helper()
	files.Tables = tables(t)
	if files.PartitionBy == nil {
		files.PartitionBy = partitionBy
	}
	var b bytes.Buffer
	if err := engines.Write(&b, engine, files); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var onS3 = engines.Files{Location: "s3://bucket/ssm"}

// definition returns the statement that defines a table, and fails if there is not one.
func definition(t *testing.T, engine, text, table string) string {
	t.Helper()
	start := regexp.MustCompile(`^create (external table|table|or replace view)( if not exists)? ` + table + `\b`)
	var found []string
	for _, statement := range strings.Split(text, ";\n") {
		lines := strings.Split(statement, "\n")
		lines = slices.DeleteFunc(lines, func(line string) bool { return strings.HasPrefix(line, "--") || line == "" })
		if statement = strings.Join(lines, "\n"); start.MatchString(statement) {
			found = append(found, statement)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%s has %d definitions of %s", engine, len(found), table)
	}
	return found[0]
}

// typesOf are an engine's types for the kinds of columns.
var typesOf = map[string]map[embedded.Kind]string{
	"athena": {embedded.Text: "string", embedded.JSON: "string", embedded.Int: "bigint", embedded.Double: "double",
		embedded.Bool: "boolean", embedded.Timestamp: "timestamp"},
	"spark": {embedded.Text: "string", embedded.JSON: "string", embedded.Int: "bigint", embedded.Double: "double",
		embedded.Bool: "boolean", embedded.Timestamp: "timestamp"},
	"trino": {embedded.Text: "varchar", embedded.JSON: "varchar", embedded.Int: "bigint", embedded.Double: "double",
		embedded.Bool: "boolean", embedded.Timestamp: "timestamp"},
	"postgres": {embedded.Text: "text", embedded.JSON: "jsonb", embedded.Int: "bigint", embedded.Double: "double precision",
		embedded.Bool: "boolean", embedded.Timestamp: "timestamptz"},
}

// Each table is defined once, with each of its columns once: of its type in the files, and
// those of the folders after them.
func TestTablesHaveTheirColumns(t *testing.T) {
	for _, engine := range engines.Names() {
		text := statements(t, engine, onS3)
		for _, table := range append(tables(t), export.Snapshots) {
			by := partitionBy
			if table == export.Snapshots {
				by = export.SnapshotsPartitionBy
			}
			got := definition(t, engine, text, table.Name)
			if engine == "duckdb" { // whose columns are those of the files
				want := "read_parquet('s3://bucket/ssm/" + table.Name + strings.Repeat("/*", len(by)) + "/*.parquet'"
				if !strings.Contains(got, want) || strings.Count(got, ": varchar") != len(by)-1 || !strings.Contains(got, "'dt': date") {
					t.Errorf("duckdb defines\n%s", got)
				}
				continue
			}
			quote := map[string]string{"athena": "`", "spark": "`"}[engine]
			if quote == "" {
				quote = `"`
			}
			var want []string
			for _, c := range table.Columns {
				if !c.Hidden && !slices.Contains(by, c.Name) {
					want = append(want, "  "+quote+c.Name+quote+" "+typesOf[engine][c.Kind])
				}
			}
			if !strings.Contains(got, "(\n"+strings.Join(want, ",\n")) {
				t.Errorf("%s defines\n%s\nwithout\n%s", engine, got, strings.Join(want, "\n"))
			}
			for _, column := range by {
				kind := typesOf[engine][embedded.Text]
				if column == "dt" {
					kind = "date"
				}
				if n := len(regexp.MustCompile(`\b`+column+" "+kind+`\b`).FindAllString(got, -1)); n != 1 {
					t.Errorf("%s defines %s %d times:\n%s", engine, column, n, got)
				}
			}
			if engine != "postgres" && !strings.Contains(got, "'s3://bucket/ssm/"+table.Name) {
				t.Errorf("%s defines a table elsewhere:\n%s", engine, got)
			}
		}
	}
}

// Every engine gets the same views, with every term filled in.
func TestViewsAreTheSame(t *testing.T) {
	_, want, _ := strings.Cut(statements(t, "duckdb", onS3), "\n-- The snapshots of associations")
	for _, view := range []string{"ssm_status_snapshot", "ssm_status_daily", "ssm_status_latest", "ssm_failing_now", "ssm_outages",
		"ssm_failing_since", "ssm_changed_since_yesterday", "ssm_fleet_history", "ssm_drift"} {
		if n := strings.Count(want, "create or replace view "+view+" as"); n != 1 {
			t.Errorf("%s is defined %d times", view, n)
		}
	}
	if i := strings.IndexAny(want, "[]"); i >= 0 {
		t.Errorf("a term is left: %.40s", want[i:])
	}
	for _, engine := range engines.Names() {
		if _, got, _ := strings.Cut(statements(t, engine, onS3), "\n-- The snapshots of associations"); got != want {
			t.Errorf("%s has other views than duckdb", engine)
		}
	}
}

// Athena computes the partitions of the accounts and regions that it is told.
func TestAthenaProjectsPartitions(t *testing.T) {
	files := onS3
	files.Accounts, files.Regions = []string{"000000000007", "123456789012"}, []string{"us-east-1", "eu-west-1"}
	text := statements(t, "athena", files)
	for _, table := range tables(t) {
		got := definition(t, "athena", text, table.Name)
		for _, want := range []string{
			"'projection.enabled' = 'true'",
			"'projection.account_id.values' = '000000000007,123456789012'",
			"'projection.region.values' = 'us-east-1,eu-west-1'",
			"'projection.dt.type' = 'date'",
			"'storage.location.template' = 's3://bucket/ssm/" + table.Name + "/account_id=${account_id}/region=${region}/dt=${dt}/'",
		} {
			if !strings.Contains(got, want) {
				t.Errorf("%s has no %s:\n%s", table.Name, want, got)
			}
		}
	}
	if strings.Contains(text, "msck repair") || !strings.Contains(statements(t, "athena", onS3), "msck repair table ssm_association;") {
		t.Error("partitions are registered, or neither registered nor projected")
	}
}

// Locations with a quote and a backslash are literals of the engine.
func TestLocationsAreQuoted(t *testing.T) {
	files := engines.Files{Location: `s3://bucket/o'brien\x`, Accounts: []string{"1"}, Regions: []string{"us-east-1"}}
	for engine, want := range map[string][]string{
		"athena":   {`location 's3://bucket/o\'brien\\x/ssm_association/'`, `'s3://bucket/o\'brien\\x/ssm_association/account_id=`},
		"spark":    {`location 's3://bucket/o\'brien\\x/ssm_association'`},
		"trino":    {`external_location = 's3://bucket/o''brien\x/ssm_association/'`},
		"duckdb":   {`read_parquet('s3://bucket/o''brien\x/ssm_association/`},
		"postgres": {`call ssmassoc_load('ssm_association', 's3://bucket/o''brien\x/p'`},
	} {
		files.Parts = []engines.Part{{Table: "ssm_association", Path: "p"}}
		text := statements(t, engine, files)
		for _, want := range want {
			if !strings.Contains(text, want) {
				t.Errorf("%s has no %s", engine, want)
			}
		}
		if grammar := map[string]string{"athena": "hive", "spark": "spark", "trino": "trino"}[engine]; grammar != "" {
			definitions, _, _ := strings.Cut(text, "-- The snapshots of associations")
			if err := readers.Parse(t, grammar, definitions); err != nil {
				t.Errorf("%s: %v", engine, err)
			}
		}
	}
}

// Athena defines tables in Hive's language but queries them in Trino's.
func TestStatementsAreOfTheEnginesLanguage(t *testing.T) {
	projected := onS3
	projected.Accounts, projected.Regions = []string{"1"}, []string{"us-east-1"}
	// A grammar is slow to start: each reads the statements of all kinds of files at once.
	texts := map[string]string{}
	for name, files := range map[string]engines.Files{"registered": onS3, "projected": projected,
		"by day": {Location: onS3.Location, PartitionBy: []string{"dt"}}} {
		add := func(grammar, text string) { texts[grammar] += "\n-- files: " + name + "\n" + text }
		for _, engine := range []string{"trino", "spark"} {
			add(engine, statements(t, engine, files))
		}
		definitions, views, _ := strings.Cut(statements(t, "athena", files), "-- The snapshots of associations")
		add("hive", definitions)
		add("trino", "-- The snapshots"+views)
	}
	for grammar, text := range texts {
		t.Run(grammar, func(t *testing.T) {
			if err := readers.Parse(t, grammar, text); err != nil {
				t.Errorf("%v in\n%s", err, text)
			}
			if err := readers.Parse(t, grammar, "selec 1;"); err == nil {
				t.Error("the parser takes what is no SQL")
			}
		})
	}
}

// A column is either in the files or in the folders.
func TestEachColumnIsDefinedOnce(t *testing.T) {
	for _, engine := range []string{"athena", "trino", "spark"} {
		text := statements(t, engine, onS3)
		text, _, _ = strings.Cut(text, " "+export.SnapshotsName+" (") // whose folders are of the day alone
		for _, column := range partitionBy {
			if strings.Contains(text, "`"+column+"`") || strings.Contains(text, `"`+column+`"`) {
				t.Errorf("%s has %s among the columns of the files", engine, column)
			}
		}
		byDay := statements(t, engine, engines.Files{Location: onS3.Location, PartitionBy: []string{"dt"}})
		if !strings.Contains(byDay, "account_id") || strings.Contains(byDay, "'projection.account_id.type'") {
			t.Errorf("%s lacks account_id where the folders do not name it", engine)
		}
	}
}

func TestFilesThatAnEngineCannotReadAreRefused(t *testing.T) {
	for name, test := range map[string]struct {
		engine string
		files  engines.Files
		err    string
	}{
		"no engine":         {"oracle", onS3, `"oracle" is not an engine; use one of athena, trino, spark, duckdb, postgres`},
		"a folder":          {"athena", engines.Files{Location: "/data", PartitionBy: partitionBy}, "/data is not of the form s3://"},
		"no day":            {"duckdb", engines.Files{Location: "/data", PartitionBy: []string{"region"}}, "need dt"},
		"not by an account": {"postgres", engines.Files{Location: "/data", PartitionBy: []string{"dt"}}, "partition the files by all of them"},
	} {
		if test.files.PartitionBy == nil {
			test.files.PartitionBy = partitionBy
		}
		if err := engines.Write(&bytes.Buffer{}, test.engine, test.files); err == nil || !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAllEnginesHaveAFormat(t *testing.T) {
	for _, name := range engines.Names() {
		if !slices.Contains([]string{"parquet", "csv"}, engines.Format(name)) {
			t.Errorf("%s reads %s", name, engines.Format(name))
		}
	}
}
