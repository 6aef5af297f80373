package embedded

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
)

// settings is a plugin that records its setup.
type settings struct {
	typedTable
	refuse  error
	configs *proto.SetAllConnectionConfigsRequest
	cache   *proto.SetCacheOptionsRequest
}

func (s *settings) SetAllConnectionConfigs(req *proto.SetAllConnectionConfigsRequest) (*proto.SetConnectionConfigResponse, error) {
	s.configs = req
	return nil, s.refuse
}

func (s *settings) SetCacheOptions(req *proto.SetCacheOptionsRequest) (*proto.SetCacheOptionsResponse, error) {
	s.cache = req
	return nil, nil
}

func TestAHostSetsUpItsPlugin(t *testing.T) {
	s := &settings{}
	host, err := NewHost(s, []Connection{{"a", "x = 1"}, {"b", "y = 2"}}, Options{CacheTTLSeconds: 60, CacheMaxMB: 7})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(host.Connections(), []string{"a", "b"}) {
		t.Errorf("connections %v", host.Connections())
	}
	for i, want := range []Connection{{"a", "x = 1"}, {"b", "y = 2"}} {
		if got := s.configs.Configs[i]; got.Connection != want.Name || got.Config != want.Config {
			t.Errorf("connection %d is %v, want %v", i, got, want)
		}
	}
	if !s.cache.Enabled || s.cache.Ttl != 60 || s.cache.MaxSizeMb != 7 {
		t.Errorf("cache %v", s.cache)
	}
	t.Run("without a cache", func(t *testing.T) {
		if _, err := NewHost(s, []Connection{{Name: "a"}}, Options{}); err != nil || s.cache.Enabled {
			t.Errorf("cache %v, error %v", s.cache, err)
		}
	})
	t.Run("without a connection", func(t *testing.T) {
		if _, err := NewHost(s, nil, Options{}); errorText(err) != "no connection is configured" {
			t.Errorf("error %v", err)
		}
	})
	t.Run("with arguments that the plugin refuses", func(t *testing.T) {
		refused := errors.New("connection a: x must be a list")
		if _, err := NewHost(&settings{refuse: refused}, []Connection{{"a", "x = 1"}}, Options{}); !errors.Is(err, refused) {
			t.Errorf("error %v", err)
		}
	})
}

// TestEveryConnectionIsAsked checks that a scan goes to all connections at
// once, each with the limit and the cache's TTL.
func TestEveryConnectionIsAsked(t *testing.T) {
	for name, test := range map[string]struct {
		options Options
		sql     string
		ttl     int64
	}{
		"with the cache": {Options{CacheTTLSeconds: 60}, "select name from thing limit 2", 60},
		"without":        {Options{}, "select name from thing limit 2", 0},
		"one run that scans once need keep nothing": {Options{CacheTTLSeconds: 60, OneRun: true}, "select name from thing limit 2", 0},
		"one run that scans twice does":             {Options{CacheTTLSeconds: 60, OneRun: true}, "select name from (select name from thing limit 2) union all select note from (select note from thing limit 2)", 60},
	} {
		t.Run(name, func(t *testing.T) {
			test.options.MemoryMB = LeastMemoryMB
			p := &typedTable{}
			answer(t, openPlugin(t, p, test.options, "a", "b"), test.sql)
			ids := map[string]bool{}
			for _, req := range p.requests {
				ids[req.CallId] = true
				if got := slices.Sorted(maps.Keys(req.ExecuteConnectionData)); !slices.Equal(got, []string{"a", "b"}) {
					t.Errorf("asked %v", got)
				}
				for name, data := range req.ExecuteConnectionData {
					if data.CacheEnabled != (test.ttl > 0) || data.CacheTtl != test.ttl || data.Limit.GetValue() != 2 {
						t.Errorf("connection %s: %v", name, data)
					}
				}
			}
			if len(ids) != len(p.requests) || len(ids) == 0 {
				t.Errorf("%d requests with the ids %v", len(p.requests), ids)
			}
		})
	}
}

// TestScannedConnections checks which connections a host says that it has read.
func TestScannedConnections(t *testing.T) {
	db := organisation(t)
	host := db.host
	together := func() []string { return host.ReadTogether([]string{"a", "bb", "dash-ed.x"}) }
	answer(t, db, "select count(*) from a.node, bb.node")
	if got := together(); len(got) > 0 || host.ReadSince(0) != 2 {
		t.Errorf("each alone: %d read, together %v", host.ReadSince(0), got)
	}
	before := host.Scans()
	answer(t, db, "select count(*) from both.node")
	if got := together(); !slices.Equal(got, []string{"a", "bb"}) || host.ReadSince(before) != 2 {
		t.Errorf("an aggregator: %d read, together %v", host.ReadSince(before), got)
	}
	before = host.Scans()
	answer(t, db, "select count(*) from bb.node")
	if got := host.ReadSince(before); got != 1 {
		t.Errorf("one: %d read", got)
	}
}

func TestTablesAreThoseOfTheSchema(t *testing.T) {
	host, err := NewHost(&typedTable{required: true}, []Connection{{Name: "c"}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	table := host.Tables()[0]
	kinds := map[string]string{}
	for _, c := range table.Columns {
		kinds[c.Name] = c.Kind.String()
		if c.Hidden != (c.Name == "_ctx") || c.Required != (c.Name == "name") {
			t.Errorf("column %+v", c)
		}
	}
	want := map[string]string{
		"name": "text", "size": "bigint", "hot": "boolean", "weight": "double precision", "seen": "timestamptz",
		"tags": "jsonb", "note": "text", "_ctx": "jsonb",
	}
	if !maps.Equal(kinds, want) {
		t.Errorf("got %v, want %v", kinds, want)
	}
}
