package lifetime

import (
	"maps"
	"slices"
	"sync"
)

// OnEnd has undo called should the process end before done is called. It is for what
// outlives a process: temporary files, programs, the mode of the terminal. Should the
// process already be ending, undo is called at once. undo must not block for long, and
// may run beside the code that it is to undo.
func OnEnd(undo func()) (done func()) { return undone.add(undo) }

// undone holds what is to be undone. It is the process's, as its signal handlers are.
var undone registry

type registry struct {
	mu     sync.Mutex
	ended  bool
	last   int
	undoes map[int]func()
}

func (r *registry) add(undo func()) (done func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		undo()
		return func() {}
	}
	if r.undoes == nil {
		r.undoes = map[int]func(){}
	}
	r.last++
	key := r.last
	r.undoes[key] = undo
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.undoes, key)
	}
}

// end undoes everything, the latest first.
func (r *registry) end() {
	r.mu.Lock()
	r.ended = true
	undoes := maps.Clone(r.undoes)
	clear(r.undoes)
	r.mu.Unlock()
	for _, key := range slices.Backward(slices.Sorted(maps.Keys(undoes))) {
		undoes[key]()
	}
}
