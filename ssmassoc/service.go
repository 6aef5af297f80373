package ssmassoc

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
)

// service is the state behind one plugin: what it knows of each connection.
type service struct {
	calls    *callCounter
	skips    *skips
	cache    *readCache
	limiters *limiters

	// ownKeyColumns are the key columns of each table that can be equal to
	// something, apart from those that the SDK prunes by.
	ownKeyColumns map[string]map[string]bool

	mu          sync.Mutex
	connections map[string]*connection
}

func newService() *service {
	s := &service{
		calls:       &callCounter{counts: map[string]int{}},
		skips:       &skips{counts: map[skip]int{}},
		cache:       newReadCache(),
		limiters:    &limiters{},
		connections: map[string]*connection{},

		ownKeyColumns: map[string]map[string]bool{},
	}
	for name, table := range s.plugin().TableMap {
		s.ownKeyColumns[name] = map[string]bool{}
		for _, column := range table.List.KeyColumns {
			s.ownKeyColumns[name][column.Name] = slices.Contains(column.Operators, "=")
		}
	}
	return s
}

// connection returns what the service keeps for the given connection, the same
// for the whole of a call.
func (s *service) connection(ctx context.Context, c *plugin.Connection) (*connection, error) {
	var known *atomic.Pointer[connection]
	if call := callFrom(ctx); call != nil && call.connections[c.Name] != nil {
		known = &call.connections[c.Name].resolved
		if connection := known.Load(); connection != nil {
			return connection, nil
		}
	}
	current, err := s.current(c)
	if err == nil && known != nil && !known.CompareAndSwap(nil, current) {
		current = known.Load()
	}
	return current, err
}

// current returns what the service keeps for the connection's present
// arguments. Changed ones start afresh; calls under way keep what they have.
// Those that cannot be used are an error each time.
func (s *service) current(c *plugin.Connection) (*connection, error) {
	// The SDK stores the value of what NewInstance returned, or nil where the
	// connection block has no arguments.
	arguments, ok := c.Config.(connectionArguments)
	if !ok && c.Config != nil {
		return nil, fmt.Errorf("configuration has the unexpected type %T", c.Config)
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.connections[c.Name]
	if known != nil && known.arguments == arguments {
		return known, nil
	}
	config, err := arguments.decode()
	if err != nil {
		return nil, fmt.Errorf("configuration of connection %q: %w", c.Name, err)
	}
	if known != nil && reflect.DeepEqual(known.config, config) {
		known.arguments = arguments // set anew, and the same
		return known, nil
	}
	fresh := newConnection(c.Name, config, s)
	fresh.arguments = arguments
	s.connections[c.Name] = fresh
	return fresh, nil
}

// clearCache forgets what was read for a connection.
func (s *service) clearCache(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.connections[name]; c != nil {
		c.generation.Add(1)
	}
}
