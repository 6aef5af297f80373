# Whether nodes have the associations that they should have, and report on them.

control "node_has_association" {
  title       = "Managed nodes should have at least one association"
  description = "One row for each managed node that Systems Manager lists. An association counts if the node reports any status for it, which is stricter than counting the associations that apply, and needs no calls beyond those of the result controls."
  severity    = "medium"
  query       = query.node_has_association
  tags        = local.common_tags
}

control "node_runs_required_documents" {
  title       = "Managed nodes should have associations that run the required documents"
  description = "One row for each managed node. Passes if the node reports an association for each SSM document in required_documents, whatever its result, which the result controls check. The reason names the missing documents."
  severity    = "medium"
  query       = query.node_runs_required_documents
  tags        = local.common_tags
}

control "association_reported" {
  title       = "Effective associations should all be reported"
  description = "One row for each association that applies to a managed node, and one for each node to which none applies. Fails if the association applies but the node reports no status for it, for example because the agent never picked it up. Compliance items do not cover such associations."
  severity    = "medium"
  query       = query.association_reported
  tags        = local.common_tags
}

control "node_associations_reported" {
  title       = "Managed nodes should report on all their effective associations"
  description = "One row for each managed node. Passes if at least one association applies to the node and it reports a status for each of them."
  severity    = "medium"
  query       = query.node_associations_reported
  tags        = local.common_tags
}

query "node_has_association" {
  title       = "Number of associations that each managed node reports"
  description = "alarm: none is reported. ok: at least one is."

  sql = <<-EOQ
    with reported as materialized (
      select
        instance_id,
        region,
        account_id
      from
        ssm_instance_association_status
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
        count(*) as associations
      from
        reported
      group by
        instance_id,
        region,
        account_id
    )
    select
      n.instance_id as resource,
      case
        when t.associations is null then 'alarm'
        else 'ok'
      end as status,
      case
        when t.associations is null then n.instance_id || ' reports no association.'
        else n.instance_id || ': ' || t.associations || ' associations are reported.'
      end as reason,
      n.region,
      n.account_id
    from
      node as n
      left join total as t on t.instance_id = n.instance_id
      and t.region = n.region
      and t.account_id = n.account_id
  EOQ
}

query "node_runs_required_documents" {
  title       = "Required documents that no association runs on a managed node"
  description = "alarm: at least one is missing. ok: all are run. skip: no document is required."

  sql = <<-EOQ
    with ${local.reported},
${local.node},
    required as (
      select distinct
        document
      from
        unnest(cast($1 as text[])) as document
    ),
    missing as (
      select
        n.instance_id,
        n.region,
        n.account_id,
        string_agg(r.document, ', ' order by r.document) as documents
      from
        node as n
        cross join required as r
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
            and (
              s.name = r.document
              or substr(s.name, length(s.name) - length(r.document)) = '/' || r.document
            )
        )
      group by
        n.instance_id,
        n.region,
        n.account_id
    )
    select
      n.instance_id as resource,
      case
        when q.documents = 0 then 'skip'
        when m.documents is null then 'ok'
        else 'alarm'
      end as status,
      case
        when q.documents = 0 then n.instance_id || ': no document is required.'
        when m.documents is null then n.instance_id || ': associations run ' || q.documents || ' of ' || q.documents || ' required documents.'
        else n.instance_id || ' has no association that runs ' || m.documents || '.'
      end as reason,
      n.region,
      n.account_id
    from
      node as n
      cross join (select count(*) as documents from required) as q
      left join missing as m on m.instance_id = n.instance_id
      and m.region = n.region
      and m.account_id = n.account_id
  EOQ

  param "required_documents" {
    description = "The names of the SSM documents that must run on every node."
    default     = var.required_documents
  }
}

query "association_reported" {
  title       = "Effective associations of each managed node"
  description = "alarm: applies but is not reported. ok: is reported. info: has no ID to compare, or no association applies to the node."

  sql = <<-EOQ
    with effective as materialized (
      select distinct
        instance_id,
        association_id,
        region,
        account_id
      from
        ssm_effective_instance_association
    ),
    reported as materialized (
      select distinct
        instance_id,
        association_id,
        region,
        account_id
      from
        ssm_instance_association_status
    ),
    node as materialized (
      select
        instance_id,
        region,
        account_id
      from
        ssm_managed_instance
    )
    select
      e.instance_id || '/' || coalesce(e.association_id, 'unknown') as resource,
      case
        when e.association_id is null then 'info'
        when s.association_id is null then 'alarm'
        else 'ok'
      end as status,
      case
        when e.association_id is null then e.instance_id || ': an association without an ID applies.'
        when s.association_id is null then e.instance_id || ': association ' || e.association_id || ' applies but is not reported.'
        else e.instance_id || ': association ' || e.association_id || ' is reported.'
      end as reason,
      e.region,
      e.account_id
    from
      effective as e
      left join reported as s on s.instance_id = e.instance_id
      and s.association_id = e.association_id
      and s.region = e.region
      and s.account_id = e.account_id
    union all
    select
      n.instance_id as resource,
      'info' as status,
      'No association applies to ' || n.instance_id || '.' as reason,
      n.region,
      n.account_id
    from
      node as n
    where
      not exists (
        select
          1
        from
          effective as e
        where
          e.instance_id = n.instance_id
          and e.region = n.region
          and e.account_id = n.account_id
      )
  EOQ
}

query "node_associations_reported" {
  title       = "Number of effective associations that each managed node does not report"
  description = "alarm: at least one is not reported. ok: all are reported. info: no association applies to the node, or one has no ID to compare."

  sql = <<-EOQ
    with effective as materialized (
      select distinct
        instance_id,
        association_id,
        region,
        account_id
      from
        ssm_effective_instance_association
    ),
    reported as materialized (
      select distinct
        instance_id,
        association_id,
        region,
        account_id
      from
        ssm_instance_association_status
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
        e.instance_id,
        e.region,
        e.account_id,
        count(*) as associations,
        count(s.association_id) as reported,
        sum(case when e.association_id is not null and s.association_id is null then 1 else 0 end) as unreported,
        string_agg(case when s.association_id is null then e.association_id end, ', ' order by e.association_id) as unreported_ids
      from
        effective as e
        left join reported as s on s.instance_id = e.instance_id
        and s.association_id = e.association_id
        and s.region = e.region
        and s.account_id = e.account_id
      group by
        e.instance_id,
        e.region,
        e.account_id
    )
    select
      n.instance_id as resource,
      case
        when t.associations is null then 'info'
        when t.unreported > 0 then 'alarm'
        when t.reported = t.associations then 'ok'
        else 'info'
      end as status,
      case
        when t.associations is null then 'No association applies to ' || n.instance_id || '.'
        when t.unreported > 0 then n.instance_id || ': ' || t.unreported || ' of ' || t.associations || ' effective associations are not reported: ' || t.unreported_ids || '.'
        when t.reported = t.associations then n.instance_id || ': ' || t.reported || ' of ' || t.associations || ' effective associations are reported.'
        else n.instance_id || ': an association without an ID applies.'
      end as reason,
      n.region,
      n.account_id
    from
      node as n
      left join total as t on t.instance_id = n.instance_id
      and t.region = n.region
      and t.account_id = n.account_id
  EOQ
}
