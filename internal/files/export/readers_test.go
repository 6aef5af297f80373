package export_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"google.golang.org/grpc"

	"steampipe-plugin-ssmassoc/internal/server"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/readers"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// TestReadersFindThePluginsRows reads every exported table back with two independent
// readers, and compares every value with the row that the plugin sends.
func TestReadersFindThePluginsRows(t *testing.T) {
	readers.Require(t)
	o := newOrg(t, 1, 21) // including the anomalous nodes of each region
	dir := t.TempDir()
	o.mustRun(dir, options())
	exported := files(t, dir)
	plugin, host := o.host()
	for _, table := range host.Tables() {
		t.Run(table.Name, func(t *testing.T) {
			want := o.pluginRows(t, plugin, table)
			if len(want) == 0 {
				t.Fatal("the plugin has no rows")
			}
			t.Run("DuckDB", func(t *testing.T) {
				result := readers.DuckDB(t, fmt.Sprintf(`select * from read_parquet('%s/*/*/*/*.parquet',
					hive_partitioning = true, hive_types = {'account_id': varchar, 'region': varchar, 'dt': varchar})`, filepath.Join(dir, table.Name)))
				compare(t, table, want, canonical(t, table, result, nil))
				for _, c := range result.Columns {
					if want := duckType(table, c.Name); c.Type != want {
						t.Errorf("column %s is of type %s, want %s", c.Name, c.Type, want)
					}
				}
			})
			t.Run("hyparquet", func(t *testing.T) {
				var got []string
				for _, name := range names(exported) {
					if strings.HasPrefix(name, table.Name+"/") {
						got = append(got, canonical(t, table, readers.Hyparquet(t, filepath.Join(dir, name)), partitionOf(name))...)
					}
				}
				slices.Sort(got)
				compare(t, table, want, got)
			})
		})
	}
}

// duckType returns DuckDB's type for a table's column.
func duckType(table *embedded.Table, name string) string {
	i := slices.IndexFunc(table.Columns, func(c embedded.Column) bool { return c.Name == name })
	if i < 0 {
		return "VARCHAR" // dt
	}
	switch table.Columns[i].Kind {
	case embedded.Timestamp:
		return "TIMESTAMP WITH TIME ZONE"
	case embedded.Int:
		return "BIGINT"
	case embedded.Bool:
		return "BOOLEAN"
	case embedded.Double:
		return "DOUBLE"
	case embedded.JSON:
		return "JSON"
	default:
		return "VARCHAR"
	}
}

// partitionOf returns the partition values in a file's path.
func partitionOf(name string) map[string]string {
	values := map[string]string{}
	for _, element := range strings.Split(name, "/") {
		if column, value, ok := strings.Cut(element, "="); ok {
			values[column] = value
		}
	}
	return values
}

// canonical returns the rows of a result as sorted lines: the table's columns by name,
// with values normalised by canonicalValue.
func canonical(t *testing.T, table *embedded.Table, result readers.Table, partition map[string]string) []string {
	t.Helper()
	var lines []string
	for _, row := range result.Rows {
		values := map[string]string{}
		for column, value := range partition {
			values[column] = value
		}
		for i, c := range result.Columns {
			if row[i] != nil {
				values[c.Name] = *row[i]
			}
		}
		if values["dt"] != today {
			t.Fatalf("dt is %q", values["dt"])
		}
		delete(values, "dt")
		for _, c := range table.Columns {
			if v, ok := values[c.Name]; ok && c.Kind == embedded.JSON {
				values[c.Name] = canonicalJSON(t, v)
			}
		}
		lines = append(lines, line(values))
	}
	slices.Sort(lines)
	return lines
}

// line returns a row as JSON. Times that depend on when it was read are told only from none.
func line(values map[string]string) string {
	for _, name := range rig.ReadTimeColumns {
		if _, given := values[name]; given {
			values[name] = "a time"
		}
	}
	text, _ := json.Marshal(values) // sorts the keys
	return string(text)
}

func canonicalJSON(t *testing.T, text string) string {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	again, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(again)
}

func compare(t *testing.T, table *embedded.Table, want, got []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d rows, want %d", table.Name, len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Fatalf("%s:\n%s\nwant:\n%s", table.Name, got[i], want[i])
		}
	}
}

// pluginRows returns the plugin's rows for a table, as sorted lines.
func (o *org) pluginRows(t *testing.T, plugin *server.Server, table *embedded.Table) []string {
	t.Helper()
	request := &proto.ExecuteRequest{Table: table.Name, CallId: "want", QueryContext: &proto.QueryContext{},
		ExecuteConnectionData: map[string]*proto.ExecuteConnectionData{}}
	for _, c := range table.Columns {
		if !c.Hidden {
			request.QueryContext.Columns = append(request.QueryContext.Columns, c.Name)
		}
	}
	for _, c := range o.connections {
		request.ExecuteConnectionData[c.Name] = &proto.ExecuteConnectionData{}
	}
	var lines []string
	err := plugin.Execute(request, &stream{ctx: t.Context(), row: func(row *proto.Row) {
		values := map[string]string{}
		for name, column := range row.Columns {
			switch v := column.Value.(type) {
			case *proto.Column_StringValue:
				values[name] = v.StringValue
			case *proto.Column_JsonValue:
				values[name] = canonicalJSON(t, string(v.JsonValue))
			case *proto.Column_TimestampValue:
				values[name] = strconv.FormatInt(v.TimestampValue.AsTime().UnixMicro(), 10)
			case *proto.Column_IntValue:
				values[name] = strconv.FormatInt(v.IntValue, 10)
			case *proto.Column_BoolValue:
				values[name] = strconv.FormatBool(v.BoolValue)
			case *proto.Column_IpAddrValue:
				values[name] = v.IpAddrValue
			case *proto.Column_NullValue:
			default:
				t.Errorf("column %s has a value of type %T", name, v)
			}
		}
		lines = append(lines, line(values))
	}})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(lines)
	return lines
}

// stream receives the rows of a scan.
type stream struct {
	grpc.ServerStream
	ctx context.Context
	row func(*proto.Row)
}

func (s *stream) Context() context.Context { return s.ctx }

func (s *stream) Send(r *proto.ExecuteResponse) error {
	s.row(r.Row)
	return nil
}
