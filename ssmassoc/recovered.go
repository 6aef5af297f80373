package ssmassoc

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
)

// recovered calls f and makes an error of a panic in it. Whatever runs on behalf
// of a query in a goroutine of its own goes through here: an unrecovered panic
// ends the plugin's process, and with it the queries of every connection.
func recovered(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &panicError{value: r, stack: debug.Stack()}
		}
	}()
	return f()
}

// panicError is a panic on behalf of a query. What it says is for the query's
// user; the rest is for the log (see logPanic).
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string {
	return "internal error of the plugin, whose log has the details; please report it"
}

// logPanic logs the panic that is behind an error, if one is.
func logPanic(ctx context.Context, err error) {
	var p *panicError
	if errors.As(err, &p) {
		plugin.Logger(ctx).Error("panic", "value", fmt.Sprint(p.value), "stack", string(p.stack))
	}
}
