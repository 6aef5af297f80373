package awsconn

import (
	"context"
	"fmt"

	"golang.org/x/sync/semaphore"
)

// The bounds on the answers to one read over all its pages, in bytes.
const (
	// mostListedBytes bounds a listing, whose items leave page by page: some 140,000
	// nodes in a region.
	mostListedBytes = 128 << 20
	// mostGatheredBytes bounds a read that gathers its rows before the first leaves:
	// some 80,000 targets of an execution.
	mostGatheredBytes = 24 << 20
	// Reads that gather more than their share of shortReads bytes (some 1,500 rows
	// with 16 reads at once) take turns, mostLongReads of a connection at once; only
	// one of these may exceed longestRead bytes. So the memory of reads does not grow
	// with their number.
	shortReads    = 8 << 20
	longestRead   = 2 << 20
	mostLongReads = 6
)

// longReads holds the turns of a connection's long reads.
type longReads struct {
	short         int // the greatest size of a read that needs no turn, in bytes
	long, longest *semaphore.Weighted
}

// newLongReads returns the turns of a connection with atOnce reads under way at once.
func newLongReads(atOnce int) longReads {
	return longReads{
		short:   shortReads / atOnce,
		long:    semaphore.NewWeighted(mostLongReads),
		longest: semaphore.NewWeighted(1),
	}
}

// ReadSize is the size of the answers to one read, whose calls come one after another.
type ReadSize struct {
	bytes int
	turns *longReads // nil for a read that does not gather its rows
	held  []*semaphore.Weighted
}

type readSizeKey struct{}

// isGathered reports whether ctx belongs to a read that gathers its rows.
func isGathered(ctx context.Context) bool {
	size, ok := ctx.Value(readSizeKey{}).(*ReadSize)
	return ok && size.turns != nil
}

// noteSize adds the bytes of an answer to the size of the read that ctx belongs to.
func noteSize(ctx context.Context, answer int) {
	if size, ok := ctx.Value(readSizeKey{}).(*ReadSize); ok {
		size.bytes += answer
	}
}

// MayGoOn waits for the read's turn if the read has become long, and returns an error if it
// has become too long.
func (s *ReadSize) MayGoOn(ctx context.Context) error {
	most := mostListedBytes
	if s.turns != nil {
		most = mostGatheredBytes
	}
	if s.bytes > most {
		return fmt.Errorf("AWS answered with more than %d MB, over all pages; ask for less at once", most>>20)
	}
	if s.turns == nil {
		return nil
	}
	// The longest read does not wait again, so that the others get their turn.
	if s.bytes > s.turns.short && len(s.held) == 0 {
		if err := s.take(ctx, s.turns.long); err != nil {
			return err
		}
	}
	if s.bytes > longestRead && len(s.held) == 1 {
		return s.take(ctx, s.turns.longest)
	}
	return nil
}

func (s *ReadSize) take(ctx context.Context, turns *semaphore.Weighted) error {
	if err := turns.Acquire(ctx, 1); err != nil {
		return context.Cause(ctx)
	}
	s.held = append(s.held, turns)
	return nil
}

// End gives the read's turns to others.
func (s *ReadSize) End() {
	for _, turns := range s.held {
		turns.Release(1)
	}
	s.held = nil
}
