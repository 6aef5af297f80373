package server

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	goplugin "github.com/hashicorp/go-plugin"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/shared"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
	protobuf "google.golang.org/protobuf/proto"

	"steampipe-plugin-ssmassoc/internal/aws/awsconn"
	"steampipe-plugin-ssmassoc/internal/aws/throttle"
	"steampipe-plugin-ssmassoc/internal/engine"
)

// Server is the plugin's server, called by a host. The SDK's server describes the
// tables; Server scans them itself (see executor).
//
// It implements [shared.WrapperPluginServer].
type Server struct {
	*grpc.PluginServer
	plugin       *plugin.Plugin
	service      *service
	keyOperators map[string]engine.KeyOperators // by table

	// encodesRows is set if rows leave the process: see encodedRow.
	encodesRows bool
}

var _ shared.WrapperPluginServer = (*Server)(nil)

// Plugin defines a plugin for a host that is built from the Steampipe SDK alone.
func Plugin(name string, tables []engine.Table) *plugin.Plugin {
	return newService(tables).plugin(name)
}

// New returns a server of tables to call in process. It shares nothing with other
// servers.
func New(name string, tables []engine.Table) *Server {
	service := newService(tables)
	p := service.plugin(name)
	s := &Server{
		PluginServer: plugin.Server(&plugin.ServeOpts{
			PluginName: name,
			PluginFunc: func(context.Context) *plugin.Plugin { return p },
		}),
		plugin:       p,
		service:      service,
		keyOperators: map[string]engine.KeyOperators{},
	}
	for name, table := range p.TableMap {
		s.keyOperators[name] = engine.KeyOperatorsOf(table)
	}
	// The SDK sets up its query cache even if disabled. A negative size keeps it from
	// creating a store, which would take a tenth of a second. No table uses the cache.
	_, _ = s.PluginServer.SetCacheOptions(&proto.SetCacheOptionsRequest{Enabled: false, MaxSizeMb: -1})
	return s
}

// Close closes idle sockets. The server remains usable.
func (s *Server) Close() {
	s.service.shared.CloseIdle()
}

// Calls returns the number of requests sent to AWS so far, including retries, by
// operation.
func (s *Server) Calls() map[string]int { return s.service.shared.Requests() }

// Skipped lists the regions, nodes, associations and executions without rows because of
// an error: the connection ignores it (ignore_error_codes, ignore_error_messages), or AWS
// listed something and then no longer knew it. It returns "" if there are none. An
// example:
//
//	eu-south-2 AccessDeniedException (1 region); 3 nodes InvalidInstanceId
func (s *Server) Skipped() string { return s.service.skips.String() }

// Skips returns how often each thing has been skipped. See [Server.Skipped].
func (s *Server) Skips() map[engine.Skip]int { return s.service.skips.All() }

// Triaged returns what scans have left out because of nodes' counts, where a connection
// has the argument triage.
func (s *Server) Triaged() engine.Triaged { return s.service.triage.Count() }

// PageSize returns how many rows one call lists of a table, 0 for a table that is read for
// one thing after another.
func (s *Server) PageSize(table string) int {
	if declared, ok := s.Table(table); ok && declared.Reads.Parent == "" {
		return declared.Reads.PageSize
	}
	return 0
}

// Hints returns the columns of a table that are not key columns and on which equalities
// let the scans of a connection read less.
func (s *Server) Hints(table, connection string) []string {
	declared, _ := s.Table(table)
	if len(declared.Hints) == 0 || !s.service.triages(connection) {
		return nil
	}
	return declared.Hints
}

// Wait is a request that an endpoint has left unanswered for some seconds.
type Wait = awsconn.Wait

// NotifyWaits registers f to be called, from any goroutine, when an endpoint leaves a
// request unanswered for some seconds. Call it before the first query.
func (s *Server) NotifyWaits(f func(Wait)) { s.service.shared.NotifyWaits(f) }

// SetEnvironment has connections take AWS's settings from env, which looks up a variable
// as os.LookupEnv does, rather than from the environment of the process. Call it before
// the first query.
func (s *Server) SetEnvironment(env func(name string) (value string, found bool)) {
	s.service.shared.SetEnvironment(env)
}

