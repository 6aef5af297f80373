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

// ManifestName is the name of the manifest of an undivided export. The name for a shard
// contains its number: _manifest-0-of-4.json. Engines ignore files whose names begin
// with an underscore.
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

// Manifest describes an export. It is stored as JSON in the destination.
type Manifest struct {
	// Version is the version of the command that wrote the manifest.
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
	// Rows counts the rows of the complete partitions.
	Rows int64 `json:"rows"`
	// Calls counts the requests sent to AWS, including retries, by operation, over all
	// runs of the export.
	Calls map[string]int `json:"calls"`
	// Runs is the number of those runs.
	Runs int `json:"runs"`

	FailedConnections []FailedConnection `json:"failed_connections,omitempty"`
	Partitions        []*Partition       `json:"partitions"`
	Error             string             `json:"error,omitempty"`
}

// Partition is a file of an export: a table's rows for an account in a region, or the
// result of SQL.
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
	// Skipped lists things without rows because of an error that AWS or the
	// configuration allows to be ignored.
	Skipped []Skipped `json:"skipped,omitempty"`
	Error   string    `json:"error,omitempty"`
}

// Skipped counts the things of a kind without rows, with the reason.
type Skipped struct {
	Kind  string `json:"kind"` // region, node, association ...
	Code  string `json:"code"` // AWS's error code, such as InvalidInstanceId
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

// complete returns the complete partitions by path.
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

// incomplete returns the incomplete partitions.
func (m *Manifest) incomplete() []*Partition {
	return slices.DeleteFunc(slices.Clone(m.Partitions), func(p *Partition) bool { return p.Status == Complete })
}

// sameExport reports whether two manifests belong to the same export, so that one run
// can resume the other.
func (m *Manifest) sameExport(other *Manifest) bool {
	return m.Format == other.Format && m.Shard == other.Shard && m.SQL == other.SQL &&
		slices.Equal(m.PartitionBy, other.PartitionBy) && slices.Equal(m.Tables, other.Tables)
}

// readManifest returns a shard's manifest, or nil if there is none.
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

// ReadManifests returns the manifests of all shards in a folder.
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
