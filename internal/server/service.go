package server

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"

	"steampipe-plugin-ssmassoc/internal/aws/awsconn"
	"steampipe-plugin-ssmassoc/internal/aws/readcache"
	"steampipe-plugin-ssmassoc/internal/engine"
)

// service is the state of one plugin: its connections and their shared state.
type service struct {
	tables []engine.Table
	shared *awsconn.Shared
	skips  *engine.Skips
	triage engine.Triage
	scopes scopes
	work   engine.Work
	cache  *readcache.Cache

	mu          sync.Mutex
	connections map[string]*configured
}

// configured is a connection with its latest arguments.
type configured struct {
	text      string              // the arguments in HCL; parsed, they take far more memory
	arguments awsconn.Arguments   // as parsed by the SDK for another host
	current   *awsconn.Connection // nil until first used
}

// decode reads and checks the arguments.
func (c *configured) decode() (awsconn.Config, error) {
	arguments := c.arguments
	if arguments.Body == nil {
		var err error
		if arguments, err = awsconn.ParseArguments(c.text); err != nil {
			return awsconn.Config{}, err
		}
	}
	return arguments.Decode()
}

func newService(tables []engine.Table) *service {
	return &service{
		tables:      tables,
		shared:      awsconn.NewShared(),
		skips:       engine.NewSkips(),
		cache:       readcache.New(readcache.Options{Guard: engine.Recovered, Unkept: engine.LogPanic}),
		connections: map[string]*configured{},
	}
}

// configure sets connections' arguments, and makes them start afresh.
func (s *service) configure(configs []*proto.ConnectionConfig) {
	next := make(map[string]*configured, len(configs))
	for _, c := range configs {
		next[c.Connection] = &configured{text: c.Config}
	}
	s.replace(next)
}

// remove forgets connections.
func (s *service) remove(configs []*proto.ConnectionConfig) {
	next := make(map[string]*configured, len(configs))
	for _, c := range configs {
		next[c.Connection] = nil
	}
	s.replace(next)
}

// cacheTTL returns how long a request's reads may be kept, and how old the cached reads
// that it uses may be. 0 forbids both caching and sharing.
func (s *service) cacheTTL(request *proto.ExecuteConnectionData) time.Duration {
	if !request.GetCacheEnabled() {
		return 0
	}
	return s.cache.TTL(time.Duration(request.GetCacheTtl()) * time.Second)
}

// clear forgets everything about a connection except its arguments.
func (s *service) clear(name string) {
	s.scopes.forget(name)
	s.mu.Lock()
	known := s.connections[name]
	if known == nil || known.current == nil {
		s.mu.Unlock()
		return
	}
	before := s.restart(known)
	s.mu.Unlock()
	s.cache.Forget(before)
}

// restarted replaces c by a fresh connection, unless that has already happened.
func (s *service) restarted(c *awsconn.Connection) {
	s.mu.Lock()
	known := s.connections[c.Name]
	current := known != nil && known.current == c
	if current {
		s.restart(known)
	}
	s.mu.Unlock()
	if current {
		s.cache.Forget(c)
	}
}

// restart replaces a connection by a fresh one and returns the previous one. The caller
// holds s.mu.
func (s *service) restart(known *configured) (before *awsconn.Connection) {
	before = known.current
	known.current = before.Afresh()
	return before
}

// replace sets connections, or removes those that are nil. Scans in progress keep their
// connection.
func (s *service) replace(next map[string]*configured) {
	var before []any
	s.mu.Lock()
	for name, c := range next {
		if known := s.connections[name]; known != nil && known.current != nil {
			before = append(before, known.current)
		}
		if c == nil {
			delete(s.connections, name)
		} else {
			s.connections[name] = c
		}
	}
	s.mu.Unlock()
	if len(before) > 0 {
		s.cache.Forget(before...)
	}
}

// connection returns a connection by name. Invalid arguments make every query fail.
func (s *service) connection(name string) (*awsconn.Connection, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.connections[name]
	if known == nil {
		return nil, fmt.Errorf("unknown connection %q", name)
	}
	if known.current != nil {
		if known.current.Age() > awsconn.MaxAge {
			// Its profile, and thus its account, may have changed since.
			before := s.restart(known)
			defer s.cache.Forget(before)
		}
		return known.current, nil
	}
	config, err := known.decode()
	if err != nil {
		return nil, fmt.Errorf("configuration of connection %q: %w", name, err)
	}
	known.current = awsconn.New(name, config, s.shared, s.restarted)
	return known.current, nil
}

// triages reports whether the arguments of a connection have triage.
func (s *service) triages(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.connections[name]
	if known == nil || !strings.Contains(known.text, "triage") { // parsing takes long
		return false
	}
	config, err := known.decode()
	return err == nil && config.Triages() // else the first query fails
}

// connectionOf returns the connection behind an SDK connection.
func (s *service) connectionOf(c *plugin.Connection) (*awsconn.Connection, error) {
	// The SDK stores the value behind NewInstance's pointer, or nil if the connection
	// block has no arguments.
	arguments, ok := c.Config.(awsconn.Arguments)
	if !ok && c.Config != nil {
		return nil, fmt.Errorf("configuration has the unexpected type %T", c.Config)
	}
	s.mu.Lock()
	known := s.connections[c.Name]
	s.mu.Unlock()
	if known == nil || !reflect.DeepEqual(known.arguments, arguments) {
		s.replace(map[string]*configured{c.Name: {arguments: arguments}})
	}
	return s.connection(c.Name)
}

// newScan returns a scan of everything in a region, which neither keeps nor shares
// reads.
func (s *service) newScan(
	table *plugin.Table, c *awsconn.Connection, r *awsconn.Region, rows engine.RowReceiver, skipped *engine.Skips,
) *engine.Scan {
	return &engine.Scan{
		Region:     r,
		Connection: c,
		Cache:      s.cache,
		Skips:      s.skips,
		Skipped:    skipped,
		Triage:     &s.triage,
		Triaged:    &engine.Triage{},
		Work:       &s.work,
		Began:      time.Now(),
		Rows:       rows,
		ContextValues: sync.OnceValue(func() engine.ContextValues {
			return engine.NewContextValues(table, c.Name, r.Name)
		}),
	}
}
