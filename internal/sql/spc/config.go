// Package spc reads Steampipe's configuration files, which end in .spc: the connections
// of a plugin, and the settings that apply to it.
//
// See https://steampipe.io/docs/reference/config-files/overview.
package spc

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// File is a configuration file.
type File struct {
	Name   string
	Source []byte
}

// Connection is a connection of the plugin: its name, and its arguments in HCL.
type Connection struct {
	Name   string
	Config string

	instance string // the label of its plugin block, or ""
}

// Config is the part of a configuration about a plugin.
type Config struct {
	// Connections are in the order of the files and of their lines.
	Connections []Connection
	// Aggregators maps names to the patterns of their members' names.
	Aggregators map[string][]string
	// MemoryMaxMB is the memory that the plugin may use; 0 if it is not set.
	MemoryMaxMB int
	Cache       Cache
	// Unused names the settings that Config leaves out, each with its place.
	Unused []string

	place   string // of the files, for errors
	plugin  string
	plugins []pluginBlock
	loose   []limiterBlock // limiters outside a plugin block
}

// Select returns the connection with the given name, the members of the
// aggregator with that name, or all connections for "".
func (c *Config) Select(name string) ([]Connection, error) {
	if len(c.Connections) == 0 {
		return nil, fmt.Errorf("%s: no connection of the plugin %q; add connection %q { plugin = %q }",
			c.place, c.plugin, c.plugin, "local/"+c.plugin)
	}
	if name == "" {
		return c.Connections, nil
	}
	patterns, isAggregator := c.Aggregators[name]
	if !isAggregator {
		patterns = []string{name}
	}
	var selected []Connection
	var known []string
	for _, connection := range c.Connections {
		known = append(known, connection.Name)
		if slices.ContainsFunc(patterns, func(pattern string) bool {
			matched, err := path.Match(pattern, connection.Name)
			return matched && err == nil || pattern == connection.Name
		}) {
			selected = append(selected, connection)
		}
	}
	switch {
	case len(selected) > 0:
		return selected, nil
	case isAggregator:
		return nil, fmt.Errorf("%s: aggregator %q has no members: none of %s matches %s",
			c.place, name, strings.Join(known, ", "), strings.Join(patterns, ", "))
	}
	for aggregator := range sorted(c.Aggregators) {
		known = append(known, aggregator)
	}
	return nil, fmt.Errorf("%s: unknown connection %q; connections: %s", c.place, name, strings.Join(known, ", "))
}

// Parse reads the configuration of a plugin from files. place is what errors about no
// single file name. As in Steampipe, any file that cannot be read, and any name given
// twice, is an error, even if it concerns another plugin.
func Parse(place string, files []File, plugin string) (*Config, error) {
	p := parser{
		config: &Config{Aggregators: map[string][]string{}, place: place, plugin: plugin},
		named:  map[string]hcl.Range{}, sources: map[string]string{},
	}
	for _, file := range files {
		if err := p.read(file); err != nil {
			return nil, err
		}
	}
	// Which plugin a connection is of depends on the other blocks.
	for _, step := range []func() error{p.readPlugins, p.readLimiters, p.readConnections, p.readOptions} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return p.config, nil
}

// parser gathers the blocks of the files, and then reads them.
type parser struct {
	config *Config

	connections                     []file // not yet parsed
	pluginBlocks, limiters, options []block

	named   map[string]hcl.Range // by type and label, the blocks so far
	sources map[string]string    // the short names of plugins by the label of their block
}

// block is a block of a file.
type block struct {
	*hclsyntax.Block
	source []byte // of the file
}

// connectionType is the type of the blocks of which there may be thousands.
const connectionType = "connection"

// file is a file with some of its segments.
type file struct {
	File
	segments []segment
}

// read gathers the blocks of a file.
func (p *parser) read(f File) error {
	found, err := segments(f.Name, f.Source)
	if err != nil {
		return err
	}
	connections := file{File: f}
	for _, s := range found {
		if s.kind == connectionType {
			connections.segments = append(connections.segments, s)
			continue
		}
		blocks, err := p.parse(f, s)
		if err != nil {
			return err
		}
		for _, b := range blocks {
			if err := p.add(b); err != nil {
				return err
			}
		}
	}
	p.connections = append(p.connections, connections)
	return nil
}

// parse parses a segment of a file. It returns its only block, unless it is not one.
func (p *parser) parse(f File, s segment) ([]block, error) {
	parsed, diagnostics := hclsyntax.ParseConfig(s.source, f.Name, s.start)
	if diagnostics.HasErrors() {
		return nil, readable(diagnostics)
	}
	body := parsed.Body.(*hclsyntax.Body)
	if names := slices.Sorted(maps.Keys(body.Attributes)); len(names) > 0 {
		return nil, fmt.Errorf("%s: argument %q stands outside a connection block; "+
			"put it into connection \"NAME\" { ... }", body.Attributes[names[0]].NameRange, names[0])
	}
	var blocks []block
	for _, b := range body.Blocks {
		blocks = append(blocks, block{b, f.Source})
	}
	return blocks, nil
}

// add gathers a block.
func (p *parser) add(b block) error {
	list, known := map[string]*[]block{
		"plugin": &p.pluginBlocks, "limiter": &p.limiters, "options": &p.options,
		"workspace": nil, // chosen by Steampipe's own commands
	}[b.Type]
	if !known {
		return fmt.Errorf("%s: unknown block %q; blocks: connection, plugin, options, workspace", b.TypeRange, b.Type)
	}
	if err := p.name(b); err != nil {
		return err
	}
	if list == nil {
		p.unused(b.TypeRange, "%s %q", b.Type, b.Labels[0])
		return nil
	}
	*list = append(*list, b)
	return nil
}

// name notes the name of a block, which none of its type may have twice.
func (p *parser) name(b block) error {
	if len(b.Labels) != 1 {
		return fmt.Errorf("%s: a %s block has one name, as in %[2]s \"NAME\" { ... }", b.TypeRange, b.Type)
	}
	key := b.Type + " " + b.Labels[0]
	if first, twice := p.named[key]; twice {
		return fmt.Errorf("%s: %s %q is defined twice, first at %s; rename or remove one",
			b.TypeRange, b.Type, b.Labels[0], first)
	}
	p.named[key] = b.TypeRange
	return nil
}

// unused notes a setting that does not apply.
func (p *parser) unused(at hcl.Range, format string, a ...any) {
	p.config.Unused = append(p.config.Unused,
		fmt.Sprintf("%s (%s:%d)", fmt.Sprintf(format, a...), at.Filename, at.Start.Line))
}

// readable joins HCL's diagnostics into one error, a line each.
func readable(diagnostics hcl.Diagnostics) error {
	var errs []error
	for _, d := range diagnostics {
		if d.Severity != hcl.DiagError {
			continue
		}
		where := ""
		if d.Subject != nil {
			where = d.Subject.String() + ": "
		}
		errs = append(errs, errors.New(where+d.Summary+"; "+d.Detail))
	}
	return errors.Join(errs...)
}
