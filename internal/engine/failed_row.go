package engine

import (
	"context"
	"fmt"
	"time"
)

// FailedRow is the row that delivers an error to the SDK.
type FailedRow struct{ Err error }

// failureDelay holds an error back until the rows before it have reached the host: a
// few dozen at most. The SDK waits for an error and for the end of the rows at once.
// While it is still handing a row to the host both may arrive, and it takes one of
// them at random.
const failureDelay = 250 * time.Millisecond

// FailureOf returns the error for an item that is not a row of the table.
func FailureOf(ctx context.Context, item any) error {
	failed, ok := item.(*FailedRow)
	if !ok {
		return fmt.Errorf("a row cannot be made of %T", item)
	}
	select {
	case <-time.After(failureDelay):
	case <-ctx.Done():
	}
	return failed.Err
}
