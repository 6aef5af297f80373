package spc

import (
	"fmt"
	"path"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// readConnections reads the connection blocks, one by one.
func (p *parser) readConnections() error {
	for _, f := range p.connections {
		for _, s := range f.segments {
			blocks, err := p.parse(f.File, s)
			if err != nil {
				return err
			}
			for _, b := range blocks {
				if err := p.readConnection(b); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (p *parser) readConnection(b block) error {
	if err := p.name(b); err != nil {
		return err
	}
	c := Connection{Name: b.Labels[0]}
	var plugin string
	var err error
	if plugin, c.instance, err = p.pluginOf(b); err != nil || plugin != p.config.plugin {
		return err
	}
	switch kind := stringOf(b, "type"); kind {
	case "aggregator":
		p.config.Aggregators[c.Name], err = members(b)
		return err
	case "", "plugin":
	default:
		return fmt.Errorf("%s: connection %q: type %q is unknown; use \"aggregator\", or remove it",
			b.TypeRange, c.Name, kind)
	}
	if c.Config, err = p.arguments(b); err != nil {
		return err
	}
	p.config.Connections = append(p.config.Connections, c)
	return nil
}

// members returns the patterns of an aggregator's members.
func members(b block) ([]string, error) {
	invalid := fmt.Errorf("%s: aggregator %q: argument \"connections\" must be a list of names, as in [\"ssmassoc_*\"]",
		b.TypeRange, b.Labels[0])
	attribute := b.Body.Attributes["connections"]
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
func (p *parser) arguments(b block) (string, error) {
	var text strings.Builder
	for name, attribute := range sorted(b.Body.Attributes) {
		if !forSteampipe[name] {
			fmt.Fprintf(&text, "%s = %s\n", name, attribute.Expr.Range().SliceBytes(b.source))
		}
	}
	if schema := b.Body.Attributes["import_schema"]; schema != nil && stringOf(b, "import_schema") != "enabled" {
		p.unused(schema.NameRange, "connection %q import_schema", b.Labels[0])
	}
	for _, nested := range b.Body.Blocks {
		if nested.Type != "options" {
			return "", fmt.Errorf("%s: connection %q: unknown block %q", nested.TypeRange, b.Labels[0], nested.Type)
		}
		p.unused(nested.TypeRange, "connection %q options", b.Labels[0])
	}
	return text.String(), nil
}

// pluginOf returns the short name of the plugin of a connection block, and the label of
// its plugin block, if it has one.
func (p *parser) pluginOf(b block) (plugin, instance string, err error) {
	attribute := b.Body.Attributes["plugin"]
	if attribute == nil {
		return "", "", fmt.Errorf("%s: connection %q: argument \"plugin\" is missing", b.TypeRange, b.Labels[0])
	}
	// A reference to a plugin block, as in plugin = plugin.NAME.
	if traversal, diagnostics := hcl.AbsTraversalForExpr(attribute.Expr); !diagnostics.HasErrors() &&
		len(traversal) == 2 && traversal.RootName() == "plugin" {
		if name, ok := traversal[1].(hcl.TraverseAttr); ok {
			if source, ok := p.sources[name.Name]; ok {
				return source, name.Name, nil
			}
			return "", "", fmt.Errorf("%s: connection %q: no block plugin %q", attribute.SrcRange, b.Labels[0], name.Name)
		}
	}
	name := stringOf(b, "plugin")
	if source, ok := p.sources[name]; ok {
		return source, name, nil
	}
	plugin = shortName(name)
	if plugin != p.config.plugin {
		return plugin, "", nil
	}
	switch blocks := p.config.plugins; len(blocks) {
	case 0:
		return plugin, "", nil
	case 1:
		return plugin, blocks[0].Label, nil
	default:
		return "", "", fmt.Errorf("%s: connection %q: plugin %q is that of several plugin blocks, %q and %q; "+
			"name one, as in plugin = plugin.%s", attribute.SrcRange, b.Labels[0], name,
			blocks[0].Label, blocks[1].Label, blocks[0].Label)
	}
}

// shortName returns the last part of a plugin's name without its version:
// "ssmassoc" for "local/ssmassoc" and for
// "hub.steampipe.io/plugins/x/ssmassoc@1".
func shortName(plugin string) string {
	name, _, _ := strings.Cut(path.Base(plugin), "@")
	return name
}

// stringOf returns the string value of an argument of a block, or "".
func stringOf(b block, argument string) string {
	attribute := b.Body.Attributes[argument]
	if attribute == nil {
		return ""
	}
	value, diagnostics := attribute.Expr.Value(nil)
	if diagnostics.HasErrors() || value.IsNull() || !value.IsKnown() || value.Type() != cty.String {
		return ""
	}
	return value.AsString()
}
