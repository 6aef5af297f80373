package engine

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/aws"

	"steampipe-plugin-ssmassoc/internal/aws/awsconn"
	"steampipe-plugin-ssmassoc/internal/aws/throttle"
)

// errNotAdvancing is the error of a read whose pagination token leads back to where
// the read has been. Reading on would never end, or would find the same rows again.
var errNotAdvancing = errors.New("AWS returned a pagination token that it had returned before")

// errSamePage is the same for a page whose token is new, or that has none.
var errSamePage = errors.New("AWS returned a page that it had returned before")

const (
	// maxRestarts bounds how often a read restarts because its pagination token
	// has expired.
	maxRestarts = 3
	// maxEmptyRepeats bounds how often a token may come again with an empty page,
	// where no item can be found twice.
	maxEmptyRepeats = 20
	// maxEmptyPages bounds the empty pages in a row, each with a new token.
	maxEmptyPages = 500
	// maxFilteredPages is this bound for a read with filters. AWS applies some of them
	// after paging, and then returns an empty page for every 50 items that they exclude.
	maxFilteredPages = 200_000
	// maxTokenBytes bounds a pagination token. AWS's tokens have a few hundred bytes.
	maxTokenBytes = 16 << 10
	// maxPageItems bounds the items of a page. AWS never returns more than it is
	// asked for, 50; a stand-in for AWS may return everything at once.
	maxPageItems = 1_000
	// maxPages bounds the pages of a read.
	maxPages = 200_000
)

// PageRequest asks for one page of a paginated operation.
type PageRequest struct {
	Filters []Filter
	Token   *string // nil for the first page
	Size    int32   // the greatest number of items
}

// pageReader calls a paginated operation for one page. A nil or empty next token
// ends the pages; an empty page does not.
type pageReader[Item any] func(context.Context, PageRequest) (items []Item, next *string, err error)

// pagedRead reads the pages of an operation in one region.
type pagedRead[Item any] struct {
	region    *awsconn.Region
	operation string
	filters   []Filter
	size      int // of a page, in items
	least     int // the smallest size of a page that the operation returns
	page      pageReader[Item]
}

// restarting runs a read, and restarts it when its pagination token has expired.
func restarting(read func() error) error {
	badToken := func(err error) bool {
		return awsconn.IsStaleToken(err) || errors.Is(err, errNotAdvancing) || errors.Is(err, errSamePage)
	}
	return throttle.Again(maxRestarts, badToken, read)
}

// each passes page after page to take, until take returns false. gathered says that
// the caller keeps the pages until it has all of them or, as take is told, until the read
// has become long.
func (r pagedRead[Item]) each(
	ctx context.Context, gathered bool, take func(page []Item, streams bool) (bool, error),
) error {
	var (
		token *string
		trail = trail[Item]{seen: map[[sha256.Size]byte]bool{}, maxEmpty: maxEmptyPages}
	)
	if anyRefusable(r.filters) {
		trail.maxEmpty = maxFilteredPages
	}
	ctx, length := r.region.StartRead(ctx, gathered)
	defer length.End()
	for {
		page, next, err := r.within(ctx, token, length)
		if err != nil && token != nil {
			return &laterPageError{err}
		}
		if err != nil {
			return err
		}
		if err := trail.leads(page, aws.ToString(next)); err != nil {
			return fmt.Errorf("%s in %s: %w", r.operation, r.region.Name, err)
		}
		streams, err := length.Took(ctx)
		if err != nil {
			return err
		}
		if more, err := take(page, streams); err != nil || !more {
			return err
		}
		if aws.ToString(next) == "" {
			return nil
		}
		if err := trail.follow(*next, len(page) == 0); err != nil {
			return fmt.Errorf("%s in %s: %w", r.operation, r.region.Name, err)
		}
		token = next
	}
}

// laterPageError is the error of a page other than the first.
type laterPageError struct{ error }

func (e *laterPageError) Unwrap() error { return e.error }

// within fetches the page behind a token in bounded memory. It asks again for a page that is
// too large, in the end with fewer items. Later pages are then as small.
func (r *pagedRead[Item]) within(
	ctx context.Context, token *string, length *awsconn.ReadSize,
) (items []Item, next *string, err error) {
	if err := length.Begin(ctx); err != nil {
		return nil, nil, err
	}
	for {
		items, next, err = r.fetch(ctx, token)
		if !awsconn.IsTooLarge(err) {
			return items, next, err
		}
		smallest := r.size <= r.least
		raised, raiseErr := length.Raise(ctx, smallest)
		switch {
		case raiseErr != nil:
			return nil, nil, raiseErr
		case !raised && smallest:
			return nil, nil, err
		case !raised:
			r.size = max(r.least, r.size/smallerPages)
		}
	}
}

// smallerPages is the factor by which pages shrink that are too large.
const smallerPages = 8

// fetch calls the operation for the page behind a token.
func (r pagedRead[Item]) fetch(ctx context.Context, token *string) ([]Item, *string, error) {
	type page struct {
		items []Item
		next  *string
	}
	p, err := awsconn.Call(ctx, r.region, r.operation, func() (p page, err error) {
		p.items, p.next, err = r.page(ctx, PageRequest{r.filters, token, int32(r.size)})
		return p, err
	})
	return p.items, p.next, err
}

// trail records where a read of pages has been, and detects pages that lead nowhere.
type trail[Item any] struct {
	previous []Item // the last page that was not empty
	// mark is an earlier page that was not empty: the first, second, fourth, eighth
	// and so on, in turn. Pages that go in a circle come back to one of them
	// (Brent's algorithm).
	mark  []Item
	pages int // that were not empty

	seen        map[[sha256.Size]byte]bool // tokens, as hashes
	repeats     int
	emptyInARow int
	maxEmpty    int // in a row
}

// leads returns an error if a page is one that came before. next is the token that came
// with it.
func (t *trail[Item]) leads(page []Item, next string) error {
	if len(page) == 0 {
		return nil
	}
	if len(page) > maxPageItems {
		return fmt.Errorf("AWS returned a page of %d items", len(page))
	}
	if t.pages == maxPages {
		return fmt.Errorf("AWS returned more than %d pages; ask for less at once", maxPages)
	}
	if reflect.DeepEqual(page, t.previous) || reflect.DeepEqual(page, t.mark) {
		if t.seen[sha256.Sum256([]byte(next))] {
			return errNotAdvancing
		}
		return errSamePage
	}
	t.previous = page
	if t.pages++; t.pages&(t.pages-1) == 0 {
		t.mark = page
	}
	return nil
}

// follow returns an error if a token leads back, or from one empty page to the next
// without end.
func (t *trail[Item]) follow(token string, empty bool) error {
	if len(token) > maxTokenBytes {
		return fmt.Errorf("AWS returned a pagination token of %d bytes, which is not one of its own", len(token))
	}
	if t.emptyInARow++; !empty {
		t.emptyInARow = 0
	}
	if t.emptyInARow == t.maxEmpty {
		return fmt.Errorf("AWS returned %d empty pages in a row, each with a token for another", t.maxEmpty)
	}
	hash := sha256.Sum256([]byte(token))
	if t.seen[hash] {
		if t.repeats++; !empty || t.repeats > maxEmptyRepeats {
			return errNotAdvancing
		}
	}
	t.seen[hash] = true
	return nil
}
