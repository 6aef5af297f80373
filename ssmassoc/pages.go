package ssmassoc

import (
	"context"
	"errors"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/aws"
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
)

// pageReader reads one page of at most size items of a paginated operation. A
// nil or empty next token is the end; an empty page is not.
type pageReader[T any] func(ctx context.Context, token *string, size int32) (items []T, next *string, err error)

// readPages gathers the items of all pages of a paginated operation, or of as
// many pages as hold limit items (0 for all) that count. The result is complete
// or an error: a read that starts anew forgets what it had gathered.
func readPages[T any](ctx context.Context, r *region, operation string, limit int, counts func(*T) bool, size int, read pageReader[T]) ([]T, error) {
	var items []T
	err := restarting(func() error {
		items = nil
		counted := 0
		return eachPage(ctx, r, operation, size, read, func(page []T) (bool, error) {
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
	for restarts := 0; ; restarts++ {
		err := read()
		goodToken := !isStaleToken(err) && !errors.Is(err, errNotAdvancing)
		if goodToken || restarts == maxRestarts {
			return err
		}
	}
}

// eachPage passes the pages of a paginated operation to take, until that
// returns false.
func eachPage[T any](ctx context.Context, r *region, operation string, size int, read pageReader[T], take func([]T) (bool, error)) error {
	var (
		token    *string
		previous []T // the last page that was not empty
		seen     = map[string]bool{}
		repeats  int
	)
	for {
		page, next, err := fetchPage(ctx, r, operation, token, int32(size), read)
		if err != nil {
			return err
		}
		if len(page) > 0 && reflect.DeepEqual(page, previous) {
			return errNotAdvancing // a new token, and the same page
		}
		if more, err := take(page); err != nil || !more {
			return err
		}
		if aws.ToString(next) == "" {
			return nil
		}
		if seen[*next] {
			if repeats++; len(page) > 0 || repeats > maxEmptyRepeats {
				return errNotAdvancing
			}
		}
		seen[*next] = true
		token = next
		if len(page) > 0 {
			previous = page
		}
	}
}

// fetchPage makes one call, within the region's bound of requests in flight and
// the limiters that apply to it.
func fetchPage[T any](ctx context.Context, r *region, operation string, token *string, size int32, read pageReader[T]) ([]T, *string, error) {
	if err := r.inFlight.Acquire(ctx, 1); err != nil {
		return nil, nil, err
	}
	defer r.inFlight.Release(1)
	release, err := r.connection.limiters.acquire(ctx, map[string]string{
		"connection": r.connection.name,
		"region":     r.name,
		"service":    "ssm",
		"action":     operation,
	})
	if err != nil {
		return nil, nil, err
	}
	defer release()
	type page struct {
		items []T
		next  *string
	}
	p, err := authorized(ctx, r.connection, func() (p page, err error) {
		p.items, p.next, err = read(ctx, token, size)
		return p, err
	})
	if err != nil {
		return nil, nil, explain(err)
	}
	return p.items, p.next, nil
}
