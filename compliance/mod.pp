# No `require` block: Powerpipe looks for a required plugin by its organisation
# and version on the Steampipe Hub, and refuses to run where it finds none. A
# plugin installed with `make install` is `local/ssmassoc`: it has neither.
mod "ssmassoc_compliance" {
  title       = "State Manager Association Compliance"
  description = "Did every State Manager association run on every managed node of AWS Systems Manager: when, with what result, and is its output kept. Controls, benchmarks and a dashboard over the tables of the ssmassoc plugin."
  color       = "#FF9900"
  categories  = ["aws", "compliance", "security"]
}
