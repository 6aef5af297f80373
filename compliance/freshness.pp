# Whether associations ran on schedule, for each association on each node and for each
# node as a whole.

locals {
  # The age that the schedule of each association allows: `allowance`, with one row
  # for each association, and the common table expressions that it needs. The
  # parameters are max_execution_age_days ($1), max_rate_multiple ($2) and
  # max_cron_delay_hours ($3).
  #
  # Trimming letters, blanks and parentheses from rate(30 minutes), rate(1 hour) or
  # rate(7 days) leaves the number. If anything but digits is left, the expression is
  # not a rate.
  #
  # An association that applies only at the times of its cron expression cannot run
  # before the first such time after its last change. `due` is never earlier: it is
  # the longest gap after the change or the last run in the month of the first,
  # whichever is sooner, plus the delay.
  schedule_allowance = <<-EOQ
    association as materialized (
      select
        association_id,
        title,
        schedule_expression,
        make_interval(days => coalesce(cast(schedule_offset as int), 0)) as shift,
        apply_only_at_cron_interval,
        greatest(date, last_update_association_date) as changed,
        region,
        account_id
      from
        ssm_association
    ),
${local.cron_gap},
    first_month as (
      select
        a.association_id,
        a.region,
        a.account_id,
        min(s.last_slot at time zone 'UTC') as last_slot
      from
        association as a
        join cron_slot as s on s.expression = a.schedule_expression
        and s.last_slot at time zone 'UTC' + a.shift > a.changed
      group by
        a.association_id,
        a.region,
        a.account_id
    ),
    scheduled as (
      select
        a.*,
        nullif(trim(a.schedule_expression), '') as schedule,
        lower(trim(a.schedule_expression)) as expression,
        trim(lower(a.schedule_expression), 'rate( minuteshourdays)') as number,
        r.expression is not null as is_cron,
        g.minutes as gap_minutes,
        g.minutes + least(g.minutes, 60 * cast($3 as numeric)) as cron_minutes,
        g.begins + a.shift as begins,
        g.ends + a.shift as ends,
        f.last_slot + a.shift as first_month_ends
      from
        association as a
        left join cron_rule as r on r.expression = a.schedule_expression
        left join cron_gap as g on g.expression = a.schedule_expression
        left join first_month as f on f.association_id = a.association_id
        and f.region = a.region
        and f.account_id = a.account_id
    ),
    allowance as (
      select
        association_id,
        title,
        region,
        account_id,
        schedule,
        gap_minutes,
        begins,
        schedule is null
        or expression like 'at(%'
        or is_cron and (gap_minutes is null or ends < now()) as once,
        case
          when is_cron then cron_minutes
          when expression not like 'rate(%' or number = '' or trim(number, '0123456789') <> '' then cast($1 as numeric) * 1440
          when expression like '%minute%' then cast(number as numeric) * cast($2 as numeric)
          when expression like '%hour%' then cast(number as numeric) * cast($2 as numeric) * 60
          when expression like '%day%' then cast(number as numeric) * cast($2 as numeric) * 1440
        end as allowed_minutes,
        is_cron and apply_only_at_cron_interval as waits,
        case
          when is_cron and changed is not null then least(
            greatest(changed + shift, begins) + make_interval(mins => cast(gap_minutes as int)),
            first_month_ends
          ) + make_interval(mins => cast(coalesce(cron_minutes - gap_minutes, 60 * cast($3 as numeric)) as int))
        end as due
      from
        scheduled
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
        a.association_id is not null as listed,
        coalesce(a.once, false) as once,
        coalesce(a.waits, false) as waits,
        case
          when a.due is not null then greatest(a.due, n.registration_date + make_interval(mins => cast(a.allowed_minutes as int)))
        end as due,
        extract(epoch from now() - greatest(s.execution_date, a.begins)) / 60 as age_minutes,
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
          when execution_date is null and waits and (due is null or due >= now()) then 'info'
          when execution_date is null then 'alarm'
          when once then 'skip'
          when age_minutes <= allowed_minutes then 'ok'
          else 'alarm'
        end as verdict
      from
        aged
    )
  EOQ
}

control "association_recent" {
  title       = "Associations should have run on every managed node as recently as scheduled"
  description = "One row for each association on each managed node, and one for each node that reports none. The last run may be as old as a multiple of the rate (max_rate_multiple), the longest gap of the cron expression plus a delay (max_cron_delay_hours), or a number of days if the schedule is unknown (max_execution_age_days). An association that has never run fails, unless it applies only at the times of its cron expression and the first is yet to come. An association without a schedule, or with an at expression, runs once and is skipped after that. Compliance items cannot show this, because their dates are those of the aggregation."
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
