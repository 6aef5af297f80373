package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/shared"
)

// afterCancel is how long a cancelled scan may go on making calls.
const afterCancel = 200 * time.Millisecond

// runPlugin reads a table from the plugin's process over gRPC, as Steampipe does.
func runPlugin(bin, url, table string) (measurement, error) { return readPlugin(bin, url, table, 0) }

// readPlugin reads the first rows of a table, or all if most is 0. CPU time and memory
// are those of the plugin's process.
func readPlugin(bin, url, table string, most int) (m measurement, err error) {
	const name, connection = "steampipe-plugin-ssmassoc", "bench"
	cmd := exec.Command(filepath.Join(bin, name+".plugin"))
	cmd.Env = os.Environ()
	start := time.Now()
	client := goplugin.NewClient(&goplugin.ClientConfig{
		HandshakeConfig:  shared.Handshake,
		Plugins:          map[string]goplugin.Plugin{name: &shared.WrapperPlugin{}},
		Cmd:              cmd,
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		Logger:           hclog.NewNullLogger(),
	})
	defer func() {
		m.wall = time.Since(start)
		client.Kill()
		used := usage(cmd)
		m.cpu, m.peak = used.cpu, used.peak
	}()
	rpc, err := client.Client()
	if err != nil {
		return m, err
	}
	raw, err := rpc.Dispense(name)
	if err != nil {
		return m, err
	}
	plugin := raw.(shared.WrapperPluginClient)
	if _, err := plugin.SetAllConnectionConfigs(&proto.SetAllConnectionConfigsRequest{
		MaxCacheSizeMb: -1,
		Configs:        []*proto.ConnectionConfig{{Connection: connection, Config: arguments(url)}},
	}); err != nil {
		return m, err
	}
	if _, err := plugin.SetCacheOptions(&proto.SetCacheOptionsRequest{Enabled: false}); err != nil {
		return m, err
	}
	schema, err := plugin.GetSchema(&proto.GetSchemaRequest{Connection: connection})
	if err != nil {
		return m, err
	}
	if took := time.Since(start); took > 150*time.Millisecond {
		fmt.Fprintf(os.Stderr, "plugin start to schema: %s\n", took)
	}
	var columns []string
	for _, c := range schema.Schema.Schema[table].Columns {
		columns = append(columns, c.Name)
	}
	m.rows, err = receive(plugin, &proto.ExecuteRequest{
		Table:        table,
		Connection:   connection,
		CallId:       "bench",
		QueryContext: &proto.QueryContext{Columns: columns},
		ExecuteConnectionData: map[string]*proto.ExecuteConnectionData{
			connection: {CacheEnabled: false},
		},
	}, most)
	return m, err
}

// receive runs a scan, and returns the number of its rows. It cancels the scan after most
// rows, as PostgreSQL does once a LIMIT has its rows; 0 for none.
func receive(plugin shared.WrapperPluginClient, req *proto.ExecuteRequest, most int) (rows int, err error) {
	stream, _, cancel, err := plugin.Execute(req)
	if err != nil {
		return 0, err
	}
	defer cancel()
	for {
		_, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		if rows++; rows == most {
			cancel()
			time.Sleep(afterCancel) // the calls under way count
			return rows, nil
		}
	}
}