// SetCacheOptions sets whether the plugin caches reads, for how long and in how much
// memory.
func (s *Server) SetCacheOptions(req *proto.SetCacheOptionsRequest) (*proto.SetCacheOptionsResponse, error) {
	s.service.cache.Configure(req.Enabled, time.Duration(req.Ttl)*time.Second, req.MaxSizeMb)
	return &proto.SetCacheOptionsResponse{}, nil
}

// SetConnectionCacheOptions forgets the rows, credentials and regions of a connection.
func (s *Server) SetConnectionCacheOptions(
	req *proto.SetConnectionCacheOptionsRequest,
) (*proto.SetConnectionCacheOptionsResponse, error) {
	s.service.clear(req.ClearCacheForConnection)
	return s.PluginServer.SetConnectionCacheOptions(req)
}

// SetRateLimiters sets the limiters of Steampipe's configuration.
func (s *Server) SetRateLimiters(req *proto.SetRateLimitersRequest) (*proto.SetRateLimitersResponse, error) {
	if err := s.service.shared.SetLimiters(req.Definitions); err != nil {
		return nil, err
	}
	return s.PluginServer.SetRateLimiters(req)
}

// UnknownInLimiters describes the limiters that refer to a value that no call has. Those
// with such a scope never apply.
func (s *Server) UnknownInLimiters() []string { return s.service.shared.UnknownInLimiters() }

// SetAllConnectionConfigs sets the arguments of all connections. Each starts afresh.
func (s *Server) SetAllConnectionConfigs(
	req *proto.SetAllConnectionConfigsRequest,
) (*proto.SetConnectionConfigResponse, error) {
	if req.MaxCacheSizeMb != -1 { // -1: the host sets it with SetCacheOptions
		s.service.cache.Resize(req.MaxCacheSizeMb)
	}
	s.service.configure(req.Configs)
	return s.PluginServer.SetAllConnectionConfigs(&proto.SetAllConnectionConfigsRequest{
		Configs: req.Configs,
		// With any other value the SDK sets up its own cache.
		MaxCacheSizeMb: -1,
	})
}

// SetConnectionConfig sets the arguments of the only connection of a host that speaks
// an earlier protocol.
func (s *Server) SetConnectionConfig(
	req *proto.SetConnectionConfigRequest, //nolint:staticcheck // deprecated, but called by such hosts
) (*proto.SetConnectionConfigResponse, error) {
	return s.SetAllConnectionConfigs(&proto.SetAllConnectionConfigsRequest{
		Configs: []*proto.ConnectionConfig{{Connection: req.ConnectionName, Config: req.ConnectionConfig}},
	})
}

// UpdateConnectionConfigs adds, removes and changes connections. Changed connections
// start afresh.
func (s *Server) UpdateConnectionConfigs(
	req *proto.UpdateConnectionConfigsRequest,
) (*proto.UpdateConnectionConfigsResponse, error) {
	s.service.remove(req.Deleted)
	s.service.configure(slices.Concat(req.Added, req.Changed))
	return s.PluginServer.UpdateConnectionConfigs(req)
}

// defaultCacheTTL is Steampipe's own default.
const defaultCacheTTL = 5 * time.Minute

// Serve serves tables to the Steampipe process that started this one, until Steampipe
// ends it.
func Serve(name string, tables []engine.Table) {
	server := New(name, tables)
	server.encodesRows = true
	server.service.scopes.off = true
	server.service.cache.OwnProcess()
	goplugin.Serve(&goplugin.ServeConfig{
		Plugins:         map[string]goplugin.Plugin{name: &shared.WrapperPlugin{Impl: server}},
		GRPCServer:      newGRPCServer,
		HandshakeConfig: shared.Handshake,
	})
}

// Execute scans one table over the connections of the request and sends its rows. It
// returns nil only if it sent every row.
func (s *Server) Execute(req *proto.ExecuteRequest, stream proto.WrapperPlugin_ExecuteServer) error {
	if req.ExecuteConnectionData == nil && req.Connection != "" {
		req.ExecuteConnectionData = map[string]*proto.ExecuteConnectionData{req.Connection: connectionDataOf(req)}
	}
	if len(req.ExecuteConnectionData) == 0 {
		return fmt.Errorf("the request for %s names no connection", req.Table)
	}
	return engine.Recovered(func() error {
		e, err := s.newExecutor(req, stream)
		if err != nil {
			return err
		}
		return e.run(req.ExecuteConnectionData, s.plugin.Logger.Named(req.CallId))
	})
}

