# Whether associations ran when they should: per association and node, and
# rolled up per node.

locals {
  # The age of each association's last execution on each node and the age that
  # its schedule allows, both in minutes: the common table expressions `judged`,
  # one row for each association on each node with its verdict, and what they
  # are made of. $1 is the number of days, $2 the multiple of a rate.
  #
  # The number in rate(30 minutes), rate(1 hour) or rate(7 days) is what is left
  # when the letters, blanks and brackets of the expression are trimmed away. An
  # expression that leaves anything but digits is treated as no rate.
  execution_age = <<-EOQ
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
    association as materialized (
      select
        association_id,
        schedule_expression,
        region,
        account_id
      from
        ssm_association
    ),
    scheduled as (
      select
        association_id,
        region,
        account_id,
        nullif(trim(schedule_expression), '') as schedule,
        lower(trim(schedule_expression)) as expression,
        trim(lower(schedule_expression), 'rate( minuteshourdays)') as number
      from
        association
    ),
    allowance as (
      select
        association_id,
        region,
        account_id,
        schedule,
        expression like 'at(%' as once,
        case
          when expression not like 'rate(%' or number = '' or trim(number, '0123456789') <> '' then null
          when expression like '%minute%' then cast(number as numeric)
          when expression like '%hour%' then cast(number as numeric) * 60
          when expression like '%day%' then cast(number as numeric) * 1440
        end as rate_minutes
      from
        scheduled
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
        a.association_id is not null and (a.schedule is null or a.once) as once,
        extract(epoch from now() - s.execution_date) / 60 as age_minutes,
        coalesce(a.rate_minutes * cast($2 as numeric), 1440 * cast($1 as numeric)) as allowed_minutes
      from
        reported as s
        left join allowance as a on a.association_id = s.association_id
        and a.region = s.region
        and a.account_id = s.account_id
    ),
    judged as (
      select
        *,
        case
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
  description = "One row for each association on each managed node, and one for each node that reports none. An association with a rate may be a multiple of it old (max_rate_multiple); any other, one that ListAssociations does not list included, a number of days (max_execution_age_days). One that has never run fails. One without a schedule, or with an at expression, runs once: it is skipped as soon as it has run. The compliance snapshot of AWS cannot tell this: its dates are those of the aggregation."
  severity    = "medium"
  query       = query.association_recent
  tags        = local.common_tags
}

control "node_associations_recent" {
  title       = "Managed nodes should have had all their associations run as recently as scheduled"
  description = "One row for each managed node, by the rules of the control per association: it passes if none of its associations is too old or has never run, and at least one was not skipped."
  severity    = "medium"
  query       = query.node_associations_recent
  tags        = local.common_tags
}

query "association_recent" {
  title       = "Age of the last execution of each association on each managed node"
  description = "alarm: never run, or longer ago than allowed. ok: not longer ago than allowed. skip: runs once, and has run. info: a node that reports no association."

  sql = <<-EOQ
    with ${local.execution_age},
    node as materialized (
      select
        instance_id,
        region,
        account_id
      from
        ssm_managed_instance
    )
    select
      j.instance_id || '/' || coalesce(j.association_id, j.label) as resource,
      j.verdict as status,
      j.instance_id || ': association ' || j.label || case
        when j.execution_date is null then ' has never run.'
        when j.verdict = 'skip' then ' runs once, and has run.'
        else ' last ran ' || case
            when j.allowed_minutes < 2880 then round(j.age_minutes / 60, 1) || ' hours ago; ' || round(j.allowed_minutes / 60, 1)
            else round(j.age_minutes / 1440, 1) || ' days ago; ' || round(j.allowed_minutes / 1440, 1)
          end || ' are allowed' || case
            when not j.listed then ', for its schedule is not known.'
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
    description = "The days allowed to an association whose schedule is not a rate."
    default     = var.max_execution_age_days
  }

  param "max_rate_multiple" {
    description = "The multiple of its rate allowed to an association that has one."
    default     = var.max_rate_multiple
  }
}

query "node_associations_recent" {
  title       = "Age of the last executions on each managed node"
  description = "alarm: at least one association has never run, or ran longer ago than allowed. ok: none has, and at least one runs again and again. skip: each runs once, and has run. info: the node reports no association."

  sql = <<-EOQ
    with ${local.execution_age},
    node as materialized (
      select
        instance_id,
        region,
        account_id
      from
        ssm_managed_instance
    ),
    total as (
      select
        instance_id,
        region,
        account_id,
        count(*) as associations,
        sum(case when verdict = 'alarm' then 1 else 0 end) as old,
        sum(case when verdict = 'ok' then 1 else 0 end) as recent,
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
        else 'skip'
      end as status,
      case
        when t.associations is null then n.instance_id || ' reports no association.'
        when t.old > 0 then n.instance_id || ': ' || t.old || ' of ' || t.associations || ' associations never ran or ran too long ago: ' || t.old_labels || '.'
        when t.recent > 0 then n.instance_id || ': none of ' || t.associations || ' associations ran too long ago.'
        else n.instance_id || ': none of ' || t.associations || ' associations runs more than once; all have run.'
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
    description = "The days allowed to an association whose schedule is not a rate."
    default     = var.max_execution_age_days
  }

  param "max_rate_multiple" {
    description = "The multiple of its rate allowed to an association that has one."
    default     = var.max_rate_multiple
  }
}
