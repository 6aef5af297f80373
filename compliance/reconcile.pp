# Whether AWS's compliance snapshot, which Security Hub and AWS Config read, agrees
# with the executions.

control "snapshot_agrees_with_executions" {
  title       = "The compliance snapshot of a node should agree with its executions"
  description = "One row for each managed node. Fails if the snapshot passes a node on which an association failed or never ran, fails a node on which all succeeded, or does not exist for a node with failures. The reason states whether the snapshot is older than the runs."
  severity    = "medium"
  query       = query.snapshot_agrees_with_executions
  tags        = local.common_tags
}

query "snapshot_agrees_with_executions" {
  title       = "Compliance snapshot and executions of each managed node"
  description = "alarm: they disagree. ok: they agree. info: unknown, because some associations have neither succeeded nor failed. skip: the node has neither a snapshot nor a reported association."

  sql = <<-EOQ
    with reported as materialized (
      select
        instance_id,
        status,
        execution_date,
        region,
        account_id
      from
        ssm_instance_association_status
    ),
    snapshot as materialized (
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
        count(*) filter (where status = any (cast($1 as text[]))) as failed,
        count(*) filter (where status = 'Success') as succeeded,
        count(*) filter (
          where
            execution_date is null
            and coalesce(status, '') <> all (cast($1 as text[]) || array['Success'])
        ) as never_ran,
        max(execution_date) as last_run
      from
        reported
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
        s.status as snapshot,
        coalesce(t.associations, 0) as associations,
        coalesce(t.failed, 0) as failed,
        coalesce(t.succeeded, 0) as succeeded,
        coalesce(t.never_ran, 0) as never_ran,
        case
          when s.execution_time < t.last_run then 'the snapshot of ' || to_char(s.execution_time at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' is older than the last run, of ' || to_char(t.last_run at time zone 'UTC', 'YYYY-MM-DD HH24:MI')
          when s.execution_time >= t.last_run then 'the snapshot is no older than the runs, but does not reflect them'
          else 'the time of the snapshot or of the runs is unknown'
        end as why
      from
        node as n
        left join total as t on t.instance_id = n.instance_id
        and t.region = n.region
        and t.account_id = n.account_id
        left join snapshot as s on s.resource_id = n.instance_id
        and s.region = n.region
        and s.account_id = n.account_id
    )
    select
      instance_id as resource,
      case
        when snapshot is null and associations = 0 then 'skip'
        when snapshot is null and failed > 0 then 'alarm'
        when snapshot is null then 'info'
        when snapshot = 'COMPLIANT' and (failed > 0 or never_ran > 0 or associations = 0) then 'alarm'
        when snapshot = 'COMPLIANT' and succeeded = associations then 'ok'
        when snapshot = 'NON_COMPLIANT' and failed > 0 then 'ok'
        when snapshot = 'NON_COMPLIANT' and associations > 0 and succeeded = associations then 'alarm'
        else 'info'
      end as status,
      instance_id || case
        when snapshot is null and associations = 0 then ' has no compliance snapshot of associations, and reports none.'
        when snapshot is null and failed > 0 then ' has no compliance snapshot of associations (NotApplicable), but ' || failed || ' of ' || associations || ' failed.'
        when snapshot is null then ' has no compliance snapshot of associations (NotApplicable); none of ' || associations || ' failed.'
        when associations = 0 then ' is ' || snapshot || ', but reports no association: none ran.'
        when snapshot = 'COMPLIANT' and failed > 0 then ' is COMPLIANT, but ' || failed || ' of ' || associations || ' associations failed: ' || why || '.'
        when snapshot = 'COMPLIANT' and never_ran > 0 then ' is COMPLIANT, but ' || never_ran || ' of ' || associations || ' associations never ran.'
        when snapshot = 'NON_COMPLIANT' and failed > 0 then ' is NON_COMPLIANT, and ' || failed || ' of ' || associations || ' associations failed.'
        when snapshot = 'NON_COMPLIANT' and succeeded = associations then ' is NON_COMPLIANT, but all ' || associations || ' associations succeeded: ' || why || '.'
        when succeeded = associations then ' is ' || snapshot || ', and all ' || associations || ' associations succeeded.'
        else ' is ' || snapshot || '; ' || (associations - succeeded - failed) || ' of ' || associations || ' associations have neither succeeded nor failed.'
      end as reason,
      region,
      account_id
    from
      compared
  EOQ

  param "failed_statuses" {
    description = "The statuses that count as failed."
    default     = var.failed_statuses
  }
}
