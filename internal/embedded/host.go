// Package embedded hosts a Steampipe plugin in process, behind SQLite virtual
// tables: the plugin's tables in SQL with nothing installed.
//
// The package knows the Steampipe SDK and SQLite and nothing of what the
// plugin's tables are about. A [Host] holds a plugin's server and its
// connections; a [DB] is a SQLite connection on which each of the plugin's
// tables is an eponymous virtual table, whose rows are those of all
// connections.
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

// Connection is a connection of the plugin: a name, and its arguments as HCL.
type Connection struct {
	Name   string
	Config string
}

// Host is a plugin with its connections.
type Host struct {
	server      shared.WrapperPluginServer
	connections []string
	tables      []*Table
}

// Options says how a host asks the plugin to work.
type Options struct {
	// CacheTTLSeconds is for how long the plugin may answer from what it has
	// read. 0 forbids it.
	CacheTTLSeconds int64
	// OneRun tells that a database is opened for one call of [DB.Run]. What a
	// text of one statement reads in one scan then need not be kept, which is a
	// tenth faster.
	OneRun bool
	// CacheMaxMB bounds the plugin's cache. 0 leaves it to the plugin.
	CacheMaxMB int64
	// MemoryMB bounds the memory that SQLite takes, from [LeastMemoryMB] to
	// [MostMemoryMB]. 0 stands for [DefaultMemoryMB]. The rows that a statement
	// keeps to join them take half as much besides.
	MemoryMB int
}

// NewHost gives the connections to the plugin and learns its tables. A
// connection whose arguments the plugin does not accept is an error.
func NewHost(server shared.WrapperPluginServer, connections []Connection, options Options) (*Host, error) {
	if len(connections) == 0 {
		return nil, errors.New("no connection is configured")
	}
	h := &Host{server: server}
	var configs []*proto.ConnectionConfig
	for _, c := range connections {
		h.connections = append(h.connections, c.Name)
		configs = append(configs, &proto.ConnectionConfig{Connection: c.Name, Config: c.Config})
	}

	// -1: the cache is set up by SetCacheOptions, as newer hosts do.
	if _, err := server.SetAllConnectionConfigs(&proto.SetAllConnectionConfigsRequest{Configs: configs, MaxCacheSizeMb: -1}); err != nil {
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
		h.tables = append(h.tables, newTable(name, schema))
	}
	slices.SortFunc(h.tables, func(a, b *Table) int { return strings.Compare(a.Name, b.Name) })
	return h, nil
}

// Tables returns the plugin's tables, by name.
func (h *Host) Tables() []*Table { return h.tables }

// Connections returns the names of the connections, in the order given.
func (h *Host) Connections() []string { return h.connections }

// scan runs one scan over all connections and passes the values of each row to
// send, in the order of the request's columns, from one goroutine at a time. It
// returns nil only when all rows were passed.
func (h *Host) scan(ctx context.Context, request scanRequest, send func([]*proto.Column) error) error {
	req := &proto.ExecuteRequest{
		Table:                 request.table,
		Connection:            h.connections[0],
		CallId:                request.id,
		QueryContext:          &proto.QueryContext{Columns: request.columns, Quals: request.quals},
		ExecuteConnectionData: make(map[string]*proto.ExecuteConnectionData, len(h.connections)),
	}
	for _, name := range h.connections {
		data := &proto.ExecuteConnectionData{CacheEnabled: request.cacheTTL > 0, CacheTtl: request.cacheTTL}
		if request.limit >= 0 {
			data.Limit = &proto.NullableInt{Value: request.limit}
		}
		req.ExecuteConnectionData[name] = data
	}
	return h.server.Execute(req, &rowStream{ctx: ctx, columns: request.columns, send: send})
}

// scanRequest is what a scan asks of the plugin.
type scanRequest struct {
	id       string
	table    string
	columns  []string
	indexes  []int // of the columns in the table
	quals    map[string]*proto.Quals
	limit    int64 // -1 for none
	cacheTTL int64 // seconds; 0 for no cache
}

// rowStream is the stream that the plugin sends rows on.
type rowStream struct {
	ctx     context.Context
	columns []string
	send    func([]*proto.Column) error
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

// SendColumns takes the values of a row in the order of the request's columns, and
// of a request without columns any. A plugin in the same process may call it
// instead of Send.
func (s *rowStream) SendColumns(values []*proto.Column) error {
	return s.send(values[:len(s.columns)])
}

func (s *rowStream) Context() context.Context { return s.ctx }

// The rest of grpc.ServerStream has no meaning in process.

func (*rowStream) SetHeader(metadata.MD) error  { return nil }
func (*rowStream) SendHeader(metadata.MD) error { return nil }
func (*rowStream) SetTrailer(metadata.MD)       {}
func (*rowStream) SendMsg(any) error            { return errors.ErrUnsupported }
func (*rowStream) RecvMsg(any) error            { return errors.ErrUnsupported }
