# Whether the output of a failed association is still available, in S3 or in the
# invocation of the command that ran it.

control "failed_output_known" {
  title       = "The output of failed associations should be known"
  description = "One row for each association that failed on a managed node. Fails if AWS returns neither an S3 location nor a command of the last 30 days, whose invocation has the beginning of the output."
  severity    = "low"
  query       = query.failed_output_known
  tags        = local.common_tags
}

query "failed_output_known" {
  title       = "Output of each association that failed on a managed node"
  description = "alarm: no output is known. ok: the output is in S3 or in a command invocation. info: the association has no ID."

  sql = <<-EOQ
    with failed as materialized (
      select
        instance_id,
        association_id,
        title,
        execution_date,
        nullif(output_url, '') as output_url,
        region,
        account_id
      from
        ssm_instance_association_status
      where
        status = any (cast($1 as text[]))
    ),
    sought as materialized (
      select
        association_id,
        region,
        account_id,
        min(execution_date) as since
      from
        failed
      where
        output_url is null
        and association_id is not null
      group by
        association_id,
        region,
        account_id
    ),
    execution as materialized (
      select
        s.association_id,
        s.region,
        s.account_id,
        e.execution_id,
        e.created_time
      from
        sought as s
        cross join lateral (
          select
            execution_id,
            created_time
          from
            ssm_association_execution
          where
            association_id = s.association_id
            and region = s.region
            and account_id = s.account_id
            and (s.since is null or created_time > s.since - interval '1 day')
          offset 0
        ) as e
    ),
    span as (
      select
        *,
        lead(created_time) over newer as until,
        row_number() over newer = count(*) over (partition by association_id, region, account_id) as is_latest
      from
        execution
      window
        newer as (partition by association_id, region, account_id order by created_time nulls first, execution_id)
    ),
    chosen as (
      select
        f.association_id,
        f.region,
        f.account_id,
        array_agg(distinct s.execution_id) as execution_ids
      from
        failed as f
        join span as s on s.association_id = f.association_id
        and s.region = f.region
        and s.account_id = f.account_id
        and (s.is_latest or s.created_time <= f.execution_date and f.execution_date < s.until)
      where
        f.output_url is null
      group by
        f.association_id,
        f.region,
        f.account_id
    ),
    target as materialized (
      select
        c.association_id,
        c.region,
        c.account_id,
        t.*,
        count(*) over (partition by c.region, c.account_id, output_source_id) as invocations
      from
        chosen as c
        cross join lateral (
          select
            resource_id,
            status,
            last_execution_date,
            output_source_type,
            output_source_id
          from
            ssm_association_execution_target
          where
            association_id = c.association_id
            and execution_id = any (c.execution_ids)
            and region = c.region
            and account_id = c.account_id
          offset 0
        ) as t
    ),
    source as materialized (
      select distinct on (association_id, resource_id, region, account_id)
        *
      from
        target
      where
        status = any (cast($1 as text[]))
      order by
        association_id,
        resource_id,
        region,
        account_id,
        last_execution_date desc nulls last
    ),
    -- A command is read whole, at a call for every 50 invocations, unless that takes more
    -- calls than the nodes that are sought. All such commands of a region are one scan.
    sought_invocation as (
      select
        output_source_id as command_id,
        resource_id,
        region,
        account_id,
        invocations > 50 * count(*) over (partition by output_source_id, region, account_id) as alone
      from
        source
      where
        output_source_type = 'RunCommand'
        and output_source_id is not null
    ),
    command as materialized (
      select
        c.command_id,
        c.instance_id,
        s.region,
        s.account_id
      from
        (
          select
            array_agg(distinct command_id) as command_ids,
            array_agg(distinct resource_id) as instance_ids,
            region,
            account_id
          from
            sought_invocation
          group by
            region,
            account_id,
            case when alone then command_id end,
            case when alone then resource_id end
        ) as s
        cross join lateral (
          select
            command_id,
            instance_id
          from
            ssm_command_invocation
          where
            command_id = any (s.command_ids)
            and instance_id = any (s.instance_ids)
            and region = s.region
            and account_id = s.account_id
          offset 0
        ) as c
    )
    select
      f.instance_id || '/' || coalesce(f.association_id, f.title, 'unknown') as resource,
      case
        when f.output_url is not null then 'ok'
        when f.association_id is null then 'info'
        when s.output_source_type = 'S3' and s.output_source_id is not null then 'ok'
        when c.command_id is not null then 'ok'
        else 'alarm'
      end as status,
      f.instance_id || ': the output of association ' || coalesce(f.title, f.association_id, 'unknown') || case
        when f.output_url is not null then ' is in S3, at ' || f.output_url || '.'
        when f.association_id is null then ' cannot be looked for: AWS does not name the association.'
        when s.output_source_type = 'S3' and s.output_source_id is not null then ' is in S3, at ' || s.output_source_id || '.'
        when c.command_id is not null then ' is in command ' || s.output_source_id || '.'
        when s.output_source_type = 'RunCommand' and s.output_source_id is not null then ' was in command ' || s.output_source_id || ', which AWS no longer keeps.'
        else ' is nowhere that AWS names.'
      end as reason,
      f.region,
      f.account_id
    from
      failed as f
      left join source as s on s.association_id = f.association_id
      and s.resource_id = f.instance_id
      and s.region = f.region
      and s.account_id = f.account_id
      left join command as c on c.command_id = s.output_source_id
      and c.instance_id = s.resource_id
      and c.region = s.region
      and c.account_id = s.account_id
  EOQ

  param "failed_statuses" {
    description = "The statuses that count as failed."
    default     = var.failed_statuses
  }
}
