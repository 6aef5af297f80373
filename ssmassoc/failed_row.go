package ssmassoc

import (
	"context"
	"fmt"
	"time"
)

// failedRow is the row that delivers an error to the SDK.
type failedRow struct{ err error }

// failureDelay holds an error back until the rows before it have reached the host: a
// few dozen at most. The SDK waits for an error and for the end of the rows at once.
// While it is still handing a row to the host both may arrive, and it takes one of
// them at random.
const failureDelay = 250 * time.Millisecond

// failureOf returns the error for an item that is not a row of the table.
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
