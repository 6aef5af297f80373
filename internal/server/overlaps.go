package server

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"steampipe-plugin-ssmassoc/internal/aws/awsconn"
)

// Overlap names regions of one account that several connections read, so that their
// rows come once from each.
type Overlap struct {
	AccountID   string
	Connections []string // by name
	Regions     []string // by name
}

// Overlaps returns the regions that more than one of the connections scanned so far
// reads. If there are several connections, it asks AWS for each account that is not
// known yet (STS GetCallerIdentity). It leaves out connections whose account or
// regions it cannot get.
func (s *Server) Overlaps(ctx context.Context) []Overlap {
	used := s.service.used()
	if len(used) < 2 {
		return nil
	}
	type place struct{ account, region string }
	readBy := map[place][]string{}
	for _, c := range used {
		owner, err := c.Identity(ctx, awsconn.MaxAge)
		if err != nil {
			continue
		}
		regions, err := c.TargetRegions(ctx, awsconn.MaxAge)
		if err != nil {
			continue
		}
		for _, region := range regions {
			readBy[place{owner.AccountID, region}] = append(readBy[place{owner.AccountID, region}], c.Name)
		}
	}
	var overlaps []Overlap
	for _, p := range slices.SortedFunc(maps.Keys(readBy), func(a, b place) int {
		return cmp.Or(cmp.Compare(a.account, b.account), cmp.Compare(a.region, b.region))
	}) {
		names := readBy[p]
		if len(names) < 2 {
			continue
		}
		i := slices.IndexFunc(overlaps, func(o Overlap) bool {
			return o.AccountID == p.account && slices.Equal(o.Connections, names)
		})
		if i < 0 {
			overlaps = append(overlaps, Overlap{AccountID: p.account, Connections: names})
			i = len(overlaps) - 1
		}
		overlaps[i].Regions = append(overlaps[i].Regions, p.region)
	}
	return overlaps
}

// used returns the connections that a query has used, by name.
func (s *service) used() []*awsconn.Connection {
	s.mu.Lock()
	defer s.mu.Unlock()
	var used []*awsconn.Connection
	for _, name := range slices.Sorted(maps.Keys(s.connections)) {
		if c := s.connections[name].current; c != nil {
			used = append(used, c)
		}
	}
	return used
}
