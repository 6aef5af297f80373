package pgtest_test

import (
	"context"
	"net/netip"
	"os"
	"reflect"
	"testing"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin/transform"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/pgtest"
)

// values describe a row by column: its type in the plugin, the plugin's value,
// its type in PostgreSQL, and the value read there.
var values = map[string]struct {
	pluginType   proto.ColumnType
	given        any
	postgresType string
	read         any
}{
	"text":      {proto.ColumnType_STRING, `a "quoted", one` + "\n\\.\n", "text", `a "quoted", one` + "\n\\.\n"},
	"empty":     {proto.ColumnType_STRING, "", "text", ""},
	"missing":   {proto.ColumnType_STRING, nil, "text", nil},
	"yes":       {proto.ColumnType_BOOL, true, "boolean", true},
	"no":        {proto.ColumnType_BOOL, false, "boolean", false},
	"whole":     {proto.ColumnType_INT, int64(1) << 62, "bigint", int64(1) << 62},
	"fraction":  {proto.ColumnType_DOUBLE, 1. / 3, "double precision", 1. / 3},
	"document":  {proto.ColumnType_JSON, map[string]any{"Key": []string{"ü"}}, "jsonb", map[string]any{"Key": []any{"ü"}}},
	"time":      {proto.ColumnType_TIMESTAMP, time.UnixMilli(1_700_000_000_123), "timestamp with time zone", time.UnixMilli(1_700_000_000_123).UTC()},
	"address":   {proto.ColumnType_IPADDR, "10.1.2.3", "inet", netip.MustParsePrefix("10.1.2.3/32")},
	"network":   {proto.ColumnType_CIDR, "10.1.0.0/16", "cidr", netip.MustParsePrefix("10.1.0.0/16")},
	"order":     {proto.ColumnType_STRING, "a reserved word", "text", "a reserved word"},
	"no_number": {proto.ColumnType_INT, nil, "bigint", nil},
}

func TestMirrorKeepsTypesAndValues(t *testing.T) {
	pg := pgtest.Open(t)
	if err := pg.Mirror(t.Context(), openPlugin(t)); err != nil {
		t.Fatal(err)
	}

	types := pgtest.Row{"sp_connection_name": "text"}
	row := pgtest.Row{"sp_connection_name": "everything"}
	for name, v := range values {
		types[name], row[name] = v.postgresType, v.read
	}
	got := pgtest.Row{}
	for _, column := range query(t, pg, "select column_name, data_type from information_schema.columns where table_name = 'everything'") {
		got[column["column_name"].(string)] = column["data_type"]
	}
	if !reflect.DeepEqual(got, types) {
		t.Errorf("types: got %v, want %v", got, types)
	}
	expectRow(t, query(t, pg, "select * from everything"), row)
}

// openPlugin hosts a plugin of one table with the values.
func openPlugin(t *testing.T) *embedded.DB {
	t.Helper()
	if _, set := os.LookupEnv("STEAMPIPE_LOG_LEVEL"); !set {
		t.Setenv("STEAMPIPE_LOG_LEVEL", "off")
	}
	table := &plugin.Table{
		Name: "everything",
		List: &plugin.ListConfig{Hydrate: func(ctx context.Context, d *plugin.QueryData, _ *plugin.HydrateData) (any, error) {
			d.StreamListItem(ctx, struct{}{})
			return nil, nil
		}},
	}
	for name, v := range values {
		table.Columns = append(table.Columns, &plugin.Column{
			Name:      name,
			Type:      v.pluginType,
			Transform: transform.From(func(context.Context, *transform.TransformData) (any, error) { return v.given, nil }),
		})
	}
	server := plugin.Server(&plugin.ServeOpts{
		PluginName: "everything",
		PluginFunc: func(context.Context) *plugin.Plugin {
			return &plugin.Plugin{Name: "everything", TableMap: map[string]*plugin.Table{table.Name: table}}
		},
	})
	host, err := embedded.NewHost(server, []embedded.Connection{{Name: "everything"}}, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	db, err := embedded.Open(host, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}
