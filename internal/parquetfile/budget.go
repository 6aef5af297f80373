package parquetfile

import "sync"

// Budget bounds what several writers hold together. Each of those that are open
// may hold an equal share; one that reaches its share ends its row group.
type Budget struct {
	bytes int64

	mu   sync.Mutex
	open int64
}

// NewBudget returns a budget of some bytes.
func NewBudget(bytes int64) *Budget { return &Budget{bytes: bytes} }

// leastShare is what a writer may hold at least. Row groups of less are of no use
// to readers.
const leastShare = 256 << 10

// share is how many bytes each open writer may hold.
func (b *Budget) share() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return max(b.bytes/max(1, b.open), leastShare)
}

func (b *Budget) add(writers int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open += writers
}
