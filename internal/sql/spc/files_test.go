package spc

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
)

// TestFiles reads several files as one configuration.
func TestFiles(t *testing.T) {
	for name, test := range map[string]struct {
		files []string // a.spc, b.spc ...
		want  string   // the names of the connections
		err   string   // a part of the error
	}{
		"connections of all files": {
			files: []string{`connection "b" { plugin = "x" }`, `connection "a" { plugin = "x" }`}, want: "b a",
		},
		"a plugin block of another file": {
			files: []string{`connection "a" { plugin = plugin.p }`, `plugin "p" { source = "local/x" }`}, want: "a",
		},
		"a name twice": {
			files: []string{`connection "a" { plugin = "x" }`, "\n" + `connection "a" { plugin = "x" }`},
			err:   `b.spc:2,1-11: connection "a" is defined twice, first at a.spc:1,1-11; rename or remove one`,
		},
		"a name twice, of two plugins": {
			files: []string{`connection "a" { plugin = "aws" }`, `connection "a" { plugin = "x" }`},
			err:   `b.spc:1,1-11: connection "a" is defined twice, first at a.spc:1,1-11`,
		},
		"a plugin block twice": {
			files: []string{`plugin "p" {}`, `plugin "p" {}`}, err: `b.spc:1,1-7: plugin "p" is defined twice, first at a.spc`,
		},
		"options twice": {
			files: []string{`options "database" {}`, `options "database" {}`}, err: `options "database" is defined twice, first at a.spc`,
		},
		"a broken file of another plugin": {
			files: []string{`connection "a" { plugin = "x" }`, `connection "b" { plugin = "aws"`}, err: `b.spc:1`,
		},
		"an unknown block": {
			files: []string{`connection "a" { plugin = "x" }`, `limitr "a" {}`}, err: `b.spc:1,1-7: unknown block "limitr"; blocks: connection`,
		},
		"two plugin blocks to choose from": {
			files: []string{`connection "a" { plugin = "local/x" }`, `plugin "p" { source = "x" }`, `plugin "q" { source = "x" }`},
			err:   `connection "a": plugin "local/x" is that of several plugin blocks, "p" and "q"; name one, as in plugin = plugin.p`,
		},
		"an unknown type": {
			files: []string{"connection \"a\" {\n plugin = \"x\"\n type = \"agregator\"\n}"}, err: `type "agregator" is unknown`,
		},
		"an unknown argument of a plugin": {
			files: []string{"plugin \"x\" {\n memory = 3\n}"}, err: `a.spc:2,2-8: Unsupported argument`,
		},
		"an unknown argument of a limiter": {
			files: []string{"plugin \"x\" {\n limiter \"l\" {\n fillrate = 3\n }\n}"}, err: `a.spc:3,2-10: Unsupported argument`,
		},
		"a limiter that limits nothing": {
			files: []string{"plugin \"x\" {\n limiter \"l\" {\n bucket_size = 3\n }\n}"}, err: `limiter "l" limits nothing; set fill_rate and bucket_size`,
		},
		"another plugin's limiters are its own affair": {
			files: []string{"plugin \"aws\" {\n limiter \"l\" {\n rate = 3\n }\n}", `connection "a" { plugin = "x" }`}, want: "a",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var files []File
			for i, source := range test.files {
				files = append(files, File{string(rune('a'+i)) + ".spc", []byte(source)})
			}
			config, err := Parse("the files", files, "x")
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("got the error %v, want %q in it", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, c := range config.Connections {
				names = append(names, c.Name)
			}
			if got := strings.Join(names, " "); got != test.want {
				t.Errorf("connections %s, want %s", got, test.want)
			}
		})
	}
}

