package fleet

import (
	"maps"
	"reflect"
	"strconv"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/random"
)

// AssociationVersion is an entry of ListAssociationVersions: the settings of an
// association from CreatedDate on. Nil members are omitted. The tags are the
// API's names.
type AssociationVersion struct {
	ApplyOnlyAtCronInterval       *bool                 `json:"ApplyOnlyAtCronInterval,omitzero"`
	AssociationDispatchAssumeRole *string               `json:"AssociationDispatchAssumeRole,omitzero"`
	AssociationID                 string                `json:"AssociationId"`
	AssociationName               *string               `json:"AssociationName,omitzero"`
	AssociationVersion            *string               `json:"AssociationVersion,omitzero"`
	CalendarNames                 []string              `json:"CalendarNames,omitzero"`
	ComplianceSeverity            *string               `json:"ComplianceSeverity,omitzero"`
	CreatedDate                   *Timestamp            `json:"CreatedDate,omitzero"`
	DocumentVersion               *string               `json:"DocumentVersion,omitzero"`
	Duration                      *int                  `json:"Duration,omitzero"` // hours
	MaxConcurrency                *string               `json:"MaxConcurrency,omitzero"`
	MaxErrors                     *string               `json:"MaxErrors,omitzero"`
	Name                          *string               `json:"Name,omitzero"`
	OutputLocation                *OutputLocation       `json:"OutputLocation,omitzero"`
	Parameters                    map[string][]string   `json:"Parameters,omitzero"`
	ScheduleExpression            *string               `json:"ScheduleExpression,omitzero"`
	ScheduleOffset                *int                  `json:"ScheduleOffset,omitzero"` // days
	SyncCompliance                *string               `json:"SyncCompliance,omitzero"`
	TargetLocations               []TargetLocation      `json:"TargetLocations,omitzero"`
	TargetMaps                    []map[string][]string `json:"TargetMaps,omitzero"`
	Targets                       []Target              `json:"Targets,omitzero"`
}

// Versions returns the versions of the association, newest first. The newest
// equals the association; each earlier one differs from the next in one or two
// settings. Except for the association changed an hour ago, all versions
// predate the history of executions, so that failures in it began after the
// last change. Each call generates them again, with equal values.
func (a Association) Versions() []AssociationVersion {
	latest, err := strconv.Atoi(a.LatestVersion())
	if err != nil {
		panic(err) // the catalogue numbers them
	}
	created, changed := a.lifetime()
	versions := make([]AssociationVersion, latest)
	version := a.currentVersion()
	for i := range versions {
		number := latest - i
		if i > 0 {
			version.revert(random.NewStream(random.Keyed(a.home.associationKey(a.index)^saltVersion, uint64(number))), a.home)
			version.AssociationVersion = new(strconv.Itoa(number))
		}
		version.CreatedDate = new(versionDate(created, changed, number, latest))
		versions[i] = version
	}
	if a.home.fixedRows == 0 {
		makeOddVersion(versions, a.index)
	}
	return versions
}

// lifetime returns when the association was created and last changed, even if
// it omits the dates.
func (a Association) lifetime() (created, changed Timestamp) {
	plain := Association{index: a.index, home: a.home}
	plain.settle(random.NewStream(a.home.associationKey(a.index) ^ saltSettings))
	created, changed = *plain.Date, *plain.LastUpdateAssociationDate
	if a.Date != nil {
		created = *a.Date
	}
	if a.LastUpdateAssociationDate != nil {
		changed = *a.LastUpdateAssociationDate
	}
	return created, changed
}

// versionDate spreads the versions evenly between creation and the last change.
func versionDate(created, changed Timestamp, number, latest int) Timestamp {
	if latest == 1 {
		return changed
	}
	between := changed.Time().Sub(created.Time())
	return created.add((between * time.Duration(number-1) / time.Duration(latest-1)).Truncate(time.Millisecond))
}

// currentVersion returns the association's settings as a version.
func (a Association) currentVersion() AssociationVersion {
	return AssociationVersion{
		ApplyOnlyAtCronInterval:       a.ApplyOnlyAtCronInterval,
		AssociationDispatchAssumeRole: a.AssociationDispatchAssumeRole,
		AssociationID:                 a.AssociationID,
		AssociationName:               a.AssociationName,
		AssociationVersion:            new(a.LatestVersion()),
		CalendarNames:                 a.CalendarNames,
		ComplianceSeverity:            a.ComplianceSeverity,
		DocumentVersion:               a.DocumentVersion,
		Duration:                      a.Duration,
		MaxConcurrency:                a.MaxConcurrency,
		MaxErrors:                     a.MaxErrors,
		Name:                          a.Name,
		OutputLocation:                a.OutputLocation,
		Parameters:                    a.Parameters,
		ScheduleExpression:            a.ScheduleExpression,
		ScheduleOffset:                a.ScheduleOffset,
		SyncCompliance:                a.SyncCompliance,
		TargetLocations:               a.TargetLocations,
		TargetMaps:                    a.TargetMaps,
		Targets:                       a.Targets,
	}
}

// revert reverts a change of one or two settings.
func (v *AssociationVersion) revert(s *random.Stream, home *Region) {
	later := *v
	for undone := s.Below(2); undone < 2 || reflect.DeepEqual(*v, later); undone++ {
		switch s.Below(6) {
		case 0:
			v.revertParameter(s)
		case 1:
			v.ScheduleExpression, v.ScheduleOffset = new(
				[]string{"rate(12 hours)", "rate(14 days)", "cron(0 4 ? * SAT *)"}[s.Below(3)],
			), nil
		case 2:
			v.Targets, v.TargetMaps = []Target{
				{Key: new("tag:Stage"), Values: []string{[]string{"canary", "test"}[s.Below(2)]}},
			}, nil
		case 3:
			v.OutputLocation = nil
			if s.Permille(500) {
				v.OutputLocation = &OutputLocation{S3Location: &S3Location{
					OutputS3BucketName: new(OutputBucket), OutputS3KeyPrefix: new("former"), OutputS3Region: new(home.region),
				}}
			}
		case 4:
			v.MaxErrors, v.MaxConcurrency = new([]string{"1", "5%"}[s.Below(2)]), new("1")
		default:
			v.ComplianceSeverity = new([]string{"LOW", "UNSPECIFIED"}[s.Below(2)])
		}
	}
}

// revertParameter changes or adds a parameter of the document.
func (v *AssociationVersion) revertParameter(s *random.Stream) {
	v.Parameters = maps.Clone(v.Parameters)
	if v.Parameters == nil {
		v.Parameters = make(map[string][]string)
	}
	v.Parameters["executionTimeout"] = []string{strconv.Itoa(600 * (1 + s.Below(6)))}
}

// makeOddVersion omits members from some versions of the varied mix.
func makeOddVersion(versions []AssociationVersion, k int) {
	if len(versions) == 1 {
		return
	}
	last := &versions[len(versions)-1]
	switch k {
	case 5:
		last.AssociationName, last.DocumentVersion = nil, nil
	case 6:
		last.CreatedDate = nil
	case 7:
		last.Parameters = nil
	}
}
