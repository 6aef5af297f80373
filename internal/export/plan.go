package export

import (
	"cmp"
	"context"
	"hash/fnv"
	"slices"

	"steampipe-plugin-ssmassoc/ssmassoc"
)

// Place is a region that a connection reads: what an export divides among shards.
type Place struct {
	Connection string
	Region     string
}

// Plan is what each shard of an export reads, as it is known without a call.
type Plan struct {
	Shards int
	// Named are the places whose region the configuration names, each with its
	// shard.
	Named []PlannedPlace
	// Open are connections whose regions are patterns, which AWS resolves: each
	// shard asks for the regions and takes its own.
	Open []OpenConnection
	// Failed are connections whose arguments cannot be used.
	Failed []FailedConnection
}

// PlannedPlace is a place with the shard that reads it.
type PlannedPlace struct {
	Place
	Shard int
}

// OpenConnection is a connection with patterns of regions.
type OpenConnection struct {
	Connection string
	Patterns   []string
	rank       int // among all connections, by name
}

// FailedConnection is a connection whose account or regions cannot be had.
type FailedConnection struct {
	Connection string `json:"connection"`
	Error      string `json:"error"`
}

// NewPlan divides what the connections read among shards. The rule depends on the
// configuration alone, so that machines that do not know of each other agree on it.
//
// Named places, in the order of their regions and then of their connections, are
// dealt out in turn: shards differ by one place at most, and the large regions,
// which are the same for most accounts, are spread evenly. Where AWS resolves
// patterns the place of a region follows from its name and the connection's: it
// does not change with what else AWS answers, or fails to.
func NewPlan(ctx context.Context, server *ssmassoc.Server, connections []string, shards int) Plan {
	plan := Plan{Shards: shards}
	names := slices.Sorted(slices.Values(connections))
	for rank, name := range names {
		regions, patterns, err := server.NamedRegions(ctx, name)
		switch {
		case err != nil:
			plan.Failed = append(plan.Failed, FailedConnection{name, err.Error()})
		case patterns != nil:
			plan.Open = append(plan.Open, OpenConnection{name, patterns, rank})
		}
		for _, region := range regions {
			plan.Named = append(plan.Named, PlannedPlace{Place: Place{name, region}})
		}
	}
	slices.SortFunc(plan.Named, func(a, b PlannedPlace) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Connection, b.Connection))
	})
	for i := range plan.Named {
		plan.Named[i].Shard = i % shards
	}
	return plan
}

// shardOf is the shard of one of the regions of the connection.
func (c OpenConnection) shardOf(region string, shards int) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(region))
	return int((uint64(h.Sum32()) + uint64(c.rank)) % uint64(shards)) //nolint:gosec // less than shards
}

// of returns the connections and their named regions that a shard reads, in the
// order of the plan.
func (p Plan) of(shard int) []Place {
	var places []Place
	for _, planned := range p.Named {
		if planned.Shard == shard {
			places = append(places, planned.Place)
		}
	}
	return places
}
