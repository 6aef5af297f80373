package awsconn

import (
	"context"
	"errors"

	"golang.org/x/sync/semaphore"
)

// bound bounds an answer: its bytes, decompressed, and its values. A list of empty objects
// takes a hundred times as much memory decoded as it has bytes.
type bound struct{ bytes, values int }

// The bounds on an answer of SSM. AWS's model leaves most texts and lists without a limit,
// so that a valid page may be of any size. One beyond a bound is asked for again: by a read
// that has its turn, then with fewer items, and at last with as few as the operation
// returns.
var (
	// rowsBound is for reads that gather their rows, of which many are in flight.
	// Typical rows have 0.5 KB, so that a page has some 25 KB.
	rowsBound = bound{512 << 10, 50_000}
	// pageBound is for listings, and for gathering reads in their turn.
	pageBound = bound{4 << 20, 50_000}
	// itemBound is for the smallest page, and for operations that return one item. The
	// largest target maps that the model allows, 300 with 20 keys and 25 values of 50
	// characters each, take 9 MB and 160,000 values.
	itemBound = bound{16 << 20, 400_000}
)

const (
	// Reads that gather more than their share of shortReads bytes (some 1,500 rows
	// with 16 reads at once) take turns, maxLongReads of a connection at once; only
	// one at a time may have an answer beyond rowsBound. So the memory of reads does not
	// grow with their number.
	shortReads   = 8 << 20
	maxLongReads = 6
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
		long:    semaphore.NewWeighted(maxLongReads),
		longest: semaphore.NewWeighted(1),
	}
}

// ReadSize bounds the memory of one read, whose calls come one after another.
type ReadSize struct {
	bytes int // of the answers so far
	most  bound
	turns *longReads // nil for a listing, whose items leave page by page
	held  []*semaphore.Weighted
	// streams is set when the pages of a read with turns leave as they come.
	streams bool
}

type readSizeKey struct{}

// boundOf returns the bound on an answer to the read that ctx belongs to.
func boundOf(ctx context.Context) bound {
	if size, ok := ctx.Value(readSizeKey{}).(*ReadSize); ok {
		return size.most
	}
	return pageBound
}

// noteSize adds the bytes of an answer to the size of the read that ctx belongs to.
func noteSize(ctx context.Context, answer int) {
	if size, ok := ctx.Value(readSizeKey{}).(*ReadSize); ok {
		size.bytes += answer
	}
}

// tooLargeError is the error of an answer beyond its bound.
type tooLargeError struct{ error }

// IsTooLarge reports whether err means that an answer was larger than its read may hold.
// See [ReadSize.Raise].
func IsTooLarge(err error) bool { return errors.As(err, new(*tooLargeError)) }

// Raise raises the bound on the answers to the read after one was too large: it waits for
// the read's turn, or lets the smallest page be as large as an item may be. It returns
// false if only a smaller page helps.
func (s *ReadSize) Raise(ctx context.Context, smallest bool) (bool, error) {
	switch {
	case s.most == rowsBound:
		s.most = pageBound
		return true, s.Begin(ctx)
	case smallest && s.most == pageBound:
		s.most = itemBound
		return true, nil
	}
	return false, nil
}

// Begin waits for the turn of the longest read before a call whose answer may be large.
func (s *ReadSize) Begin(ctx context.Context) error {
	if s.turns == nil || s.most == rowsBound {
		return nil
	}
	return s.takeAll(ctx)
}

// longestRead is the size from which the rows of a read leave as they come, instead of
// once all are there.
const longestRead = 2 << 20

// Took notes that a page has come. It returns true if the caller must keep no more than
// that page, now that the read has become long. The read then holds no turn: its rows wait
// for a host, which may be waiting for those of another read.
func (s *ReadSize) Took(ctx context.Context) (streams bool, err error) {
	if s.turns == nil {
		return true, nil
	}
	if s.streams = s.streams || s.bytes > longestRead; s.streams {
		s.End()
		return true, nil
	}
	if s.bytes > s.turns.short && len(s.held) == 0 {
		return false, s.take(ctx, s.turns.long)
	}
	return false, nil
}

// takeAll waits for the turn of the longest read.
func (s *ReadSize) takeAll(ctx context.Context) error {
	for _, turns := range []*semaphore.Weighted{s.turns.long, s.turns.longest}[len(s.held):] {
		if err := s.take(ctx, turns); err != nil {
			return err
		}
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
