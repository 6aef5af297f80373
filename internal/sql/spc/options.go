package spc

import (
	"fmt"

	"github.com/hashicorp/hcl/v2/gohcl"
)

// Cache holds the settings of the cache of an options "database" block; nil for one that
// is not set.
type Cache struct {
	Enabled       *bool
	MaxTTLSeconds *int64
	MaxMB         *int64
}

// readOptions reads the options blocks. Most of their settings are about Steampipe's own
// commands and its database.
func (p *parser) readOptions() error {
	memory := 0
	used := map[string]any{
		"database cache":             &p.config.Cache.Enabled,
		"database cache_max_ttl":     &p.config.Cache.MaxTTLSeconds,
		"database cache_max_size_mb": &p.config.Cache.MaxMB,
		"plugin memory_max_mb":       &memory,
	}
	for _, b := range p.options {
		for name, attribute := range sorted(b.Body.Attributes) {
			to := used[b.Labels[0]+" "+name]
			if to == nil {
				p.unused(attribute.NameRange, "options %q %s", b.Labels[0], name)
				continue
			}
			if diagnostics := gohcl.DecodeExpression(attribute.Expr, nil, to); diagnostics.HasErrors() {
				return fmt.Errorf("options %q: argument %q: %w", b.Labels[0], name, readable(diagnostics))
			}
		}
		for _, nested := range b.Body.Blocks {
			p.unused(nested.TypeRange, "options %q %s", b.Labels[0], nested.Type)
		}
	}
	if p.config.MemoryMaxMB == 0 { // the default for plugin blocks without their own
		p.config.MemoryMaxMB = max(0, memory)
	}
	return nil
}
