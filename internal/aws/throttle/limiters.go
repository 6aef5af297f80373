package throttle

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/turbot/steampipe-plugin-sdk/v5/filter"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/rate_limiter"
	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"
)

// Limiters applies the limiter blocks of Steampipe's configuration to each call of AWS.
// The SDK applies them to list calls, each of which makes thousands of calls of AWS. The
// zero value has no limiters.
//
// See https://steampipe.io/docs/guides/limiter.
type Limiters struct {
	mu          sync.Mutex
	definitions []*rate_limiter.Definition
	instances   map[string]*limiter
}

// limiter is an instance of a limiter for one combination of the values of its scope.
type limiter struct {
	rate     *rate.Limiter       // nil for no limit
	inFlight *semaphore.Weighted // nil for no limit
}

// Set replaces the definitions and forgets the counts of the former ones.
func (l *Limiters) Set(definitions []*proto.RateLimiterDefinition) error {
	var parsed []*rate_limiter.Definition
	for _, d := range definitions {
		definition, err := rate_limiter.DefinitionFromProto(d)
		if err != nil {
			return fmt.Errorf("limiter %q: %w", d.Name, err)
		}
		parsed = append(parsed, definition)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.definitions, l.instances = parsed, map[string]*limiter{}
	return nil
}

// Scopes are the names of the values that a call has for limiters.
func Scopes() []string { return []string{"connection", "region", "service", "action"} }

// Unknown describes the limiters that refer to a value that no call has. Those with such
// a scope never apply.
func (l *Limiters) Unknown() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var unknown []string
	for _, d := range l.definitions {
		names := slices.Clone(d.Scope)
		if d.Where != "" {
			if parsed, err := filter.Parse("", []byte(d.Where)); err == nil {
				names = append(names, columnsOf(parsed)...)
			}
		}
		for _, name := range names {
			if !slices.Contains(Scopes(), name) {
				unknown = append(unknown, fmt.Sprintf("limiter %q refers to %q, which no call has; a call has %s",
					d.Name, name, strings.Join(Scopes(), ", ")))
				break
			}
		}
	}
	return unknown
}

// columnsOf returns the names on the left of the comparisons of a filter.
func columnsOf(node any) []string {
	comparison, ok := node.(filter.ComparisonNode)
	if !ok {
		return nil
	}
	var names []string
	switch values := comparison.Values.(type) {
	case []filter.CodeNode:
		names = append(names, values[0].Value)
	case []any:
		for _, value := range values {
			names = append(names, columnsOf(value)...)
		}
	}
	return names
}

// Acquire waits until all limiters that apply to a call with the given scope values let it
// through, or until ctx ends. After the call, the caller must call release.
func (l *Limiters) Acquire(ctx context.Context, scope map[string]string) (release func(), err error) {
	applying := l.applying(scope)
	held := applying[:0:0]
	release = func() {
		for _, one := range held {
			one.inFlight.Release(1)
		}
	}
	for _, one := range applying {
		if one.inFlight != nil {
			if err := one.inFlight.Acquire(ctx, 1); err != nil {
				release()
				return nil, err
			}
			held = append(held, one)
		}
		if one.rate != nil {
			if err := one.rate.Wait(ctx); err != nil {
				release()
				return nil, err
			}
		}
	}
	return release, nil
}

// applying returns the limiters that apply to a call, in the order of their definitions.
func (l *Limiters) applying(scope map[string]string) []*limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	var applying []*limiter
	for _, d := range l.definitions {
		key := strings.Builder{}
		key.WriteString(d.Name)
		complete := true
		for _, name := range d.Scope {
			value, ok := scope[name]
			complete = complete && ok
			key.WriteString("\x00" + value)
		}
		if !complete || !d.SatisfiesFilters(scope) {
			continue
		}
		one := l.instances[key.String()]
		if one == nil {
			one = &limiter{}
			if d.FillRate > 0 {
				one.rate = rate.NewLimiter(d.FillRate, int(max(1, d.BucketSize)))
			}
			if d.MaxConcurrency > 0 {
				one.inFlight = semaphore.NewWeighted(d.MaxConcurrency)
			}
			l.instances[key.String()] = one
		}
		applying = append(applying, one)
	}
	return applying
}
