package engine

import (
	"encoding/json"
	"maps"
	"os"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
	"github.com/turbot/steampipe-plugin-sdk/v5/version"
)

// ContextColumns are the columns that the SDK adds to every table.
var ContextColumns = map[string]*plugin.Column{
	ConnectionNameColumn: {Name: ConnectionNameColumn, Type: proto.ColumnType_STRING},
	"sp_ctx":             {Name: "sp_ctx", Type: proto.ColumnType_JSON},
	"_ctx":               {Name: "_ctx", Type: proto.ColumnType_JSON},
}

// rowContext is the value of sp_ctx and _ctx, in the SDK's form.
type rowContext struct {
	Connection  string            `json:"connection_name"`
	Steampipe   map[string]string `json:"steampipe"`
	Diagnostics *diagnostics      `json:"diagnostics,omitempty"`
}

// diagnostics are shown if STEAMPIPE_DIAGNOSTIC_LEVEL is ALL.
type diagnostics struct {
	Calls []diagnosedCall `json:"calls"`
}

// diagnosedCall is a call behind a row, with the values that the scope and the filters
// of Steampipe's limiters refer to.
type diagnosedCall struct {
	Type        string            `json:"type"`
	FuncName    string            `json:"function_name"`
	ScopeValues map[string]string `json:"scope_values"`
}

// ContextValues holds the values of the context columns, the same for all rows of a scan.
type ContextValues struct{ connection, context *proto.Column }

// Of returns the value of a context column.
func (v ContextValues) Of(column string) *proto.Column {
	if column == ConnectionNameColumn {
		return v.connection
	}
	return v.context
}

// NewContextValues makes the values of the context columns of a table in a region.
func NewContextValues(table *plugin.Table, connection, region string) ContextValues {
	value := rowContext{
		Connection: connection,
		Steampipe:  map[string]string{"sdk_version": version.String()},
	}
	if os.Getenv("STEAMPIPE_DIAGNOSTIC_LEVEL") == "ALL" {
		scope := maps.Clone(table.List.Tags)
		scope["connection"], scope[RegionColumn] = connection, region
		call := diagnosedCall{Type: "list", FuncName: table.Name, ScopeValues: scope}
		value.Diagnostics = &diagnostics{Calls: []diagnosedCall{call}}
	}
	text, _ := json.Marshal(value) // text always has a form in JSON
	return ContextValues{
		connection: &proto.Column{Value: &proto.Column_StringValue{StringValue: connection}},
		context:    &proto.Column{Value: &proto.Column_JsonValue{JsonValue: text}},
	}
}
