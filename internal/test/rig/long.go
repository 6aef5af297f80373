package rig

import (
	"os"
	"testing"
)

// longVariable is the environment variable that make test-long sets.
const longVariable = "SSMASSOC_TEST_LONG"

// Long reports whether tests that can take long run in full.
func Long() bool { return os.Getenv(longVariable) != "" }

// Times returns how often a test repeats what it does full times in a long run: a
// quarter by default, a tenth in a short run.
func Times(full int) int {
	switch {
	case Long():
		return full
	case testing.Short():
		return max(1, full/10)
	}
	return max(1, full/4)
}
