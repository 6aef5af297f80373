package server

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"steampipe-plugin-ssmassoc/internal/aws/awsconn"
	"steampipe-plugin-ssmassoc/internal/engine"
)

// Scope is where the rows of queries can come from.
type Scope struct {
	// Connections are those that the queries read, by name.
	Connections []ConnectionScope
	// Unmatched are the values that conditions ask for and that no origin of rows has.
	Unmatched []Unmatched
}

// ConnectionScope is where the rows of a connection can come from. The conditions of a
// query may have left out some of its regions.
type ConnectionScope struct {
	Connection string
	AccountID  string // "" if it is not known
	Regions    []string
	// Fallback is set if the region is us-east-1 only because nothing names one.
	Fallback bool
}

// Unmatched is a value that a condition asks for and that no origin of rows has.
type Unmatched struct {
	Column string // region, account_id or sp_connection_name
	Value  string
	// Among are the origins that the query could read, sorted.
	Among []string
}

// TakeScope returns the scope of the queries since it was last called. With accounts, it
// asks AWS (STS GetCallerIdentity), for some seconds at most, for each account that is
// not known yet.
func (s *Server) TakeScope(ctx context.Context, accounts bool) Scope {
	names, unmatched := s.service.scopes.take()
	if accounts {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, accountPatience)
		defer cancel()
	}
	scopes := make([]*ConnectionScope, len(names))
	var asking errgroup.Group
	asking.SetLimit(accountsAtOnce)
	for i, name := range names {
		asking.Go(func() error {
			scopes[i] = s.scopeOf(ctx, name, accounts)
			return nil
		})
	}
	_ = asking.Wait() // none fails
	scope := Scope{Unmatched: unmatched}
	for _, one := range scopes {
		if one != nil {
			scope.Connections = append(scope.Connections, *one)
		}
	}
	return scope
}

// Bounds of the calls that name the accounts of a scope.
const (
	accountPatience = 5 * time.Second
	accountsAtOnce  = 16
)

// scopeOf returns the scope of a connection, or nil if it cannot be used any more.
func (s *Server) scopeOf(ctx context.Context, name string, account bool) *ConnectionScope {
	c, err := s.service.connection(name)
	if err != nil {
		return nil
	}
	one := &ConnectionScope{Connection: name}
	if one.Regions, err = c.TargetRegions(ctx, awsconn.MaxAge); err != nil {
		return nil
	}
	one.Fallback, _ = c.ReadsFallback(ctx)
	if account && !s.service.scopes.hasNoAccount(name) {
		if owner, err := c.Identity(ctx, awsconn.MaxAge); err == nil {
			one.AccountID = owner.AccountID
		} else {
			s.service.scopes.addNoAccount(name)
		}
	}
	return one
}

// scopes notes the scope of queries.
type scopes struct {
	off       bool // set for a host that does not ask
	mu        sync.Mutex
	read      map[string]bool // by connection
	unmatched map[origin]unmatched
	// met has the columns of which a scan has asked for a value that there is, while
	// other scans of the statement may ask for others.
	met map[string]bool
	// noAccount has the connections whose account could not be asked for: each time would
	// take as long again.
	noAccount map[string]bool
}

// origin is a value of a column of origin.
type origin struct{ column, value string }

// unmatched is an Unmatched; varying is set if other scans of the statement may ask for
// other values, as in a join.
type unmatched struct {
	Unmatched
	varying bool
}

// varyingStream is the stream of a host that knows which conditions have a value that may
// differ between the scans of a statement.
type varyingStream interface{ VaryingColumns() []string }

func varyingColumns(stream any) []string {
	if known, ok := stream.(varyingStream); ok {
		return known.VaryingColumns()
	}
	return nil
}

// maxUnmatched bounds the values that scopes remembers: a join can have any number.
const maxUnmatched = 1_000

// take returns and forgets what it noted. Of a join it leaves out what names nothing if
// other values of the join name something.
func (s *scopes) take() (connections []string, left []Unmatched) {
	s.mu.Lock()
	defer s.mu.Unlock()
	connections = slices.Sorted(maps.Keys(s.read))
	for _, u := range s.unmatched {
		if !u.varying || !s.met[u.Column] {
			left = append(left, u.Unmatched)
		}
	}
	slices.SortFunc(left, func(a, b Unmatched) int {
		return cmp.Or(cmp.Compare(a.Column, b.Column), cmp.Compare(a.Value, b.Value))
	})
	s.read, s.unmatched, s.met = nil, nil, nil
	return connections, left
}

// note adds the scope of an execution that has read all that its conditions allow.
func (s *scopes) note(r *reach, c engine.Conditions, varying []string) {
	if s.off {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, column := range []string{engine.ConnectionNameColumn, engine.AccountColumn, engine.RegionColumn} {
		if !c.On(column) || len(r.origins[column]) == 0 { // a condition on another column has left none
			continue
		}
		among := slices.Compact(slices.Sorted(slices.Values(r.origins[column])))
		wanted, _ := c.EqualTo(column)
		for _, value := range wanted {
			s.add(unmatched{Unmatched{column, value, among}, slices.Contains(varying, column)})
		}
	}
}

// add notes a value that a condition asks for.
func (s *scopes) add(u unmatched) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.Contains(u.Among, u.Value) {
		if u.varying {
			if s.met == nil {
				s.met = map[string]bool{}
			}
			s.met[u.Column] = true
		}
		return
	}
	if s.unmatched == nil {
		s.unmatched = map[origin]unmatched{}
	}
	key := origin{u.Column, u.Value}
	if known, ok := s.unmatched[key]; ok && !known.varying || len(s.unmatched) >= maxUnmatched {
		return
	}
	s.unmatched[key] = u
}

func (s *scopes) addConnection(name string) {
	if s.off {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.read == nil {
		s.read = map[string]bool{}
	}
	s.read[name] = true
}

func (s *scopes) hasNoAccount(connection string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.noAccount[connection]
}

func (s *scopes) addNoAccount(connection string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.noAccount == nil {
		s.noAccount = map[string]bool{}
	}
	s.noAccount[connection] = true
}

// forget has the account of a connection asked for again.
func (s *scopes) forget(connection string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.noAccount, connection)
}

// reach holds the origins that an execution can read, by column: the connections of the
// request, the accounts of those that its conditions leave, and their regions. It has
// those that conditions are about.
type reach struct {
	mu      sync.Mutex
	origins map[string][]string
}

func (r *reach) add(column string, values ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.origins == nil {
		r.origins = map[string][]string{}
	}
	r.origins[column] = append(r.origins[column], values...)
}
