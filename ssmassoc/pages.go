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

// errNotAdvancing is the error of a read whose pagination token leads back to
// where it has been. Reading on would never end, or find the same rows again.
var errNotAdvancing = errors.New("AWS returned a pagination token that it had returned before")

const (
	// maxRestarts bounds how often a read starts anew because its pagination
	// token was no longer good.
	maxRestarts = 3
	// maxEmptyRepeats bounds how often a token may come again with an empty
	// page, where nothing can be found twice.
	maxEmptyRepeats = 20
	// maxEmptyPages bounds the empty pages in a row, each with a token of its
	// own. AWS answers with some where it filters what it has paged: one for
	// every 50 items that a filter leaves out.
	maxEmptyPages = 500
	// maxTokenBytes bounds a pagination token. Those of AWS have some hundred
	// bytes.
	maxTokenBytes = 16 << 10
	// maxPageItems bounds the items of a page. AWS never returns more than it
	// is asked for, 50; its stand-ins may return all at once.
	maxPageItems = 1_000
)

// pageRequest asks for one page of a paginated operation.
type pageRequest struct {
	filters []filter
	token   *string
	size    int32
}

// pageReader reads one page of at most size items of a paginated operation. A
// nil or empty next token is the end; an empty page is not.
type pageReader[T any] func(ctx context.Context, token *string, size int32) (items []T, next *string, err error)

// readPages gathers the items of all pages of a paginated operation, or of as
// many pages as hold limit items (0 for all) that count. The result is complete
// or an error: a read that starts anew forgets what it had gathered.
func readPages[T any](ctx context.Context, r *awsconn.Region, operation string, limit int, counts func(*T) bool, size int, read pageReader[T]) ([]T, error) {
	var items []T
	err := restarting(func() error {
		items = nil
		counted := 0
		return eachPage(ctx, r, operation, true, size, read, func(page []T) (bool, error) {
			if items == nil {
				items = page
			} else {
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

// restarting runs a read, and runs it anew when its token was not good.
func restarting(read func() error) error {
	return throttle.Again(maxRestarts, func(err error) bool { return awsconn.IsStaleToken(err) || errors.Is(err, errNotAdvancing) }, read)
}

// eachPage passes the pages of a paginated operation to take, until that
// returns false. gathered says whether the pages are gathered before their first
// item leaves.
func eachPage[T any](ctx context.Context, r *awsconn.Region, operation string, gathered bool, size int, read pageReader[T], take func([]T) (bool, error)) error {
	var (
		token *string
		trail = trail[T]{seen: map[[sha256.Size]byte]bool{}}
	)
	ctx, length := r.StartRead(ctx, gathered)
	defer length.End()
	for {
		page, next, err := fetchPage(ctx, r, operation, token, int32(size), read)
		if err != nil {
			return err
		}
		err = trail.leads(page)
		if err == nil {
			err = length.MayGoOn(ctx)
		}
		if err != nil {
			return fmt.Errorf("%s in %s: %w", operation, r.Name, err)
		}
		if more, err := take(page); err != nil || !more {
			return err
		}
		if aws.ToString(next) == "" {
			return nil
		}
		if err := trail.follow(*next, len(page) == 0); err != nil {
			return fmt.Errorf("%s in %s: %w", operation, r.Name, err)
		}
		token = next
	}
}

// trail is where a read of pages has been: it finds out when the pages lead
// nowhere.
type trail[T any] struct {
	previous []T // the last page that was not empty
	// mark is an earlier page, the first, second, fourth, eighth and so on that
	// was not empty, in turn: pages that go in a circle come back to one of
	// them (Brent's algorithm).
	mark  []T
	pages int // that were not empty

	seen        map[[sha256.Size]byte]bool // tokens, as hashes
	repeats     int
	emptyInARow int
}

// leads returns an error when a page is one that came before.
func (t *trail[T]) leads(page []T) error {
	if len(page) == 0 {
		return nil
	}
	if len(page) > maxPageItems {
		return fmt.Errorf("AWS returned a page of %d items", len(page))
	}
	if reflect.DeepEqual(page, t.previous) || reflect.DeepEqual(page, t.mark) {
		return errNotAdvancing // a new token, and the same page
	}
	t.previous = page
	if t.pages++; t.pages&(t.pages-1) == 0 {
		t.mark = page
	}
	return nil
}

// follow returns an error when a token leads back, or from one empty page to
// the next without end.
func (t *trail[T]) follow(token string, empty bool) error {
	if len(token) > maxTokenBytes {
		return fmt.Errorf("AWS returned a pagination token of %d bytes, which is not one of its own", len(token))
	}
	if t.emptyInARow++; !empty {
		t.emptyInARow = 0
	}
	if t.emptyInARow == maxEmptyPages {
		return fmt.Errorf("AWS returned %d empty pages in a row, each with a token for another", maxEmptyPages)
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

// fetchPage makes one call.
func fetchPage[T any](ctx context.Context, r *awsconn.Region, operation string, token *string, size int32, read pageReader[T]) ([]T, *string, error) {
	type page struct {
		items []T
		next  *string
	}
	p, err := awsconn.Call(ctx, r, operation, func() (p page, err error) {
		p.items, p.next, err = read(ctx, token, size)
		return p, err
	})
	return p.items, p.next, err
}