func TestLimiters(t *testing.T) {
	one := `limiter "l" {
		bucket_size     = 2
		fill_rate       = 0.5
		max_concurrency = 3
		scope           = ["connection", "region"]
		where           = "region = 'a' or region = 'b'"
	}`
	limiter := func(name, where string) *proto.RateLimiterDefinition {
		return &proto.RateLimiterDefinition{
			Name: name, BucketSize: 2, FillRate: 0.5, MaxConcurrency: 3, Scope: []string{"connection", "region"}, Where: where,
		}
	}
	const where = "region = 'a' or region = 'b'"
	const plugins = `plugin "p" {
		source = "local/x"
		%s
	}
	plugin "q" { source = "local/x" }
	connection "a" { plugin = plugin.p }
	connection "b" { plugin = plugin.p }
	connection "c" { plugin = plugin.q }`
	for name, test := range map[string]struct {
		source  string
		ambient bool // for a connection that is not configured
		want    []*proto.RateLimiterDefinition
	}{
		"none":                              {source: `connection "a" { plugin = "x" }`},
		"of the only plugin block":          {source: `plugin "x" { ` + "\n" + one + "\n}\n" + `connection "a" { plugin = "local/x" }`, want: []*proto.RateLimiterDefinition{limiter("x.l", where)}},
		"outside a plugin block":            {source: one + "\n" + `connection "a" { plugin = "x" }`, want: []*proto.RateLimiterDefinition{limiter("l", where)}},
		"of another plugin":                 {source: `plugin "aws" { ` + "\n" + one + "\n}\n" + `connection "a" { plugin = "x" }`},
		"of one of two plugin blocks":       {source: fmt.Sprintf(plugins, one), want: []*proto.RateLimiterDefinition{limiter("p.l", "("+where+") and connection in ('a', 'b')")}},
		"for a connection of no file":       {source: fmt.Sprintf(plugins, one), ambient: true, want: []*proto.RateLimiterDefinition{limiter("p.l", where)}},
		"of a plugin block without members": {source: `plugin "x" { ` + "\n" + one + "\n}\n" + `plugin "y" { source = "x" }` + "\n" + `connection "a" { plugin = plugin.y }`},
	} {
		t.Run(name, func(t *testing.T) {
			config, err := parseText("test.spc", test.source)
			if err != nil {
				t.Fatal(err)
			}
			connections := config.Connections
			if test.ambient {
				connections = nil
			}
			if got := config.Limiters(connections); !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

// TestSettings reads what applies to the plugin as a whole, and names all else.
func TestSettings(t *testing.T) {
	config, err := parseText("test.spc", `
		plugin "x" {
			memory_max_mb = "512"
			start_timeout = 30
		}
		options "database" {
			cache             = false
			cache_max_ttl     = 60
			cache_max_size_mb = 10
			search_path       = "a"
		}
		options "general" { telemetry = "none" }
		options "plugin" { memory_max_mb = 1024 }
		workspace "w" {}
		connection "a" {
			plugin        = "x"
			import_schema = "disabled"
			options "connection" {}
		}`)
	if err != nil {
		t.Fatal(err)
	}
	if config.MemoryMaxMB != 512 {
		t.Errorf("memory %d MB", config.MemoryMaxMB)
	}
	if c := config.Cache; *c.Enabled || *c.MaxTTLSeconds != 60 || *c.MaxMB != 10 {
		t.Errorf("cache %t, %d s, %d MB", *c.Enabled, *c.MaxTTLSeconds, *c.MaxMB)
	}
	want := []string{
		`workspace "w" (test.spc:14)`,
		`plugin "x" start_timeout (test.spc:4)`,
		`connection "a" import_schema (test.spc:17)`,
		`connection "a" options (test.spc:18)`,
		`options "database" search_path (test.spc:10)`,
		`options "general" telemetry (test.spc:12)`,
	}
	if !reflect.DeepEqual(config.Unused, want) {
		t.Errorf("unused: %q, want %q", config.Unused, want)
	}
}

func TestArguments(t *testing.T) {
	left, err := Without("a = [\"1\", # one\n \"2\"]\nb = 3\nc = \"x\"\n", "b", "none")
	if want := "a = [\"1\", # one\n \"2\"]\nc = \"x\"\n"; left != want || err != nil {
		t.Errorf("got %q, %v; want %q", left, err, want)
	}
	text := Text("profile", `a "quoted" ${x}`) + List("regions", []string{"us-*", "eu-west-1"})
	if want := "profile = \"a \\\"quoted\\\" $${x}\"\nregions = [\"us-*\", \"eu-west-1\"]\n"; text != want {
		t.Errorf("got %q, want %q", text, want)
	}
}
