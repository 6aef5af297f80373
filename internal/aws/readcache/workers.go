package readcache

import (
	"sync"
	"time"
)

// workers run functions in goroutines that are reused: a read needs a deep stack, which
// takes time to grow. The zero value is ready to use.
type workers struct {
	once sync.Once
	idle chan func()
}

// workerIdle is how long a goroutine waits for another function.
const workerIdle = time.Second

// run runs f in a goroutine. The caller must make sure that f ends.
func (w *workers) run(f func()) {
	w.once.Do(func() { w.idle = make(chan func()) })
	select {
	case w.idle <- f:
	default:
		go w.work(f)
	}
}

func (w *workers) work(f func()) {
	idle := time.NewTimer(workerIdle)
	defer idle.Stop()
	for {
		f()
		idle.Reset(workerIdle)
		select {
		case f = <-w.idle:
		case <-idle.C:
			return
		}
	}
}
