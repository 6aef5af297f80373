# Whether managed nodes are online and run the latest agent. These controls need only
# the listing of nodes.

control "node_online" {
  title       = "Managed nodes should be online"
  description = "One row for each managed node that Systems Manager lists. No association runs on a node that has lost its connection."
  severity    = "medium"
  query       = query.node_online
  tags        = local.common_tags
}

control "node_agent_current" {
  title       = "Managed nodes should run the latest SSM Agent"
  description = "One row for each managed node that Systems Manager lists. AWS reports reliably whether the agent is the latest only for Linux."
  severity    = "low"
  query       = query.node_agent_current
  tags        = local.common_tags
}

query "node_online" {
  title       = "Ping status of each managed node"
  description = "alarm: any ping status but Online. ok: Online. info: no ping status."

  sql = <<-EOQ
    with node as materialized (
      select
        instance_id,
        ping_status,
        last_ping_date_time,
        region,
        account_id
      from
        ssm_managed_instance
    )
    select
      instance_id as resource,
      case
        when ping_status is null then 'info'
        when ping_status = 'Online' then 'ok'
        else 'alarm'
      end as status,
      case
        when ping_status is null then instance_id || ' has no ping status.'
        when ping_status = 'Online' then instance_id || ' is online.'
        else instance_id || ' has ping status ' || ping_status || coalesce('; its last ping was at ' || cast(last_ping_date_time as text), '') || '.'
      end as reason,
      region,
      account_id
    from
      node
  EOQ
}

query "node_agent_current" {
  title       = "Agent of each managed node"
  description = "alarm: not the latest agent. ok: the latest agent. info: not reported by AWS."

  sql = <<-EOQ
    with node as materialized (
      select
        instance_id,
        agent_version,
        is_latest_version,
        platform_type,
        region,
        account_id
      from
        ssm_managed_instance
    )
    select
      instance_id as resource,
      case
        when is_latest_version is null then 'info'
        when is_latest_version then 'ok'
        else 'alarm'
      end as status,
      instance_id || ': ' || case
        when is_latest_version is null then 'AWS does not report whether agent ' || coalesce(agent_version, 'of unknown version') || ' is the latest.'
        else 'agent ' || coalesce(agent_version, 'of unknown version')
          || case when is_latest_version then ' is the latest' else ' is not the latest' end
          || case when platform_type = 'Linux' then '.' else ', although AWS reports this reliably only for Linux.' end
      end as reason,
      region,
      account_id
    from
      node
  EOQ
}
