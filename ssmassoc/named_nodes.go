package ssmassoc

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
	"golang.org/x/sync/errgroup"

	"steampipe-plugin-ssmassoc/internal/engine"
)

// emitNamed has the nodes that a query names emitted. A node that AWS lists in some of the
// query's regions is read in those alone: its ID is unique to it, so that it has nothing in
// a region that does not list it. Any other node, such as a stopped one, is read in every
// region.
//
// A listing may be as old as the query allows. So a node that AWS no longer knows where it
// was listed is read in the other regions too.
func emitNamed(
	ctx context.Context, sc *engine.Scan, ids []string, emit func(*engine.Scan, engine.Parents[string]) error,
) error {
	if sc.Peers == nil || len(sc.Peers.Regions) < 2 {
		return emit(sc, engine.Named(ids))
	}
	places, err := sc.Peers.Places(func() (*engine.Places, error) { return placesOf(ctx, sc, ids) })
	if err != nil {
		return err
	}
	var mu sync.Mutex
	moved := map[string][]string{} // by region
	nodes := engine.Named(slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		return places.Elsewhere(sc.Region.Name, id)
	}))
	nodes.Unknown = func(id string) {
		mu.Lock()
		defer mu.Unlock()
		if leftOut := places.LeftOut(sc.Peers.Regions, id); len(leftOut) > 0 && sc.Peers.Claim(id) {
			for _, region := range leftOut {
				moved[region] = append(moved[region], id)
			}
		}
	}
	if err := emit(sc, nodes); err != nil {
		return err
	}
	for _, region := range sc.Peers.Regions {
		if len(moved[region]) == 0 || !sc.WantsRows() {
			continue
		}
		peer, err := sc.Peers.Open(ctx, sc, region)
		if err != nil {
			return err
		}
		if err := emit(peer, engine.Named(moved[region])); err != nil {
			return err
		}
	}
	return nil
}

// nodeSearch finds out which regions list the nodes that a query names.
type nodeSearch struct {
	ids    []string
	named  map[string]bool
	places *engine.Places
}

// placesOf returns where AWS lists the nodes of a query, as far as that is known or takes
// fewer calls than reading each node in every region. A region that cannot be listed may
// have any of the nodes.
func placesOf(ctx context.Context, sc *engine.Scan, ids []string) (*engine.Places, error) {
	s := &nodeSearch{named: map[string]bool{}, places: engine.NewPlaces()}
	for _, id := range ids {
		if engine.IsNodeID(id) { // AWS refuses to list by others
			s.ids, s.named[id] = append(s.ids, id), true
		}
	}
	if len(s.ids) == 0 {
		return s.places, nil
	}
	var unknown []*engine.Scan
	for _, region := range sc.Peers.Regions {
		peer, err := sc.Peers.Open(ctx, sc, region)
		if err != nil {
			return nil, err
		}
		if !nodeListing(peer, engine.Selection[types.InstanceInformation]{}).IsKept(peer) {
			unknown = append(unknown, peer)
			continue
		}
		if err := s.record(ctx, peer, s.listAll(ctx, peer, math.MaxInt32)); err != nil {
			return nil, err
		}
	}
	if !engine.FindsFirst(len(s.ids), s.places.Listed(), len(unknown)) {
		return s.places, nil
	}
	return s.places, s.search(ctx, unknown)
}

// search lists the nodes in regions. The first region shows whether AWS refuses a call for
// an ID that a region does not know, as it may do: then the calls for the others would be
// lost.
func (s *nodeSearch) search(ctx context.Context, regions []*engine.Scan) error {
	first, err := s.listNamed(ctx, regions[0])
	refused := isRefusedNode(err)
	listings := make([]listedNodes, len(regions))
	var work errgroup.Group
	for i, peer := range regions {
		work.Go(func() error {
			return engine.Recovered(func() error {
				switch {
				case i == 0 && !refused:
					listings[i] = listedNodes{first, err}
				case !refused:
					found, err := s.listNamed(ctx, peer)
					listings[i] = listedNodes{found, err}
				}
				if refused || isRefusedNode(listings[i].err) {
					listings[i] = s.listAll(ctx, peer, len(s.ids)/callsForAPage)
				}
				return nil
			})
		})
	}
	if err := work.Wait(); err != nil {
		return err
	}
	for i, peer := range regions {
		if err := s.record(ctx, peer, listings[i]); err != nil {
			return err
		}
	}
	return nil
}

// callsForAPage is the number of calls that a search must be able to save in a region for
// each page of its whole listing.
const callsForAPage = 10

// listedNodes are the named nodes that a region lists, or the error of listing them.
type listedNodes struct {
	ids map[string]bool
	err error
}

// record records what a region lists. The nodes of a region that cannot be listed are read
// there all the same, and fail the query only if that fails.
func (s *nodeSearch) record(ctx context.Context, peer *engine.Scan, listed listedNodes) error {
	switch {
	case listed.err == nil:
		s.places.Set(peer.Region.Name, listed.ids)
	case ctx.Err() != nil:
		return context.Cause(ctx)
	default:
		plugin.Logger(ctx).Debug("named nodes are read in a region without listing them first",
			"region", peer.Region.Name, "connection", peer.Connection.Name, "error", listed.err)
	}
	return nil
}

// listNamed returns those of the nodes that a region lists, by calls for their IDs.
func (s *nodeSearch) listNamed(ctx context.Context, peer *engine.Scan) (map[string]bool, error) {
	found := map[string]bool{}
	for ids := range slices.Chunk(s.ids, maxFilterValues) {
		l := nodeListing(peer, engine.Selection[types.InstanceInformation]{
			Filters: []engine.Filter{{Key: "InstanceIds", Operator: "EQUAL", Values: ids}},
			Meets:   func(node *types.InstanceInformation) bool { return s.named[aws.ToString(node.InstanceId)] },
		})
		l.Handles = anyError
		if err := engine.List(ctx, peer, l, func(node *types.InstanceInformation) error {
			found[aws.ToString(node.InstanceId)] = true
			return nil
		}); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// errLongListing is the error of a listing that takes more calls than it may save.
var errLongListing = errors.New("the region lists too many nodes to look for the named ones among them")

// listAll returns those of the nodes that a region lists, from its whole listing, which may
// have so many pages.
func (s *nodeSearch) listAll(ctx context.Context, peer *engine.Scan, pages int) listedNodes {
	if pages == 0 {
		return listedNodes{err: errLongListing}
	}
	found, n := map[string]bool{}, 0
	l := nodeListing(peer, engine.Selection[types.InstanceInformation]{})
	l.Handles = anyError
	err := engine.List(ctx, peer, l, func(node *types.InstanceInformation) error {
		if n++; n > pages*nodesAtOnce {
			return errLongListing
		}
		if id := aws.ToString(node.InstanceId); s.named[id] {
			found[id] = true
		}
		return nil
	})
	return listedNodes{found, err}
}

// anyError is [engine.Listing.Handles] of a caller that handles every error.
func anyError(error) bool { return true }
