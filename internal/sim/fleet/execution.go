package fleet

// Execution is an entry of DescribeAssociationExecutions. Nil members are
// omitted. The tags are the API's names.
type Execution struct {
	AlarmConfiguration *AlarmConfiguration `json:"AlarmConfiguration,omitzero"`
	AssociationID      string              `json:"AssociationId"`
	AssociationVersion *string             `json:"AssociationVersion,omitzero"`
	CreatedTime        *Timestamp          `json:"CreatedTime,omitzero"`
	// DetailedStatus is Status, except TimedOut if targets timed out and none
	// failed.
	DetailedStatus *string `json:"DetailedStatus,omitzero"`
	ExecutionID    string  `json:"ExecutionId"`
	// LastExecutionDate is the latest date of the targets.
	LastExecutionDate *Timestamp `json:"LastExecutionDate,omitzero"`
	// ResourceCountByStatus counts the targets, as in {Success=12, Failed=1}.
	// Targets without a status are not counted.
	ResourceCountByStatus *string `json:"ResourceCountByStatus,omitzero"`
	// Status is Failed if any target failed or timed out, else InProgress if any
	// is, else Success; Pending without targets.
	Status          *string      `json:"Status,omitzero"`
	TriggeredAlarms []AlarmState `json:"TriggeredAlarms,omitzero"`

	association, number int // places in the catalogue and in the history
	home                *Region
}

// Executions returns the executions of the association, newest first. Each
// call generates them again, with equal values.
func (a Association) Executions() []Execution {
	executions := make([]Execution, a.ExecutionCount())
	for e := range executions {
		executions[e] = a.Execution(e)
	}
	return executions
}

// ExecutionCount returns the number of executions of the association.
func (a Association) ExecutionCount() int { return len(a.home.history(a.index)) }

// Execution generates execution e of ExecutionCount.
func (a Association) Execution(e int) Execution { return a.home.execution(a.index, e) }

// ExecutionByID returns an execution by its id, or false if the association
// does not have it.
func (a Association) ExecutionByID(id string) (Execution, bool) {
	for e, past := range a.home.history(a.index) {
		if past.id == id {
			return a.Execution(e), true
		}
	}
	return Execution{}, false
}

// execution generates execution e of association k.
func (r *Region) execution(k, e int) Execution {
	past, c := &r.history(k)[e], &r.catalogue[k]
	status, detailed := past.tally.execution()
	x := Execution{
		AssociationID:      *c.id,
		AssociationVersion: c.version,
		CreatedTime:        new(past.created),
		DetailedStatus:     new(detailed),
		ExecutionID:        past.id,
		LastExecutionDate:  past.last,
		Status:             new(status),
		association:        k,
		number:             e,
		home:               r,
	}
	if past.tally.total() > 0 {
		x.ResourceCountByStatus = new(past.tally.String())
	}
	if r.fixedRows != 0 {
		return x
	}
	if k == alarmed || k == alarmSounded {
		x.AlarmConfiguration = alarmConfiguration()
	}
	if k == alarmSounded && e%5 == 0 {
		x.TriggeredAlarms = triggeredAlarms()
	}
	if k == longHistory {
		x = x.without(e - 1)
	}
	return x
}

// without returns the execution without optional member i.
func (e Execution) without(i int) Execution {
	switch i {
	case 0:
		e.AssociationVersion = nil
	case 1:
		e.CreatedTime = nil
	case 2:
		e.DetailedStatus = nil
	case 3:
		e.LastExecutionDate = nil
	case 4:
		e.ResourceCountByStatus = nil
	case 5:
		e.Status = nil
	}
	return e
}

// execution returns the status of an execution with these counts of targets.
func (t *tally) execution() (status, detailed string) {
	switch {
	case t.total() == 0:
		return "Pending", "Pending"
	case t.count("Failed") > 0:
		return "Failed", "Failed"
	case t.count("TimedOut") > 0:
		return "Failed", "TimedOut"
	case t.count("InProgress") > 0:
		return "InProgress", "InProgress"
	default:
		return "Success", "Success"
	}
}
