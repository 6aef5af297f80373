package rig

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"steampipe-plugin-ssmassoc/internal/test/await"
)

// LogBuffer is a log in memory. The lines of a process arrive some time after it
// wrote them.
type LogBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

var _ io.Writer = (*LogBuffer)(nil)

func (b *LogBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *LogBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// Await fails the test unless the log has, or soon gets, the text.
func (b *LogBuffer) Await(t testing.TB, text string) {
	t.Helper()
	await.Until(t, func() bool { return strings.Contains(b.String(), text) },
		func() string { return fmt.Sprintf("the log does not say %q: %s", text, b.String()) })
}
