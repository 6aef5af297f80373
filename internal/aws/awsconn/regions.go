package awsconn

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// TargetRegions returns the names of the regions that the connection reads, each once:
// those that the argument regions names or matches, without those that exclude_regions
// names or matches. The list of enabled regions behind them is no older than maxAge.
func (c *Connection) TargetRegions(ctx context.Context, maxAge time.Duration) ([]string, error) {
	names, err := c.namedRegions(ctx, maxAge)
	if err != nil {
		return nil, err
	}
	excluded := func(name string) bool { return matchesAny(c.config.ExcludeRegions, name) }
	left := slices.DeleteFunc(slices.Clone(names), excluded)
	if len(left) == 0 {
		return nil, fmt.Errorf("configuration of connection %q: argument %q leaves none of the regions %s; change it or %q",
			c.Name, "exclude_regions", strings.Join(names, ", "), "regions")
	}
	return left, nil
}

// RegionPatterns returns the names and patterns of the connection's regions argument
// where AWS has to resolve one of them, or nil.
func (c *Connection) RegionPatterns() []string {
	if slices.ContainsFunc(c.config.Regions, isPattern) {
		return slices.Clone(c.config.Regions)
	}
	return nil
}

func (c *Connection) namedRegions(ctx context.Context, maxAge time.Duration) ([]string, error) {
	if c.config.Regions == nil {
		name, err := c.defaultRegion(ctx)
		return []string{name}, err
	}
	var names, enabled []string
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, entry := range c.config.Regions {
		if !isPattern(entry) {
			add(entry)
			continue
		}
		if enabled == nil { // once for all patterns
			var err error
			if enabled, err = c.enabledRegions.get(ctx, maxAge, c.listRegions); err != nil {
				return nil, err
			}
		}
		matched := false
		for _, name := range enabled {
			if matchesAny([]string{entry}, name) {
				matched = true
				add(name)
			}
		}
		if !matched {
			return nil, fmt.Errorf("configuration of connection %q: argument %q: "+
				"%q matches none of the regions enabled for the account (%s)",
				c.Name, "regions", entry, strings.Join(enabled, ", "))
		}
	}
	return names, nil
}

// defaultRegion returns the region that the connection uses where nothing else names one,
// in the order that Steampipe's AWS plugin documents: default_region, the region of the
// environment (AWS_REGION, AWS_DEFAULT_REGION) and of the active profile, the guess from
// the argument regions, us-east-1.
func (c *Connection) defaultRegion(ctx context.Context) (string, error) {
	s, err := c.open(ctx)
	if err != nil {
		return "", err
	}
	return s.cfg.Region, nil
}

// ReadsFallback reports whether the connection reads a region that nothing names: see
// defaultRegion.
func (c *Connection) ReadsFallback(ctx context.Context) (bool, error) {
	s, err := c.open(ctx)
	if err != nil {
		return false, err
	}
	return c.config.isFallback(s.cfg), nil
}

// listRegions asks EC2 for the names of the regions that are enabled for the
// account, sorted.
func (c *Connection) listRegions(ctx context.Context) ([]string, error) {
	s, err := c.open(ctx)
	if err != nil {
		return nil, err
	}
	names, err := authorized(ctx, c, func() ([]string, error) {
		if err := c.shared.inFlight.Enter(ctx, &c.config); err != nil {
			return nil, err
		}
		defer c.shared.inFlight.Leave(&c.config)
		return c.describeRegions(ctx, s.cfg)
	})
	if err != nil {
		return nil, fmt.Errorf("find the regions that the patterns of %q match: %w", "regions", c.explain(err))
	}
	if len(names) == 0 {
		return nil, errors.New("EC2 says that no region is enabled for the account")
	}
	slices.Sort(names)
	return names, nil
}
