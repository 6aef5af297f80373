connection "ssmassoc" {
  # The plugin, as `make install` puts it in place.
  plugin = "local/ssmassoc"

  # The regions to read. Left out, only the default region is read:
  # `default_region`, else AWS_REGION or AWS_DEFAULT_REGION, else the region of
  # the profile.
  # regions = ["us-east-1", "eu-west-1"]

  # The region to use where `regions` is left out, and for calls that belong to
  # no region, such as finding out the account. Left out, it is the first of
  # `regions`, else as above.
  # default_region = "us-east-1"

  # The credentials. Left out, they are found as the AWS CLI finds them:
  # environment variables, the shared configuration and credentials files, SSO,
  # a container's or an instance's role.

  # A profile of the shared configuration and credentials files.
  # profile = "production"

  # Static keys, instead of a profile. `session_token` goes with temporary keys.
  # access_key    = "AKIAIOSFODNN7EXAMPLE"
  # secret_key    = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
  # session_token = "AQoDYXdzEJr1K...o5OytwEXAMPLE="

  # The endpoint for all calls, instead of AWS's own: for a simulated AWS
  # (`ssmassoc simulate`). For a VPC endpoint of Systems Manager alone, leave it
  # out and set the environment variable AWS_ENDPOINT_URL_SSM.
  # endpoint_url = "http://127.0.0.1:4566"
}
