package embedded

import (
	"reflect"
	"strings"
	"testing"
)

func TestParseConfig(t *testing.T) {
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
			want: []Connection{{Name: "a"}, {Name: "b"}},
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
		"none of the plugin":          {source: `connection "a" { plugin = "aws" }`, err: `no connection of the plugin "x"`},
		"no plugin":                   {source: `connection "a" {}`, err: `argument "plugin" is missing`},
		"no such plugin block":        {source: `connection "a" { plugin = plugin.none }`, err: `no block plugin "none"`},
		"a name twice":                {source: "connection \"a\" {\n plugin = \"x\"\n}\nconnection \"a\" {\n plugin = \"x\"\n}", err: `test.spc:4`},
		"an argument outside a block": {source: `regions = ["a"]`, err: `argument "regions" stands outside`},
		"an unknown block":            {source: "connection \"a\" {\n plugin = \"x\"\n more {\n }\n}", err: `unknown block "more"`},
		"no HCL":                      {source: `connection "a" {`, err: "test.spc:1"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseConfig("test.spc", []byte(test.source), "x")
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

func FuzzParseConfig(f *testing.F) {
	f.Add(`connection "a" { plugin = "x" }`)
	f.Add("connection \"a\" {\n plugin = plugin.p\n regions = [\"*\"]\n}\nplugin \"p\" { source = \"x\" }")
	f.Fuzz(func(t *testing.T, source string) {
		config, err := ParseConfig("f", []byte(source), "x")
		if (err == nil) != (config != nil && len(config.Connections) > 0) {
			t.Errorf("%v and the error %v", config, err)
		}
	})
}

func TestSelect(t *testing.T) {
	config, err := ParseConfig("test.spc", []byte(`
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
		}`), "x")
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
		"a name that is not in the file": {"test", nil, `no connection "test"; there is prod_a, prod_b, dev, none, prod`},
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
