package render

import (
	"slices"
	"testing"
)

func TestChanges(t *testing.T) {
	header := []string{"status", "n"}
	var c Changes
	run := func(rows ...[]string) [][]string {
		defer c.Next()
		return c.mark(&grid{header: header, rows: rows, numeric: []bool{false, true}}).rows
	}
	for i, test := range []struct{ rows, want [][]string }{
		{ // the first run has nothing to compare with
			rows: [][]string{{"Success", "5"}, {"Failed", "1"}, {"Pending", "2"}},
			want: [][]string{{" ", "Success", "5"}, {" ", "Failed", "1"}, {" ", "Pending", "2"}},
		},
		{ // a changed row, a new one, and a removed one
			rows: [][]string{{"Success", "6"}, {"Failed", "1"}, {"Skipped", "1"}},
			want: [][]string{{"~", "Success", "5 → 6"}, {" ", "Failed", "1"}, {"+", "Skipped", "1"}, {"-", "Pending", "2"}},
		},
		{ // rows with the same first column
			rows: [][]string{{"Success", "6"}, {"Success", "7"}},
			want: [][]string{{" ", "Success", "6"}, {"+", "Success", "7"}, {"-", "Failed", "1"}, {"-", "Skipped", "1"}},
		},
		{ // the same row twice
			rows: [][]string{{"Success", "7"}, {"Success", "7"}},
			want: [][]string{{" ", "Success", "7"}, {"+", "Success", "7"}, {"-", "Success", "6"}},
		},
	} {
		if got := run(test.rows...); !slices.EqualFunc(got, test.want, slices.Equal) {
			t.Errorf("run %d: got %q, want %q", i, got, test.want)
		}
	}
}

func TestChangesOfOtherColumnsAreNotMarked(t *testing.T) {
	var c Changes
	c.mark(&grid{header: []string{"a"}, rows: [][]string{{"1"}}, numeric: []bool{true}})
	c.Next()
	got := c.mark(&grid{header: []string{"b"}, rows: [][]string{{"2"}}, numeric: []bool{true}}).rows
	if want := [][]string{{" ", "2"}}; !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("got %q, want %q", got, want)
	}
}
