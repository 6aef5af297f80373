package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"

	"steampipe-plugin-ssmassoc/internal/cli/progress"
	"steampipe-plugin-ssmassoc/internal/cli/shell"
	"steampipe-plugin-ssmassoc/internal/cli/termtext"
	"steampipe-plugin-ssmassoc/internal/server"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

// backend hosts the plugin and its connections in this process.
type backend struct {
	server      *server.Server
	host        *embedded.Host
	options     embedded.Options
	connections []embedded.Connection
	flags       sourceFlags
	stderr      io.Writer // for what is to be said of files, until it has been said
	// line shows progress; nil for none.
	line *progress.Line
}

var _ shell.Backend = (*backend)(nil)

// newBackend hosts the plugin with the connections that the flags choose. It shows
// progress on line, unless line is nil.
func newBackend(
	ctx context.Context, stderr io.Writer, line *progress.Line, flags sourceFlags, oneRun bool,
) (*backend, error) {
	growHeap(flags.memoryMB)
	source, err := flags.source(ctx, stderr)
	if err != nil {
		return nil, err
	}
	boundHeap(source.memoryMB)
	// The cache lets the scans of one run share reads.
	options := source.cached(embedded.Options{
		CacheTTLSeconds: 300, CacheMaxMB: 64, OneRun: oneRun, MemoryMB: flags.memoryMB, Schemas: source.schemas,
	})
	srv := ssmassoc.NewServer()
	srv.NotifyWaits(waitNotice(stderr))
	if err := source.configure(srv, stderr); err != nil {
		return nil, err
	}
	host, err := embedded.NewHost(srv, source.connections, options)
	if err != nil {
		return nil, err
	}
	return &backend{
		server: srv, host: host, options: options,
		connections: source.connections, flags: flags, line: line, stderr: stderr,
	}, nil
}

// Open opens a database with the attached files.
func (b *backend) Open(ctx context.Context) (*embedded.DB, error) {
	db, err := embedded.Open(b.host, b.options)
	if err != nil {
		return nil, err
	}
	if err := b.flags.attachTo(ctx, db, b.stderr); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	b.stderr = nil // the next database has the same files
	return db, nil
}

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

// Connections names each connection with the regions known without a call.
func (b *backend) Connections(ctx context.Context) []string {
	var lines []string
	for _, c := range b.connections {
		regions, patterns, err := b.server.NamedRegions(ctx, c.Name)
		if err != nil {
			lines = append(lines, fmt.Sprintf("%s: %v", c.Name, err))
			continue
		}
		lines = append(lines, fmt.Sprintf("%s: %s%s", c.Name, strings.Join(slices.Concat(regions, patterns), ", "),
			fallbackNote(ctx, b.server, c.Name)))
	}
	return lines
}

// Explain writes what SQL would read, by a run over tables without rows.
func (b *backend) Explain(
	ctx context.Context, w io.Writer, made []string, sql string, parameters embedded.Parameters,
) error {
	e := explanation{
		source: b.flags, connections: b.connections, schemas: b.options.Schemas, made: made, parameters: parameters, w: w,
		tps: defaultTPS,
	}
	return e.write(ctx, sql)
}

// fallbackNote returns what follows the region of a connection if nothing names it.
func fallbackNote(ctx context.Context, srv *server.Server, connection string) string {
	if fallback, err := srv.ReadsFallback(ctx, connection); err == nil && fallback {
		return " (the fallback, as no region is configured)"
	}
	return ""
}

// TakeScope returns the scope of the statements since it was last called.
func (b *backend) TakeScope(ctx context.Context, accounts bool) shell.Scope {
	return scopeOf(b.server.TakeScope(ctx, accounts))
}

func scopeOf(taken server.Scope) shell.Scope {
	var scope shell.Scope
	for _, c := range taken.Connections {
		one := shell.ScopeConnection{Connection: c.Connection, Regions: c.Regions, Fallback: c.Fallback}
		if c.AccountID != "" {
			one.AccountID = &c.AccountID
		}
		scope.Connections = append(scope.Connections, one)
	}
	for _, u := range taken.Unmatched {
		scope.Unmatched = append(scope.Unmatched, shell.Unmatched{
			Column: u.Column, Value: u.Value, Among: u.Among,
		})
	}
	return scope
}

func (b *backend) Usage() shell.Usage {
	work := b.server.Work()
	u := shell.Usage{
		Calls:     b.server.Calls(),
		Retries:   max(0, work.Requests-work.Operations),
		Throttled: work.Throttled,
		CacheHits: work.CacheHits,
	}
	if t := b.server.Triaged(); t.Scans > 0 || t.Disagreed > 0 || t.Compared > 0 {
		u.Triage = shell.Triage{
			Scans: t.Scans, Listed: t.Listed, LeftOut: t.LeftOut, Compared: t.Compared, Disagreed: t.Disagreed,
		}
	}
	for skip, n := range b.server.Skips() {
		u.Skipped = append(u.Skipped, shell.Skip{
			Connection: skip.Connection, Region: skip.Region, Kind: skip.Kind, Code: skip.Code, Count: n,
		})
	}
	slices.SortFunc(u.Skipped, func(a, b shell.Skip) int {
		return cmp.Or(cmp.Compare(a.Connection, b.Connection), cmp.Compare(a.Region, b.Region),
			cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Code, b.Code))
	})
	return u
}

// Watch shows the progress of a statement.
func (b *backend) Watch(ctx context.Context) (stop func()) {
	if b.line == nil {
		return func() {}
	}
	width := func() int {
		width, _ := shell.Screen{Out: os.Stderr}.Size()
		return width
	}
	before := b.host.Scans()
	return progress.Follow(ctx, b.line, width, func() progress.State {
		work := b.server.Work()
		return progress.State{
			Connections: b.host.ReadSince(before),
			Regions:     work.Regions, RegionsDone: work.RegionsDone,
			Listed: work.Listed, Read: work.Read, All: work.Listing == 0,
			Rows:  work.Rows,
			Calls: work.Requests, Throttled: work.Throttled,
		}
	})
}

func (b *backend) Skipped() string { return b.server.Skipped() }

// Warnings names connections that read the same regions of one account.
func (b *backend) Warnings(ctx context.Context) []string {
	var warnings []string
	for _, o := range b.server.Overlaps(ctx) {
		if o.Connections = b.host.ReadTogether(o.Connections); len(o.Connections) == 0 {
			continue
		}
		warnings = append(warnings, fmt.Sprintf("the connections %s read the same account, %s, in %s: "+
			"its rows come from each, and every count of them is a multiple; query one of them with --connection",
			strings.Join(o.Connections, ", "), o.AccountID, strings.Join(o.Regions, ", ")))
	}
	return warnings
}

// waitNotice returns a function that reports waits, limiting its messages because many
// calls may be in flight.
func waitNotice(w io.Writer) func(server.Wait) {
	const every = 5 * time.Second
	var mu sync.Mutex
	var last time.Time
	return func(wait server.Wait) {
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
