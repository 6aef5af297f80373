package ssmassoc

import (
	"fmt"
	"reflect"
	"sync"

	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
)

// service is the state behind one plugin: what it knows of each connection.
type service struct {
	calls *callCounter

	mu          sync.Mutex
	connections map[string]*connection
}

func newService() *service {
	return &service{
		calls:       &callCounter{counts: map[string]int{}},
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
	fresh := newConnection(c.Name, config, s.calls)
	s.connections[c.Name] = fresh
	return fresh, nil
}
