package export

import (
	"cmp"
	"context"
	"hash/fnv"
	"slices"

	"steampipe-plugin-ssmassoc/internal/server"
)

// Place is a region read by a connection: the unit that an export divides among shards.
type Place struct {
	Connection string
	Region     string
}

// Plan lists the reads of each shard of an export, as far as they are known without a
// call.
type Plan struct {
	Shards int
	// Named are the places whose region the configuration names, each with its shard.
	Named []PlannedPlace
	// Open are the connections with region patterns, which AWS resolves: each shard
	// asks for the regions and takes its own.
	Open []OpenConnection
	// Failed are the connections with unusable arguments.
	Failed []FailedConnection
}

// PlannedPlace is a place with the shard that reads it.
type PlannedPlace struct {
	Place
	Shard int
}

// OpenConnection is a connection with region patterns.
type OpenConnection struct {
	Connection string
	Patterns   []string
	rank       int // among all connections, by name
}

// FailedConnection is a connection whose account or regions could not be determined.
type FailedConnection struct {
	Connection string `json:"connection"`
	Error      string `json:"error"`
}

// NewPlan divides the places that the connections read among shards. It depends only on
// the configuration, so that independent machines agree on the result.
//
// Named places, ordered by region and then by connection, are dealt out in turn: shards
// differ by at most one place, and the large regions, which most accounts have in
// common, are spread evenly. If AWS resolves patterns, a region's shard follows from
// the names of the region and of the connection: it does not depend on any other
// response of AWS.
func NewPlan(ctx context.Context, s *server.Server, connections []string, shards int) Plan {
	plan := Plan{Shards: shards}
	names := slices.Sorted(slices.Values(connections))
	for rank, name := range names {
		regions, patterns, err := s.NamedRegions(ctx, name)
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

// shardOf returns the shard of a region of the connection.
func (c OpenConnection) shardOf(region string, shards int) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(region))
	return int((uint64(h.Sum32()) + uint64(c.rank)) % uint64(shards)) //nolint:gosec // less than shards
}

// of returns the places with named regions that a shard reads, in the order of the
// plan.
func (p Plan) of(shard int) []Place {
	var places []Place
	for _, planned := range p.Named {
		if planned.Shard == shard {
			places = append(places, planned.Place)
		}
	}
	return places
}
