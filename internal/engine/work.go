package engine

import (
	"context"
	"sync/atomic"
)

// Work counts the work of a service's scans.
type Work struct {
	Regions, RegionsDone  atomic.Int64
	Listed, Read, Listing atomic.Int64
	Rows                  atomic.Int64
}

// counted returns parents that are added to w when they become known.
func (p Parents[Parent]) counted(w *Work) Parents[Parent] {
	each := p.Each
	p.Each = func(ctx context.Context, send func(Parent) error) error {
		w.Listing.Add(1)
		defer w.Listing.Add(-1)
		return each(ctx, func(parent Parent) error {
			w.Listed.Add(1)
			return send(parent)
		})
	}
	return p
}
