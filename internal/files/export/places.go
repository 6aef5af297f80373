package export

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
)

// work is the work to do for a place: its missing tables.
type work struct {
	Place
	account    string
	partitions []*Partition
}

// places returns the places of the run's shard, with their accounts and missing
// partitions. It records unusable connections in the manifest.
func (r *run) places(ctx context.Context, before *Manifest) ([]*work, error) {
	plan := NewPlan(ctx, r.server, r.host.Connections(), r.Shard.Count)
	found, err := r.resolve(ctx, plan)
	if err != nil {
		return nil, err
	}
	if err := refuseOverlaps(found); err != nil {
		return nil, err
	}
	var all []*Partition
	for _, w := range found {
		all = append(all, w.partitions...)
	}
	if err := r.adopt(ctx, all, before); err != nil {
		return nil, err
	}
	r.noteEarlier(ctx, plan)
	return unfinished(found), r.begin(ctx)
}

// unfinished returns the work with partitions that are not complete, and those alone.
func unfinished(all []*work) []*work {
	var rest []*work
	for _, w := range all {
		w.partitions = slices.DeleteFunc(w.partitions, func(p *Partition) bool { return p.Status == Complete })
		if len(w.partitions) > 0 {
			rest = append(rest, w)
		}
	}
	return rest
}

// resolve asks AWS for the accounts of the shard's connections, and for the regions
// that match their patterns.
func (r *run) resolve(ctx context.Context, plan Plan) ([]*work, error) {
	regions := map[string][]string{} // by connection
	var order []string
	for _, place := range plan.of(r.Shard.Index) {
		if regions[place.Connection] == nil {
			order = append(order, place.Connection)
		}
		regions[place.Connection] = append(regions[place.Connection], place.Region)
	}
	open := map[string]OpenConnection{}
	for _, c := range plan.Open {
		open[c.Connection] = c
		order = append(order, c.Connection)
	}
	// An unusable configuration must fail every shard rather than none.
	r.manifest.FailedConnections = plan.Failed

	found := make([][]*work, len(order))
	var mu sync.Mutex
	var group errgroup.Group
	group.SetLimit(placesAtOnce)
	for i, name := range order {
		group.Go(func() error {
			names := regions[name]
			if c, ok := open[name]; ok {
				resolved, err := r.server.Regions(ctx, name)
				if err != nil {
					return r.noteConnection(ctx, &mu, name, err)
				}
				names = slices.DeleteFunc(slices.Clone(resolved), func(region string) bool {
					return c.shardOf(region, plan.Shards) != r.Shard.Index
				})
				if len(names) == 0 {
					return nil
				}
			}
			account, err := r.server.Account(ctx, name)
			if err != nil {
				return r.noteConnection(ctx, &mu, name, err)
			}
			for _, region := range names {
				found[i] = append(found[i], r.newWork(Place{name, region}, account.ID))
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	slices.SortFunc(r.manifest.FailedConnections,
		func(a, b FailedConnection) int { return strings.Compare(a.Connection, b.Connection) })
	return interleave(found), nil
}

// noteConnection records an unusable connection, unless the run has ended.
func (r *run) noteConnection(ctx context.Context, mu *sync.Mutex, name string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	mu.Lock()
	defer mu.Unlock()
	r.manifest.FailedConnections = append(r.manifest.FailedConnections, FailedConnection{name, err.Error()})
	return nil
}

func (r *run) newWork(place Place, account string) *work {
	w := &work{Place: place, account: account}
	for _, t := range r.tables {
		w.partitions = append(w.partitions, &Partition{
			Table: t.Name, Connection: place.Connection, AccountID: account, Region: place.Region,
			Path: r.layout.file(t.Name, account, place.Region, r.Day), Status: Pending,
		})
	}
	return w
}

// interleave merges the work of all connections so that places of one connection, whose
// calls share a quota, are far apart.
func interleave(byConnection [][]*work) []*work {
	var all []*work
	for i := 0; ; i++ {
		n := len(all)
		for _, works := range byConnection {
			if i < len(works) {
				all = append(all, works[i])
			}
		}
		if len(all) == n {
			return all
		}
	}
}

// refuseOverlaps returns an error if two connections read the same region of an
// account: their files would have the same path.
func refuseOverlaps(all []*work) error {
	type place struct{ account, region string }
	reader := map[place]string{}
	var errs []error
	for _, w := range all {
		p := place{w.account, w.Region}
		if other, ok := reader[p]; ok {
			errs = append(errs, fmt.Errorf("the connections %s and %s read the same account, %s, in %s; export one of them "+
				"with --connection",
				other, w.Connection, w.account, w.Region))
			continue
		}
		reader[p] = w.Connection
	}
	return errors.Join(errs...)
}
