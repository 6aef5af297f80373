// Package export writes the plugin's tables to files that query engines read directly,
// from as many machines as necessary.
//
// The unit of work is a place: a region read by a connection. Each table's rows of a
// place form one file, which appears only when complete: a reader finds all of the rows
// or, if AWS refused, none. A [Manifest] beside the files records the cost of each,
// anything skipped, and the work that a failed run leaves to [Options.Resume].
//
// [NewPlan] divides the places among shards by the configuration alone, so shards on
// different machines need no coordination.
package export

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"steampipe-plugin-ssmassoc/internal/files/parquetfile"
	"steampipe-plugin-ssmassoc/internal/server"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// Options configure an export.
type Options struct {
	// Tables are the tables to export; all if empty.
	Tables []string
	// SQL is exported instead of tables, as one file of the table Name.
	SQL  string
	Name string

	Format      string
	PartitionBy []string
	Shard       Shard
	// Day is the day of the snapshot, as 2006-01-02. All shards of an export, and runs
	// that resume it, need the same Day.
	Day    string
	Resume bool
	// Version is recorded in the manifest.
	Version string
}

const (
	// placesAtOnce bounds the places read concurrently: enough to keep the plugin's
	// maximum of requests in flight.
	placesAtOnce = 32
	// buffered bounds the bytes held by all open files together.
	buffered = 16 << 20
	// lastRequests bounds what is left to do when an export ends: to record its end, and to
	// abort uploads. One that is interrupted has less time.
	lastRequests            = 10 * time.Second
	lastRequestsInterrupted = time.Second
)

// afterwards returns a context for what is left to do at the end of an export.
func afterwards(ctx context.Context) (context.Context, context.CancelFunc) {
	most := lastRequests
	if ctx.Err() != nil {
		most = lastRequestsInterrupted
	}
	return context.WithTimeout(context.WithoutCancel(ctx), most)
}

// Settings of the plugin's cache for an export: the tables of a place share listings,
// each read only once.
const (
	CacheMB         = 16
	CacheTTLSeconds = 3600
)

// run is one run of an export.
type run struct {
	Options
	server *server.Server
	host   *embedded.Host
	store  Store
	layout layout
	budget *parquetfile.Budget
	tables []*embedded.Table
	*journal
}

// IncompleteError reports that some partitions of an export failed. The others are
// complete.
type IncompleteError struct {
	Failed, All int // partitions
	Connections int // that could not be read at all
	// Causes are the distinct errors.
	Causes []string
}

// maxCauses is the maximum number of causes in a message.
const maxCauses = 10

func (e *IncompleteError) Error() string {
	causes := e.Causes
	more := ""
	if len(causes) > maxCauses {
		more = fmt.Sprintf("\nand %d more, which the manifest has", len(causes)-maxCauses)
		causes = causes[:maxCauses]
	}
	var missing []string
	if e.Failed > 0 {
		missing = append(missing, fmt.Sprintf("%d of %d files", e.Failed, e.All))
	}
	switch {
	case e.Connections == 1:
		missing = append(missing, "all files of a connection")
	case e.Connections > 1:
		missing = append(missing, fmt.Sprintf("all files of %d connections", e.Connections))
	}
	return fmt.Sprintf("missing: %s:\n%s%s\nrun the export again with --resume to add them",
		strings.Join(missing, ", "), strings.Join(causes, "\n"), more)
}

