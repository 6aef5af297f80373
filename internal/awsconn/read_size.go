package awsconn

import (
	"context"
	"fmt"

	"golang.org/x/sync/semaphore"
)

// How long the answers to one read may be over all its pages, in bytes.
const (
	// mostListedBytes bounds a listing, whose items leave page by page: some
	// 140,000 nodes of a region.
	mostListedBytes = 128 << 20
	// mostGatheredBytes bounds a read whose rows are gathered before the first
	// one leaves: some 80,000 targets of an execution.
	mostGatheredBytes = 24 << 20
	// The reads that gather more than their share of shortReads bytes, which is
	// some 1,500 rows where 16 are read at once, take turns, mostLongReads at
	// once in a connection; one of more than longestRead bytes is the only one.
	// So the memory that reads take does not grow with their number.
	shortReads    = 8 << 20
	longestRead   = 2 << 20
	mostLongReads = 6
)

// longReads are the turns of a connection's reads that gather much.
type longReads struct {
	short         int // the most bytes of a read that takes no turn
	long, longest *semaphore.Weighted
}

// newLongReads returns the turns of reads of which so many are under way at once.
func newLongReads(atOnce int) longReads {
	return longReads{
		short:   shortReads / atOnce,
		long:    semaphore.NewWeighted(mostLongReads),
		longest: semaphore.NewWeighted(1),
	}
}

// ReadSize is the size of the answers to one read. One call comes after another.
type ReadSize struct {
	bytes int
	turns *longReads // nil for a read that gathers nothing
	held  []*semaphore.Weighted
}

type readSizeKey struct{}

// isGathered reports whether ctx is of a read that gathers its rows.
func isGathered(ctx context.Context) bool {
	size, ok := ctx.Value(readSizeKey{}).(*ReadSize)
	return ok && size.turns != nil
}

// noteSize adds an answer to the size of the read that it belongs to.
func noteSize(ctx context.Context, answer int) {
	if size, ok := ctx.Value(readSizeKey{}).(*ReadSize); ok {
		size.bytes += answer
	}
}

// MayGoOn waits for the read's turn, if it has become long, and returns an error
// when it has become too long.
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
	// The read that is the longest waits for nothing more, so that the others
	// get their turn.
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
