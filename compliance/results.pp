# Whether associations succeeded, for each association on each node and for each node
# as a whole.

control "association_succeeded" {
  title       = "Associations should have succeeded on every managed node (SSM.3)"
  description = "One row for each association on each managed node, and one for each node that reports none. Corresponds to SSM.3 of AWS Security Hub and the AWS Config rule ec2-managedinstance-association-compliance-status-check. Those read compliance items, which are COMPLIANT or NON_COMPLIANT as of the last aggregation. This control reads the status of the last execution, so an association that has not started or finished does not pass."
  severity    = "high"
  query       = query.association_succeeded
  tags        = local.ssm_3_tags
}

control "node_associations_succeeded" {
  title       = "Managed nodes should have had all their associations succeed (SSM.3)"
  description = "One row for each managed node. Passes if the node reports at least one association and all of them succeeded. Like association_succeeded, it corresponds to SSM.3 of AWS Security Hub, but reads executions instead of compliance items."
  severity    = "high"
  query       = query.node_associations_succeeded
  tags        = local.ssm_3_tags
}

query "association_succeeded" {
  title       = "Result of each association on each managed node"
  description = "alarm: failed. ok: succeeded. info: any other status or none, or the node reports no association."

  sql = <<-EOQ
    with ${local.reported},
${local.node}
    select
      s.instance_id || '/' || coalesce(s.association_id, s.title, 'unknown') as resource,
      case
        when s.status = any (cast($1 as text[])) then 'alarm'
        when s.status = 'Success' then 'ok'
        else 'info'
      end as status,
      s.instance_id || ': association ' || coalesce(s.title, s.association_id, 'unknown') || case
        when s.status = any (cast($1 as text[])) then ' ended as ' || s.status
          || coalesce(' (' || nullif(s.detailed_status, s.status) || ')', '')
          || coalesce(' with error ' || s.error_code, '') || '.'
        when s.status = 'Success' then ' succeeded.'
        when s.status is null then ' reports no status.'
        else ' has status ' || s.status || ' and has neither succeeded nor failed.'
      end as reason,
      s.region,
      s.account_id
    from
      reported as s
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

  param "failed_statuses" {
    description = "The statuses that count as failed."
    default     = var.failed_statuses
  }
}

query "node_associations_succeeded" {
  title       = "Result of the associations of each managed node"
  description = "alarm: at least one association failed. ok: all succeeded. info: none failed, but not all succeeded, or the node reports no association."

  sql = <<-EOQ
    with ${local.reported},
${local.node},
    judged as (
      select
        instance_id,
        region,
        account_id,
        coalesce(title, association_id, 'unknown') as label,
        case
          when status = any (cast($1 as text[])) then 'failed'
          when status = 'Success' then 'succeeded'
          else 'open'
        end as result
      from
        reported
    ),
    total as (
      select
        instance_id,
        region,
        account_id,
        count(*) as associations,
        sum(case when result = 'failed' then 1 else 0 end) as failed,
        sum(case when result = 'succeeded' then 1 else 0 end) as succeeded,
        string_agg(case when result = 'failed' then label end, ', ' order by label) as failed_labels
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
        when t.failed > 0 then 'alarm'
        when t.succeeded = t.associations then 'ok'
        else 'info'
      end as status,
      case
        when t.associations is null then n.instance_id || ' reports no association.'
        when t.failed > 0 then n.instance_id || ': ' || t.failed || ' of ' || t.associations || ' associations failed: ' || t.failed_labels || '.'
        when t.succeeded = t.associations then n.instance_id || ': ' || t.succeeded || ' of ' || t.associations || ' associations succeeded.'
        else n.instance_id || ': ' || (t.associations - t.succeeded) || ' of ' || t.associations || ' associations have neither succeeded nor failed.'
      end as reason,
      n.region,
      n.account_id
    from
      node as n
      left join total as t on t.instance_id = n.instance_id
      and t.region = n.region
      and t.account_id = n.account_id
  EOQ

  param "failed_statuses" {
    description = "The statuses that count as failed."
    default     = var.failed_statuses
  }
}
