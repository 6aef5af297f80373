# Whether associations ran on schedule, for each association on each node and for each
# node as a whole.

locals {
  # The age that the schedule of each association allows: `allowance`, with one row
  # for each association. The parameters are max_execution_age_days ($1),
  # max_rate_multiple ($2) and max_cron_delay_hours ($3).
  #
  # An association that runs only on its schedule cannot run before the first time that
  # follows its last change. It is due after the delay.
  schedule_allowance = <<-EOQ
    association as materialized (
      select
        association_id,
        title,
        nullif(trim(schedule_expression), '') as schedule,
        coalesce(schedule_type, '') as schedule_type,
        schedule_longest_gap_minutes as gap_minutes,
        least(schedule_longest_gap_minutes, 60 * cast($3 as numeric)) as delay_minutes,
        previous_scheduled_date,
        next_scheduled_date,
        first_scheduled_date,
        apply_only_at_cron_interval,
        region,
        account_id
      from
        ssm_association
    ),
    allowance as (
      select
        association_id,
        title,
        region,
        account_id,
        schedule,
        gap_minutes,
        next_scheduled_date as next_run,
        schedule is null
        or schedule_type = 'at'
        or schedule_type = 'cron' and (gap_minutes is null or next_scheduled_date is null) as once,
        schedule_type = 'cron' and previous_scheduled_date is null as not_begun,
        apply_only_at_cron_interval and schedule_type in ('cron', 'at') as waits,
        first_scheduled_date + make_interval(mins => cast(delay_minutes as int)) as due,
        case schedule_type
          when 'rate' then gap_minutes * cast($2 as numeric)
          when 'cron' then gap_minutes + delay_minutes
          when '' then cast($1 as numeric) * 1440
        end as allowed_minutes
      from
        association
    )
  EOQ
}

locals {
  # `judged`, with one row for each association on each node: the age of its last
  # execution and the age that its schedule allows, both in minutes, and the verdict.
  # The parameters are those of schedule_allowance.
  execution_age = <<-EOQ
${local.schedule_allowance},
    reported as materialized (
      select
        instance_id,
        association_id,
        title,
        execution_date,
        region,
        account_id
      from
        ssm_instance_association_status
    ),
    node as materialized (
      select
        instance_id,
        registration_date,
        region,
        account_id
      from
        ssm_managed_instance
    ),
    aged as (
      select
        s.instance_id,
        s.association_id,
        s.region,
        s.account_id,
        coalesce(s.title, s.association_id, 'unknown') as label,
        s.execution_date,
        a.schedule,
        a.next_run,
        a.association_id is not null as listed,
        coalesce(a.once, false) as once,
        coalesce(a.not_begun, false) as not_begun,
        coalesce(a.waits, false) as waits,
        case
          when a.due is not null then greatest(a.due, n.registration_date + make_interval(mins => cast(a.allowed_minutes as int)))
        end as due,
        extract(epoch from now() - s.execution_date) / 60 as age_minutes,
        coalesce(a.allowed_minutes, 1440 * cast($1 as numeric)) as allowed_minutes
      from
        reported as s
        left join allowance as a on a.association_id = s.association_id
        and a.region = s.region
        and a.account_id = s.account_id
        left join node as n on n.instance_id = s.instance_id
        and n.region = s.region
        and n.account_id = s.account_id
    ),
    judged as (
      select
        *,
        case
          when execution_date is null and waits and (due >= now() or due is null and next_run is not null) then 'info'
          when execution_date is null then 'alarm'
          when once then 'skip'
          when not_begun or age_minutes <= allowed_minutes then 'ok'
          else 'alarm'
        end as verdict
      from
        aged
    )
  EOQ
}

control "association_recent" {
  title       = "Associations should have run on every managed node as recently as scheduled"
  description = "One row for each association on each managed node, and one for each node that reports none. The last run may be as old as a multiple of the rate (max_rate_multiple), the longest gap of the cron expression plus a delay (max_cron_delay_hours), or a number of days if the schedule is unknown (max_execution_age_days). An association that has never run fails, unless it applies only on its schedule and is not due yet. An association without a schedule, or with an at expression, runs once and is skipped after that. Compliance items cannot show this, because their dates are those of the aggregation."
  severity    = "medium"
  query       = query.association_recent
  tags        = local.common_tags
}

control "node_associations_recent" {
  title       = "Managed nodes should have had all their associations run as recently as scheduled"
  description = "One row for each managed node. Passes if at least one association is ok by the rules of association_recent and none fails."
  severity    = "medium"
  query       = query.node_associations_recent
  tags        = local.common_tags
}

