# The one control that needs Steampipe's AWS plugin besides ssmassoc: whose
# bucket it is, only S3 can tell.

control "association_output_bucket_owned" {
  title       = "Associations should keep their output in a bucket of their own account and region"
  description = "One row for each association of the account and region. Needs the table aws_s3_bucket of Steampipe's AWS plugin, with a connection for every account whose associations are read: the bucket counts as the account's own if S3 lists it there, and its region is the one that S3 tells."
  severity    = "medium"
  query       = query.association_output_bucket_owned
  tags        = merge(local.common_tags, { plugin = "aws, ssmassoc" })
}

# A bucket's name is unique and its region is what is compared, so buckets are
# joined by name and account alone.
query "association_output_bucket_owned" {
  title       = "Associations and the owners of the buckets that keep their output"
  description = "alarm: the account's buckets are listed but this one is not among them, or it is in another region, where that is demanded. ok: the bucket is the account's own and in the association's region. info: what is not demanded, a bucket whose region is not told, or an account whose buckets are not listed at all. skip: no bucket is configured."

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
        when a.bucket is null then ' keeps its output in no bucket.'
        when l.account_id is null then ' keeps its output in bucket ' || a.bucket || '; no bucket of its account is listed, so the owner is not known.'
        when b.name is null then ' keeps its output in bucket ' || a.bucket || ', which is not one of its account.'
        when b.region is null then ' keeps its output in bucket ' || a.bucket || ' of its account, in a region that is not known.'
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
