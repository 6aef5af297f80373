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

// emitNodes emits a row for each selected item of each managed node that a scan reads.
// It stops early when the query needs no more rows.
func emitNodes[Item any](ctx context.Context, sc *engine.Scan,
	column string, // which holds the ID of the node
	triaged *triage, // nil to read all nodes
	readOf func(sc *engine.Scan, node string) engine.ParentRead[Item],
	row func(*engine.Scan) func(*Item) any,
) error {
	emit := func(sc *engine.Scan, nodes engine.Parents[string]) error {
		return engine.EmitItems(ctx, sc, nodes,
			func(node string) engine.ParentRead[Item] { return readOf(sc, node) }, row(sc))
	}
	named, others := nodesOf(sc, column, triaged)
	if len(named) > 0 {
		if err := emitNamed(ctx, sc, named, emit); err != nil || !sc.WantsRows() {
			return err
		}
	}
	for _, nodes := range others {
		if err := emit(sc, nodes); err != nil || !sc.WantsRows() {
			return err
		}
	}
	return nil
}

// nodesOf returns the IDs of the managed nodes that a scan reads one by one: those that its
// conditions on a column leave of the nodes that exist for the statement (see statement).
// For a host that plans statements in its own way these are the nodes that the conditions
// name, whether or not AWS lists them, or else all that AWS lists.
//
// Those that the triage leaves out are not read, unless they are named.
func nodesOf(
	sc *engine.Scan, column string, triaged *triage,
) (named []string, others []engine.Parents[string]) {
	ids, given := sc.Conditions.EqualTo(column)
	switch {
	case given && sc.Statement == nil:
		return ids, nil
	case given:
		var joined []string
		for _, id := range ids {
			if sc.Statement.IsNamed(id) {
				named = append(named, id)
			} else {
				joined = append(joined, id)
			}
		}
		if len(joined) > 0 {
			triaged.begin()
			others = append(others, amongListed(sc, joined, triaged))
		}
		return named, others
	}
	listedIDs := map[string]bool{} // of those that the statement names
	all := engine.Listed(sc, nodeListing(sc, triaged.selection(sc)),
		func(node *types.InstanceInformation) (string, error) {
			id := aws.ToString(node.InstanceId)
			if id == "" {
				return "", errors.New("AWS returned a managed node of " + sc.Region.Name + " without its ID")
			}
			if sc.Statement != nil && sc.Statement.IsNamed(id) {
				listedIDs[id] = true
			}
			sc.Statement.Note(sc.Place(), id)
			return id, nil
		}, listsNode(sc))
	if len(sc.Statement.NamedNodes()) == 0 {
		return nil, []engine.Parents[string]{all}
	}
	return nil, []engine.Parents[string]{all, {Each: func(_ context.Context, send func(string) error) error {
		for _, id := range sc.Statement.NamedNodes() {
			if listedIDs[id] {
				continue
			}
			if err := send(id); err != nil {
				return err
			}
		}
		return nil
	}}}
}

// amongListed returns those of the nodes that AWS lists in the scan's region.
func amongListed(sc *engine.Scan, ids []string, triaged *triage) engine.Parents[string] {
	return engine.Parents[string]{Listed: listsNode(sc), Each: func(ctx context.Context, send func(string) error) error {
		for _, id := range ids {
			found, err := hasNode(ctx, sc, id, triaged)
			if err != nil {
				return err
			}
			if !found {
				continue
			}
			if err := send(id); err != nil {
				return err
			}
		}
		return nil
	}}
}

// hasNode reports whether AWS lists a node in the scan's region, and the triage does not
// leave it out. A statement lists the region at most once for that.
func hasNode(ctx context.Context, sc *engine.Scan, id string, triaged *triage) (bool, error) {
	read := func() (map[string]map[string]int32, error) {
		ids := map[string]map[string]int32{}
		every := nodeListing(sc, engine.Selection[types.InstanceInformation]{})
		err := engine.List(ctx, sc, every, func(node *types.InstanceInformation) error {
			ids[aws.ToString(node.InstanceId)] = countsOf(node)
			return nil
		})
		return ids, err
	}
	if triaged == nil {
		return sc.Statement.ListsNode(sc.Place(), id, read)
	}
	counts, listed, err := sc.Statement.CountsOfNode(sc.Place(), id, read)
	return listed && triaged.admits(sc, id, counts), err
}

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
