package fleet

import (
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/random"
)

// settle draws the settings of an ordinary association.
func (a *Association) settle(s *random.Stream) {
	a.Date = new(a.home.now.add(-history - time.Duration(24+s.Below(365*24))*time.Hour))
	a.LastUpdateAssociationDate = new(a.Date.add(time.Duration(s.Below(24)) * time.Hour))
	a.Targets = []Target{drawTarget(s)}
	a.Parameters = a.home.document(a.index).parameters
	a.schedule(s, a.index)
	a.limit(s)
	a.judge(s)
	a.putOutput(s, a.home.catalogue[a.index].output)
}

// schedule sets when the association runs. It steps through schedules faster
// than through documents, so that a document gets several schedules.
func (a *Association) schedule(s *random.Stream, k int) {
	schedules := []string{
		"rate(30 minutes)",
		"rate(1 day)",
		"rate(7 days)",
		"cron(0 2 ? * SUN *)",
		nthSunday,
		"at(2026-07-01T02:00:00)",
		"", // runs once, when it is created
	}
	chosen := (k + k/len(schedules)) % len(schedules)
	if chosen < len(schedules)-1 {
		a.ScheduleExpression = new(schedules[chosen])
	}
	cron := chosen == 3 || chosen == 4
	if cron || s.Permille(500) {
		a.ApplyOnlyAtCronInterval = new(cron && s.Permille(500))
	}
}

// nthSunday is a schedule in the only form that allows an offset.
const nthSunday = "cron(0 0 2 ? * SUN#2 *)"

func drawTarget(s *random.Stream) Target {
	switch p := s.Below(10); {
	case p < 4:
		return Target{Key: new("InstanceIds"), Values: []string{"*"}}
	case p < 7:
		return Target{Key: new("tag:Environment"), Values: []string{"production", "staging"}}
	case p < 9:
		return Target{Key: new("tag-key"), Values: []string{"Managed"}}
	default:
		return Target{Key: new("resource-groups:Name"), Values: []string{"web-servers"}}
	}
}

// limit sets how many nodes may run the association, and fail, at once.
func (a *Association) limit(s *random.Stream) {
	if s.Permille(600) {
		a.MaxConcurrency = new([]string{"100%", "50%", "10"}[s.Below(3)])
	}
	if s.Permille(600) {
		a.MaxErrors = new([]string{"100%", "10%", "0"}[s.Below(3)])
	}
}

// judge sets how failures affect compliance.
func (a *Association) judge(s *random.Stream) {
	if s.Permille(700) {
		a.ComplianceSeverity = new([]string{"CRITICAL", "HIGH", "MEDIUM", "LOW", "UNSPECIFIED"}[s.Below(5)])
	}
	switch p := s.Below(10); {
	case p < 7:
		a.SyncCompliance = new("AUTO")
	case p < 8:
		a.SyncCompliance = new("MANUAL")
	}
}

// putOutput sets the output location, in agreement with the URLs of the rows.
func (a *Association) putOutput(s *random.Stream, habit outputHabit) {
	if habit == outputNowhere {
		return
	}
	location := &S3Location{OutputS3BucketName: new(OutputBucket), OutputS3KeyPrefix: new(outputPrefix)}
	if s.Permille(700) {
		location.OutputS3Region = new(a.home.region)
	}
	a.OutputLocation = &OutputLocation{S3Location: location}
}
