package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin/context_key"
)

// TestPanicsAreLogged checks that the user sees one line for a panic, and that the log has
// all of it.
func TestPanicsAreLogged(t *testing.T) {
	var log bytes.Buffer
	ctx := context.WithValue(t.Context(), context_key.Logger, hclog.New(&hclog.LoggerOptions{Output: &log}))
	err := fmt.Errorf("read a node: %w", Recovered(func() error { panic("out of order") }))
	if text := err.Error(); strings.ContainsAny(text, "\n") || strings.Contains(text, "out of order") || strings.Contains(text, "goroutine") {
		t.Errorf("the user sees %q", text)
	}
	LogPanic(ctx, err)
	for _, part := range []string{"[ERROR]", "out of order", "recovered_test.go"} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("the log lacks %q: %s", part, log.String())
		}
	}

	log.Reset()
	LogPanic(ctx, errors.New("another error"))
	if log.Len() > 0 {
		t.Errorf("logged %s without a panic", log.String())
	}
}
