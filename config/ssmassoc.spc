connection "ssmassoc" {
  plugin = "local/ssmassoc"

  # The regions to query. The wildcards * and ? match the regions that are enabled
  # for the account, which requires ec2:DescribeRegions. By default, only the
  # default region is queried.
  # regions = ["us-east-1", "eu-*"]

  # The regions to skip, with the same wildcards.
  # exclude_regions = ["eu-south-?"]

  # The region to query if `regions` is not set, and for calls that are not
  # regional, such as sts:GetCallerIdentity. By default, AWS_REGION or
  # AWS_DEFAULT_REGION, else the region of the profile, else the first region that
  # `regions` names or implies, else us-east-1.
  # default_region = "us-east-1"

  # By default, credentials are those that the AWS CLI would use, from environment
  # variables (AWS_ACCESS_KEY_ID, AWS_PROFILE and so on), the shared configuration and
  # credentials files, or the role of the container or instance.
  # Set a profile of the shared files instead:
  # profile = "production"

  # Or set static keys. Temporary keys also need the session token.
  # access_key    = "AKIAIOSFODNN7EXAMPLE"
  # secret_key    = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
  # session_token = "AQoDYXdzEJr1K...o5OytwEXAMPLE="

  # A role to assume with the credentials above, the external ID that its trust
  # policy requires, and the session name that CloudTrail records.
  # role_arn          = "arn:aws:iam::123456789012:role/association-reader"
  # external_id       = "5f2a9c"
  # role_session_name = "steampipe"

  # The endpoint for all calls, including those that get credentials, such as that of
  # `ssmassoc simulate`. AWS_ENDPOINT_URL does the same; AWS_ENDPOINT_URL_SSM sets that
  # of Systems Manager alone, for example a VPC endpoint.
  # endpoint_url = "http://127.0.0.1:4566"

  # The maximum number of requests in flight in each region, across all queries:
  # 1 to 256, 16 by default.
  # max_concurrent_requests = 16

  # The maximum number of attempts of a call, the first included: 9 by default, or
  # AWS_MAX_ATTEMPTS. The wait before the second attempt, in milliseconds, is at
  # least `min_error_retry_delay`, 25 by default, and doubles with each attempt.
  # max_error_retry_attempts = 9
  # min_error_retry_delay    = 25

  # The time limit of a call, in seconds: 1 to 3600, 60 by default. It covers all
  # attempts but not the waits between them, so throttling does not exhaust it.
  # max_call_seconds = 60

  # Any error fails the query. To treat an expected error as no rows from its region
  # or node instead, list its error code, with the wildcards * and ?, or a regular
  # expression that matches its message. List as few as you can: if
  # AccessDeniedException is ignored, a fleet that you can no longer read looks like
  # a fleet without failures. Skip regions that you do not use with
  # `exclude_regions`. Errors about the credentials are ignored only while STS
  # accepts the credentials.
  # ignore_error_codes    = ["UnrecognizedClientException"]
  # ignore_error_messages = ["explicit deny in a service control policy"]

  # For a condition on `status` (= or in) of ssm_instance_association_status, read only
  # the nodes of which AWS's listing counts such a status: far fewer calls where few
  # nodes fail. AWS does not promise that the counts are as recent as the statuses, so
  # rows may be missing; the log of the plugin says when nodes were left out.
  # triage = true

  # Accepted for compatibility with the AWS plugin's configuration; has no effect.
  # s3_force_path_style = false
}

# Several accounts: one connection each, and an aggregator that queries them all.
#
# connection "ssmassoc_production" {
#   plugin  = "local/ssmassoc"
#   profile = "production"
#   regions = ["*"]
# }
#
# connection "ssmassoc_staging" {
#   plugin  = "local/ssmassoc"
#   profile = "staging"
#   regions = ["*"]
# }
#
# connection "ssmassoc_all" {
#   plugin      = "local/ssmassoc"
#   type        = "aggregator"
#   connections = ["ssmassoc_*"]
# }
