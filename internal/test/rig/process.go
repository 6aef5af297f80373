package rig

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/shared"
)

// Process is the plugin's binary, started like Steampipe starts it.
type Process struct {
	t      testing.TB
	Client *goplugin.Client
	Plugin shared.WrapperPluginClient
}

// StartProcess starts the plugin until the test ends.
func StartProcess(t testing.TB, environment ...string) *Process {
	t.Helper()
	return StartProcessLogging(t, io.Discard, environment...)
}

// StartProcessLogging starts the plugin with its log going to log.
func StartProcessLogging(t testing.TB, log io.Writer, environment ...string) *Process {
	t.Helper()
	cmd := exec.Command(Plugin(t))
	cmd.Env = append(os.Environ(), environment...)
	const name = "steampipe-plugin-ssmassoc"
	client := goplugin.NewClient(&goplugin.ClientConfig{
		HandshakeConfig:  shared.Handshake,
		Plugins:          map[string]goplugin.Plugin{name: &shared.WrapperPlugin{}},
		Cmd:              cmd,
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		SkipHostEnv:      true, // cmd.Env has it, with the changes
		Logger:           hclog.NewNullLogger(),
		Stderr:           log,
	})
	t.Cleanup(client.Kill)
	rpc, err := client.Client()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := rpc.Dispense(name)
	if err != nil {
		t.Fatal(err)
	}
	return &Process{t: t, Client: client, Plugin: raw.(shared.WrapperPluginClient)}
}

// Connect sets the connections by name, like Steampipe.
func (p *Process) Connect(configs map[string]string) {
	p.t.Helper()
	req := &proto.SetAllConnectionConfigsRequest{MaxCacheSizeMb: -1}
	for name, config := range configs {
		req.Configs = append(req.Configs, &proto.ConnectionConfig{Connection: name, Plugin: "ssmassoc", Config: config})
	}
	if _, err := p.Plugin.SetAllConnectionConfigs(req); err != nil {
		p.t.Fatal(err)
	}
	options := &proto.SetCacheOptionsRequest{Enabled: true, Ttl: 300, MaxSizeMb: 16}
	if _, err := p.Plugin.SetCacheOptions(options); err != nil {
		p.t.Fatal(err)
	}
}

// Request returns the request of an execution.
func (p *Process) Request(e Execution) *proto.ExecuteRequest {
	req := &proto.ExecuteRequest{
		Table:                 cmp.Or(e.Table, StatusTable),
		Connection:            e.Connections[0],
		CallId:                p.t.Name(),
		QueryContext:          &proto.QueryContext{Columns: e.Columns, Quals: e.Quals},
		ExecuteConnectionData: map[string]*proto.ExecuteConnectionData{},
	}
	for _, name := range e.Connections {
		data := &proto.ExecuteConnectionData{CacheEnabled: e.Cache, CacheTtl: 300}
		if e.JustCleared {
			data.CacheTtl = 0
		}
		if e.Limit > 0 {
			data.Limit = &proto.NullableInt{Value: e.Limit}
		}
		req.ExecuteConnectionData[name] = data
	}
	return req
}

// Execute reads a scan to its end.
func (p *Process) Execute(e Execution) ([]Row, error) {
	stream, _, cancel, err := p.Plugin.Execute(p.Request(e))
	if err != nil {
		return nil, err
	}
	defer cancel()
	var rows []Row
	for {
		response, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		if e.Each != nil {
			e.Each()
		}
		if e.Drop {
			continue
		}
		r := Row{}
		for _, column := range e.Columns {
			r[column] = columnValue(response.Row.Columns[column])
		}
		rows = append(rows, r)
	}
}

// Execution is a request to the plugin.
type Execution struct {
	Table       string // "" for the main table
	Connections []string
	Columns     []string
	Quals       map[string]*proto.Quals
	Limit       int64 // 0 for none
	Cache       bool
	// JustCleared is set if the cache was cleared less than a second ago, as
	// Steampipe's .cache clear does: through the allowed age.
	JustCleared bool
	// Drop is set if the rows do not matter.
	Drop bool
	// Each, if not nil, is called for every row.
	Each func()
}

// columnValue converts a value to that of the embedded engine.
func columnValue(c *proto.Column) any {
	switch v := c.GetValue().(type) {
	case *proto.Column_StringValue:
		return v.StringValue
	case *proto.Column_TimestampValue:
		return v.TimestampValue.AsTime().Format(time.RFC3339Nano)
	case *proto.Column_JsonValue:
		return string(v.JsonValue)
	case *proto.Column_IpAddrValue:
		return v.IpAddrValue
	case *proto.Column_IntValue:
		return v.IntValue
	case *proto.Column_BoolValue:
		return v.BoolValue
	case *proto.Column_DoubleValue:
		return v.DoubleValue
	default:
		return nil
	}
}

// Equals returns the condition that a column equals one of the values.
func Equals(column string, values ...string) map[string]*proto.Quals {
	var list []*proto.QualValue
	for _, v := range values {
		list = append(list, &proto.QualValue{Value: &proto.QualValue_StringValue{StringValue: v}})
	}
	value := list[0]
	if len(list) > 1 {
		value = &proto.QualValue{Value: &proto.QualValue_ListValue{ListValue: &proto.QualValueList{Values: list}}}
	}
	return map[string]*proto.Quals{column: {Quals: []*proto.Qual{{
		FieldName: column,
		Operator:  &proto.Qual_StringValue{StringValue: "="},
		Value:     value,
	}}}}
}

// PID returns the process's ID.
func (p *Process) PID() int { return p.Client.ReattachConfig().Pid }

// PeakMemory returns the peak memory of a process in bytes. It skips the test
// if the system does not report it.
func PeakMemory(t testing.TB, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Skip(err)
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kilobytes, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")))
			if err != nil {
				t.Fatal(err)
			}
			return kilobytes << 10
		}
	}
	t.Skip("the system does not say how much memory a process has had")
	return 0
}