query "association_recent" {
  title       = "Age of the last execution of each association on each managed node"
  description = "alarm: has never run, or ran longer ago than allowed. ok: ran recently enough. skip: runs once and has run. info: is not due yet, or the node reports no association."

  sql = <<-EOQ
    with ${local.execution_age}
    select
      j.instance_id || '/' || coalesce(j.association_id, j.label) as resource,
      j.verdict as status,
      j.instance_id || ': association ' || j.label || case
        when j.verdict = 'info' then ' has not run yet; it is waiting for ' || j.schedule || '.'
        when j.execution_date is null then ' has never run.'
        when j.verdict = 'skip' then ' runs once and has run.'
        when j.not_begun then ' is not due before ' || to_char(j.next_run at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ', the first time of ' || j.schedule || '.'
        else ' last ran ' || case
            when j.allowed_minutes < 2880 then round(j.age_minutes / 60, 1) || ' hours ago; ' || round(j.allowed_minutes / 60, 1)
            else round(j.age_minutes / 1440, 1) || ' days ago; ' || round(j.allowed_minutes / 1440, 1)
          end || ' are allowed' || case
            when not j.listed then '; its schedule is unknown.'
            else ' for ' || j.schedule || '.'
          end
      end as reason,
      j.region,
      j.account_id
    from
      judged as j
    union all
    select
      n.instance_id as resource,
      'info' as status,
      n.instance_id || ' reports no association.' as reason,
      n.region,
      n.account_id
    from
      node as n
    where
      not exists (
        select
          1
        from
          reported as s
        where
          s.instance_id = n.instance_id
          and s.region = n.region
          and s.account_id = n.account_id
      )
  EOQ

  param "max_execution_age_days" {
    description = "The days that an association with an unknown or unparsable schedule may go without running."
    default     = var.max_execution_age_days
  }

  param "max_rate_multiple" {
    description = "The multiple of its rate that an association may go without running."
    default     = var.max_rate_multiple
  }

  param "max_cron_delay_hours" {
    description = "The hours that an association may go without running beyond the longest gap of its cron expression."
    default     = var.max_cron_delay_hours
  }
}

query "node_associations_recent" {
  title       = "Age of the last executions on each managed node"
  description = "alarm: at least one association has never run, or ran longer ago than allowed. ok: no alarm, and at least one association repeats. skip: each runs once and has run. info: none is due yet, or the node reports no association."

  sql = <<-EOQ
    with ${local.execution_age},
    total as (
      select
        instance_id,
        region,
        account_id,
        count(*) as associations,
        sum(case when verdict = 'alarm' then 1 else 0 end) as old,
        sum(case when verdict = 'ok' then 1 else 0 end) as recent,
        sum(case when verdict = 'info' then 1 else 0 end) as waiting,
        string_agg(case when verdict = 'alarm' then label end, ', ' order by label) as old_labels
      from
        judged
      group by
        instance_id,
        region,
        account_id
    )
    select
      n.instance_id as resource,
      case
        when t.associations is null then 'info'
        when t.old > 0 then 'alarm'
        when t.recent > 0 then 'ok'
        when t.waiting > 0 then 'info'
        else 'skip'
      end as status,
      case
        when t.associations is null then n.instance_id || ' reports no association.'
        when t.old > 0 then n.instance_id || ': ' || t.old || ' of ' || t.associations || ' associations never ran or ran too long ago: ' || t.old_labels || '.'
        when t.recent > 0 then n.instance_id || ': none of ' || t.associations || ' associations ran too long ago.'
        when t.waiting > 0 then n.instance_id || ': ' || t.waiting || ' of ' || t.associations || ' associations have not run yet; they are waiting for their schedules.'
        else n.instance_id || ': none of ' || t.associations || ' associations repeats, and all have run.'
      end as reason,
      n.region,
      n.account_id
    from
      node as n
      left join total as t on t.instance_id = n.instance_id
      and t.region = n.region
      and t.account_id = n.account_id
  EOQ

  param "max_execution_age_days" {
    description = "The days that an association with an unknown or unparsable schedule may go without running."
    default     = var.max_execution_age_days
  }

  param "max_rate_multiple" {
    description = "The multiple of its rate that an association may go without running."
    default     = var.max_rate_multiple
  }

  param "max_cron_delay_hours" {
    description = "The hours that an association may go without running beyond the longest gap of its cron expression."
    default     = var.max_cron_delay_hours
  }
}

# Shows the allowances that the controls apply.
query "association_schedules" {
  title       = "How long each association may go without running"
  description = "One row for each association: its schedule, the longest gap between two runs of a cron expression, and the age that the controls allow, both in hours."

  sql = <<-EOQ
    with ${local.schedule_allowance}
    select
      association_id,
      title,
      schedule as schedule_expression,
      cast(gap_minutes / 60.0 as double precision) as longest_gap_hours,
      case when not once then cast(allowed_minutes / 60 as double precision) end as allowed_hours,
      region,
      account_id
    from
      allowance
    order by
      title,
      association_id,
      region,
      account_id
  EOQ

  param "max_execution_age_days" {
    description = "The days that an association with an unknown or unparsable schedule may go without running."
    default     = var.max_execution_age_days
  }

  param "max_rate_multiple" {
    description = "The multiple of its rate that an association may go without running."
    default     = var.max_rate_multiple
  }

  param "max_cron_delay_hours" {
    description = "The hours that an association may go without running beyond the longest gap of its cron expression."
    default     = var.max_cron_delay_hours
  }
}
