package giants

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"

	"steampipe-plugin-ssmassoc/internal/test/processes"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

// TestManyConnectionsOverGRPC gives the plugin 10,000 connections, as Steampipe does, and
// reads one of them, and then many: all of them if the rows of tables are a million. A
// connection has three nodes.
func TestManyConnectionsOverGRPC(t *testing.T) {
	if testing.Short() {
		t.Skip("short tests run under the race detector, which takes time and memory of its own")
	}
	const (
		connections = 10_000
		nodes       = 3
		// What a connection may take, in bytes: before it is first read, and after.
		maxUnread, maxRead = 12 << 10, 40 << 10
	)
	plugin := processes.Build(t, processes.Plugin)
	url := startGiant(t, "ssm_managed_instance", nodes)
	configs := map[string]string{}
	all := make([]string, connections)
	for i := range all {
		all[i] = fmt.Sprintf("account_%05d", i)
		configs[all[i]] = connection(url)
	}
	h := processes.StartPlugin(t, plugin)
	before := processes.UsageOf(t, h.PID()).Memory
	step := func(what string, most int, do func() error) {
		t.Helper()
		start := time.Now()
		if err := do(); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		u := processes.UsageOf(t, h.PID())
		each := (u.Memory - before) / connections
		t.Logf("%s: %s; %d bytes for each connection, %d descriptors, %d threads", what,
			time.Since(start).Round(time.Millisecond), each, u.Descriptors, u.Threads)
		if each > most {
			t.Errorf("%s: %d bytes for each connection, want at most %d", what, each, most)
		}
	}
	read := func(names ...string) func() error {
		return func() error {
			rows := 0
			err := h.Read(processes.Scan{Table: "ssm_managed_instance", Connections: names,
				Columns: []string{"instance_id", "sp_connection_name"}, Cached: true},
				func(*proto.Row) bool { rows++; return true })
			if err == nil && rows != nodes*len(names) {
				return fmt.Errorf("%d rows, want %d", rows, nodes*len(names))
			}
			return err
		}
	}
	step("configure", maxUnread, func() error { return h.Configure(configs, 16) })
	step("read one", maxUnread, read(all[len(all)/2]))
	step("read many", maxRead, read(all[:min(connections, rowsOf(t)/4)]...))
	step("configure again", maxRead, func() error { return h.Configure(configs, 16) })
}

// TestConnectionsTakeNoGoroutines counts the goroutines of a server with many connections.
func TestConnectionsTakeNoGoroutines(t *testing.T) {
	server := ssmassoc.NewServer()
	before := runtime.NumGoroutine()
	var configs []*proto.ConnectionConfig
	for i := range 1000 {
		configs = append(configs, &proto.ConnectionConfig{Connection: fmt.Sprintf("account_%d", i), Config: connection("http://127.0.0.1:9")})
	}
	if _, err := server.SetAllConnectionConfigs(&proto.SetAllConnectionConfigsRequest{Configs: configs, MaxCacheSizeMb: -1}); err != nil {
		t.Fatal(err)
	}
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines before, %d after", before, after)
	}
}
