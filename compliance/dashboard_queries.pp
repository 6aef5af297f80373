# The queries of dashboard.association_status. The first two parameters come from its
# inputs. They filter rows after the read: every query reads the whole fleet, so all
# share one read.

query "association_status_account_input" {
  title = "Accounts to choose from"

  sql = <<-EOQ
    with ${local.node},
    choice as (
      select
        0 as position,
        'All accounts' as label,
        'all' as value
      union
      select
        1 as position,
        account_id as label,
        account_id as value
      from
        node
      where
        account_id is not null
    )
    select
      label,
      value
    from
      choice
    order by
      position,
      label
  EOQ
}

query "association_status_region_input" {
  title = "Regions to choose from"

  sql = <<-EOQ
    with ${local.node},
    choice as (
      select
        0 as position,
        'All regions' as label,
        'all' as value
      union
      select
        1 as position,
        region as label,
        region as value
      from
        node
      where
        region is not null
    )
    select
      label,
      value
    from
      choice
    order by
      position,
      label
  EOQ
}

query "association_status_nodes" {
  title = "Managed nodes"

  sql = <<-EOQ
    with ${local.selected_node}
    select
      'Managed nodes' as label,
      count(*) as value
    from
      selected
  EOQ

  param "account_id" {
    description = "An account ID, or all."
    default     = "all"
  }

  param "region" {
    description = "The name of a region, or all."
    default     = "all"
  }
}

query "association_status_failing_nodes" {
  title = "Nodes with a failed association"

  sql = <<-EOQ
    with ${local.selected_status},
    failing as (
      select
        instance_id,
        region,
        account_id,
        max(case when status = any (cast($3 as text[])) then 1 else 0 end) as failed
      from
        selected
      group by
        instance_id,
        region,
        account_id
    )
    select
      'Failing nodes' as label,
      coalesce(sum(failed), 0) as value,
      case
        when count(*) = 0 then 'info'
        when sum(failed) > 0 then 'alert'
        else 'ok'
      end as type
    from
      failing
  EOQ

  param "account_id" {
    description = "An account ID, or all."
    default     = "all"
  }

  param "region" {
    description = "The name of a region, or all."
    default     = "all"
  }

  param "failed_statuses" {
    description = "The statuses that count as failed."
    default     = var.failed_statuses
  }
}

query "association_status_silent_nodes" {
  title = "Nodes that report no association"

  sql = <<-EOQ
    with ${local.reported},
${local.selected_node}
    select
      'Nodes that report nothing' as label,
      count(*) - count(s.instance_id) as value,
      case
        when count(*) = 0 then 'info'
        when count(*) > count(s.instance_id) then 'alert'
        else 'ok'
      end as type
    from
      selected as n
      left join (select distinct instance_id, region, account_id from reported) as s on s.instance_id = n.instance_id
      and s.region = n.region
      and s.account_id = n.account_id
  EOQ

  param "account_id" {
    description = "An account ID, or all."
    default     = "all"
  }

  param "region" {
    description = "The name of a region, or all."
    default     = "all"
  }
}

query "association_status_failing_associations" {
  title = "Associations that failed on a node"

  sql = <<-EOQ
    with ${local.selected_status},
    failing as (
      select
        coalesce(association_id, title) as association,
        region,
        account_id,
        max(case when status = any (cast($3 as text[])) then 1 else 0 end) as failed
      from
        selected
      group by
        coalesce(association_id, title),
        region,
        account_id
    )
    select
      'Failing associations' as label,
      coalesce(sum(failed), 0) as value,
      case
        when count(*) = 0 then 'info'
        when sum(failed) > 0 then 'alert'
        else 'ok'
      end as type
    from
      failing
  EOQ

  param "account_id" {
    description = "An account ID, or all."
    default     = "all"
  }

  param "region" {
    description = "The name of a region, or all."
    default     = "all"
  }

  param "failed_statuses" {
    description = "The statuses that count as failed."
    default     = var.failed_statuses
  }
}

query "association_status_never_run" {
  title = "Associations that never ran on a node"

  sql = <<-EOQ
    with ${local.selected_status}
    select
      'Never run' as label,
      coalesce(sum(case when execution_date is null then 1 else 0 end), 0) as value,
      case
        when count(*) = 0 then 'info'
        when count(*) > count(execution_date) then 'alert'
        else 'ok'
      end as type
    from
      selected
  EOQ

  param "account_id" {
    description = "An account ID, or all."
    default     = "all"
  }

  param "region" {
    description = "The name of a region, or all."
    default     = "all"
  }
}

