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

// contextValue returns the value of a context column.
func (l *rowLayout) contextValue(column string, sc *scan) *proto.Column {
	if column == connectionNameColumn {
		return &proto.Column{Value: &proto.Column_StringValue{StringValue: sc.connection.Name}}
	}
	value := rowContext{
		Connection: sc.connection.Name,
		Steampipe:  map[string]string{"sdk_version": version.String()},
	}
	if os.Getenv("STEAMPIPE_DIAGNOSTIC_LEVEL") == "ALL" {
		scope := maps.Clone(l.table.List.Tags)
		scope["connection"], scope[regionColumn] = sc.connection.Name, sc.region.Name
		value.Diagnostics = &diagnostics{Calls: []diagnosedCall{{Type: "list", FuncName: l.table.Name, ScopeValues: scope}}}
	}
	text, _ := json.Marshal(value) // text always has a form in JSON
	return &proto.Column{Value: &proto.Column_JsonValue{JsonValue: text}}
}
