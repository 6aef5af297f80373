package readcache

import (
	"context"
)

// Options let the program around the cache handle panics and log errors. The zero value is
// usable.
type Options struct {
	// Guard calls f and makes an error of a panic in it. Reads run in goroutines
	// of the cache, where a panic would end the process.
	Guard func(f func() error) error
	// Unkept is called with the reason why a complete read was not kept.
	Unkept func(context.Context, error)
}

func (o Options) guard(f func() error) error {
	if o.Guard == nil {
		return f()
	}
	return o.Guard(f)
}
