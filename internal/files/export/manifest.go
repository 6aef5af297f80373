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
	"strings"
	"time"
)

// ManifestName is the name of the manifest of an undivided export. The name for a shard
// contains its number: _manifest-0-of-4.json. Engines ignore files whose names begin
// with an underscore.
const ManifestName = manifestPrefix + manifestSuffix

const (
	manifestPrefix = "_manifest"
	manifestSuffix = ".json"
)

func (s Shard) manifestName() string {
	if s == Whole {
		return ManifestName
	}
	return fmt.Sprintf("%s-%d-of-%d%s", manifestPrefix, s.Index, s.Count, manifestSuffix)
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
	// Run identifies the export in the table of snapshots. It begins with the start,
	// as in 20260301T080000.000Z, so that later exports sort after earlier ones.
	Run    string `json:"run,omitempty"`
	Status string `json:"status"` // running, complete or failed
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
	// Earlier are the files of the same day that earlier exports wrote to the
	// destination and that this one does not replace.
	Earlier []*Partition `json:"earlier,omitempty"`
	// Notes say what else a reader of the files should know.
	Notes []string `json:"notes,omitempty"`
	Error string   `json:"error,omitempty"`
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

	Rows int64 `json:"rows"`
	Contents
	// ReadAgain is how the file differed from what an earlier run had written, so that
	// this run read it again.
	ReadAgain string `json:"read_again,omitempty"`

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

// complete returns the complete partitions.
func (m *Manifest) complete() []*Partition {
	return slices.DeleteFunc(slices.Clone(m.Partitions), func(p *Partition) bool { return p.Status != Complete })
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

// readManifest returns the manifest of a name, or nil if there is none.
func readManifest(ctx context.Context, store Store, name string) (*Manifest, error) {
	text, err := store.Read(ctx, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var m Manifest
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s/%s: %w", store, name, err)
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
	files, err := manifestsIn(dir)
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

// manifestsIn returns the manifest files in a folder.
func manifestsIn(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), manifestPrefix) && strings.HasSuffix(e.Name(), manifestSuffix) {
			files = append(files, filepath.Join(dir, e.Name()))
		}
	}
	return files, nil
}
