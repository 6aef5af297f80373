connection "ssmassoc" {
  # The plugin, as `make install` puts it in place.
  plugin = "local/ssmassoc"

  # --- Regions

  # The regions to read, with the wildcards * and ?. Patterns match the regions
  # that are enabled for the account, which takes ec2:DescribeRegions. Left out,
  # only the default region is read.
  # regions = ["us-east-1", "eu-*"]

  # Regions to leave out, with the same wildcards.
  # exclude_regions = ["eu-south-?"]

  # The region to read where `regions` is left out, and to use for calls that
  # belong to no region, such as finding out the account. Left out, it is that of
  # the environment (AWS_REGION, AWS_DEFAULT_REGION), else that of the profile,
  # else one that `regions` lets guess, else us-east-1.
  # default_region = "us-east-1"

  # --- Credentials
  #
  # Left out, they are found as the AWS CLI finds them: environment variables, the
  # shared configuration and credentials files (SSO, credential processes, roles),
  # web identity, the role of a container or an instance.

  # A profile of the shared configuration and credentials files.
  # profile = "production"

  # Static keys, instead of a profile. `session_token` goes with temporary keys.
  # access_key    = "AKIAIOSFODNN7EXAMPLE"
  # secret_key    = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
  # session_token = "AQoDYXdzEJr1K...o5OytwEXAMPLE="

  # A role to assume with the credentials above, the external ID that its trust
  # policy asks for, and the name of the session that CloudTrail will show.
  # role_arn          = "arn:aws:iam::123456789012:role/association-reader"
  # external_id       = "5f2a9c"
  # role_session_name = "steampipe"

  # The endpoint for all calls, instead of AWS's own, with the credentials above:
  # for a simulated AWS (`ssmassoc simulate`). For a VPC endpoint of Systems
  # Manager alone, leave it out and set the environment variable
  # AWS_ENDPOINT_URL_SSM.
  # endpoint_url = "http://127.0.0.1:4566"

  # --- Calls

  # How many requests may be in flight in each region, over all queries together:
  # 1 to 256.
  # max_concurrent_requests = 16

  # How often a call is attempted at most, the first attempt included, and the
  # least wait before the second, in milliseconds. The wait doubles from there.
  # max_error_retry_attempts = 9
  # min_error_retry_delay    = 25

  # How long a call may wait for answers at most, in seconds, all its attempts
  # together: 1 to 3600. The waits between the attempts do not count, so that a
  # throttled account only makes a query slow.
  # max_call_seconds = 60

  # --- Errors
  #
  # Any error fails the query, so that no answer is ever silently short. These
  # turn the errors that you expect into no rows, for the region or the node that
  # they come from. Each is logged as a warning. Name as little as you can: with
  # "AccessDeniedException", a permission that is withdrawn tomorrow looks like a
  # fleet without failures. Regions that you do not use belong in
  # `exclude_regions`.

  # AWS's error codes, with the wildcards * and ?. This one is AWS's for a region
  # that is not enabled. As it is the one for invalid keys too, such an error is
  # ignored only while the credentials are valid for STS.
  # ignore_error_codes = ["UnrecognizedClientException"]

  # Regular expressions for error messages.
  # ignore_error_messages = ["explicit deny in a service control policy"]

  # Accepted because configurations of the AWS plugin have it; without effect.
  # s3_force_path_style = false
}

# Several accounts: a connection for each, and one that stands for them all.
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
