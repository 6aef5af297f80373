package engines_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/files/engines"
	"steampipe-plugin-ssmassoc/internal/files/export"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/pgtest"
	"steampipe-plugin-ssmassoc/internal/test/readers"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

var update = flag.Bool("update", false, "rewrite the golden files")

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

func TestStatementsAreGolden(t *testing.T) {
	projected := onS3
	projected.Accounts, projected.Regions = []string{"000000000007", "123456789012"}, []string{"us-east-1", "eu-west-1"}
	for name, test := range map[string]struct {
		engine string
		files  engines.Files
	}{
		"athena":           {"athena", onS3},
		"athena_projected": {"athena", projected},
		"trino":            {"trino", onS3},
		"spark":            {"spark", onS3},
		"duckdb":           {"duckdb", engines.Files{Location: "/data/o'brien"}},
		"duckdb_old":       {"duckdb", engines.Files{Location: "/data", NoSnapshots: true}},
		"postgres": {"postgres", engines.Files{Location: "/data", Parts: []engines.Part{{
			Table: "ssm_managed_instance", Path: "ssm_managed_instance/account_id=1/region=us-east-1/dt=2026-03-01/part-0.csv",
			AccountID: "1", Region: "us-east-1", Day: "2026-03-01", Run: "20260301T020000.000Z-00000000",
			ExportedAt: time.Date(2026, 3, 1, 2, 0, 9, 0, time.UTC)}}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := statements(t, test.engine, test.files)
			golden := filepath.Join("testdata", name+".sql")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("the statements differ from %s; see them with -update", golden)
			}
		})
	}
}

// Athena defines tables in Hive's language but queries them in Trino's.
func TestStatementsAreOfTheEnginesLanguage(t *testing.T) {
	projected := onS3
	projected.Accounts, projected.Regions = []string{"1"}, []string{"us-east-1"}
	for name, files := range map[string]engines.Files{"registered": onS3, "projected": projected,
		"by day": {Location: onS3.Location, PartitionBy: []string{"dt"}}} {
		t.Run(name, func(t *testing.T) {
			for _, engine := range []string{"trino", "spark"} {
				if err := readers.Parse(t, engine, statements(t, engine, files)); err != nil {
					t.Errorf("%s: %v", engine, err)
				}
			}
			definitions, views, _ := strings.Cut(statements(t, "athena", files), "-- The snapshots of associations")
			if err := readers.Parse(t, "hive", definitions); err != nil {
				t.Errorf("athena's tables: %v", err)
			}
			if err := readers.Parse(t, "trino", "-- The snapshots"+views); err != nil {
				t.Errorf("athena's views: %v", err)
			}
			if err := readers.Parse(t, "trino", "selec 1;"); err == nil {
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
