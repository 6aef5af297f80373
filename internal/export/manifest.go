package export

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// ManifestName is the name of the manifest of an export that is not divided. That
// of a shard has its number besides: _manifest-0-of-4.json. Engines pass over files
// whose names begin with an underscore.
const ManifestName = "_manifest.json"

func (s Shard) manifestName() string {
	if s == Whole {
		return ManifestName
	}
	return fmt.Sprintf("_manifest-%d-of-%d.json", s.Index, s.Count)
}

// The states of an export and of its partitions.
const (
	Pending  = "pending"
	Running  = "running"
	Complete = "complete"
	Failed   = "failed"
)

// Manifest is what an export tells of itself, in JSON, in the destination.
type Manifest struct {
	// Version is of the command that wrote it.
	Version string `json:"version"`
	Status  string `json:"status"` // running, complete or failed
	// Day is the day of the snapshot in UTC, the dt of the folders.
	Day         string   `json:"dt"`
	Format      string   `json:"format"`
	PartitionBy []string `json:"partition_by"`
	Shard       Shard    `json:"shard"`
	Tables      []string `json:"tables"`
	SQL         string   `json:"sql,omitempty"`

	Started  time.Time  `json:"started"`
	Finished *time.Time `json:"finished"`
	// Rows are those of the complete partitions.
	Rows int64 `json:"rows"`
	// Calls are the requests that AWS was sent, attempts included, by operation,
	// over all runs that it took to complete the export.
	Calls map[string]int `json:"calls"`
	// Runs is how many those are.
	Runs int `json:"runs"`

	FailedConnections []FailedConnection `json:"failed_connections,omitempty"`
	Partitions        []*Partition       `json:"partitions"`
	Error             string             `json:"error,omitempty"`
}

// Partition is a file of an export: a table's rows of an account in a region, or
// the result of SQL.
type Partition struct {
	Table      string `json:"table"`
	Connection string `json:"connection,omitempty"`
	AccountID  string `json:"account_id,omitempty"`
	Region     string `json:"region,omitempty"`
	Path       string `json:"path"`
	Status     string `json:"status"` // pending, complete or failed

	Rows     int64      `json:"rows"`
	Bytes    int64      `json:"bytes"`
	Started  *time.Time `json:"started,omitempty"`
	Finished *time.Time `json:"finished,omitempty"`
	// Skipped is what has no rows because of an error that AWS or the
	// configuration says to pass over.
	Skipped []Skipped `json:"skipped,omitempty"`
	Error   string    `json:"error,omitempty"`
}

// Skipped is how many things of a kind have no rows, and why.
type Skipped struct {
	Kind  string `json:"kind"` // region, node, association ...
	Code  string `json:"code"` // of AWS's error, such as InvalidInstanceId
	Count int    `json:"count"`
}

// sum adds up the rows of the complete partitions.
func (m *Manifest) sum() {
	m.Rows = 0
	for _, p := range m.Partitions {
		if p.Status == Complete {
			m.Rows += p.Rows
		}
	}
}

// complete returns the complete partitions by their paths.
func (m *Manifest) complete() map[string]*Partition {
	complete := map[string]*Partition{}
	if m == nil {
		return complete
	}
	for _, p := range m.Partitions {
		if p.Status == Complete {
			complete[p.Path] = p
		}
	}
	return complete
}

// incomplete returns the partitions that are not complete.
func (m *Manifest) incomplete() []*Partition {
	return slices.DeleteFunc(slices.Clone(m.Partitions), func(p *Partition) bool { return p.Status == Complete })
}

// sameExport reports whether two manifests are of one export, which can be
// resumed.
func (m *Manifest) sameExport(other *Manifest) bool {
	return m.Format == other.Format && m.Shard == other.Shard && m.SQL == other.SQL &&
		slices.Equal(m.PartitionBy, other.PartitionBy) && slices.Equal(m.Tables, other.Tables)
}

// readManifest returns the manifest of a shard, or nil where there is none.
func readManifest(ctx context.Context, store Store, shard Shard) (*Manifest, error) {
	text, err := store.Read(ctx, shard.manifestName())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var m Manifest
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s/%s: %w", store, shard.manifestName(), err)
	}
	return &m, nil
}

func (m *Manifest) write(ctx context.Context, store Store) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	upload, err := store.Begin(ctx, m.Shard.manifestName())
	if err == nil {
		if _, err = upload.Write(append(text, '\n')); err != nil {
			upload.Abandon()
		} else {
			err = upload.Commit(ctx)
		}
	}
	if err != nil {
		return fmt.Errorf("write %s/%s: %w", store, m.Shard.manifestName(), err)
	}
	return nil
}

// ReadManifests returns the manifests in a folder, of all shards.
func ReadManifests(dir string) ([]*Manifest, error) {
	files, err := filepath.Glob(filepath.Join(dir, "_manifest*.json"))
	if err != nil {
		return nil, err
	}
	var all []*Manifest
	for _, file := range files {
		text, err := os.ReadFile(file)
		var m Manifest
		if err == nil {
			err = json.Unmarshal(text, &m)
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
		all = append(all, &m)
	}
	return all, nil
}
