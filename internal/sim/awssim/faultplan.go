package awssim

import (
	"slices"
	"sync"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sim/random"
)

// occasion is a call as faults see it.
type occasion struct {
	service, region, action string
	instanceIDs             []string
	hasToken                bool
}

// matches reports whether the fault applies to the call.
func (f Fault) matches(o occasion) bool {
	switch {
	case f.Region != "" && f.Region != o.region,
		f.Action != "" && f.Action != o.action,
		f.Action == "" && o.service != serviceSSM,
		f.InstanceID != "" && !slices.Contains(o.instanceIDs, f.InstanceID),
		f.Kind == InvalidNextToken && !o.hasToken,
		f.Kind.ssmOnly() && o.service != serviceSSM:
		return false
	default:
		return true
	}
}

// plannedFault is a fault with its counts.
type plannedFault struct {
	Fault
	calls   int // matching calls so far
	strikes int
}

// next counts a matching call and reports whether the fault strikes it.
func (p *plannedFault) next() bool {
	p.calls++
	if p.Call > 0 {
		return p.calls >= p.Call && p.calls < p.Call+max(1, p.Times)
	}
	if p.Times > 0 && p.strikes >= p.Times {
		return false
	}
	if p.Probability > 0 && random.UnitInterval(random.Keyed(random.Mix(p.Seed), uint64(p.calls))) >= p.Probability {
		return false
	}
	p.strikes++
	return true
}

// faultPlan decides which faults strike a call.
type faultPlan struct {
	mu     sync.Mutex
	faults []plannedFault
}

func newFaultPlan(faults []Fault) *faultPlan {
	p := new(faultPlan)
	p.set(faults)
	return p
}

// set replaces the faults and resets their counts.
func (p *faultPlan) set(faults []Fault) {
	planned := make([]plannedFault, 0, len(faults))
	for _, f := range faults {
		planned = append(planned, plannedFault{Fault: f})
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = planned
}

// reset resets the counts of the faults.
func (p *faultPlan) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.faults {
		p.faults[i].calls, p.faults[i].strikes = 0, 0
	}
}

// strike returns the faults that strike the call, in order.
func (p *faultPlan) strike(o occasion) strikes {
	p.mu.Lock()
	defer p.mu.Unlock()
	var struck strikes
	for i := range p.faults {
		if f := &p.faults[i]; f.matches(o) && f.next() {
			struck = append(struck, f.Fault)
		}
	}
	return struck
}

// strikes are the faults that strike one call.
type strikes []Fault

// replacement returns the fault whose answer replaces that of the operation.
func (s strikes) replacement() (Fault, bool) {
	for _, f := range s {
		if f.Kind.replaces() {
			return f, true
		}
	}
	return Fault{}, false
}

// has reports whether a fault of the kind strikes.
func (s strikes) has(kind FaultKind) bool {
	return slices.ContainsFunc(s, func(f Fault) bool { return f.Kind == kind })
}

// alterRows applies the kinds that alter data to the rows of a page.
func (s strikes) alterRows(p *reply) {
	for _, f := range s {
		for i, it := range p.items {
			if row, ok := it.(fleet.AssociationStatus); ok {
				p.items[i] = f.Kind.Apply(row)
			}
		}
	}
}

// alterPage applies the kinds that alter the paging of a page that began at
// start. Afterwards, next is where the page's token leads, if more is set.
func (s strikes) alterPage(p *reply, start int) {
	if s.has(TokenOnLastPage) && len(p.items) > 0 {
		p.more = true
	}
	if s.has(RepeatedToken) {
		p.next, p.more = start, true
	}
	if s.has(EmptyPageWithToken) {
		p.items, p.next, p.more = nil, start, true
	}
}

// alterDelivery applies the kinds that alter how an answer is sent. Truncation
// wins over slowness.
func (s strikes) alterDelivery(r *response) {
	for _, f := range s {
		switch f.Kind {
		case TruncatedBody:
			r.delivery, r.outcome = deliverHalf, f.Kind.String()
		case SlowBody:
			if r.delivery == deliverWhole {
				r.delivery, r.delay = deliverSlowly, f.Delay
			}
		}
	}
}
