package embedded

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// Config is the part of a configuration file about a plugin.
type Config struct {
	// Connections are in the order of the file.
	Connections []Connection
	// Aggregators maps names to the patterns of their members' names.
	Aggregators map[string][]string

	filename string
}

// Select returns the connection with the given name, the members of the
// aggregator with that name, or all connections for "".
func (c *Config) Select(name string) ([]Connection, error) {
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
			c.filename, name, strings.Join(known, ", "), strings.Join(patterns, ", "))
	}
	for aggregator := range sorted(c.Aggregators) {
		known = append(known, aggregator)
	}
	return nil, fmt.Errorf("%s: no connection %q; there is %s", c.filename, name, strings.Join(known, ", "))
}

// ParseConfig reads the connections of a plugin from a file in Steampipe's .spc
// format. It ignores blocks for other plugins and for Steampipe itself.
//
// See https://steampipe.io/docs/managing/connections.
func ParseConfig(filename string, source []byte, plugin string) (*Config, error) {
	if err := checkNesting(filename, source); err != nil {
		return nil, err
	}
	file, diagnostics := hclsyntax.ParseConfig(source, filename, hcl.InitialPos)
	if diagnostics.HasErrors() {
		return nil, readable(diagnostics)
	}
	body := file.Body.(*hclsyntax.Body)
	if len(body.Attributes) > 0 {
		for name, attribute := range body.Attributes {
			return nil, fmt.Errorf("%s: argument %q stands outside a connection block; "+
				"put it into connection \"NAME\" { ... }", attribute.NameRange, name)
		}
	}

	sources := pluginSources(body)
	config := &Config{Aggregators: map[string][]string{}, filename: filename}
	seen := map[string]bool{}
	for _, block := range body.Blocks {
		if block.Type != "connection" {
			continue
		}
		if len(block.Labels) != 1 {
			return nil, fmt.Errorf("%s: a connection block has one name, as in connection \"NAME\" { ... }", block.TypeRange)
		}
		c := Connection{Name: block.Labels[0]}
		name, err := pluginOf(block, sources)
		if err != nil {
			return nil, err
		}
		if name != plugin {
			continue
		}
		if seen[c.Name] {
			return nil, fmt.Errorf("%s: connection %q is defined twice", block.TypeRange, c.Name)
		}
		seen[c.Name] = true
		if stringOf(block, "type") == "aggregator" {
			if config.Aggregators[c.Name], err = members(block); err != nil {
				return nil, err
			}
			continue
		}
		if c.Config, err = arguments(block, source); err != nil {
			return nil, err
		}
		config.Connections = append(config.Connections, c)
	}
	if len(config.Connections) == 0 {
		return nil, fmt.Errorf("%s: no connection of the plugin %q; add connection %q { plugin = %q }",
			filename, plugin, plugin, "local/"+plugin)
	}
	return config, nil
}

// members returns the patterns of an aggregator's members.
func members(block *hclsyntax.Block) ([]string, error) {
	invalid := fmt.Errorf("%s: aggregator %q: argument \"connections\" must be a list of names, as in [\"ssmassoc_*\"]",
		block.TypeRange, block.Labels[0])
	attribute := block.Body.Attributes["connections"]
	if attribute == nil {
		return nil, invalid
	}
	value, diagnostics := attribute.Expr.Value(nil)
	if diagnostics.HasErrors() || !value.CanIterateElements() {
		return nil, invalid
	}
	var patterns []string
	for _, element := range value.AsValueSlice() {
		if element.IsNull() || !element.IsKnown() || element.Type() != cty.String {
			return nil, invalid
		}
		patterns = append(patterns, element.AsString())
	}
	if len(patterns) == 0 {
		return nil, invalid
	}
	return patterns, nil
}

// forSteampipe are the arguments of a connection block that Steampipe uses
// itself.
var forSteampipe = map[string]bool{
	"plugin": true, "type": true, "connections": true, "import_schema": true,
}

// arguments returns the plugin's arguments of a connection block in HCL.
func arguments(block *hclsyntax.Block, source []byte) (string, error) {
	var b strings.Builder
	for name, attribute := range sorted(block.Body.Attributes) {
		if !forSteampipe[name] {
			fmt.Fprintf(&b, "%s = %s\n", name, attribute.Expr.Range().SliceBytes(source))
		}
	}
	for _, nested := range block.Body.Blocks {
		if nested.Type != "options" {
			return "", fmt.Errorf("%s: connection %q: unknown block %q", nested.TypeRange, block.Labels[0], nested.Type)
		}
	}
	return b.String(), nil
}

// pluginOf returns the short name of the plugin of a connection block.
func pluginOf(block *hclsyntax.Block, sources map[string]string) (string, error) {
	attribute := block.Body.Attributes["plugin"]
	if attribute == nil {
		return "", fmt.Errorf("%s: connection %q: argument \"plugin\" is missing", block.TypeRange, block.Labels[0])
	}
	// A reference to a plugin block, as in plugin = plugin.NAME.
	if traversal, diagnostics := hcl.AbsTraversalForExpr(attribute.Expr); !diagnostics.HasErrors() &&
		len(traversal) == 2 && traversal.RootName() == "plugin" {
		if name, ok := traversal[1].(hcl.TraverseAttr); ok {
			if source, ok := sources[name.Name]; ok {
				return source, nil
			}
			return "", fmt.Errorf("%s: connection %q: no block plugin %q", attribute.SrcRange, block.Labels[0], name.Name)
		}
	}
	name := stringOf(block, "plugin")
	if source, ok := sources[name]; ok {
		return source, nil
	}
	return shortName(name), nil
}

// pluginSources maps the labels of plugin blocks to the short names of their
// plugins.
func pluginSources(body *hclsyntax.Body) map[string]string {
	sources := map[string]string{}
	for _, block := range body.Blocks {
		if block.Type == "plugin" && len(block.Labels) == 1 {
			source := stringOf(block, "source")
			if source == "" {
				source = block.Labels[0]
			}
			sources[block.Labels[0]] = shortName(source)
		}
	}
	return sources
}

// shortName returns the last part of a plugin's name without its version:
// "ssmassoc" for "local/ssmassoc" and for
// "hub.steampipe.io/plugins/x/ssmassoc@1".
func shortName(plugin string) string {
	name, _, _ := strings.Cut(path.Base(plugin), "@")
	return name
}

// stringOf returns the string value of an argument of a block, or "".
func stringOf(block *hclsyntax.Block, argument string) string {
	attribute := block.Body.Attributes[argument]
	if attribute == nil {
		return ""
	}
	value, diagnostics := attribute.Expr.Value(nil)
	if diagnostics.HasErrors() || value.IsNull() || !value.IsKnown() || value.Type() != cty.String {
		return ""
	}
	return value.AsString()
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
