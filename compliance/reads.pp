# The common table expressions that most queries start with. Each reads its table
# once, for the whole fleet, so that all controls and dashboard elements share the
# reads. PostgreSQL must not merge them into the query: it could then read the table
# once per joined row.
#
# Queries that README.md also runs on SQLite spell these expressions out, so that
# they can be cut from the file.
locals {
  # The address of Systems Manager's console, of a row's region and partition.
  console = <<-EOQ
    'https://' || region || case partition
      when 'aws' then '.console.aws.amazon.com'
      when 'aws-cn' then '.console.amazonaws.cn'
      when 'aws-us-gov' then '.console.amazonaws-us-gov.com'
    end || '/systems-manager'
  EOQ

  node = <<-EOQ
    node as materialized (
      select
        instance_id,
        registration_date,
        region,
        account_id
      from
        ssm_managed_instance
    )
  EOQ

  reported = <<-EOQ
    reported as materialized (
      select
        instance_id,
        association_id,
        title,
        name,
        status,
        detailed_status,
        error_code,
        execution_summary,
        execution_date,
        output_url,
        partition,
        region,
        account_id
      from
        ssm_instance_association_status
    )
  EOQ

  # Selects rows by the inputs of the dashboard: account $1 and region $2, or "all".
  selected = <<-EOQ
    where
      (cast($1 as text) = 'all' or account_id = cast($1 as text))
      and (cast($2 as text) = 'all' or region = cast($2 as text))
  EOQ
}

# A block of its own: Powerpipe refuses a local that refers to another of its block.
locals {
  selected_node = <<-EOQ
${local.node},
    selected as (
      select
        *
      from
        node
${local.selected}
    )
  EOQ

  selected_status = <<-EOQ
${local.reported},
    selected as (
      select
        *
      from
        reported
${local.selected}
    )
  EOQ
}
