package ssmassoc

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// errTokenNotAdvancing is the error of a listing whose pagination token leads
// back to where it has been. Reading on would never end.
var errTokenNotAdvancing = errors.New("AWS returned a pagination token that it had returned before")

// maxRestarts bounds how often a listing starts anew because AWS no longer
// knew its pagination token.
const maxRestarts = 3

// readPages gathers the items of all pages of a paginated operation, or of as
// many pages as hold limit items (0 for all). fetch reads one page of at most
// size items; a nil or empty next token is the end, an empty page is not.
//
// The result is complete or an error: when AWS no longer knows a token, the
// read starts anew, without what it had gathered.
func readPages[T any](ctx context.Context, r *region, operation string, limit, size int,
	fetch func(ctx context.Context, token *string, size int32) (items []T, next *string, err error),
) ([]T, error) {
	for restarts := 0; ; restarts++ {
		items, err := readPagesOnce(ctx, r, operation, limit, size, fetch)
		if err == nil || !isStaleToken(err) || restarts == maxRestarts {
			return items, err
		}
	}
}

func readPagesOnce[T any](ctx context.Context, r *region, operation string, limit, size int,
	fetch func(ctx context.Context, token *string, size int32) (items []T, next *string, err error),
) ([]T, error) {
	if limit > 0 {
		size = min(size, limit)
	}
	var (
		items []T
		token *string
		seen  map[string]bool
	)
	for {
		page, next, err := fetchPage(ctx, r, operation, token, int32(size), fetch)
		if err != nil {
			return nil, err
		}
		if items == nil {
			items = page
		} else {
			items = append(items, page...)
		}
		if aws.ToString(next) == "" || (limit > 0 && len(items) >= limit) {
			return items, nil
		}
		if seen == nil {
			seen = map[string]bool{}
		}
		if seen[*next] {
			return nil, errTokenNotAdvancing
		}
		seen[*next] = true
		token = next
	}
}

// fetchPage makes one call, within the region's bound of requests in flight and
// the limiters that apply to it.
func fetchPage[T any](ctx context.Context, r *region, operation string, token *string, size int32,
	fetch func(ctx context.Context, token *string, size int32) ([]T, *string, error),
) ([]T, *string, error) {
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
	items, next, err := fetch(ctx, token, size)
	if err != nil {
		return nil, nil, fmt.Errorf("%w", explain(err))
	}
	return items, next, nil
}
