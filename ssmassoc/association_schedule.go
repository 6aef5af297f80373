package ssmassoc

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"

	"steampipe-plugin-ssmassoc/internal/aws/schedule"
	"steampipe-plugin-ssmassoc/internal/engine"
)

// scheduleColumns are the columns that follow from an association's schedule and the
// time, without a call.
func scheduleColumns() []*plugin.Column {
	column := func(
		name string, columnType proto.ColumnType, value func(schedule.Schedule, time.Time) any, description string,
	) *plugin.Column {
		return rowColumn(name, columnType, func(a *engine.Row[types.Association]) any {
			s := schedule.Parse(aws.ToString(a.Item.ScheduleExpression), int(aws.ToInt32(a.Item.ScheduleOffset)),
				aws.ToTime(a.Item.LastExecutionDate))
			if s == nil {
				return nil
			}
			return value(s, a.Began)
		}, description)
	}
	return []*plugin.Column{
		column("schedule_type", proto.ColumnType_STRING, func(s schedule.Schedule, _ time.Time) any { return s.Type() },
			"The type of the schedule: cron, rate or at. "+
				"Null for an association without a schedule or with an expression that cannot be read."),
		column("schedule_longest_gap_minutes", proto.ColumnType_INT,
			func(s schedule.Schedule, now time.Time) any {
				if gap := s.LongestGap(now); gap > 0 {
					return int64(gap / time.Minute)
				}
				return nil
			},
			"The longest time in minutes between two consecutive runs of the schedule. "+
				"Null if it has fewer than two, or cannot be read."),
		column("next_scheduled_date", proto.ColumnType_TIMESTAMP,
			func(s schedule.Schedule, now time.Time) any { return timeOrNull(s.Next(now)) },
			"The first time after the read at which the association is scheduled to run, including its offset. "+
				"A rate counts from last_execution_date. Null if there is none, or the schedule cannot be read."),
		column("previous_scheduled_date", proto.ColumnType_TIMESTAMP,
			func(s schedule.Schedule, now time.Time) any { return timeOrNull(s.Previous(now)) },
			"The last time before the read at which the association was scheduled to run, including its offset. "+
				"A rate counts from last_execution_date. Null if there is none, or the schedule cannot be read."),
	}
}

// firstScheduledColumn is the column of descriptionColumns that follows from the
// schedule.
func firstScheduledColumn() *plugin.Column {
	return column("first_scheduled_date", proto.ColumnType_TIMESTAMP, func(a *types.AssociationDescription) any {
		changed := aws.ToTime(a.Date)
		if updated := aws.ToTime(a.LastUpdateAssociationDate); updated.After(changed) {
			changed = updated
		}
		s := schedule.Parse(aws.ToString(a.ScheduleExpression), int(aws.ToInt32(a.ScheduleOffset)), time.Time{})
		if s == nil || changed.IsZero() {
			return nil
		}
		return timeOrNull(s.First(changed))
	}, "The first time after the association was created or last changed at which its cron or at expression runs it, "+
		"including its offset: when an association that runs only on its schedule is first due. "+
		"Null if there is none, for a rate, or if the schedule cannot be read.")
}

func timeOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}
