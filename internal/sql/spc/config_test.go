package spc

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

func TestParse(t *testing.T) {
	for name, test := range map[string]struct {
		source string
		want   []Connection
		err    string // a part of the error
	}{
		"a connection without arguments": {
			source: `connection "a" { plugin = "x" }`,
			want:   []Connection{{Name: "a"}},
		},
		"the plugin's arguments, and not Steampipe's": {
			source: `connection "a" {
				plugin        = "local/x@1"
				import_schema = "enabled"
				n             = 3
				list          = ["a", # first
				                 "b"]
				options "connection" { cache = true }
			}`,
			want: []Connection{{Name: "a", Config: "list = [\"a\", # first\n\t\t\t\t                 \"b\"]\nn = 3\n"}},
		},
		"connections of other plugins": {
			source: `connection "a" { plugin = "aws" }
			connection "b" { plugin = "hub.example.com/plugins/y/x@latest" }
			options "general" {}`,
			want: []Connection{{Name: "b"}},
		},
		"a plugin block by reference and by name": {
			source: `plugin "mine" { source = "local/x" }
			connection "a" { plugin = plugin.mine }
			connection "b" { plugin = "mine" }`,
			want: []Connection{{Name: "a", instance: "mine"}, {Name: "b", instance: "mine"}},
		},
		"an aggregator stands for its members": {
			source: `connection "all" {
				plugin      = "x"
				type        = "aggregator"
				connections = ["*"]
			}
			connection "a" { plugin = "x" }`,
			want: []Connection{{Name: "a"}},
		},
		"an aggregator without members' names": {
			source: `connection "all" {
				plugin = "x"
				type   = "aggregator"
			}`,
			err: `argument "connections" must be a list of names`,
		},
		"no plugin":                   {source: `connection "a" {}`, err: `argument "plugin" is missing`},
		"no such plugin block":        {source: `connection "a" { plugin = plugin.none }`, err: `no block plugin "none"`},
		"a name twice":                {source: "connection \"a\" {\n plugin = \"x\"\n}\nconnection \"a\" {\n plugin = \"x\"\n}", err: `test.spc:4`},
		"an argument outside a block": {source: `regions = ["a"]`, err: `argument "regions" stands outside`},
		"an unknown block":            {source: "connection \"a\" {\n plugin = \"x\"\n more {\n }\n}", err: `unknown block "more"`},
		"as deep as it may be": {
			source: `connection "a" {
				plugin = "x"
				list   = ` + strings.Repeat("[", maxNesting-1) + strings.Repeat("]", maxNesting-1) + `
			}`,
			want: []Connection{{Name: "a", Config: "list = " + strings.Repeat("[", maxNesting-1) + strings.Repeat("]", maxNesting-1) + "\n"}},
		},
		"many values, and few operators in each": {
			source: `connection "a" {
				plugin = "x"
				list   = [` + strings.Repeat("-1, [-1], ", 2*maxOperators) + `]
			}` + others(2*maxOperators),
			want: []Connection{{Name: "a", Config: "list = [" + strings.Repeat("-1, [-1], ", 2*maxOperators) + "]\n"}},
		},
		"brackets too deep": {source: "connection \"a\" {\n plugin = " + strings.Repeat("[", 100_000), err: "test.spc:2,110-111: brackets are nested more than 100 deep"},
		"quotes too deep":   {source: "connection \"a\" {\n plugin = " + strings.Repeat("\"${", 100_000), err: "brackets are nested more than 100 deep"},
		"blocks too deep":   {source: strings.Repeat("a {\n", 100_000), err: "test.spc:101,3-4: brackets are nested more than 100 deep"},
		"signs too many":    {source: "a = " + strings.Repeat("- ", 1_000_000) + "1", err: "test.spc:1,205-206: an expression has more than 100 operators"},
		"conditions too many": {
			source: `a = "` + strings.Repeat("%{ if true }", 500_000) + `"`, err: "an expression has more than 100 operators",
		},
		"no HCL": {source: `connection "a" {`, err: "test.spc:1"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parseText("test.spc", test.source)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("got the error %v, want %q in it", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got.Connections, test.want) {
				t.Errorf("got %q, want %q", got.Connections, test.want)
			}
		})
	}
}

// FuzzParse checks that any text yields connections, whose arguments the
// plugin can parse, or an error.
func FuzzParse(f *testing.F) {
	f.Add(`connection "a" { plugin = "x" }`)
	f.Add("connection \"a\" {\n plugin = plugin.p\n regions = [\"*\"]\n}\nplugin \"p\" { source = \"x\" }")
	f.Add("connection \"a\" {\n plugin = \"x\"\n text = <<EOT\n ${a}\nEOT\n}")
	f.Add("connection \"a\" {\n plugin = \"x\"\n n = (1 +\n 2) # three\n}")
	f.Add("connection \"b\" {\n plugin = \"x\"\n type = \"aggregator\"\n connections = [\"a*\"]\n}\nconnection \"a\" { plugin = \"x\" }")
	f.Add("a = [" + strings.Repeat("[", 200))
	f.Add("a = \"%{ if !" + strings.Repeat("!-", 200))
	f.Fuzz(func(t *testing.T, source string) {
		config, err := parseText("f", source)
		if (err == nil) != (config != nil) {
			t.Fatalf("%v and the error %v", config, err)
		}
		if err != nil {
			return
		}
		for _, c := range config.Connections {
			if _, diagnostics := hclsyntax.ParseConfig([]byte(c.Config), "f", hcl.InitialPos); diagnostics.HasErrors() {
				t.Errorf("connection %q has the arguments %q: %v", c.Name, c.Config, diagnostics)
			}
		}
		for name := range config.Aggregators {
			_, _ = config.Select(name)
		}
	})
}

func TestSelect(t *testing.T) {
	none, err := parseText("test.spc", `connection "a" { plugin = "aws" }`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := none.Select(""); err == nil || !strings.Contains(err.Error(), `test.spc: no connection of the plugin "x"`) {
		t.Errorf("without a connection: %v", err)
	}
	config, err := parseText("test.spc", `
		connection "prod_a" { plugin = "x" }
		connection "prod_b" { plugin = "x" }
		connection "dev" { plugin = "x" }
		connection "prod" {
			plugin      = "x"
			type        = "aggregator"
			connections = ["prod_*"]
		}
		connection "none" {
			plugin      = "x"
			type        = "aggregator"
			connections = ["test_*"]
		}`)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		name string
		want []Connection
		err  string
	}{
		"all":                            {"", []Connection{{Name: "prod_a"}, {Name: "prod_b"}, {Name: "dev"}}, ""},
		"one":                            {"dev", []Connection{{Name: "dev"}}, ""},
		"an aggregator":                  {"prod", []Connection{{Name: "prod_a"}, {Name: "prod_b"}}, ""},
		"an aggregator without members":  {"none", nil, `aggregator "none" has no members`},
		"a name that is not in the file": {"test", nil, `unknown connection "test"; connections: prod_a, prod_b, dev, none, prod`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := config.Select(test.name)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("got the error %v, want %q in it", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// others returns connections of another plugin.
func others(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "\nconnection \"y%d\" { plugin = \"y\" }", i)
	}
	return b.String()
}

// parseText parses one file for the plugin "x".
func parseText(name, source string) (*Config, error) {
	return Parse(name, []File{{name, []byte(source)}}, "x")
}
