// Package powerpipe reads as much of a Powerpipe mod as it takes to run its
// queries without Powerpipe: variables with their defaults, queries with their
// parameters, controls, benchmarks, and the queries of dashboards.
//
// See https://powerpipe.io/docs/powerpipe-hcl.
package powerpipe

import (
	"fmt"
	"maps"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// Mod is a mod as its files say it.
type Mod struct {
	Name       string
	Variables  map[string]Variable
	Queries    map[string]Query
	Controls   map[string]Control
	Benchmarks map[string]Benchmark
	Dashboards map[string]Dashboard
}

// Variable is what a user of the mod can set.
type Variable struct {
	Description string
	Default     any
}

// Query is an SQL text with its positional parameters.
type Query struct {
	SQL        string
	Parameters []Parameter // the first is $1
}

// Parameter is a parameter of a query. Its default is nil where it has none.
type Parameter struct {
	Name    string
	Default any
}

// Control is a check.
type Control struct {
	Title, Description, Severity string
	Query                        string // the name of its query
	Tags                         map[string]string
}

// Benchmark is a group of controls and of other benchmarks.
type Benchmark struct {
	Title, Description string
	// Children are their addresses, such as control.node_online.
	Children []string
	Tags     map[string]string
}

// Dashboard is the elements of a dashboard that have a query.
type Dashboard struct {
	Title    string
	Elements []Element
}

// Element is a card, chart, table or input.
type Element struct {
	Kind, Name, Title string
	Query             string // the name of its query
	// Arguments are those of the query by name. One that an input chooses is
	// the input's address, such as self.input.region.value.
	Arguments map[string]any
}

// Values returns the values of the query's parameters in their order: those
// given by name, else the defaults.
func (q Query) Values(given map[string]any) ([]any, error) {
	given = maps.Clone(given)
	values := make([]any, len(q.Parameters))
	for i, p := range q.Parameters {
		values[i] = p.Default
		if v, ok := given[p.Name]; ok {
			values[i] = v
			delete(given, p.Name)
		}
	}
	for name := range given {
		return nil, fmt.Errorf("the query has no parameter %q", name)
	}
	return values, nil
}

// Load reads the mod in a folder.
func Load(folder string) (*Mod, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.pp"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no mod in %s: there is no file *.pp", folder)
	}
	parser := hclparse.NewParser()
	var blocks []*hclsyntax.Block
	for _, file := range files {
		parsed, diagnostics := parser.ParseHCLFile(file)
		if diagnostics.HasErrors() {
			return nil, diagnostics
		}
		blocks = append(blocks, parsed.Body.(*hclsyntax.Body).Blocks...)
	}
	l := &loader{
		mod: &Mod{
			Variables: map[string]Variable{}, Queries: map[string]Query{}, Controls: map[string]Control{},
			Benchmarks: map[string]Benchmark{}, Dashboards: map[string]Dashboard{},
		},
		scope: &hcl.EvalContext{
			Variables: map[string]cty.Value{},
			Functions: map[string]function.Function{"merge": stdlib.MergeFunc},
		},
	}
	return l.mod, l.load(blocks)
}

// loader reads blocks into a mod.
type loader struct {
	mod   *Mod
	scope *hcl.EvalContext
}

func (l *loader) load(blocks []*hclsyntax.Block) error {
	if err := l.declare(blocks); err != nil {
		return err
	}
	if err := l.locals(blocks); err != nil {
		return err
	}
	for _, b := range blocks {
		if err := l.block(b); err != nil {
			return fmt.Errorf("%s: %w", b.DefRange(), err)
		}
	}
	return nil
}

// declare puts what can be referred to into scope: variables by their defaults,
// other things by their addresses.
func (l *loader) declare(blocks []*hclsyntax.Block) error {
	variables := map[string]cty.Value{}
	addresses := map[string]map[string]cty.Value{"query": {}, "control": {}, "benchmark": {}, "dashboard": {}}
	for _, b := range blocks {
		if b.Type == "variable" {
			v, err := l.attribute(b, "default")
			if err != nil {
				return err
			}
			variables[b.Labels[0]] = v
		}
		if known, ok := addresses[b.Type]; ok {
			if _, twice := known[b.Labels[0]]; twice {
				return fmt.Errorf("%s: there are two of %s.%s", b.DefRange(), b.Type, b.Labels[0])
			}
			known[b.Labels[0]] = cty.StringVal(b.Type + "." + b.Labels[0])
		}
	}
	l.scope.Variables["var"] = cty.ObjectVal(variables)
	for kind, known := range addresses {
		l.scope.Variables[kind] = cty.ObjectVal(known)
	}
	return nil
}

// locals evaluates the local values, which may refer to each other.
func (l *loader) locals(blocks []*hclsyntax.Block) error {
	open := map[string]*hclsyntax.Attribute{}
	for _, b := range blocks {
		if b.Type == "locals" {
			maps.Copy(open, b.Body.Attributes)
		}
	}
	known := map[string]cty.Value{}
	for len(open) > 0 {
		l.scope.Variables["local"] = cty.ObjectVal(known)
		var failed hcl.Diagnostics
		before := len(open)
		for name, a := range open {
			v, diagnostics := a.Expr.Value(l.scope)
			if diagnostics.HasErrors() {
				failed = diagnostics
				continue
			}
			known[name] = v
			delete(open, name)
		}
		if len(open) == before {
			return failed
		}
	}
	l.scope.Variables["local"] = cty.ObjectVal(known)
	return nil
}