query "association_status_oldest_execution" {
  title = "Age of the oldest last execution"

  sql = <<-EOQ
    with ${local.selected_status},
    oldest as (
      select
        extract(epoch from now() - min(execution_date)) / 86400 as days
      from
        selected
    )
    select
      'Oldest execution' as label,
      coalesce(round(days, 1) || ' days ago', 'none') as value,
      case
        when days is null then 'info'
        when days > cast($3 as numeric) then 'alert'
        else 'ok'
      end as type
    from
      oldest
  EOQ

  param "account_id" {
    description = "An account ID, or all."
    default     = "all"
  }

  param "region" {
    description = "The name of a region, or all."
    default     = "all"
  }

  param "max_execution_age_days" {
    description = "The age in days at which the card warns."
    default     = var.max_execution_age_days
  }
}

query "association_status_by_status" {
  title       = "Associations on nodes by status"
  description = "Sorted in ascending order, because a bar chart draws its first row at the bottom. Three series give the bars their colors."

  sql = <<-EOQ
    with ${local.selected_status},
    total as (
      select
        status,
        count(*) as associations
      from
        selected
      group by
        status
    )
    select
      coalesce(status, 'no status') || ': ' || associations as "Status",
      case when status = any (cast($3 as text[])) then 0 when status = 'Success' then associations else 0 end as "Succeeded",
      case when status = any (cast($3 as text[])) then associations else 0 end as "Failed",
      case when status = 'Success' or status = any (cast($3 as text[])) then 0 else associations end as "Neither"
    from
      total
    order by
      associations,
      status desc
  EOQ

  param "account_id" {
    description = "An account ID, or all."
    default     = "all"
  }

  param "region" {
    description = "The name of a region, or all."
    default     = "all"
  }

  param "failed_statuses" {
    description = "The statuses that count as failed."
    default     = var.failed_statuses
  }
}

query "association_status_failures_by_association" {
  title       = "Nodes on which each association failed"
  description = "Sorted in ascending order, because a bar chart draws its first row at the bottom. To leave room for the bars, the ARN of a document is reduced to its name, and the middle of a long name is cut."

  sql = <<-EOQ
    with ${local.selected_status},
    failing as (
      select
        substring(coalesce(title, association_id, 'unknown') from '[^/]*$') as label,
        count(*) as nodes
      from
        selected
      where
        status = any (cast($3 as text[]))
      group by
        label
      order by
        nodes desc,
        label
      limit 10
    )
    select
      case
        when length(label) > 32 then left(label, 15) || '...' || right(label, 14)
        else label
      end as "Association",
      nodes as "Nodes"
    from
      failing
    order by
      nodes,
      label desc
  EOQ

  param "account_id" {
    description = "An account ID, or all."
    default     = "all"
  }

  param "region" {
    description = "The name of a region, or all."
    default     = "all"
  }

  param "failed_statuses" {
    description = "The statuses that count as failed."
    default     = var.failed_statuses
  }
}

query "association_status_failures_by_region" {
  title = "Failures by region"

  sql = <<-EOQ
    with ${local.selected_status}
    select
      region as "Region",
      count(*) as "Failures"
    from
      selected
    where
      status = any (cast($3 as text[]))
    group by
      region
    order by
      count(*),
      region desc
  EOQ

  param "account_id" {
    description = "An account ID, or all."
    default     = "all"
  }

  param "region" {
    description = "The name of a region, or all."
    default     = "all"
  }

  param "failed_statuses" {
    description = "The statuses that count as failed."
    default     = var.failed_statuses
  }
}

query "association_status_ages" {
  title       = "Days since the last execution, in buckets"
  description = "The newest bucket comes last, because a bar chart draws its first row at the bottom. The labels include the numbers, so that an empty bucket shows its zero."

  sql = <<-EOQ
    with ${local.selected_status},
    aged as (
      select
        extract(epoch from now() - execution_date) / 86400 as days
      from
        selected
    ),
    total as (
      select
        case
          when days is null then 6
          when days <= 1 then 1
          when days <= 7 then 2
          when days <= 30 then 3
          when days <= 90 then 4
          else 5
        end as position,
        count(*) as associations
      from
        aged
      group by
        1
    ),
    bucket as (
      select 1 as position, 'up to 1 day' as label
      union all
      select 2, '1 to 7 days'
      union all
      select 3, '7 to 30 days'
      union all
      select 4, '30 to 90 days'
      union all
      select 5, 'over 90 days'
      union all
      select 6, 'never'
    )
    select
      b.label || ': ' || coalesce(t.associations, 0) as "Days",
      coalesce(t.associations, 0) as "Associations on nodes"
    from
      bucket as b
      left join total as t on t.position = b.position
    order by
      b.position desc
  EOQ

  param "account_id" {
    description = "An account ID, or all."
    default     = "all"
  }

  param "region" {
    description = "The name of a region, or all."
    default     = "all"
  }
}

