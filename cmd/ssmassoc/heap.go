package main

import (
	"os"
	"runtime/debug"
)

// growHeap lets the heap grow to three times its live size before a collection, and by
// less near the memory limit: the command lives for one scan, and Go's default costs a
// tenth of the scan's CPU time. It respects GOGC and GOMEMLIMIT if the user has set
// them.
func growHeap(memoryMB int) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	const growth, besidesSQL = 200, 32 << 20 // percent, bytes
	sql := int64(memoryMB) << 20
	debug.SetGCPercent(growth)
	debug.SetMemoryLimit(besidesSQL + sql + sql/2)
}

// boundHeap keeps the process to the memory that a configuration allows, as Steampipe does
// for a plugin's process; 0 is no bound.
func boundHeap(mb int) {
	if mb > 0 && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(min(debug.SetMemoryLimit(-1), int64(mb)<<20))
	}
}
