// Package export writes what the plugin's tables have to files that query engines
// read as they are, from as many machines as it takes.
//
// The unit of work is a place, a region that a connection reads. Each table's rows
// of a place are one file, which appears when it is complete: a reader finds all of
// them or, where AWS refused, none. A [Manifest] beside the files says what each
// cost and skipped, and what a run that failed has left to [Options.Resume].
//
// The rule by which [NewPlan] divides the places among shards needs the
// configuration alone, so shards on different machines need not know of each other.
package export

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"steampipe-plugin-ssmassoc/internal/embedded"
	"steampipe-plugin-ssmassoc/internal/parquetfile"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

// Options are what an export does.
type Options struct {
	// Tables are exported; all where there is none.
	Tables []string
	// SQL is exported instead of tables, as one file of the table Name.
	SQL  string
	Name string

	Format      string
	PartitionBy []string
	Shard       Shard
	// Day is the day of the snapshot, as 2006-01-02. Shards and runs that resume
	// others must have the same.
	Day    string
	Resume bool
	// Version goes to the manifest.
	Version string
}

const (
	// placesAtOnce bounds the places that are read at the same time: enough for as
	// many requests as the plugin has in flight at most.
	placesAtOnce = 32
	// buffered bounds what the files that are open at once hold, in bytes.
	buffered = 16 << 20
	// lastWrite bounds how long an export that was interrupted takes to say so in
	// its manifest.
	lastWrite = 10 * time.Second
)

// Settings of the plugin's cache that suit an export: the tables of a place share
// listings, each of which is read once.
const (
	CacheMB         = 16
	CacheTTLSeconds = 3600
)

// run is one run of an export.
type run struct {
	Options
	server *ssmassoc.Server
	host   *embedded.Host
	store  Store
	layout layout
	budget *parquetfile.Budget
	tables []*embedded.Table
	*journal
}

// IncompleteError is the error of an export of which some partitions failed. The
// others are complete.
type IncompleteError struct {
	Failed, All int // partitions
	Connections int // of which nothing could be read
	// Causes are what failed, each once.
	Causes []string
}

// mostCauses is how many causes a message has.
const mostCauses = 10

func (e *IncompleteError) Error() string {
	causes := e.Causes
	more := ""
	if len(causes) > mostCauses {
		more = fmt.Sprintf("\nand %d more, which the manifest has", len(causes)-mostCauses)
		causes = causes[:mostCauses]
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

// Run exports what the options say of a host's connections to a store and returns
// the manifest. It returns nil only when every partition is complete; one that
// failed does not keep others from it, unless the store failed.
func Run(ctx context.Context, server *ssmassoc.Server, host *embedded.Host, store Store, options Options) (
	*Manifest, error,
) {
	r := &run{
		Options: options, server: server, host: host, store: store,
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
	r.journal = &journal{store: store, calls: server.Calls, manifest: r.newManifest(before)}
	if before != nil {
		r.before = before.Calls
	}
	err = r.export(ctx, before)
	r.end(err)
	// What was interrupted still says so.
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWrite)
	defer cancel()
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

// ChooseTables returns the tables of the given names, or all where there is none.
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
			return nil, fmt.Errorf("there is no table %q; there are %s", name, strings.Join(names, ", "))
		}
	}
	return tables, nil
}

// resumed returns the manifest of the run that this one continues: of the same day,
// and for the same files. It returns nil where there is none.
func (r *run) resumed(ctx context.Context) (*Manifest, error) {
	if !r.Resume {
		return nil, nil
	}
	before, err := readManifest(ctx, r.store, r.Shard)
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
	m := &Manifest{
		Version: r.Version, Status: Running, Day: r.Day, Format: r.Format, PartitionBy: r.PartitionBy, Shard: r.Shard,
		Tables: []string{}, SQL: r.SQL, Started: now(), Runs: 1, Partitions: []*Partition{},
	}
	for _, t := range r.tables {
		m.Tables = append(m.Tables, t.Name)
	}
	if before != nil {
		m.Started, m.Runs = before.Started, before.Runs+1
	}
	return m
}

func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// end notes how the export ended.
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

// outcome is the error of an export whose partitions did not all complete.
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
