package processes

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"testing"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/shared"
)

// Host is a host's end of the plugin's process.
type Host struct {
	shared.WrapperPluginClient
	client *goplugin.Client
}

const pluginName = "steampipe-plugin-ssmassoc"

// StartPlugin starts the plugin as Steampipe does, until the test ends.
func StartPlugin(t testing.TB, path string, environment ...string) *Host {
	t.Helper()
	cmd := exec.Command(path)
	cmd.Env = append(os.Environ(), environment...)
	h, err := connect(&goplugin.ClientConfig{Cmd: cmd, SkipHostEnv: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.client.Kill)
	return h
}

func connect(config *goplugin.ClientConfig) (*Host, error) {
	config.HandshakeConfig = shared.Handshake
	config.Plugins = map[string]goplugin.Plugin{pluginName: &shared.WrapperPlugin{}}
	config.AllowedProtocols = []goplugin.Protocol{goplugin.ProtocolGRPC}
	config.Logger = hclog.NewNullLogger()
	client := goplugin.NewClient(config)
	rpc, err := client.Client()
	if err != nil {
		return nil, err
	}
	raw, err := rpc.Dispense(pluginName)
	if err != nil {
		return nil, err
	}
	return &Host{raw.(shared.WrapperPluginClient), client}, nil
}

// PID returns the process's ID.
func (h *Host) PID() int { return h.client.ReattachConfig().Pid }

// Address returns the socket that the process listens on.
func (h *Host) Address() string { return h.client.ReattachConfig().Addr.String() }

// Kill ends the process, and waits for its end.
func (h *Host) Kill() { h.client.Kill() }

// Configure sets the connections, by name, and the size of the cache; 0 disables it.
func (h *Host) Configure(connections map[string]string, cacheMB int64) error {
	req := &proto.SetAllConnectionConfigsRequest{MaxCacheSizeMb: -1}
	for name, config := range connections {
		req.Configs = append(req.Configs, &proto.ConnectionConfig{Connection: name, Plugin: "ssmassoc", Config: config})
	}
	if _, err := h.SetAllConnectionConfigs(req); err != nil {
		return err
	}
	_, err := h.SetCacheOptions(&proto.SetCacheOptionsRequest{Enabled: cacheMB > 0, Ttl: 300, MaxSizeMb: cacheMB})
	return err
}

// Scan is a scan of a table over connections.
type Scan struct {
	Table       string
	Connections []string
	Columns     []string
	Quals       map[string]*proto.Quals
	Cached      bool
}

// Read runs a scan and passes each row to take, until take returns false, which cancels
// the scan as PostgreSQL does.
func (h *Host) Read(s Scan, take func(*proto.Row) bool) error {
	req := &proto.ExecuteRequest{
		Table: s.Table, Connection: s.Connections[0], CallId: "test",
		QueryContext:          &proto.QueryContext{Columns: s.Columns, Quals: s.Quals},
		ExecuteConnectionData: map[string]*proto.ExecuteConnectionData{},
	}
	for _, name := range s.Connections {
		req.ExecuteConnectionData[name] = &proto.ExecuteConnectionData{CacheEnabled: s.Cached, CacheTtl: 300}
	}
	stream, _, cancel, err := h.Execute(req)
	if err != nil {
		return err
	}
	defer cancel()
	for {
		response, err := stream.Recv()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case !take(response.Row):
			return nil
		}
	}
}
