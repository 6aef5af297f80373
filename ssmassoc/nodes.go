package ssmassoc

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

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
