// Package embedded hosts a Steampipe plugin in process, behind SQLite virtual
// tables: the plugin's tables in SQL, with nothing to install.
//
// The package knows the Steampipe SDK and SQLite but not the subject of the
// plugin's tables. A [Host] holds a plugin's server and its connections. A [DB]
// is a SQLite connection on which each table of the plugin is a virtual table with
// the rows of all connections, and in the schema of a connection one with its rows
// alone.
//
// See https://sqlite.org/vtab.html.
package embedded

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/shared"
	"google.golang.org/grpc/metadata"
)

// Connection is a connection of the plugin: its name, and its arguments in HCL.
type Connection struct {
	Name   string
	Config string
}

// Host is a plugin with its connections.
type Host struct {
	server      shared.WrapperPluginServer
	connections []string
	schemas     schemas
	tables      []*Table

	scanned scanned
}

// Options configure a host and its databases.
type Options struct {
	// CacheTTLSeconds is how long the plugin may answer from what it has read. 0
	// disables its cache.
	CacheTTLSeconds int64
	// OneRun announces that a database is opened for a single [DB.Run]. A text of
	// one statement with one scan is then read without being kept, which is a
	// tenth faster.
	OneRun bool
	// CacheMaxMB bounds the plugin's cache. 0 leaves the bound to the plugin.
	CacheMaxMB int64
	// MemoryMB bounds SQLite's memory, from [LeastMemoryMB] to [MaxMemoryMB]; 0
	// means [DefaultMemoryMB]. Rows kept for joins may take half as much in
	// addition.
	MemoryMB int
	// Schemas are the schemas of a host other than those of its connections: its
	// aggregators, and what the configuration has and the host does not read.
	Schemas []Schema
}

// NewHost configures the plugin with the connections and loads its schema. It
// returns the plugin's error if the plugin refuses their arguments.
func NewHost(server shared.WrapperPluginServer, connections []Connection, options Options) (*Host, error) {
	if len(connections) == 0 {
		return nil, errors.New("no connection is configured")
	}
	h := &Host{server: server, scanned: newScanned()}
	var configs []*proto.ConnectionConfig
	for _, c := range connections {
		h.connections = append(h.connections, c.Name)
		configs = append(configs, &proto.ConnectionConfig{Connection: c.Name, Config: c.Config})
	}

	h.schemas = newSchemas(h.connections, options.Schemas)

	// With -1, SetCacheOptions sets up the cache, as newer hosts do.
	if _, err := server.SetAllConnectionConfigs(&proto.SetAllConnectionConfigsRequest{
		Configs:        configs,
		MaxCacheSizeMb: -1,
	}); err != nil {
		return nil, err
	}
	if _, err := server.SetCacheOptions(&proto.SetCacheOptionsRequest{
		Enabled:   options.CacheTTLSeconds > 0,
		Ttl:       options.CacheTTLSeconds,
		MaxSizeMb: options.CacheMaxMB,
	}); err != nil {
		return nil, err
	}
	res, err := server.GetSchema(&proto.GetSchemaRequest{Connection: h.connections[0]})
	if err != nil {
		return nil, err
	}
	for name, schema := range res.GetSchema().GetSchema() {
		table := newTable(name, schema, h.hints(name))
		if server, ok := h.server.(pagedServer); ok {
			table.pageSize = server.PageSize(name)
		}
		h.tables = append(h.tables, table)
	}
	slices.SortFunc(h.tables, func(a, b *Table) int { return strings.Compare(a.Name, b.Name) })
	return h, nil
}

// pagedServer is the server of a plugin that says how many rows one call lists of a table,
// or 0.
type pagedServer interface{ PageSize(table string) int }

// hintedServer is the server of a plugin that may read less because of conditions that it
// does not apply: equalities on the columns that Hints returns.
type hintedServer interface {
	Hints(table, connection string) []string
}

// hints returns the columns of a table that are hints for any of the connections.
func (h *Host) hints(table string) []string {
	var all []string
	if server, ok := h.server.(hintedServer); ok {
		for _, connection := range h.connections {
			all = append(all, server.Hints(table, connection)...)
		}
	}
	return all
}

// Tables returns the plugin's tables, by name.
func (h *Host) Tables() []*Table { return h.tables }

// table returns the plugin's table of a name, or nil.
func (h *Host) table(name string) *Table {
	i := slices.IndexFunc(h.tables, func(t *Table) bool { return foldName(t.Name) == foldName(name) })
	if i < 0 {
		return nil
	}
	return h.tables[i]
}

// Connections returns the names of the connections, in the order given.
func (h *Host) Connections() []string { return h.connections }

// Schemas returns the names of the schemas that SQL can read, by name.
func (h *Host) Schemas() []string { return h.schemas.readable() }

// scan runs a scan over the connections of the request's schema. It calls send with
// the values of each row, in the order of the request's columns, from one goroutine
// at a time. It returns nil only after all rows.
func (h *Host) scan(ctx context.Context, request scanRequest, send func([]*proto.Column) error) error {
	h.scanned.add(request.schema)
	members := request.schema.Members
	req := &proto.ExecuteRequest{
		Table:                 request.table,
		Connection:            members[0],
		CallId:                request.id,
		QueryContext:          &proto.QueryContext{Columns: request.columns, Quals: request.quals},
		ExecuteConnectionData: make(map[string]*proto.ExecuteConnectionData, len(members)),
	}
	for _, name := range members {
		data := &proto.ExecuteConnectionData{CacheEnabled: request.cacheTTL > 0, CacheTtl: request.cacheTTL}
		if request.limit >= 0 {
			data.Limit = &proto.NullableInt{Value: request.limit}
		}
		req.ExecuteConnectionData[name] = data
	}
	return h.server.Execute(req, &rowStream{
		ctx: ctx, statement: request.statement, columns: request.columns, varying: request.varying, send: send,
	})
}

// scanRequest is a request of a scan to the plugin.
type scanRequest struct {
	statement *statement
	id        string
	schema    Schema
	table     string
	columns   []string
	indexes   []int // of the columns in the table
	quals     map[string]*proto.Quals
	varying   []string // the columns with a value that may differ from scan to scan
	limit     int64    // -1 for none
	cacheTTL  int64    // seconds; 0 for no cache
}

// rowStream receives the rows of a scan.
type rowStream struct {
	ctx       context.Context
	statement *statement
	columns   []string
	varying   []string
	send      func([]*proto.Column) error
}

func (s *rowStream) Send(r *proto.ExecuteResponse) error {
	if r.GetRow() == nil {
		return nil
	}
	values := make([]*proto.Column, len(s.columns))
	for i, name := range s.columns {
		values[i] = r.Row.Columns[name]
	}
	return s.send(values)
}

// SendColumns receives the values of a row in the order of the request's
// columns; for a request without columns, any values. A plugin in the same
// process may call it instead of Send.
func (s *rowStream) SendColumns(values []*proto.Column) error {
	return s.send(values[:len(s.columns)])
}

// VaryingColumns returns the columns with a value that may differ between the scans of a
// statement, as in a join.
func (s *rowStream) VaryingColumns() []string { return s.varying }

func (s *rowStream) Context() context.Context { return s.ctx }

// The rest of grpc.ServerStream is meaningless in process.

func (*rowStream) SetHeader(metadata.MD) error  { return nil }
func (*rowStream) SendHeader(metadata.MD) error { return nil }
func (*rowStream) SetTrailer(metadata.MD)       {}
func (*rowStream) SendMsg(any) error            { return errors.ErrUnsupported }
func (*rowStream) RecvMsg(any) error            { return errors.ErrUnsupported }
