package ssmassoc

import (
	"fmt"
	"reflect"
	"sync"

	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
)

// service is the state behind one plugin: what it knows of each connection.
type service struct {
	calls    *callCounter
	cache    *readCache
	limiters *limiters

	mu          sync.Mutex
	connections map[string]*connection
}

func newService() *service {
	return &service{
		calls:       &callCounter{counts: map[string]int{}},
		cache:       newReadCache(),
		limiters:    &limiters{},
		connections: map[string]*connection{},
	}
}

// connection returns what the service keeps for the given connection. A
// changed configuration starts afresh; queries under way keep the old one.
func (s *service) connection(c *plugin.Connection) (*connection, error) {
	// The SDK stores the value of what NewInstance returned, or nil where the
	// connection block has no arguments.
	config, ok := c.Config.(connectionConfig)
	if !ok && c.Config != nil {
		return nil, fmt.Errorf("configuration has the unexpected type %T", c.Config)
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.connections[c.Name]; known != nil && reflect.DeepEqual(known.config, config) {
		return known, nil
	}
	if err := config.validate(); err != nil {
		return nil, fmt.Errorf("configuration of connection %q: %w", c.Name, err)
	}
	fresh := newConnection(c.Name, config, s)
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