// Run exports the tables, or the SQL's result, over a host's connections to a store and
// returns the manifest. It returns a nil error only if every partition is complete. A
// failed partition does not stop the others; a failed store does.
func Run(ctx context.Context, s *server.Server, host *embedded.Host, store Store, options Options) (
	*Manifest, error,
) {
	r := &run{
		Options: options, server: s, host: host, store: store,
		layout: layout{options.PartitionBy, options.Format},
		budget: parquetfile.NewBudget(buffered),
	}
	var err error
	if r.SQL == "" {
		if r.tables, err = ChooseTables(host.Tables(), options.Tables); err != nil {
			return nil, err
		}
	}
	before, err := r.resumed(ctx)
	if err != nil {
		return nil, err
	}
	r.journal = &journal{store: store, calls: s.Calls, manifest: r.newManifest(before)}
	if before != nil {
		r.before = before.Calls
	}
	err = r.export(ctx, before)
	// An interrupted run still records its end.
	last, cancel := afterwards(ctx)
	defer cancel()
	if failure := (*storeError)(nil); !errors.As(err, &failure) {
		err = errors.Join(err, r.writeSnapshots(last))
	}
	r.end(err)
	return r.manifest, errors.Join(err, r.write(last))
}

func (r *run) export(ctx context.Context, before *Manifest) error {
	if r.SQL != "" {
		return r.exportSQL(ctx, before)
	}
	places, err := r.places(ctx, before)
	if err != nil {
		return err
	}
	return r.exportPlaces(ctx, places)
}

// ChooseTables returns the tables with the given names, or all if there are no names.
func ChooseTables(all []*embedded.Table, chosen []string) ([]*embedded.Table, error) {
	var names []string
	var tables []*embedded.Table
	for _, t := range all {
		names = append(names, t.Name)
		if len(chosen) == 0 || slices.Contains(chosen, t.Name) {
			tables = append(tables, t)
		}
	}
	for _, name := range chosen {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("unknown table %q; tables: %s", name, strings.Join(names, ", "))
		}
	}
	return tables, nil
}

// resumed returns the manifest of the run to continue, of the same day and the same
// files, or nil if there is none.
func (r *run) resumed(ctx context.Context) (*Manifest, error) {
	if !r.Resume {
		return nil, nil
	}
	before, err := readManifest(ctx, r.store, r.Shard.manifestName())
	if err != nil || before == nil || before.Day != r.Day {
		return nil, err
	}
	if !before.sameExport(r.newManifest(nil)) {
		return nil, fmt.Errorf("%s/%s is of an export with other flags; resume with the same tables, SQL, format and "+
			"partition columns",
			r.store, r.Shard.manifestName())
	}
	return before, nil
}

func (r *run) newManifest(before *Manifest) *Manifest {
	started := now()
	m := &Manifest{
		Version: r.Version, Run: newRunID(started), Status: Running, Day: r.Day, Format: r.Format,
		PartitionBy: r.PartitionBy, Shard: r.Shard,
		Tables: []string{}, SQL: r.SQL, Started: started, Runs: 1, Partitions: []*Partition{},
	}
	for _, t := range r.tables {
		m.Tables = append(m.Tables, t.Name)
	}
	if before != nil {
		m.Started, m.Runs, m.Run = before.Started, before.Runs+1, cmp.Or(before.Run, m.Run)
	}
	return m
}

func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// end records how the export ended.
func (r *run) end(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m := r.manifest
	m.Finished, m.Status = new(now()), Complete
	var incomplete *IncompleteError
	switch {
	case errors.As(err, &incomplete):
		m.Status = Failed
	case err != nil:
		m.Status, m.Error = Failed, err.Error()
	}
	m.sum()
	m.Calls = r.callsSoFar()
}

// outcome returns the error of an export with incomplete partitions.
func (r *run) outcome() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := &IncompleteError{All: len(r.manifest.Partitions), Connections: len(r.manifest.FailedConnections)}
	causes := map[string]bool{}
	for _, p := range r.manifest.incomplete() {
		e.Failed++
		if p.Error != "" {
			causes[p.Error] = true
		}
	}
	for _, c := range r.manifest.FailedConnections {
		causes[c.Error] = true
	}
	if e.Failed == 0 && e.Connections == 0 {
		return nil
	}
	e.Causes = slices.Sorted(maps.Keys(causes))
	return e
}
