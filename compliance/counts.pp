# Whether the counts in AWS's listing, which triage relies on, agree with the statuses.

control "snapshot_agrees_with_counts" {
  title       = "The counts of a node's associations should agree with their statuses"
  description = "One row for each managed node. Fails if AWS's listing counts other numbers of associations by status than the node reports. A connection with triage may then leave the node out of an answer."
  severity    = "low"
  query       = query.snapshot_agrees_with_counts
  tags        = local.common_tags
}

query "snapshot_agrees_with_counts" {
  title       = "Counts and statuses of each managed node"
  description = "alarm: they disagree. ok: they agree, each status counted by its own name or all as Success, Failed and Pending. info: AWS counts nothing, but the node reports associations; triage reads such a node. skip: neither."

  sql = <<-EOQ
    with reported as materialized (
      select
        instance_id,
        status,
        region,
        account_id
      from
        ssm_instance_association_status
    ),
    node as materialized (
      select
        instance_id,
        instance_association_status_aggregated_count as counts,
        region,
        account_id
      from
        ssm_managed_instance
    ),
    by_status as (
      select
        instance_id,
        region,
        account_id,
        status,
        case
          when status = 'Success' then status
          when status = any (cast($1 as text[])) then 'Failed'
          else 'Pending'
        end as overall,
        count(*) as associations
      from
        reported
      where
        status is not null
      group by
        instance_id,
        region,
        account_id,
        status
    ),
    own as (
      select
        instance_id,
        region,
        account_id,
        sum(associations) as associations,
        jsonb_object_agg(status, associations) as statuses
      from
        by_status
      group by
        instance_id,
        region,
        account_id
    ),
    overall as (
      select
        instance_id,
        region,
        account_id,
        jsonb_object_agg(overall, associations) as statuses
      from
        (
          select
            instance_id,
            region,
            account_id,
            overall,
            sum(associations) as associations
          from
            by_status
          group by
            instance_id,
            region,
            account_id,
            overall
        ) as summed
      group by
        instance_id,
        region,
        account_id
    ),
    compared as (
      select
        n.instance_id,
        n.region,
        n.account_id,
        (
          select
            jsonb_object_agg(key, cast(value as bigint))
          from
            jsonb_each_text(n.counts)
          where
            value <> '0'
        ) as counts,
        s.statuses,
        o.statuses as overall,
        coalesce(s.associations, 0) as associations
      from
        node as n
        left join own as s on s.instance_id = n.instance_id
        and s.region = n.region
        and s.account_id = n.account_id
        left join overall as o on o.instance_id = n.instance_id
        and o.region = n.region
        and o.account_id = n.account_id
    )
    select
      instance_id as resource,
      case
        when counts is null and associations = 0 then 'skip'
        when counts is null then 'info'
        when counts = statuses or counts = overall then 'ok'
        else 'alarm'
      end as status,
      instance_id || case
        when counts is null and associations = 0 then ' reports no association with a status, and AWS counts none.'
        when counts is null then ' reports ' || associations || ' associations with a status, of which AWS counts none.'
        when counts = statuses or counts = overall then ' is counted as it reports: ' || cast(counts as text) || '.'
        else ' reports ' || coalesce(cast(statuses as text), 'none') || ', but AWS counts ' || cast(counts as text) || '.'
      end as reason,
      region,
      account_id
    from
      compared
  EOQ

  param "failed_statuses" {
    description = "The statuses that AWS may count as Failed."
    default     = var.failed_statuses
  }
}
