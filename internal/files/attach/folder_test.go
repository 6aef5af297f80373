package attach

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// folder writes files, given by their paths, and returns their folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "export")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for path, text := range files {
		file := filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func columnsOf(table Table) string {
	var columns []string
	for _, c := range table.Columns {
		columns = append(columns, fmt.Sprintf("%s:%d", c.Name, c.Kind))
	}
	return strings.Join(columns, " ")
}

// Folders of an export are tables, with the columns of all files and of the partitions.
func TestFolders(t *testing.T) {
	const text, boolean, integer, number, json = embedded.Text, embedded.Bool, embedded.Int, embedded.Number, embedded.JSON
	for _, test := range []struct {
		name    string
		files   map[string]string
		columns string
		rows    []string
	}{
		{"a column of a later version, and one whose type shows in the second file", map[string]string{
			"account_id=000000000001/dt=2026-11-01/part-0.csv": "id,n\na,\n",
			"account_id=000000000001/dt=2026-11-02/part-0.csv": "id,n,later\nb,5,true\n",
		}, fmt.Sprintf("id:%d n:%d later:%d account_id:%d dt:%d", text, integer, boolean, text, text), []string{
			"[a <nil> <nil> 000000000001 2026-11-01]", "[b 5 true 000000000001 2026-11-02]",
		}},
		{"kinds that differ", map[string]string{
			"r=1/a.csv": "n,t,b\n1,7,true\n",
			"r=2/a.csv": "n,t,b\n2.5,x,maybe\n",
		}, fmt.Sprintf("n:%d t:%d b:%d r:%d", number, text, text, text), []string{"[1 7 true 1]", "[2.5 x maybe 2]"}},
		{"JSON lines, compressed or without rows", map[string]string{
			"r=1/a.jsonl": `{"id":1,"tags":{"a": 1}}` + "\n",
			"r=2/a.jsonl": "",
			"r=3/a.jsonl": `{"id":2.5,"tags":"none","more":null}` + "\n",
		}, fmt.Sprintf("id:%d tags:%d more:%d r:%d", number, json, text, text),
			[]string{`[1 {"a":1} <nil> 1]`, `[2.5 "none" <nil> 3]`}},
		{"partitions of several depths, escaped, null, and beside the column itself", map[string]string{
			"region=a%2Fb/x.csv":                               "id\n1\n",
			"region=__HIVE_DEFAULT_PARTITION__/x.csv":          "id,region\n2,elsewhere\n",
			"Region=c/dt=d/x.csv":                              "id\n3\n",
			"_manifest.json":                                   "not data",
			".ssmassoc-1234":                                   "not data",
			"Region=c/dt=d/_SUCCESS":                           "",
			"region=__HIVE_DEFAULT_PARTITION__/.x.csv.crc":     "",
			"region=a%2Fb/_temporary/0/part-0.snappy.parquet~": "",
		}, fmt.Sprintf("id:%d Region:%d dt:%d", integer, text, text), []string{"[3 c d]", "[2 <nil> <nil>]", "[1 a/b <nil>]"}},
		{"files alone", map[string]string{"a.csv": "1\n2\n", "b.tsv": "1\n3\n"}, fmt.Sprintf("1:%d", integer), []string{"[2]", "[3]"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			tables, err := openFile(t, "t", folder(t, test.files))
			if err != nil {
				t.Fatal(err)
			}
			if len(tables) != 1 || tables[0].Name != "t" {
				t.Fatalf("tables: %v", tables)
			}
			if got := columnsOf(tables[0]); got != test.columns {
				t.Errorf("columns %s, want %s", got, test.columns)
			}
			for range 2 {
				if got := rowsOf(t, tables[0]); !slices.Equal(got, test.rows) {
					t.Errorf("rows %q, want %q", got, test.rows)
				}
			}
		})
	}
}

func TestFoldersOfTables(t *testing.T) {
	dir := folder(t, map[string]string{
		"nodes/dt=1/part-0.csv": "id\na\n", "runs/dt=1/part-0.jsonl": `{"id":1}`, "_manifest.json": "{}",
	})
	tables, err := openFile(t, "fleet", dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, table := range tables {
		names = append(names, table.Name)
		if want := "The rows of " + filepath.Join(dir, strings.TrimPrefix(table.Name, "fleet_")) + "."; table.Description != want {
			t.Errorf("described as %q, want %q", table.Description, want)
		}
	}
	if !slices.Equal(names, []string{"fleet_nodes", "fleet_runs"}) {
		t.Errorf("tables %q", names)
	}
}

func TestAFolderInS3(t *testing.T) {
	if _, err := openFile(t, "t", "s3://bucket/fleet"); err == nil || !strings.Contains(err.Error(), "is in S3; copy it here first") {
		t.Errorf("error %v", err)
	}
}

func TestFoldersThatAreRefused(t *testing.T) {
	for name, test := range map[string]struct {
		files map[string]string
		want  string
	}{
		"nothing":                 {nil, "holds no files of data"},
		"an empty table":          {map[string]string{"nodes/_x": ""}, "nodes holds no files of data"},
		"files beside folders":    {map[string]string{"a.csv": "id\n", "nodes/a.csv": "id\n"}, "holds the folder nodes beside files"},
		"a folder of no column":   {map[string]string{"dt=1/more/a.csv": "id\n"}, "more: its name is not that of a partition"},
		"a column twice":          {map[string]string{"dt=1/DT=2/a.csv": "id\n"}, "the column DT is that of a folder around it, too"},
		"an unknown ending":       {map[string]string{"dt=1/a.orc": ""}, "a.orc is none of"},
		"a database":              {map[string]string{"dt=1/a.sqlite": ""}, "a.sqlite has tables of its own"},
		"a file that is damaged":  {map[string]string{"dt=1/a.parquet": "PAR1"}, "a.parquet"},
		"an uneven file":          {map[string]string{"dt=1/a.csv": "a,b\n1\n"}, "a.csv: line 2: wrong number of fields"},
		"only files without rows": {map[string]string{"a.jsonl": ""}, "it has no columns"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := openFile(t, "t", folder(t, test.files))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}
