//go:build !windows

package awsconn

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/test/await"
)

// TestHangingProcess checks that a program that does not end is ended, with what it has
// started, after its time and with the query that waits for it.
func TestHangingProcess(t *testing.T) {
	for name, test := range map[string]struct {
		timeout   time.Duration
		cancelled bool
		want      string
	}{
		"its time is over":       {200 * time.Millisecond, false, "it did not end within 200ms"},
		"the query is cancelled": {time.Minute, true, "enough"},
	} {
		t.Run(name, func(t *testing.T) {
			pids := filepath.Join(t.TempDir(), "pids")
			script := fmt.Sprintf("sh -c 'sleep 60 & echo $! >%[1]s.new; mv %[1]s.new %[1]s; wait'", pids)
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			if test.cancelled {
				go func() {
					await.Until(t, func() bool { _, err := os.Stat(pids); return err == nil }, func() string { return "the program has not started" })
					cancel(errors.New("enough"))
				}()
			}
			_, err := cached("run p", credentialProcess{script, test.timeout}, nil).Retrieve(ctx)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v", err)
			}
			text, err := os.ReadFile(pids)
			if err != nil {
				t.Fatal(err)
			}
			pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
			if err != nil {
				t.Fatal(err)
			}
			await.Until(t, func() bool { return hasEnded(pid) }, func() string { return "the program lives on" })
		})
	}
}

// hasEnded reports whether a process has ended, even if nobody has waited for it yet.
func hasEnded(pid int) bool {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err == nil {
		fields := strings.Fields(string(status))
		return fields[2] == "Z"
	}
	return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}
