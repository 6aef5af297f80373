package ssmassoc

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/aws"

	"steampipe-plugin-ssmassoc/internal/awsconn"
	"steampipe-plugin-ssmassoc/internal/throttle"
)

// errNotAdvancing is the error of a read whose pagination token leads back to where
// the read has been. Reading on would never end, or would find the same rows again.
var errNotAdvancing = errors.New("AWS returned a pagination token that it had returned before")

// errSamePage is the same for a page whose token is new, or that has none.
var errSamePage = errors.New("AWS returned a page that it had returned before")

const (
	// maxRestarts bounds how often a read starts anew because its pagination token
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
)

// pageRequest asks for one page of a paginated operation.
type pageRequest struct {
	filters []filter
	token   *string // nil for the first page
	size    int32   // the greatest number of items
}

// pageReader calls a paginated operation for one page. A nil or empty next token
// ends the pages; an empty page does not.
type pageReader[Item any] func(context.Context, pageRequest) (items []Item, next *string, err error)

// pagedRead reads the pages of an operation in one region.
type pagedRead[Item any] struct {
	region    *awsconn.Region
	operation string
	filters   []filter
	size      int // of a page, in items
	page      pageReader[Item]
}

// gather returns the items of all pages, or of the first pages that hold limit items
// (0 for no limit) for which counts returns true. An item that an earlier page had, as
// happens when items arrive between two calls, is left out. If id is not nil, so is every
// item whose ID came before. The result is complete or an error: a read that starts anew
// forgets what it had gathered.
func (r pagedRead[Item]) gather(
	ctx context.Context, limit int, counts func(*Item) bool, id func(*Item) string,
) ([]Item, error) {
	var items []Item
	err := restarting(func() error {
		items = nil
		counted := 0
		repeats := repeats[Item]{id: id}
		return r.each(ctx, true, func(page []Item) (bool, error) {
			if items == nil && id == nil {
				items = page
			} else {
				page = repeats.without(items, page)
				items = append(items, page...)
			}
			for i := range page {
				if limit > 0 && counts(&page[i]) {
					counted++
				}
			}
			return limit == 0 || counted < limit, nil
		})
	})
	return items, err
}

// repeats holds the items of the pages of a read, to find those that come again.
type repeats[Item any] struct {
	id   func(*Item) string // nil to compare whole items, of different pages alone
	seen map[string]bool
}

// without returns the items of a page that are not among the earlier ones.
func (r *repeats[Item]) without(earlier, page []Item) []Item {
	if r.seen == nil { // this is the second page; most reads have one
		r.seen = map[string]bool{}
		for i := range earlier {
			r.seen[identity(&earlier[i])] = true
		}
	}
	ids := make([]string, len(page))
	fresh := page[:0:0]
	for i := range page {
		if r.id != nil {
			ids[i] = r.id(&page[i])
		} else {
			ids[i] = identity(&page[i])
		}
		if !r.seen[ids[i]] {
			fresh = append(fresh, page[i])
			r.seen[ids[i]] = r.id != nil
		}
	}
	for _, id := range ids {
		r.seen[id] = true
	}
	return fresh
}

// restarting runs a read, and starts it anew when its pagination token has expired.
func restarting(read func() error) error {
	badToken := func(err error) bool {
		return awsconn.IsStaleToken(err) || errors.Is(err, errNotAdvancing) || errors.Is(err, errSamePage)
	}
	return throttle.Again(maxRestarts, badToken, read)
}

// each passes page after page to take, until take returns false. gathered says that
// the caller keeps the pages until it has all of them.
func (r pagedRead[Item]) each(ctx context.Context, gathered bool, take func([]Item) (bool, error)) error {
	var (
		token *string
		trail = trail[Item]{seen: map[[sha256.Size]byte]bool{}, mostEmpty: maxEmptyPages}
	)
	if anyRefusable(r.filters) {
		trail.mostEmpty = maxFilteredPages
	}
	ctx, length := r.region.StartRead(ctx, gathered)
	defer length.End()
	for {
		page, next, err := r.fetch(ctx, token)
		if err != nil {
			return err
		}
		err = trail.leads(page, aws.ToString(next))
		if err == nil {
			err = length.MayGoOn(ctx)
		}
		if err != nil {
			return fmt.Errorf("%s in %s: %w", r.operation, r.region.Name, err)
		}
		if more, err := take(page); err != nil || !more {
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

// fetch calls the operation for the page behind a token.
func (r pagedRead[Item]) fetch(ctx context.Context, token *string) ([]Item, *string, error) {
	type page struct {
		items []Item
		next  *string
	}
	p, err := awsconn.Call(ctx, r.region, r.operation, func() (p page, err error) {
		p.items, p.next, err = r.page(ctx, pageRequest{r.filters, token, int32(r.size)})
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
	mostEmpty   int // in a row
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
	if t.emptyInARow == t.mostEmpty {
		return fmt.Errorf("AWS returned %d empty pages in a row, each with a token for another", t.mostEmpty)
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
