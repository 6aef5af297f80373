package shell

import "testing"

// TestWholeInputs shows which inputs run at once instead of waiting for another line.
func TestWholeInputs(t *testing.T) {
	for input, want := range map[string]bool{
		"select 1;":            true,
		".mode csv":            true,
		"show tables":          true,
		`select 1 \g`:          true,
		`select 1 \gx`:         true,
		`select 1\G`:           true,
		"select 1":             false,
		`select '1 \g`:         false,
		`select 1 -- not \g`:   false,
		`select "\g" as g`:     false,
		"select 1 /* ; */ + 2": false,
	} {
		if got := isWhole(input); got != want {
			t.Errorf("%s: got %v, want %v", input, got, want)
		}
	}
}
