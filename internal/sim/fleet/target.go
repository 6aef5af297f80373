package fleet

import (
	"slices"

	"steampipe-plugin-ssmassoc/internal/sim/random"
)

// ExecutionTarget is an entry of DescribeAssociationExecutionTargets: the
// result of an execution on a node. Nil members are omitted. The tags are the
// API's names.
type ExecutionTarget struct {
	AssociationID      string        `json:"AssociationId"`
	AssociationVersion *string       `json:"AssociationVersion,omitzero"`
	DetailedStatus     *string       `json:"DetailedStatus,omitzero"`
	ExecutionID        string        `json:"ExecutionId"`
	LastExecutionDate  *Timestamp    `json:"LastExecutionDate,omitzero"`
	OutputSource       *OutputSource `json:"OutputSource,omitzero"`
	// ResourceID is the id of the node.
	ResourceID   string  `json:"ResourceId"`
	ResourceType *string `json:"ResourceType,omitzero"`
	Status       *string `json:"Status,omitzero"`
}

// OutputSource is where a target's output is: its URL for type S3, a command id
// for type RunCommand.
type OutputSource struct {
	OutputSourceID   *string `json:"OutputSourceId,omitzero"`
	OutputSourceType *string `json:"OutputSourceType,omitzero"`
}

// Targets returns the targets of the execution in listing order. Those of the
// newest execution are the nodes' rows that have run; earlier executions had
// the same nodes. Each call generates them again, with equal values.
func (e Execution) Targets() []ExecutionTarget {
	targets := make([]ExecutionTarget, e.TargetCount())
	for t := range targets {
		targets[t] = e.Target(t)
	}
	return targets
}

// TargetCount returns the number of targets of the execution.
func (e Execution) TargetCount() int { return len(e.home.reports(e.association).runs) }

// Target generates target t of TargetCount.
func (e Execution) Target(t int) ExecutionTarget { return e.home.target(e.association, e.number, t) }

// TargetPlace returns the place of a node among the targets, or false if it is
// not a target.
func (e Execution) TargetPlace(instanceID string) (int, bool) {
	node := e.home.NodeByID(instanceID)
	if node == nil {
		return 0, false
	}
	return slices.BinarySearchFunc(e.home.reports(e.association).runs, int32(node.index), func(at run, index int32) int {
		return int(at.node - index)
	})
}

// target generates target t of execution e of association k.
func (r *Region) target(k, e, t int) ExecutionTarget {
	past, at, c := &r.history(k)[e], r.reports(k).runs[t], &r.catalogue[k]
	node := &r.nodes[at.node]
	x := ExecutionTarget{
		AssociationID:      *c.id,
		AssociationVersion: c.version,
		ExecutionID:        past.id,
		ResourceID:         node.InstanceID,
		ResourceType:       new(resourceType),
	}
	s := random.NewStream(random.Keyed(past.key^saltTarget, uint64(at.node)))
	if e == 0 {
		row := node.Status(int(at.row))
		x.Status, x.DetailedStatus, x.LastExecutionDate = row.Status, row.DetailedStatus, row.ExecutionDate
		x.OutputSource = outputSource(s, row.OutputURL)
		return x
	}
	o, date := r.pastTarget(past, at)
	x.Status, x.DetailedStatus, x.LastExecutionDate = o.status, o.detailed, new(date)
	var url *string
	if c.output != outputNowhere {
		url = new(r.outputURL(urlPath, node.InstanceID, *c.id))
	}
	x.OutputSource = outputSource(s, url)
	return x.without(r.targetLacks(k, e, t))
}

// resourceType is the type of every target.
const resourceType = "ManagedInstance"

// outputSource returns the location in S3 if there is one, else usually a
// command.
func outputSource(s *random.Stream, url *string) *OutputSource {
	if url != nil {
		return &OutputSource{OutputSourceID: url, OutputSourceType: new("S3")}
	}
	command := s.Next()
	switch p := s.Below(10); {
	case p < 6:
		return &OutputSource{OutputSourceID: new(random.UUID(command)), OutputSourceType: new("RunCommand")}
	case p < 7:
		return &OutputSource{OutputSourceType: new("RunCommand")}
	case p < 8:
		return &OutputSource{}
	default:
		return nil
	}
}

// pastTarget draws the result and the date of a node in an execution before the
// newest.
func (r *Region) pastTarget(past *pastExecution, at run) (outcome, Timestamp) {
	s := random.NewStream(random.Keyed(past.key^saltTarget^saltRow, uint64(at.node)))
	date := past.created + Timestamp(s.Below(int(longestRun.Milliseconds())))
	switch p := s.Below(1000); {
	case p < 860:
		return r.words.success, date
	case p < 930:
		return r.words.failed, date
	case p < 960:
		return r.words.timedOut, date
	default:
		return r.words.skipped, date
	}
}

// targetStatus returns the status of target t of execution e of association k
// without generating the target.
func (r *Region) targetStatus(k, e, t int) *string {
	p := r.reports(k)
	if e == 0 {
		return p.runs[t].status
	}
	if r.targetLacks(k, e, t) == lacksStatus {
		return nil
	}
	o, _ := r.pastTarget(&p.executions[e], p.runs[t])
	return o.status
}

// Members that a target can lack.
const (
	lacksVersion = iota
	lacksDetailedStatus
	lacksDate
	lacksOutput
	lacksType
	lacksStatus
	lacksNothing
)

// firstLacking is the first execution of the long history whose first target
// lacks a member.
const firstLacking = 10

// targetLacks returns the member that target t of execution e of association k
// lacks.
func (r *Region) targetLacks(k, e, t int) int {
	member := e - firstLacking
	if r.fixedRows != 0 || k != longHistory || t != 0 || member < 0 || member >= lacksNothing {
		return lacksNothing
	}
	return member
}

// without returns the target without a member.
func (t ExecutionTarget) without(member int) ExecutionTarget {
	switch member {
	case lacksVersion:
		t.AssociationVersion = nil
	case lacksDetailedStatus:
		t.DetailedStatus = nil
	case lacksDate:
		t.LastExecutionDate = nil
	case lacksOutput:
		t.OutputSource = nil
	case lacksType:
		t.ResourceType = nil
	case lacksStatus:
		t.Status = nil
	}
	return t
}
