# The only control that also needs the AWS plugin of Steampipe: an association does not
# name the owner of its bucket.

control "association_output_bucket_owned" {
  title       = "Associations should keep their output in a bucket of their own account and region"
  description = "One row for each association. Reads the buckets of each account, and their regions, from the table aws_s3_bucket of the AWS plugin, which needs a connection for every account whose associations are read."
  severity    = "medium"
  query       = query.association_output_bucket_owned
  tags        = merge(local.common_tags, { plugin = "aws, ssmassoc" })
}

# Buckets are joined by name and account only: names are unique, and the region is the
# value to compare.
query "association_output_bucket_owned" {
  title       = "Owner of the bucket that keeps the output of each association"
  description = "alarm: the bucket is not in the account, or is in another region. ok: the bucket is in the account and in the association's region. info: a difference that the variables permit, a bucket of unknown region, or an account without listed buckets. skip: no bucket is configured."

  sql = <<-EOQ
    with association as materialized (
      select
        association_id,
        title,
        nullif(output_s3_bucket_name, '') as bucket,
        region,
        account_id
      from
        ssm_association
    ),
    bucket as materialized (
      select distinct
        name,
        region,
        account_id
      from
        aws_s3_bucket
    ),
    listed as (
      select distinct
        account_id
      from
        bucket
    )
    select
      coalesce(a.association_id, a.title, 'unknown') as resource,
      case
        when a.bucket is null then 'skip'
        when l.account_id is null then 'info'
        when b.name is null then case when cast($1 as boolean) then 'alarm' else 'info' end
        when b.region is null then 'info'
        when b.region = a.region then 'ok'
        when cast($2 as boolean) then 'alarm'
        else 'info'
      end as status,
      'Association ' || coalesce(a.title, a.association_id, 'unknown') || case
        when a.bucket is null then ' does not keep its output in a bucket.'
        when l.account_id is null then ' keeps its output in bucket ' || a.bucket || '; no buckets of its account are listed, so the owner is unknown.'
        when b.name is null then ' keeps its output in bucket ' || a.bucket || ', which is not in its account.'
        when b.region is null then ' keeps its output in bucket ' || a.bucket || ' of its account, in an unknown region.'
        else ' keeps its output in bucket ' || a.bucket || ' of its account, in ' || b.region || '.'
      end as reason,
      a.region,
      a.account_id
    from
      association as a
      left join listed as l on l.account_id = a.account_id
      left join bucket as b on b.name = a.bucket
      and b.account_id = a.account_id
  EOQ

  param "require_output_bucket_same_account" {
    description = "Whether the bucket must be in the association's account."
    default     = var.require_output_bucket_same_account
  }

  param "require_output_bucket_same_region" {
    description = "Whether the bucket must be in the association's region."
    default     = var.require_output_bucket_same_region
  }
}
