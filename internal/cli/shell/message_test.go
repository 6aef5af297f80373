package shell

import (
	"testing"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

func TestMessageOfALineThatEndsLikeOnWindows(t *testing.T) {
	err := &embedded.SQLError{Message: "no such column: x", Statement: "select 1,\r\n  x\r\nfrom t\r\n", Offset: 13}
	if got, want := Message(err), "no such column: x\n  x\n  ^"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
