package ssmassoc

import (
	"context"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// regionPattern is what a region's name, or a pattern of names, is made of.
var regionPattern = regexp.MustCompile(`^[a-z0-9*?-]+$`)

// isPattern tells whether a name stands for several regions.
func isPattern(name string) bool { return strings.ContainsAny(name, "*?") }

// matchesAny tells whether any of the patterns matches a region's name.
func matchesAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		matched, _ := path.Match(pattern, name) // of letters, digits, - * and ?: no error
		return matched
	})
}

// targetRegions returns the names of the regions that the connection reads,
// each once: those that regions names or matches, without those that
// exclude_regions does.
func (c *connection) targetRegions(ctx context.Context) ([]string, error) {
	names, err := c.namedRegions(ctx)
	if err != nil {
		return nil, err
	}
	left := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return matchesAny(c.config.ExcludeRegions, name) })
	if len(left) == 0 {
		return nil, fmt.Errorf("configuration of connection %q: argument %q leaves none of the regions %s; change it or %q",
			c.name, "exclude_regions", strings.Join(names, ", "), "regions")
	}
	return left, nil
}

func (c *connection) namedRegions(ctx context.Context) ([]string, error) {
	if c.config.Regions == nil {
		name, err := c.defaultRegion(ctx)
		return []string{name}, err
	}
	var names []string
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
		enabled, err := c.enabledRegions.get(ctx, c.listRegions)
		if err != nil {
			return nil, err
		}
		matched := false
		for _, name := range enabled {
			if matchesAny([]string{entry}, name) {
				matched = true
				add(name)
			}
		}
		if !matched {
			return nil, fmt.Errorf("configuration of connection %q: argument %q: %q matches none of the regions enabled for the account (%s)",
				c.name, "regions", entry, strings.Join(enabled, ", "))
		}
	}
	return names, nil
}

// defaultRegion returns the region that the connection uses where nothing else
// names one: default_region, then the first of regions that is no pattern, then
// what the AWS SDK finds in the environment (AWS_REGION, AWS_DEFAULT_REGION) and
// in the active profile.
func (c *connection) defaultRegion(ctx context.Context) (string, error) {
	cfg, err := c.awsConfig.get(ctx, c.loadAWSConfig)
	if err != nil {
		return "", err
	}
	if cfg.Region == "" {
		return "", fmt.Errorf("no region: set the argument %q or %q of the connection, AWS_REGION, or a region in the active profile",
			"regions", "default_region")
	}
	return cfg.Region, nil
}

// configuredRegion is the region that the configuration itself names as default,
// or "" where it names none. A pattern tells at least the partition.
func (c *connection) configuredRegion() string {
	if c.config.DefaultRegion != nil {
		return *c.config.DefaultRegion
	}
	for _, name := range c.config.Regions {
		if !isPattern(name) {
			return name
		}
	}
	return ""
}

// partitionRegion is a region of the partition that the patterns of regions are
// about, for where neither the configuration nor the environment names one.
func (c *connection) partitionRegion() string {
	for _, name := range c.config.Regions {
		switch {
		case strings.HasPrefix(name, "cn-"):
			return "cn-north-1"
		case strings.HasPrefix(name, "us-gov-"):
			return "us-gov-west-1"
		}
	}
	if len(c.config.Regions) > 0 {
		return "us-east-1"
	}
	return ""
}

// listRegions asks EC2 for the names of the regions that are enabled for the
// account, sorted.
func (c *connection) listRegions(ctx context.Context) ([]string, error) {
	cfg, err := c.awsConfig.get(ctx, c.loadAWSConfig)
	if err != nil {
		return nil, err
	}
	if _, err := c.defaultRegion(ctx); err != nil {
		return nil, err
	}
	names, err := c.describeRegions(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("find the regions that the patterns of %q match: %w", "regions", explain(err))
	}
	if len(names) == 0 {
		return nil, errors.New("EC2 says that no region is enabled for the account")
	}
	slices.Sort(names)
	return names, nil
}