query "association_status_failures" {
  title       = "Failing associations on each node"
  description = "To save space, the summary omits counts of zero: 1 of 1 plugin processed, 1 failed."

  sql = <<-EOQ
    with ${local.selected_status},
    failing as (
      select
        *,
        ${local.console} as console
      from
        selected
      where
        status = any (cast($3 as text[]))
    )
    select
      instance_id as "Node",
      substring(coalesce(title, association_id, 'unknown') from '[^/]*$') as "Association",
      coalesce(detailed_status, status) as "Status",
      error_code as "Error code",
      to_char(execution_date at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as "Last run (UTC)",
      region as "Region",
      account_id as "Account",
      case
        when output_url is null then 'not kept'
        else 'in S3'
      end as "Output",
      rtrim(regexp_replace(replace(execution_summary, ' out of ', ' of '), ', 0 [a-z]+', '', 'g'), '. ') as "Summary",
      console || '/managed-instances/' || instance_id || '/description?region=' || region as "Node URL",
      console || '/state-manager/' || association_id || '/description?region=' || region as "Association URL",
      output_url as "Output URL"
    from
      failing
    order by
      execution_date desc nulls last,
      instance_id,
      coalesce(title, association_id, 'unknown')
  EOQ

  param "account_id" {
    description = "An account ID, or all."
    default     = "all"
  }

  param "region" {
    description = "The name of a region, or all."
    default     = "all"
  }

  param "failed_statuses" {
    description = "The statuses that count as failed."
    default     = var.failed_statuses
  }
}

query "association_status_snapshot" {
  title       = "Nodes whose compliance snapshot disagrees with the executions"
  description = "The nodes for which control.snapshot_agrees_with_executions raises an alarm, except those that report no association."

  sql = <<-EOQ
    with snapshot as materialized (
      select
        resource_id,
        status,
        execution_time,
        region,
        account_id
      from
        ssm_resource_compliance_summary
      where
        compliance_type = 'Association'
    ),
    reported as materialized (
      select
        instance_id,
        region,
        account_id,
        ${local.console} as console,
        count(*) as associations,
        count(*) filter (where status = any (cast($3 as text[]))) as failed,
        count(*) filter (where status = 'Success') as succeeded,
        count(*) filter (
          where
            execution_date is null
            and coalesce(status, '') <> all (cast($3 as text[]) || array['Success'])
        ) as never_ran,
        max(execution_date) as last_run
      from
        ssm_instance_association_status
      group by
        instance_id,
        region,
        account_id,
        partition
    )
    select
      r.instance_id as "Node",
      coalesce(s.status, 'NotApplicable') as "Snapshot",
      to_char(s.execution_time at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as "Taken (UTC)",
      to_char(r.last_run at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as "Last run (UTC)",
      r.succeeded || ' of ' || r.associations as "Succeeded",
      r.failed as "Failed",
      r.never_ran as "Never ran",
      case
        when s.status is null then 'no snapshot'
        when s.status = 'COMPLIANT' and r.failed = 0 then 'never ran'
        when s.execution_time < r.last_run then 'snapshot older than the run'
        else 'snapshot does not follow the runs'
      end as "Reason",
      r.region as "Region",
      r.account_id as "Account",
      r.console || '/managed-instances/' || r.instance_id || '/description?region=' || r.region as "Node URL"
    from
      reported as r
      left join snapshot as s on s.resource_id = r.instance_id
      and s.region = r.region
      and s.account_id = r.account_id
    where
      (cast($1 as text) = 'all' or r.account_id = cast($1 as text))
      and (cast($2 as text) = 'all' or r.region = cast($2 as text))
      and (
        (s.status is null and r.failed > 0)
        or (s.status = 'COMPLIANT' and r.failed + r.never_ran > 0)
        or (s.status = 'NON_COMPLIANT' and r.succeeded = r.associations)
      )
    order by
      s.status nulls last,
      r.instance_id
  EOQ

  param "account_id" {
    description = "An account ID, or all."
    default     = "all"
  }

  param "region" {
    description = "The name of a region, or all."
    default     = "all"
  }

  param "failed_statuses" {
    description = "The statuses that count as failed."
    default     = var.failed_statuses
  }
}
