package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"

	"steampipe-plugin-ssmassoc/internal/embedded"
	"steampipe-plugin-ssmassoc/internal/shell"
	"steampipe-plugin-ssmassoc/internal/termtext"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

// backend is the plugin, hosted in this process, and its connections.
type backend struct {
	server      *ssmassoc.Server
	host        *embedded.Host
	options     embedded.Options
	connections []embedded.Connection
}

var _ shell.Backend = (*backend)(nil)

// newBackend hosts the plugin with the connections that the flags choose.
func newBackend(ctx context.Context, stderr io.Writer, flags sourceFlags, oneRun bool) (*backend, error) {
	connections, err := flags.connections(ctx, stderr)
	if err != nil {
		return nil, err
	}
	// The cache lets the scans of one run share what they read.
	options := embedded.Options{CacheTTLSeconds: 300, CacheMaxMB: 64, OneRun: oneRun, MemoryMB: flags.memoryMB}
	server := ssmassoc.NewServer()
	server.NotifyWaits(waitNotice(stderr))
	host, err := embedded.NewHost(server, connections, options)
	if err != nil {
		return nil, err
	}
	return &backend{server: server, host: host, options: options, connections: connections}, nil
}

// connections returns the connections that the flags choose.
func (f sourceFlags) connections(ctx context.Context, stderr io.Writer) ([]embedded.Connection, error) {
	if !f.demo {
		return configuredConnections(ctx, f.config, f.connection)
	}
	demo, err := startDemo(stderr)
	if err != nil {
		return nil, err
	}
	return demo.connections, nil
}

func (b *backend) Open() (*embedded.DB, error) { return embedded.Open(b.host, b.options) }

// Refresh clears the plugin's cache.
func (b *backend) Refresh() error {
	for _, c := range b.connections {
		req := &proto.SetConnectionCacheOptionsRequest{ClearCacheForConnection: c.Name}
		if _, err := b.server.SetConnectionCacheOptions(req); err != nil {
			return err
		}
	}
	return nil
}

func (b *backend) Connections() []string {
	var lines []string
	for _, c := range b.connections {
		lines = append(lines, c.Name)
	}
	return lines
}

func (b *backend) Usage() shell.Usage { return shell.Usage{Calls: b.server.Calls()} }

func (b *backend) Watch(context.Context) func() { return func() {} }

func (b *backend) Skipped() string { return b.server.Skipped() }

// Warnings names connections that read the same regions of one account.
func (b *backend) Warnings(ctx context.Context) []string {
	var warnings []string
	for _, o := range b.server.Overlaps(ctx) {
		warnings = append(warnings, fmt.Sprintf("the connections %s read the same account, %s, in %s: "+
			"its rows come from each, and every count of them is a multiple; query one of them with --connection",
			strings.Join(o.Connections, ", "), o.AccountID, strings.Join(o.Regions, ", ")))
	}
	return warnings
}

// waitNotice returns a function that names what is waited for, now and then: many
// calls may be in flight.
func waitNotice(w io.Writer) func(ssmassoc.Wait) {
	const every = 5 * time.Second
	var mu sync.Mutex
	var last time.Time
	return func(wait ssmassoc.Wait) {
		mu.Lock()
		defer mu.Unlock()
		if !last.IsZero() && time.Since(last) < every {
			return
		}
		last = time.Now()
		fmt.Fprintln(w, termtext.Message(fmt.Sprintf("waiting for %s, silent for %d s: %s in %s for the connection %s",
			wait.Host, int(wait.Silent.Seconds()), wait.Operation, wait.Region, wait.Connection)))
	}
}
