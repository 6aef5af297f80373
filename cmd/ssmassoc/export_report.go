package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"steampipe-plugin-ssmassoc/internal/cli/termtext"
	"steampipe-plugin-ssmassoc/internal/files/export"
)

// printExport prints the result of an export.
func printExport(w io.Writer, m *export.Manifest, store export.Store, elapsed time.Duration) {
	complete, calls := 0, 0
	skipped := map[string]int{}
	for _, p := range m.Partitions {
		if p.Status == export.Complete {
			complete++
		}
		for _, s := range p.Skipped {
			skipped[s.Kind+" "+s.Code] += s.Count
		}
	}
	for _, n := range m.Calls {
		calls += n
	}
	printFindings(w, m, store)
	for _, what := range slices.Sorted(maps.Keys(skipped)) {
		fmt.Fprintln(w, termtext.Message(fmt.Sprintf("skipped: %s (%d)", what, skipped[what])))
	}
	fmt.Fprintln(w, termtext.Message(fmt.Sprintf("exported %d rows in %d of %d files to %s, shard %s, dt=%s: %s, %d "+
		"AWS calls",
		m.Rows, complete, len(m.Partitions), store, m.Shard, m.Day, elapsed.Round(time.Millisecond), calls)))
}

// maxFiles is the number of files that a message names.
const maxFiles = 10

// printFindings prints what an export found in its destination: files to read again,
// and files of earlier exports beside its own.
func printFindings(w io.Writer, m *export.Manifest, store export.Store) {
	var again, earlier []string
	for _, p := range m.Partitions {
		if p.ReadAgain != "" {
			again = append(again, fmt.Sprintf("read again: %s %s", p.Path, p.ReadAgain))
		}
	}
	failed := map[string]bool{} // a connection that failed leaves its files to --resume
	for _, c := range m.FailedConnections {
		failed[c.Connection] = true
	}
	for _, p := range m.Earlier {
		if slices.Contains(m.Tables, p.Table) && !failed[p.Connection] {
			earlier = append(earlier, fmt.Sprintf("of an earlier export: %s", p.Path))
		}
	}
	printFiles(w, again, "")
	them, they := "them", "they belong"
	if len(earlier) == 1 {
		them, they = "it", "it belongs"
	}
	printFiles(w, earlier, fmt.Sprintf("dt=%s also has %s that this export did not replace; remove %s from %s unless "+
		"%s to the day", m.Day, plural(len(earlier), "file"), them, store, they))
	for _, note := range m.Notes {
		fmt.Fprintln(w, termtext.Message("note: "+note))
	}
}

// printFiles prints lines about files, and what they mean together.
func printFiles(w io.Writer, lines []string, summary string) {
	for _, line := range lines[:min(len(lines), maxFiles)] {
		fmt.Fprintln(w, termtext.Message(line))
	}
	if more := len(lines) - maxFiles; more > 0 {
		fmt.Fprintf(w, "and %d more, which the manifest lists\n", more)
	}
	if len(lines) > 0 && summary != "" {
		fmt.Fprintln(w, termtext.Message(summary))
	}
}
