package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"

	"steampipe-plugin-ssmassoc/internal/cli/termtext"
	"steampipe-plugin-ssmassoc/internal/server"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/sql/spc"
)

// pluginName is the plugin's short name in .spc files.
const pluginName = "ssmassoc"

// source is what the command reads: connections, and the settings of .spc files that
// apply to them.
type source struct {
	connections []embedded.Connection
	schemas     []embedded.Schema // of the whole configuration
	limiters    []*proto.RateLimiterDefinition
	cache       spc.Cache
	memoryMB    int // that the process may use; 0 for no bound
	demo        bool
}

// source returns what the flags choose. It names settings that do not apply on stderr.
func (f connectionFlags) source(ctx context.Context, stderr io.Writer) (*source, error) {
	s, err := f.unrestricted(ctx, stderr)
	if err != nil {
		return nil, err
	}
	if len(f.regions) > 0 {
		if err := s.set(spc.List("regions", f.regions), "regions", "exclude_regions"); err != nil {
			return nil, err
		}
	}
	if f.triage.bool != nil {
		if err := s.set(spc.Bool("triage", *f.triage.bool), "triage"); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// set replaces arguments of all connections by one, in HCL.
func (s *source) set(argument string, replaced ...string) error {
	for i := range s.connections {
		others, err := spc.Without(s.connections[i].Config, replaced...)
		if err != nil {
			return err
		}
		s.connections[i].Config = others + argument
	}
	return nil
}

// unrestricted returns what the flags choose, with all regions.
func (f connectionFlags) unrestricted(ctx context.Context, stderr io.Writer) (*source, error) {
	if f.demo {
		return startDemo(stderr)
	}
	config, err := f.read(ctx)
	if err != nil {
		return nil, err
	}
	configured := config.Connections
	s := &source{cache: config.Cache, memoryMB: config.MemoryMaxMB}
	if f.isAmbient(config) {
		configured = nil
		s.connections, err = f.ambient()
	} else {
		s.connections, err = selected(config, f.connection)
		s.schemas = schemasOf(config)
	}
	s.limiters = config.Limiters(configured)
	warnOf(config, stderr)
	return s, err
}

// read reads the .spc files. Those of Steampipe's installation matter even with a
// profile: their limiters apply to the plugin.
func (f connectionFlags) read(ctx context.Context) (*spc.Config, error) {
	if f.config != "" {
		return readConfig(ctx, f.config)
	}
	return installedConfig(ctx)
}

// isAmbient reports whether the AWS SDK finds the credentials: that of a profile, or the
// default ones if nothing is configured.
func (f connectionFlags) isAmbient(config *spc.Config) bool {
	return f.profile != "" || f.config == "" && len(config.Connections) == 0 && !hasOwnFile()
}

// ambient returns the connection with the credentials that the AWS SDK finds.
func (f connectionFlags) ambient() ([]embedded.Connection, error) {
	if f.connection != "" && f.connection != pluginName {
		return nil, fmt.Errorf("no connection %q: no file in %s has a connection of the plugin %q",
			f.connection, configDirectory(), pluginName)
	}
	c := embedded.Connection{Name: pluginName}
	if f.profile != "" {
		c.Config = spc.Text("profile", f.profile)
	}
	return []embedded.Connection{c}, nil
}

// selected returns a connection by name, the members of an aggregator, or for "" all
// connections.
func selected(config *spc.Config, name string) ([]embedded.Connection, error) {
	chosen, err := config.Select(name)
	var connections []embedded.Connection
	for _, c := range chosen {
		connections = append(connections, embedded.Connection{Name: c.Name, Config: c.Config})
	}
	return connections, err
}

// warnOf names the settings of .spc files that do not apply here, or not in Steampipe.
func warnOf(config *spc.Config, stderr io.Writer) {
	warn := func(format string, texts []string) {
		if len(texts) > 0 {
			fmt.Fprintln(stderr, "warning: "+termtext.Message(fmt.Sprintf(format, strings.Join(texts, ", "))))
		}
	}
	warn("settings that only Steampipe uses: %s", config.Unused)
	warn("Steampipe refuses limiter blocks outside a plugin block: %s", config.Loose())
}

// configure has a server heed the limiters. The user's own AWS settings do not affect a
// demonstration.
func (s *source) configure(srv *server.Server, stderr io.Writer) error {
	if s.demo {
		srv.SetEnvironment(func(name string) (string, bool) {
			if name == "AWS_CONFIG_FILE" || name == "AWS_SHARED_CREDENTIALS_FILE" {
				return os.DevNull, true
			}
			return "", false
		})
	}
	if len(s.limiters) == 0 {
		return nil
	}
	if _, err := srv.SetRateLimiters(&proto.SetRateLimitersRequest{Definitions: s.limiters}); err != nil {
		return err
	}
	for _, unknown := range srv.UnknownInLimiters() {
		fmt.Fprintln(stderr, "warning: "+termtext.Message(unknown))
	}
	return nil
}

// cached returns options with the settings of the cache. Steampipe's own bound of an
// answer's age is 300 seconds, too.
func (s *source) cached(options embedded.Options) embedded.Options {
	if s.cache.MaxTTLSeconds != nil {
		options.CacheTTLSeconds = max(0, min(options.CacheTTLSeconds, *s.cache.MaxTTLSeconds))
	}
	if s.cache.Enabled != nil && !*s.cache.Enabled {
		options.CacheTTLSeconds = 0
	}
	if s.cache.MaxMB != nil && *s.cache.MaxMB > 0 {
		options.CacheMaxMB = *s.cache.MaxMB
	}
	return options
}
