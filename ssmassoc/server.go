package ssmassoc

import (
	"context"
	"fmt"
	"os"

	goplugin "github.com/hashicorp/go-plugin"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/shared"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
	protobuf "google.golang.org/protobuf/proto"
)

// Server is the plugin as a host calls it: the SDK's server, made safe where
// the SDK could turn a failed scan into a shorter answer (see call), and exact
// in what it does with conditions on key columns (see normalize).
//
// It implements [shared.WrapperPluginServer].
type Server struct {
	*grpc.PluginServer
	service *service
}

var _ shared.WrapperPluginServer = (*Server)(nil)

// NewServer returns a server of its own, to be called in process.
func NewServer() *Server {
	// The SDK returns memory to the operating system every hundred rows unless
	// told otherwise, which is most of the cost of a row. Go's own collector
	// needs no such help.
	if _, set := os.LookupEnv(freeMemoryInterval); !set {
		_ = os.Setenv(freeMemoryInterval, "0") // 0: leave it to Go
	}
	service := newService()
	s := &Server{
		PluginServer: plugin.Server(&plugin.ServeOpts{
			PluginName: Name,
			PluginFunc: func(context.Context) *plugin.Plugin { return service.plugin() },
		}),
		service: service,
	}
	// The SDK needs a query cache of its own to be set up, if only to find it
	// off. Of a negative size it has no store, which would take a tenth of a
	// second to make and serve nobody: no table uses it.
	_, _ = s.PluginServer.SetCacheOptions(&proto.SetCacheOptionsRequest{Enabled: false, MaxSizeMb: -1})
	return s
}

// SetCacheOptions says whether, for how long and in how much memory the plugin
// may keep what it has read.
func (s *Server) SetCacheOptions(req *proto.SetCacheOptionsRequest) (*proto.SetCacheOptionsResponse, error) {
	s.service.cache.configure(req)
	return &proto.SetCacheOptionsResponse{}, nil
}

// SetConnectionCacheOptions forgets what was read for a connection.
func (s *Server) SetConnectionCacheOptions(req *proto.SetConnectionCacheOptionsRequest) (*proto.SetConnectionCacheOptionsResponse, error) {
	s.service.clearCache(req.ClearCacheForConnection)
	return s.PluginServer.SetConnectionCacheOptions(req)
}

// SetRateLimiters sets the limiters of Steampipe's configuration.
func (s *Server) SetRateLimiters(req *proto.SetRateLimitersRequest) (*proto.SetRateLimitersResponse, error) {
	if err := s.service.limiters.set(req.Definitions); err != nil {
		return nil, err
	}
	return s.PluginServer.SetRateLimiters(req)
}

// SetAllConnectionConfigs sets the arguments of all connections.
func (s *Server) SetAllConnectionConfigs(req *proto.SetAllConnectionConfigsRequest) (*proto.SetConnectionConfigResponse, error) {
	if req.MaxCacheSizeMb != -1 { // -1: the host says it with SetCacheOptions
		s.service.cache.setSize(req.MaxCacheSizeMb)
	}
	return s.PluginServer.SetAllConnectionConfigs(&proto.SetAllConnectionConfigsRequest{
		Configs: req.Configs,
		// The SDK sets up its own cache with any other value.
		MaxCacheSizeMb: -1,
	})
}

// SetConnectionConfig sets the arguments of the one connection of a host of an
// earlier protocol.
func (s *Server) SetConnectionConfig(req *proto.SetConnectionConfigRequest) (*proto.SetConnectionConfigResponse, error) { //nolint:staticcheck // deprecated, and what such hosts call
	return s.SetAllConnectionConfigs(&proto.SetAllConnectionConfigsRequest{
		Configs: []*proto.ConnectionConfig{{Connection: req.ConnectionName, Config: req.ConnectionConfig}},
	})
}

// freeMemoryInterval is the environment variable from which the SDK takes after
// how many rows it returns memory to the operating system.
const freeMemoryInterval = "STEAMPIPE_FREE_MEM_INTERVAL"

