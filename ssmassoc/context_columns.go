package ssmassoc

import (
	"encoding/json"
	"maps"
	"os"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
	"github.com/turbot/steampipe-plugin-sdk/v5/version"
)

// contextColumns are the columns that the SDK adds to every table.
var contextColumns = map[string]*plugin.Column{
	connectionNameColumn: {Name: connectionNameColumn, Type: proto.ColumnType_STRING},
	"sp_ctx":             {Name: "sp_ctx", Type: proto.ColumnType_JSON},
	"_ctx":               {Name: "_ctx", Type: proto.ColumnType_JSON},
}

// rowContext is the value of sp_ctx and _ctx, in the SDK's form.
type rowContext struct {
	Connection  string            `json:"connection_name"`
	Steampipe   map[string]string `json:"steampipe"`
	Diagnostics *diagnostics      `json:"diagnostics,omitempty"`
}

// diagnostics are asked for by STEAMPIPE_DIAGNOSTIC_LEVEL=ALL.
type diagnostics struct {
	Calls []diagnosedCall `json:"calls"`
}

// diagnosedCall is a call behind a row, and the values by which a limiter of
// Steampipe's configuration can tell it from others.
type diagnosedCall struct {
	Type        string            `json:"type"`
	FuncName    string            `json:"function_name"`
	ScopeValues map[string]string `json:"scope_values"`
}

// contextValues are the values of the context columns in the rows of a scan.
type contextValues struct{ connection, context *proto.Column }

// contextValue returns the value of a context column.
func (sc *scan) contextValue(column string) *proto.Column {
	if column == connectionNameColumn {
		return sc.contextValues().connection
	}
	return sc.contextValues().context
}

func newContextValues(table *plugin.Table, connection, region string) contextValues {
	value := rowContext{
		Connection: connection,
		Steampipe:  map[string]string{"sdk_version": version.String()},
	}
	if os.Getenv("STEAMPIPE_DIAGNOSTIC_LEVEL") == "ALL" {
		scope := maps.Clone(table.List.Tags)
		scope["connection"], scope[regionColumn] = connection, region
		value.Diagnostics = &diagnostics{Calls: []diagnosedCall{{Type: "list", FuncName: table.Name, ScopeValues: scope}}}
	}
	text, _ := json.Marshal(value) // text always has a form in JSON
	return contextValues{
		connection: &proto.Column{Value: &proto.Column_StringValue{StringValue: connection}},
		context:    &proto.Column{Value: &proto.Column_JsonValue{JsonValue: text}},
	}
}
