package fleet

import (
	"cmp"
	"slices"
	"sync"
)

// commands is the index of a region's commands.
type commands struct {
	once sync.Once
	sent []sentCommand      // newest first
	byID map[string][]int32 // places in sent
}

// commands returns the index. The first call reads the targets of all
// executions, at about a microsecond each.
func (r *Region) commands() *commands {
	c := &r.commandIndex
	c.once.Do(func() {
		c.byID = make(map[string][]int32)
		r.gatherTargetCommands(c)
		for n, command := range r.operatorCommands() {
			if command.ago > commandHistory {
				continue
			}
			c.byID[r.operatorCommandID(n)] = nil
			for i := range min(len(command.outcomes), len(r.nodes)) { // a command has a node once
				sent := sentCommand{association: byOperator, execution: int32(n), target: int32(i)}
				sent.requested = r.now.add(-command.ago)
				c.sent = append(c.sent, sent)
			}
		}
		slices.SortStableFunc(c.sent, func(a, b sentCommand) int { return cmp.Compare(b.requested, a.requested) })
		for i, sent := range c.sent {
			id := r.commandID(sent)
			c.byID[id] = append(c.byID[id], int32(i))
		}
	})
	return c
}

// gatherTargetCommands adds the commands behind the targets within the history.
func (r *Region) gatherTargetCommands(c *commands) {
	for k := range r.AssociationCount() {
		for e := range r.history(k) {
			for t := range r.reports(k).runs {
				date := r.targetDate(k, e, t)
				if date < r.now.add(-commandHistory) {
					continue
				}
				source := r.target(k, e, t).OutputSource
				if source == nil || source.OutputSourceID == nil || *source.OutputSourceType != "RunCommand" {
					continue
				}
				sent := sentCommand{association: int32(k), execution: int32(e), target: int32(t)}
				sent.requested = date.add(-commandDuration(r, sent))
				c.sent = append(c.sent, sent)
			}
		}
	}
}

func (r *Region) commandID(sent sentCommand) string {
	if sent.association == byOperator {
		return r.operatorCommandID(int(sent.execution))
	}
	return *r.target(int(sent.association), int(sent.execution), int(sent.target)).OutputSource.OutputSourceID
}

// targetDate returns the date of target t of execution e of association k.
func (r *Region) targetDate(k, e, t int) Timestamp {
	p := r.reports(k)
	if e == 0 {
		at := p.runs[t]
		return *r.nodes[at.node].Status(int(at.row)).ExecutionDate
	}
	_, date := r.pastTarget(&p.executions[e], p.runs[t])
	return date
}
