package fleet

import "steampipe-plugin-ssmassoc/internal/sim/random"

// Association is an association of a region, as DescribeAssociation returns it.
// Nil members are omitted. Values behind pointers may be shared between
// associations and must not be changed. The tags are the API's names.
type Association struct {
	ListedAssociation

	AlarmConfiguration            *AlarmConfiguration `json:"AlarmConfiguration,omitzero"`
	ApplyOnlyAtCronInterval       *bool               `json:"ApplyOnlyAtCronInterval,omitzero"`
	AssociationDispatchAssumeRole *string             `json:"AssociationDispatchAssumeRole,omitzero"`
	AutomationTargetParameterName *string             `json:"AutomationTargetParameterName,omitzero"`
	CalendarNames                 []string            `json:"CalendarNames,omitzero"`
	ComplianceSeverity            *string             `json:"ComplianceSeverity,omitzero"`
	Date                          *Timestamp          `json:"Date,omitzero"`
	LastSuccessfulExecutionDate   *Timestamp          `json:"LastSuccessfulExecutionDate,omitzero"`
	LastUpdateAssociationDate     *Timestamp          `json:"LastUpdateAssociationDate,omitzero"`
	MaxConcurrency                *string             `json:"MaxConcurrency,omitzero"`
	MaxErrors                     *string             `json:"MaxErrors,omitzero"`
	OutputLocation                *OutputLocation     `json:"OutputLocation,omitzero"`
	Parameters                    map[string][]string `json:"Parameters,omitzero"`
	Status                        *LegacyStatus       `json:"Status,omitzero"`
	SyncCompliance                *string             `json:"SyncCompliance,omitzero"`
	TargetLocations               []TargetLocation    `json:"TargetLocations,omitzero"`
	TriggeredAlarms               []AlarmState        `json:"TriggeredAlarms,omitzero"`

	index int // its place in the catalogue
	home  *Region
}

// ListedAssociation is the part of an association that ListAssociations returns
// as well.
type ListedAssociation struct {
	AssociationID      string                `json:"AssociationId"`
	AssociationName    *string               `json:"AssociationName,omitzero"`
	AssociationVersion *string               `json:"AssociationVersion,omitzero"`
	DocumentVersion    *string               `json:"DocumentVersion,omitzero"`
	Duration           *int                  `json:"Duration,omitzero"` // hours
	InstanceID         *string               `json:"InstanceId,omitzero"`
	LastExecutionDate  *Timestamp            `json:"LastExecutionDate,omitzero"`
	Name               *string               `json:"Name,omitzero"`
	Overview           *StatusOverview       `json:"Overview,omitzero"`
	ScheduleExpression *string               `json:"ScheduleExpression,omitzero"`
	ScheduleOffset     *int                  `json:"ScheduleOffset,omitzero"` // days
	TargetMaps         []map[string][]string `json:"TargetMaps,omitzero"`
	Targets            []Target              `json:"Targets,omitzero"`
}

// StatusOverview sums up the rows that a region's nodes have of an association.
type StatusOverview struct {
	// Counts is the number of rows by status.
	Counts         map[string]int `json:"AssociationStatusAggregatedCount,omitzero"`
	DetailedStatus *string        `json:"DetailedStatus,omitzero"`
	// Status is Failed if any row failed or timed out, else Pending if any row has
	// not finished or there is none, else Success.
	Status *string `json:"Status,omitzero"`
}

// Target is what an association applies to.
type Target struct {
	Key    *string  `json:"Key,omitzero"`
	Values []string `json:"Values,omitzero"`
}

// LegacyStatus is the status of an association created by instance id.
type LegacyStatus struct {
	AdditionalInfo *string    `json:"AdditionalInfo,omitzero"`
	Date           *Timestamp `json:"Date,omitzero"`
	Message        *string    `json:"Message,omitzero"`
	Name           *string    `json:"Name,omitzero"`
}

// OutputLocation is where an association writes its output.
type OutputLocation struct {
	S3Location *S3Location `json:"S3Location,omitzero"`
}

// S3Location is a location in S3.
type S3Location struct {
	OutputS3BucketName *string `json:"OutputS3BucketName,omitzero"`
	OutputS3KeyPrefix  *string `json:"OutputS3KeyPrefix,omitzero"`
	OutputS3Region     *string `json:"OutputS3Region,omitzero"`
}

