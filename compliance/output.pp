# Whether the output of associations is kept in S3, and in which region. The
# columns of the output location cost one DescribeAssociation call for each
# association.

control "association_output_kept" {
  title       = "Associations should keep their output in S3"
  description = "One row for each association of the account and region. It fails where no bucket is configured: Systems Manager then keeps no more than the beginning of what a run printed."
  severity    = "low"
  query       = query.association_output_kept
  tags        = local.common_tags
}

control "association_output_bucket_same_region" {
  title       = "Associations should keep their output in their own region"
  description = "One row for each association of the account and region. The bucket's region is the one in the association's output location; where that is left out it is not known here, and control.association_output_bucket_owned, which reads it from S3, can tell."
  severity    = "low"
  query       = query.association_output_bucket_same_region
  tags        = local.common_tags
}

query "association_output_kept" {
  title       = "Associations and the buckets that keep their output"
  description = "alarm: none is configured. ok: one is."

  sql = <<-EOQ
    with association as materialized (
      select
        association_id,
        title,
        output_s3_bucket_name,
        region,
        account_id
      from
        ssm_association
    )
    select
      coalesce(association_id, title, 'unknown') as resource,
      case
        when coalesce(output_s3_bucket_name, '') = '' then 'alarm'
        else 'ok'
      end as status,
      'Association ' || coalesce(title, association_id, 'unknown') || case
        when coalesce(output_s3_bucket_name, '') = '' then ' keeps its output in no bucket.'
        else ' keeps its output in bucket ' || output_s3_bucket_name || '.'
      end as reason,
      region,
      account_id
    from
      association
  EOQ
}

query "association_output_bucket_same_region" {
  title       = "Associations and the regions that keep their output"
  description = "alarm: another region, if demanded. ok: the association's region. info: another region, if not demanded, or the region is left out. skip: no bucket is configured."

  sql = <<-EOQ
    with association as materialized (
      select
        association_id,
        title,
        nullif(output_s3_bucket_name, '') as bucket,
        nullif(output_s3_region, '') as bucket_region,
        region,
        account_id
      from
        ssm_association
    )
    select
      coalesce(association_id, title, 'unknown') as resource,
      case
        when bucket is null then 'skip'
        when bucket_region is null then 'info'
        when bucket_region = region then 'ok'
        when cast($1 as boolean) then 'alarm'
        else 'info'
      end as status,
      'Association ' || coalesce(title, association_id, 'unknown') || case
        when bucket is null then ' keeps its output in no bucket.'
        when bucket_region is null then ' does not tell the region of bucket ' || bucket || '.'
        else ' keeps its output in bucket ' || bucket || ' in ' || bucket_region || '.'
      end as reason,
      region,
      account_id
    from
      association
  EOQ

  param "require_output_bucket_same_region" {
    description = "Whether the bucket must be in the association's region."
    default     = var.require_output_bucket_same_region
  }
}
