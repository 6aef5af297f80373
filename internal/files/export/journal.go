package export

import (
	"context"
	"sync"
	"time"
)

// journal keeps the manifest in the destination up to date during an export, so that a
// killed run can be resumed. It is safe for concurrent use.
type journal struct {
	store Store
	calls func() map[string]int // of this run

	mu       sync.Mutex
	manifest *Manifest
	before   map[string]int // the calls of earlier runs

	writing sync.Mutex
	written time.Time     // end of the last write
	took    time.Duration // duration of the last write
}

// restPerWrite is the pause after a write, as a multiple of its duration: writing a
// manifest of thousands of partitions takes time.
const restPerWrite = 10

// begin writes the manifest for the first time.
func (j *journal) begin(ctx context.Context) error { return j.write(ctx) }

// update changes the manifest and writes it, unless another write is in progress or
// just ended; the next update then writes this change too.
func (j *journal) update(ctx context.Context, change func()) error {
	j.mu.Lock()
	change()
	j.mu.Unlock()
	if !j.writing.TryLock() {
		return nil
	}
	defer j.writing.Unlock()
	if time.Since(j.written) < restPerWrite*j.took {
		return nil
	}
	return j.writeLocked(ctx)
}

func (j *journal) write(ctx context.Context) error {
	j.writing.Lock()
	defer j.writing.Unlock()
	return j.writeLocked(ctx)
}

func (j *journal) writeLocked(ctx context.Context) error {
	start := time.Now()
	j.mu.Lock()
	snapshot := *j.manifest
	snapshot.Partitions = make([]*Partition, len(j.manifest.Partitions))
	for i, p := range j.manifest.Partitions {
		partition := *p
		snapshot.Partitions[i] = &partition
	}
	j.mu.Unlock()
	snapshot.Calls = j.callsSoFar()
	snapshot.sum()
	err := snapshot.write(ctx, j.store)
	j.written = time.Now()
	j.took = j.written.Sub(start)
	return err
}

// callsSoFar returns the calls of this run and of earlier ones.
func (j *journal) callsSoFar() map[string]int {
	calls := map[string]int{}
	for _, some := range []map[string]int{j.before, j.calls()} {
		for operation, n := range some {
			calls[operation] += n
		}
	}
	return calls
}
