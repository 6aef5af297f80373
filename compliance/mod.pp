# There is no `require` block: it names the organization and the version of a plugin, and
# Powerpipe refuses to run if no installed plugin matches. `make install` installs
# `local/ssmassoc`, which has no version.
mod "ssmassoc_compliance" {
  title       = "State Manager Association Compliance"
  description = "Checks that State Manager associations in AWS Systems Manager run on every managed node, on schedule and with success, and that their output is kept. Controls, benchmarks and a dashboard for the ssmassoc plugin."
  color       = "#FF9900"
  categories  = ["aws", "compliance", "security"]
}
