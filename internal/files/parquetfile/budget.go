package parquetfile

import "sync"

// Budget bounds the memory of several writers together. Each open writer may hold an
// equal share; a writer that reaches its share ends its row group.
type Budget struct {
	bytes int64

	mu   sync.Mutex
	open int64
}

// NewBudget returns a budget of a number of bytes.
func NewBudget(bytes int64) *Budget { return &Budget{bytes: bytes} }

// leastShare is the minimum share of a writer, in bytes. Smaller row groups are useless
// to readers.
const leastShare = 256 << 10

// share returns the number of bytes that each open writer may hold.
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
