package ssmassoc

import (
	"context"
	"sync/atomic"
)

// work counts the work of a service's scans.
type work struct {
	regions, regionsDone  atomic.Int64
	listed, read, listing atomic.Int64
	rows                  atomic.Int64
}

// counted returns parents that are added to w when they become known.
func (p parents[Parent]) counted(w *work) parents[Parent] {
	each := p.each
	p.each = func(ctx context.Context, send func(Parent) error) error {
		w.listing.Add(1)
		defer w.listing.Add(-1)
		return each(ctx, func(parent Parent) error {
			w.listed.Add(1)
			return send(parent)
		})
	}
	return p
}
