# No `require` block: Powerpipe compares a required plugin's organisation and
# version with what Steampipe has installed, and refuses to run without a match.
# A plugin installed with `make install` is `local/ssmassoc`, without a version.
mod "ssmassoc_compliance" {
  title       = "State Manager Association Compliance"
  description = "Did every State Manager association run on every managed node of AWS Systems Manager: when, with what result, and is its output kept. Controls, benchmarks and a dashboard over the tables of the ssmassoc plugin."
  color       = "#FF9900"
  categories  = ["aws", "compliance", "security"]
}