// TargetLocation is a set of accounts and regions in which an association
// runs.
type TargetLocation struct {
	Accounts                         []string            `json:"Accounts,omitzero"`
	ExcludeAccounts                  []string            `json:"ExcludeAccounts,omitzero"`
	ExecutionRoleName                *string             `json:"ExecutionRoleName,omitzero"`
	IncludeChildOrganizationUnits    *bool               `json:"IncludeChildOrganizationUnits,omitzero"`
	Regions                          []string            `json:"Regions,omitzero"`
	TargetLocationAlarmConfiguration *AlarmConfiguration `json:"TargetLocationAlarmConfiguration,omitzero"`
	TargetLocationMaxConcurrency     *string             `json:"TargetLocationMaxConcurrency,omitzero"`
	TargetLocationMaxErrors          *string             `json:"TargetLocationMaxErrors,omitzero"`
	Targets                          []Target            `json:"Targets,omitzero"`
	TargetsMaxConcurrency            *string             `json:"TargetsMaxConcurrency,omitzero"`
	TargetsMaxErrors                 *string             `json:"TargetsMaxErrors,omitzero"`
}

// AlarmConfiguration lists the alarms that stop an association.
type AlarmConfiguration struct {
	Alarms                 []Alarm `json:"Alarms,omitzero"`
	IgnorePollAlarmFailure *bool   `json:"IgnorePollAlarmFailure,omitzero"`
}

// Alarm is a CloudWatch alarm.
type Alarm struct {
	Name *string `json:"Name,omitzero"`
}

// AlarmState is the state of a triggered alarm.
type AlarmState struct {
	Name  *string `json:"Name,omitzero"`
	State *string `json:"State,omitzero"`
}

// Associations returns the associations of a region in listing order. Each call
// generates them again, with equal values; the first call for a region reads all
// of its rows.
func (f *Fleet) Associations(region string) []Association {
	r := f.byRegion[region]
	if r == nil {
		return nil
	}
	associations := make([]Association, r.AssociationCount())
	for k := range associations {
		associations[k] = r.Association(k)
	}
	return associations
}

// AssociationCount returns the number of associations of the region: those of
// its nodes' rows and effective associations.
func (r *Region) AssociationCount() int {
	count := 0
	for i := range min(len(r.nodes), int(roleOrdinary)) {
		n := &r.nodes[i]
		count = max(count, n.StatusCount())
		if n.drift() > 0 {
			count = max(count, neverRun+1)
		}
	}
	return count
}

// AssociationByID returns an association by its id, or false if the region does
// not have it.
func (r *Region) AssociationByID(id string) (Association, bool) {
	for k := range r.AssociationCount() {
		if *r.catalogue[k].id == id {
			return r.Association(k), true
		}
	}
	return Association{}, false
}

// Association generates association k of AssociationCount. Its settings depend
// on k alone, its results on the region's rows.
func (r *Region) Association(k int) Association {
	c := &r.catalogue[k]
	a := Association{
		ListedAssociation: ListedAssociation{
			AssociationID:      *c.id,
			AssociationName:    c.name,
			AssociationVersion: c.version,
			DocumentVersion:    c.documentVersion,
			Name:               c.document,
		},
		index: k,
		home:  r,
	}
	a.sumUp(r.reports(k))
	a.settle(random.NewStream(r.associationKey(k) ^ saltSettings))
	if r.fixedRows == 0 {
		a.makeOdd()
	}
	return a
}

// LatestVersion returns the number of the newest version, even if
// AssociationVersion is omitted.
func (a Association) LatestVersion() string { return *a.home.catalogue[a.index].version }

// sumUp sets the results of the association.
func (a *Association) sumUp(p *reports) {
	a.LastExecutionDate, a.LastSuccessfulExecutionDate = p.last, p.lastSuccess
	status := new(p.tally.overall())
	a.Overview = &StatusOverview{Counts: p.tally.counts(), DetailedStatus: status, Status: status}
	if p.rows == 0 {
		a.Overview.Status, a.Overview.DetailedStatus = new("Pending"), new("Creating")
	}
}
