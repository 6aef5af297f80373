# Whether the output of associations is kept in S3, and in which region. The output
# location costs one DescribeAssociation call for each association.

control "association_output_kept" {
  title       = "Associations should keep their output in S3"
  description = "One row for each association. Fails if no bucket is configured: Systems Manager then keeps only the beginning of the output."
  severity    = "low"
  query       = query.association_output_kept
  tags        = local.common_tags
}

control "association_output_bucket_same_region" {
  title       = "Associations should keep their output in their own region"
  description = "One row for each association. Compares the region of the association with the bucket region in its output location. If the output location has no region, control.association_output_bucket_owned can read it from S3."
  severity    = "low"
  query       = query.association_output_bucket_same_region
  tags        = local.common_tags
}

query "association_output_kept" {
  title       = "Bucket that keeps the output of each association"
  description = "alarm: no bucket is configured. ok: a bucket is configured."

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
        when coalesce(output_s3_bucket_name, '') = '' then ' does not keep its output in a bucket.'
        else ' keeps its output in bucket ' || output_s3_bucket_name || '.'
      end as reason,
      region,
      account_id
    from
      association
  EOQ
}

query "association_output_bucket_same_region" {
  title       = "Region that keeps the output of each association"
  description = "alarm: the bucket is in another region, and must not be. ok: the bucket is in the association's region. info: the bucket may be in another region and is, or its region is unknown. skip: no bucket is configured."

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
        when bucket is null then ' does not keep its output in a bucket.'
        when bucket_region is null then ' does not specify the region of bucket ' || bucket || '.'
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
