package fleet

import (
	"slices"
	"time"
)

// Places of odd associations in the catalogue of the varied mix. No ordinary
// node has them.
const (
	// From here on, associations lack one member each.
	lacking = 60
	// From here on, associations have one rare member each.
	remarkable = 70
	// alarmed has an alarm; that of alarmSounded has triggered.
	alarmed, alarmSounded = 75, 76
	// bucketElsewhere writes its output to a bucket in another region.
	bucketElsewhere = 79
	// noPrefix writes its output to the top of the bucket.
	noPrefix = 80
	// firstLegacy to lastLegacy were created by instance id, that of the only node
	// with rows of them.
	firstLegacy, lastLegacy = 110, 112
	// neverRun is newer than its schedule: no node has a row of it.
	neverRun = maxRows
)

// waiting is the place of an association that ordinary nodes have as well. It
// was changed an hour ago and runs only at the times of its monthly cron
// expression. Where it has not run, as on the node with a hundred rows, it is
// not due.
const waiting = 4

// makeOdd applies the oddity of the association's place, if there is one.
func (a *Association) makeOdd() {
	switch k := a.index; {
	case k == bucketElsewhere:
		a.OutputLocation.S3Location.OutputS3Region = new(a.home.elsewhere())
	case k == noPrefix:
		a.OutputLocation.S3Location.OutputS3KeyPrefix = nil
	case k >= lacking && k < remarkable:
		a.lack(k - lacking)
	case k >= remarkable && k < bucketElsewhere:
		a.remark(k - remarkable)
	case k >= firstLegacy && k <= lastLegacy:
		a.makeLegacy(k - firstLegacy)
	case k == waiting:
		a.ScheduleExpression, a.ApplyOnlyAtCronInterval = new(nthSunday), new(true)
		a.LastUpdateAssociationDate = new(a.home.now.add(-time.Hour))
	case k == neverRun:
		a.Date = new(a.home.now.add(-time.Hour))
		a.LastUpdateAssociationDate = a.Date
	}
}

// lack omits a member that nearly all associations have.
func (a *Association) lack(i int) {
	switch i {
	case 0:
		a.AssociationVersion = nil
	case 1:
		a.DocumentVersion = nil
	case 2:
		a.Name = nil
	case 3:
		a.Overview = nil
	case 4:
		a.Date = nil
	case 5:
		a.LastUpdateAssociationDate = nil
	case 6:
		a.Overview.DetailedStatus = nil
	case 7:
		a.Overview.Counts = nil
	case 8:
		a.Targets[0].Values = nil
	case 9:
		a.Parameters = map[string][]string{}
	}
}

// remark adds a member that few associations have.
func (a *Association) remark(i int) {
	switch i {
	case 0:
		a.ScheduleExpression, a.ScheduleOffset = new(nthSunday), new(2)
	case 1:
		a.ScheduleExpression, a.Duration = new("cron(0 2 ? * SUN *)"), new(4)
	case 2:
		a.Targets, a.AutomationTargetParameterName = nil, new("InstanceId")
		a.TargetMaps = []map[string][]string{
			{"InstanceId": {"*"}, "Environment": {"production", "staging"}},
			{"InstanceId": {a.home.nodes[roleShowcase].InstanceID}},
		}
	case 3:
		a.AutomationTargetParameterName, a.TargetLocations = new("InstanceId"), a.targetLocations()
	case 4:
		a.CalendarNames = []string{"ChangeWindow", a.home.arn("ssm", a.home.region, "document/Holidays")}
	case alarmed - remarkable:
		a.AlarmConfiguration = alarmConfiguration()
	case alarmSounded - remarkable:
		a.AlarmConfiguration, a.TriggeredAlarms = alarmConfiguration(), triggeredAlarms()
	case 7:
		a.AssociationDispatchAssumeRole = new(a.home.arn("iam", "", "role/AssociationDispatch"))
	case 8:
		a.OutputLocation = &OutputLocation{} // equivalent to none
	}
}

func (a *Association) targetLocations() []TargetLocation {
	return []TargetLocation{
		{
			Accounts:                     []string{a.home.accountID, "ou-ab12-cd34ef56"},
			ExecutionRoleName:            new("AWS-SystemsManager-AutomationExecutionRole"),
			Regions:                      []string{a.home.region, a.home.elsewhere()},
			TargetLocationMaxConcurrency: new("1"),
			TargetLocationMaxErrors:      new("0"),
		},
		{
			Accounts:                         []string{"ou-ab12-cd34ef56"},
			ExcludeAccounts:                  []string{a.home.accountID},
			IncludeChildOrganizationUnits:    new(true),
			Regions:                          []string{a.home.region},
			TargetLocationAlarmConfiguration: alarmConfiguration(),
			Targets:                          []Target{{Key: new("tag:Environment"), Values: []string{"production"}}},
			TargetsMaxConcurrency:            new("10"),
			TargetsMaxErrors:                 new("10%"),
		},
	}
}

// makeLegacy turns the association into one created by instance id.
func (a *Association) makeLegacy(i int) {
	a.InstanceID, a.Targets = new(a.home.nodes[roleShowcase].InstanceID), nil
	a.Status = &LegacyStatus{
		Date:    a.LastUpdateAssociationDate,
		Message: new("Associated with " + *a.InstanceID),
		Name:    a.Overview.Status,
	}
	switch i {
	case 1:
		a.Status.AdditionalInfo = new(`{"agent":"EC2Config","ver":"x.x.x","osver":"6.2.9200"}`)
	case 2:
		a.Status = nil
	}
}

func alarmConfiguration() *AlarmConfiguration {
	return &AlarmConfiguration{Alarms: []Alarm{{Name: new(alarmName)}}, IgnorePollAlarmFailure: new(true)}
}

func triggeredAlarms() []AlarmState {
	return []AlarmState{{Name: new(alarmName), State: new("ALARM")}}
}

const alarmName = "error-rate-high"

// elsewhere returns another region of the partition.
func (r *Region) elsewhere() string {
	known := defaultRegions(r.partition)
	return known[(slices.Index(known, r.region)+1)%len(known)]
}
