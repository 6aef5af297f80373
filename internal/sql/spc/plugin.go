package spc

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
)

// pluginBlock is a plugin block of the plugin. Steampipe runs a process for each, with
// its limiters.
type pluginBlock struct {
	Label        string         `hcl:"label,label"`
	Source       *string        `hcl:"source,optional"`
	MemoryMaxMB  *int           `hcl:"memory_max_mb,optional"`
	StartTimeout *int           `hcl:"start_timeout,optional"`
	Limiters     []limiterBlock `hcl:"limiter,block"`
}

// limiterBlock is a limiter block.
//
// See https://steampipe.io/docs/reference/config-files/plugin.
type limiterBlock struct {
	Name           string   `hcl:"name,label"`
	BucketSize     int64    `hcl:"bucket_size,optional"`
	FillRate       float32  `hcl:"fill_rate,optional"`
	MaxConcurrency int64    `hcl:"max_concurrency,optional"`
	Scope          []string `hcl:"scope,optional"`
	Where          string   `hcl:"where,optional"`
}

// definition returns the limiter as Steampipe sends it to a plugin.
func (l limiterBlock) definition() *proto.RateLimiterDefinition {
	return &proto.RateLimiterDefinition{
		Name: l.Name, BucketSize: l.BucketSize, FillRate: l.FillRate, MaxConcurrency: l.MaxConcurrency,
		Scope: l.Scope, Where: l.Where,
	}
}

// readPlugins reads the plugin blocks of the plugin. Of other plugins' blocks only the
// source matters: whose they are.
func (p *parser) readPlugins() error {
	for _, b := range p.pluginBlocks {
		source := shortName(cmp.Or(stringOf(b, "source"), b.Labels[0]))
		p.sources[b.Labels[0]] = source
		if source != p.config.plugin {
			continue
		}
		one := pluginBlock{Label: b.Labels[0]}
		if diagnostics := gohcl.DecodeBody(b.Body, nil, &one); diagnostics.HasErrors() {
			return fmt.Errorf("plugin %q: %w", one.Label, readable(diagnostics))
		}
		if err := checkLimiters(b, one.Limiters); err != nil {
			return err
		}
		if one.StartTimeout != nil {
			p.unused(b.Body.Attributes["start_timeout"].NameRange, "plugin %q start_timeout", one.Label)
		}
		if one.MemoryMaxMB != nil {
			p.config.limitMemory(*one.MemoryMaxMB)
		}
		p.config.plugins = append(p.config.plugins, one)
	}
	return nil
}

// limitMemory sets the memory of the plugin to the least of its plugin blocks': here one
// process serves them all.
func (c *Config) limitMemory(mb int) {
	if mb > 0 && (c.MemoryMaxMB == 0 || mb < c.MemoryMaxMB) {
		c.MemoryMaxMB = mb
	}
}

// readLimiters reads the limiter blocks outside a plugin block.
func (p *parser) readLimiters() error {
	for _, b := range p.limiters {
		one := limiterBlock{Name: b.Labels[0]}
		if diagnostics := gohcl.DecodeBody(b.Body, nil, &one); diagnostics.HasErrors() {
			return fmt.Errorf("limiter %q: %w", one.Name, readable(diagnostics))
		}
		if err := checkLimiters(b, []limiterBlock{one}); err != nil {
			return err
		}
		p.config.loose = append(p.config.loose, one)
	}
	return nil
}

// checkLimiters refuses limiters that limit nothing, and names given twice, of which
// Steampipe would drop one.
func checkLimiters(b block, limiters []limiterBlock) error {
	seen := map[string]bool{}
	for _, l := range limiters {
		switch {
		case seen[l.Name]:
			return fmt.Errorf("%s: limiter %q is defined twice in plugin %q; rename or remove one",
				b.TypeRange, l.Name, b.Labels[0])
		case l.BucketSize < 0 || l.FillRate < 0 || l.MaxConcurrency < 0:
			return fmt.Errorf("%s: limiter %q has a negative limit", b.TypeRange, l.Name)
		case l.FillRate == 0 && l.MaxConcurrency == 0:
			return fmt.Errorf("%s: limiter %q limits nothing; set fill_rate and bucket_size, or max_concurrency",
				b.TypeRange, l.Name)
		}
		seen[l.Name] = true
	}
	return nil
}

// Loose names the limiters outside a plugin block, which Steampipe refuses.
func (c *Config) Loose() []string {
	var names []string
	for _, l := range c.loose {
		names = append(names, l.Name)
	}
	return names
}

// Limiters returns the limiters that apply to connections of the configuration, or to
// any other connection if there are none. Those of a plugin block apply to its
// connections alone.
func (c *Config) Limiters(connections []Connection) []*proto.RateLimiterDefinition {
	var all []*proto.RateLimiterDefinition
	for _, l := range c.loose {
		all = append(all, l.definition())
	}
	for _, block := range c.plugins {
		var names []string
		for _, connection := range connections {
			if connection.instance == block.Label {
				names = append(names, "'"+strings.ReplaceAll(connection.Name, "'", "''")+"'")
			}
		}
		if len(connections) > 0 && len(names) == 0 {
			continue
		}
		for _, l := range block.Limiters {
			d := l.definition()
			d.Name = block.Label + "." + d.Name
			if len(names) < len(connections) {
				d.Where = both(d.Where, fmt.Sprintf("connection in (%s)", strings.Join(names, ", ")))
			}
			all = append(all, d)
		}
	}
	return all
}

// both returns the filter that two filters make together.
func both(a, b string) string {
	if a == "" {
		return b
	}
	return "(" + a + ") and " + b
}
