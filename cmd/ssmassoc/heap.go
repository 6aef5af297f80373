package main

import (
	"os"
	"runtime/debug"
)

// growHeap lets the heap grow to three times its live size before a collection, and by
// less near the memory limit: the command lives for one scan, and Go's default costs a
// tenth of the scan's CPU time. GOGC and GOMEMLIMIT prevail if the user has set them.
func growHeap(memoryMB int) {
	const growth, besidesSQL = 200, 32 << 20 // percent, bytes
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(growth)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		sql := int64(memoryMB) << 20
		debug.SetMemoryLimit(besidesSQL + sql + sql/2)
	}
}

// exportMB is the memory from which an export collects its garbage more often. The regions
// that it reads at once take some 200 MB.
const exportMB = 320

// boundHeap keeps the process to the memory that a configuration allows, as Steampipe does
// for a plugin's process; 0 is no bound.
func boundHeap(mb int) {
	if mb > 0 && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(min(debug.SetMemoryLimit(-1), int64(mb)<<20))
	}
}