func (l *loader) block(b *hclsyntax.Block) (err error) {
	text := func(name string) string {
		v, e := l.attribute(b, name)
		if e != nil {
			err = e
			return ""
		}
		s, _ := plain(v).(string)
		return s
	}
	tags := func() map[string]string {
		v, e := l.attribute(b, "tags")
		if e != nil {
			err = e
		}
		tags := map[string]string{}
		members, _ := plain(v).(map[string]any)
		for name, value := range members {
			tags[name], _ = value.(string)
		}
		return tags
	}
	switch b.Type {
	case "mod":
		l.mod.Name = b.Labels[0]
	case "variable":
		v, e := l.attribute(b, "default")
		if e != nil {
			return e
		}
		l.mod.Variables[b.Labels[0]] = Variable{Description: text("description"), Default: plain(v)}
	case "query":
		q, e := l.query(b)
		if e != nil {
			return e
		}
		l.mod.Queries[b.Labels[0]] = q
	case "control":
		l.mod.Controls[b.Labels[0]] = Control{
			Title: text("title"), Description: text("description"), Severity: text("severity"),
			Query: strings.TrimPrefix(text("query"), "query."), Tags: tags(),
		}
	case "benchmark":
		v, e := l.attribute(b, "children")
		if e != nil {
			return e
		}
		benchmark := Benchmark{Title: text("title"), Description: text("description"), Tags: tags()}
		children, _ := plain(v).([]any)
		for _, child := range children {
			benchmark.Children = append(benchmark.Children, child.(string))
		}
		l.mod.Benchmarks[b.Labels[0]] = benchmark
	case "dashboard":
		elements, e := l.elements(b)
		if e != nil {
			return e
		}
		l.mod.Dashboards[b.Labels[0]] = Dashboard{Title: text("title"), Elements: elements}
	case "locals":
	default:
		return fmt.Errorf("a block of a kind that is not known here: %s", b.Type)
	}
	return err
}

func (l *loader) query(b *hclsyntax.Block) (Query, error) {
	sql, err := l.attribute(b, "sql")
	if err != nil {
		return Query{}, err
	}
	text, ok := plain(sql).(string)
	if !ok {
		return Query{}, fmt.Errorf("query %s has no SQL", b.Labels[0])
	}
	q := Query{SQL: text}
	for _, p := range b.Body.Blocks {
		v, err := l.attribute(p, "default")
		if err != nil {
			return Query{}, err
		}
		q.Parameters = append(q.Parameters, Parameter{Name: p.Labels[0], Default: plain(v)})
	}
	return q, nil
}

// elements returns the elements of a dashboard that have a query, those in
// containers too.
func (l *loader) elements(dashboard *hclsyntax.Block) ([]Element, error) {
	scope := l.scope.NewChild()
	scope.Variables = map[string]cty.Value{"self": inputs(dashboard)}
	inner := &loader{mod: l.mod, scope: scope}

	var elements []Element
	var visit func(b *hclsyntax.Block) error
	visit = func(b *hclsyntax.Block) error {
		if b.Body.Attributes["query"] != nil {
			e := Element{Kind: b.Type}
			if len(b.Labels) > 0 {
				e.Name = b.Labels[0]
			}
			members := map[string]any{}
			for _, name := range []string{"title", "query", "args"} {
				v, err := inner.attribute(b, name)
				if err != nil {
					return err
				}
				members[name] = plain(v)
			}
			e.Title, _ = members["title"].(string)
			address, _ := members["query"].(string)
			e.Query = strings.TrimPrefix(address, "query.")
			e.Arguments, _ = members["args"].(map[string]any)
			elements = append(elements, e)
		}
		for _, child := range b.Body.Blocks {
			if err := visit(child); err != nil {
				return err
			}
		}
		return nil
	}
	return elements, visit(dashboard)
}

// inputs is what self is in a dashboard: each input's value is its address.
func inputs(dashboard *hclsyntax.Block) cty.Value {
	values := map[string]cty.Value{}
	var visit func(b *hclsyntax.Block)
	visit = func(b *hclsyntax.Block) {
		if b.Type == "input" {
			name := b.Labels[0]
			values[name] = cty.ObjectVal(map[string]cty.Value{"value": cty.StringVal("self.input." + name + ".value")})
		}
		for _, child := range b.Body.Blocks {
			visit(child)
		}
	}
	visit(dashboard)
	return cty.ObjectVal(map[string]cty.Value{"input": cty.ObjectVal(values)})
}

// attribute evaluates an attribute of a block: null where it has none.
func (l *loader) attribute(b *hclsyntax.Block, name string) (cty.Value, error) {
	a := b.Body.Attributes[name]
	if a == nil {
		return cty.NullVal(cty.DynamicPseudoType), nil
	}
	v, diagnostics := a.Expr.Value(l.scope)
	if diagnostics.HasErrors() {
		return cty.NilVal, diagnostics
	}
	return v, nil
}

// plain is a value in Go's types: string, float64, bool, []any, map[string]any,
// and nil for null.
func plain(v cty.Value) any {
	switch {
	case v == cty.NilVal || v.IsNull():
		return nil
	case v.Type() == cty.String:
		return v.AsString()
	case v.Type() == cty.Number:
		f, _ := v.AsBigFloat().Float64()
		return f
	case v.Type() == cty.Bool:
		return v.True()
	case v.Type().IsObjectType() || v.Type().IsMapType():
		members := map[string]any{}
		for name, member := range v.AsValueMap() {
			members[name] = plain(member)
		}
		return members
	default:
		list := []any{}
		for _, member := range v.AsValueSlice() {
			list = append(list, plain(member))
		}
		return list
	}
}
