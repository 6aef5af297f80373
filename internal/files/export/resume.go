package export

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"
)

// adopt puts the partitions of the run into the manifest. It completes those whose
// files an earlier run wrote and that are still as they were written.
func (r *run) adopt(ctx context.Context, all []*Partition, before *Manifest) error {
	r.manifest.Partitions = all
	complete := map[string]*Partition{}
	if before != nil {
		for _, p := range before.complete() {
			complete[p.Path] = p
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(placesAtOnce)
	for _, p := range all {
		done := complete[p.Path]
		if done == nil {
			continue
		}
		group.Go(func() error {
			difference, err := r.store.Compare(ctx, p.Path, done.Contents)
			switch {
			case err != nil:
				return fmt.Errorf("check %s/%s: %w", r.store, p.Path, err)
			case difference != "":
				p.ReadAgain = difference
			default:
				*p = *done
				p.ReadAgain = ""
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	undigested := 0
	for _, p := range all {
		if p.Status == Complete && p.SHA256 == "" {
			undigested++
		}
	}
	if undigested > 0 {
		r.note("%d files were checked by their size alone: the version that wrote them recorded no digest", undigested)
	}
	return nil
}

func (r *run) note(format string, args ...any) {
	r.manifest.Notes = append(r.manifest.Notes, fmt.Sprintf(format, args...))
}

// noteEarlier records the files of the day that earlier exports wrote and that this one
// does not replace: a reader of the day finds them beside the others. It notes why if
// they cannot be determined, which is no reason to fail.
func (r *run) noteEarlier(ctx context.Context, plan Plan) {
	found, err := r.earlier(ctx, plan)
	if err != nil {
		r.note("files of earlier exports of dt=%s are not known: %v", r.Day, err)
		return
	}
	r.manifest.Earlier = found
}

func (r *run) earlier(ctx context.Context, plan Plan) ([]*Partition, error) {
	known := map[string]bool{}
	for _, p := range r.manifest.Partitions {
		known[p.Path] = true
	}
	names, err := r.store.Manifests(ctx)
	if err != nil {
		return nil, err
	}
	var earlier []*Partition
	for _, name := range names {
		m, err := readManifest(ctx, r.store, name)
		if err != nil {
			return nil, err
		}
		if m == nil || m.Day != r.Day || m.Shard.Count == r.Shard.Count && m.Shard != r.Shard {
			continue // of another day, or of another shard, which accounts for its own files
		}
		for _, p := range slices.Concat(m.Partitions, m.Earlier) {
			if p.Status == Complete && !known[p.Path] && !r.ofAnotherShard(plan, p) {
				known[p.Path] = true
				earlier = append(earlier, p)
			}
		}
	}
	return r.existing(ctx, earlier)
}

// ofAnotherShard reports whether another shard of this export replaces a file.
func (r *run) ofAnotherShard(plan Plan, p *Partition) bool {
	if !slices.Contains(r.manifest.Tables, p.Table) {
		return false
	}
	for _, c := range plan.Open {
		if c.Connection == p.Connection && c.shardOf(p.Region, plan.Shards) != r.Shard.Index {
			return true
		}
	}
	return slices.ContainsFunc(plan.Named, func(n PlannedPlace) bool {
		return n.Place == Place{p.Connection, p.Region} && n.Shard != r.Shard.Index
	})
}

// existing returns the partitions whose files exist.
func (r *run) existing(ctx context.Context, all []*Partition) ([]*Partition, error) {
	there := make([]bool, len(all))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(placesAtOnce)
	for i, p := range all {
		group.Go(func() error {
			difference, err := r.store.Compare(ctx, p.Path, Contents{Bytes: p.Bytes})
			there[i] = difference != missing
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var found []*Partition
	for i, p := range all {
		if there[i] {
			found = append(found, p)
		}
	}
	return found, nil
}