// newExecutor returns the executor of a request, or an error if the request cannot be
// executed.
func (s *Server) newExecutor(
	req *proto.ExecuteRequest, stream proto.WrapperPlugin_ExecuteServer,
) (*executor, error) {
	columns, quals := req.GetQueryContext().GetColumns(), req.GetQueryContext().GetQuals()
	table := s.plugin.TableMap[req.Table]
	declared, known := s.Table(req.Table)
	if !known {
		return nil, fmt.Errorf("%s has no table %q", s.plugin.Name, req.Table)
	}
	layout, err := newRowLayout(table, columns)
	if err != nil {
		return nil, err
	}
	e := &executor{
		service:    s.service,
		table:      table,
		list:       declared.List,
		conditions: engine.ReadConditions(quals, s.keyOperators[req.Table]),
		hints:      engine.ReadHints(quals, declared.Hints),
		layout:     layout,
		stream:     stream,
		newRow:     hostRowsFor(stream, s.encodesRows),
		scans:      throttle.NewGate[*awsconn.Connection](engine.MaxRegionScans),
		skipped:    engine.NewSkips(),
		needed:     -1,
		unsent:     -1,
	}
	e.leftOut = engine.LeftOutOf(stream)
	if e.statement = engine.StatementOf(stream); e.statement != nil && !e.conditions.Inexact {
		e.needed = commonLimit(req.ExecuteConnectionData)
		e.unsent, e.limit = e.needed, int(max(0, e.needed))
	}
	e.queryData = &plugin.QueryData{
		Table:          table,
		QueryContext:   &plugin.QueryContext{Columns: columns, UnsafeQuals: quals},
		StreamListItem: func(context.Context, ...any) {}, // for hydrate functions
	}
	return e, nil
}

// hostRowsFor returns the function that makes rows for a host. encoded is set if the
// rows leave the process.
func hostRowsFor(stream proto.WrapperPlugin_ExecuteServer, encoded bool) newHostRow {
	if _, ok := stream.(columnStream); ok {
		return newColumnRow
	}
	if encoded {
		return newEncodedRow
	}
	return newMapRow
}

// connectionDataOf returns the data of the only connection of a host that speaks an
// earlier protocol. Such a host may leave the cache TTL unset.
func connectionDataOf(req *proto.ExecuteRequest) *proto.ExecuteConnectionData {
	data := &proto.ExecuteConnectionData{
		CacheEnabled: req.CacheEnabled, //nolint:staticcheck // deprecated, but sent by such hosts
		CacheTtl:     req.CacheTtl,     //nolint:staticcheck // deprecated, but sent by such hosts
	}
	if data.CacheTtl == 0 {
		data.CacheTtl = int64(defaultCacheTTL / time.Second)
	}
	return data
}

// GetSchema describes the tables of a connection.
//
// It declares key columns as those of get calls, although there are no get calls. For
// key columns of list calls, Steampipe's foreign data wrapper creates parameterised
// paths that enforce only the key: PostgreSQL then drops every other condition of the
// join and returns wrong rows (turbot/steampipe-postgres-fdw 271 and 435). Constants
// and IN lists are pushed down for both kinds.
func (s *Server) GetSchema(req *proto.GetSchemaRequest) (*proto.GetSchemaResponse, error) {
	res, err := s.PluginServer.GetSchema(req)
	if err != nil {
		return nil, err
	}
	res = protobuf.Clone(res).(*proto.GetSchemaResponse)
	for name, table := range res.GetSchema().GetSchema() {
		cacheMatch := map[string]string{}
		for _, column := range table.ListCallKeyColumnList {
			cacheMatch[column.Name] = column.CacheMatch
		}
		table.ListCallKeyColumnList = nil
		table.GetCallKeyColumnList = nil
		operators := s.keyOperators[name]
		for _, column := range slices.Sorted(maps.Keys(operators)) {
			table.GetCallKeyColumnList = append(table.GetCallKeyColumnList, &proto.KeyColumn{
				Name: column, Operators: operators[column], Require: plugin.Optional, CacheMatch: cacheMatch[column],
			})
		}
	}
	return res, nil
}
