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
	readOf func(sc *engine.Scan, node string) engine.ParentRead[Item],
	row func(*engine.Scan) func(*Item) any,
) error {
	emit := func(sc *engine.Scan, nodes engine.Parents[string]) error {
		return engine.EmitItems(ctx, sc, nodes,
			func(node string) engine.ParentRead[Item] { return readOf(sc, node) }, row(sc))
	}
	named, others := nodesOf(sc, column)
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
func nodesOf(sc *engine.Scan, column string) (named []string, others []engine.Parents[string]) {
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
			others = append(others, amongListed(sc, joined))
		}
		return named, others
	}
	listedIDs := map[string]bool{} // of those that the statement names
	all := engine.Listed(sc, nodeListing(sc, engine.Selection[types.InstanceInformation]{}),
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
func amongListed(sc *engine.Scan, ids []string) engine.Parents[string] {
	return engine.Parents[string]{Listed: listsNode(sc), Each: func(ctx context.Context, send func(string) error) error {
		for _, id := range ids {
			found, err := hasNode(ctx, sc, id)
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

// hasNode reports whether AWS lists a node in the scan's region. A statement lists the
// region at most once for that.
func hasNode(ctx context.Context, sc *engine.Scan, id string) (bool, error) {
	return sc.Statement.ListsNode(sc.Place(), id, func() (map[string]bool, error) {
		ids := map[string]bool{}
		every := nodeListing(sc, engine.Selection[types.InstanceInformation]{})
		err := engine.List(ctx, sc, every, func(node *types.InstanceInformation) error {
			ids[aws.ToString(node.InstanceId)] = true
			return nil
		})
		return ids, err
	})
}