// Serve serves the plugin to the Steampipe that started this process, until
// that ends it.
func Serve() {
	goplugin.Serve(&goplugin.ServeConfig{
		Plugins:         map[string]goplugin.Plugin{Name: &shared.WrapperPlugin{Impl: NewServer()}},
		GRPCServer:      goplugin.DefaultGRPCServer,
		HandshakeConfig: shared.Handshake,
	})
}

// Execute scans one table over the connections of the request and sends its rows.
// It returns nil only when every row was sent.
func (s *Server) Execute(req *proto.ExecuteRequest, stream proto.WrapperPlugin_ExecuteServer) error {
	if req.ExecuteConnectionData == nil && req.Connection != "" {
		// Hosts of an earlier protocol name one connection. The SDK accepts
		// them; the call needs to know the connections too.
		req.ExecuteConnectionData = map[string]*proto.ExecuteConnectionData{req.Connection: {
			Limit:        req.GetQueryContext().GetLimit(), //nolint:staticcheck // deprecated, and what such hosts send
			CacheEnabled: req.CacheEnabled,                 //nolint:staticcheck // deprecated, and what such hosts send
			CacheTtl:     req.CacheTtl,                     //nolint:staticcheck // deprecated, and what such hosts send
		}}
	}
	if req.QueryContext == nil {
		req.QueryContext = &proto.QueryContext{}
	}
	if err := s.check(req); err != nil {
		return err
	}
	quals, unresolved := normalize(req.QueryContext.Quals)
	lists := takeLists(quals, func(column string) bool { return s.service.ownKeyColumns[req.Table][column] })
	req.QueryContext.Quals = quals
	if len(unresolved) > 0 {
		for _, data := range req.ExecuteConnectionData {
			data.Limit = nil
		}
	}

	c := newCall(stream.Context(), req.ExecuteConnectionData, s.service.cache)
	c.unresolved, c.lists = unresolved, lists
	err := s.PluginServer.Execute(req, &callStream{WrapperPlugin_ExecuteServer: stream, call: c})
	return c.end(stream.Context(), err)
}

// check reports what the SDK finds only once the scan is under way, where its
// error can be lost: a connection or a table that does not exist.
func (s *Server) check(req *proto.ExecuteRequest) error {
	for name := range req.ExecuteConnectionData {
		res, err := s.PluginServer.GetSchema(&proto.GetSchemaRequest{Connection: name})
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if res.GetSchema().GetSchema()[req.Table] == nil {
			return fmt.Errorf("%s: %s has no table %q", name, Name, req.Table)
		}
	}
	return nil
}

// callStream is the host's stream of rows as the SDK sees it: its context
// carries the call, and each row sent is noted.
type callStream struct {
	proto.WrapperPlugin_ExecuteServer
	call *call
}

func (s *callStream) Context() context.Context { return s.call.ctx }

func (s *callStream) Send(r *proto.ExecuteResponse) error {
	if r.GetRow() == nil {
		return nil // the SDK's mark for the end, which gRPC hosts do not get
	}
	// A row of which a hydrate function failed is not complete, and the SDK
	// sends it all the same. The failure has ended the call before.
	err := s.call.ctx.Err()
	if err == nil {
		err = s.WrapperPlugin_ExecuteServer.Send(r)
	}
	s.call.delivered(r.Connection)
	if err != nil {
		s.call.cancel()
	}
	return err
}

// GetSchema describes the tables of a connection. Region is a key column of
// every regional table: the SDK prunes by it (plugin.Table.GetMatrixItemFunc)
// without telling the host so.
func (s *Server) GetSchema(req *proto.GetSchemaRequest) (*proto.GetSchemaResponse, error) {
	res, err := s.PluginServer.GetSchema(req)
	if err != nil {
		return nil, err
	}
	res = protobuf.Clone(res).(*proto.GetSchemaResponse)
	for _, table := range res.GetSchema().GetSchema() {
		for _, column := range table.Columns {
			if column.Name == regionColumn {
				table.ListCallKeyColumnList = append(table.ListCallKeyColumnList, &proto.KeyColumn{
					Name: regionColumn, Operators: []string{"="}, Require: plugin.Optional,
				})
			}
		}
	}
	return res, nil
}
