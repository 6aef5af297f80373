package ssmassoc

import (
	"context"
	"fmt"
	"time"
)

// failedRow is the row that delivers an error to the SDK.
type failedRow struct{ err error }

// failureDelay is for how long an error is held back. When it comes, the SDK waits
// for it and for the end of the rows, and takes the error, unless it is still busy
// with handing a row to the host: then both are there when it looks, and it takes
// one of them by chance. There are some dozen rows on their way at most.
const failureDelay = 250 * time.Millisecond

// failureOf returns the error for what is not a row of the table.
func failureOf(ctx context.Context, item any) error {
	failed, ok := item.(*failedRow)
	if !ok {
		return fmt.Errorf("a row cannot be made of %T", item)
	}
	select {
	case <-time.After(failureDelay):
	case <-ctx.Done():
	}
	return failed.err
}
