package readcache

import (
	"os"
	"runtime/debug"
)

// memoryBesidesCache is what the plugin's process needs besides what it keeps, in
// bytes: the rows under way of several scans of thousands of nodes.
const memoryBesidesCache = 96 << 20

// limitMemory has Go's garbage collector keep the process within what a cache of
// the given size needs. Left to itself it lets the heap grow to twice what is in
// use before it collects, that is to twice the size of a full cache. A limit that
// the user has set in GOMEMLIMIT stays.
func limitMemory(cacheSize uint64) {
	if _, set := os.LookupEnv("GOMEMLIMIT"); !set {
		debug.SetMemoryLimit(int64(cacheSize + cacheSize/4 + memoryBesidesCache))
	}
}
