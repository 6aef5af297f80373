package readcache

import (
	"os"
	"runtime/debug"
)

// memoryBesidesCache is the memory that the plugin's process needs besides the cache, in
// bytes: for the rows under way of several scans of thousands of nodes.
const memoryBesidesCache = 96 << 20

// heapGrowth is how much the heap may grow before a collection, in percent. Go's default of
// 100 saves some CPU time of a wide scan and takes a tenth more memory. A value in GOGC
// prevails.
const heapGrowth = 75

// limitMemory has Go's garbage collector keep the process within the memory that a cache of
// the given size needs. Without a limit the heap grows by a share of what is in use before
// a collection, including a full cache. A limit in GOMEMLIMIT prevails.
func limitMemory(cacheSize uint64) {
	if _, set := os.LookupEnv("GOGC"); !set {
		debug.SetGCPercent(heapGrowth)
	}
	if _, set := os.LookupEnv("GOMEMLIMIT"); !set {
		debug.SetMemoryLimit(int64(cacheSize + cacheSize/4 + memoryBesidesCache))
	}
}
