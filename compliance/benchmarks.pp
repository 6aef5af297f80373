benchmark "state_manager" {
  title       = "State Manager Associations"
  description = "Every control that needs the ssmassoc plugin alone, in five groups."
  tags        = local.common_tags

  children = [
    benchmark.association_results,
    benchmark.association_freshness,
    benchmark.association_coverage,
    benchmark.association_output,
    benchmark.node_health,
  ]
}

benchmark "association_results" {
  title       = "Associations Succeed"
  description = "The latest result of each association on each managed node: what AWS Security Hub's SSM.3 and the AWS Config rule ec2-managedinstance-association-compliance-status-check stand for, from the executions themselves."
  tags        = local.ssm_3_tags

  children = [
    control.association_succeeded,
    control.node_associations_succeeded,
  ]
}

benchmark "association_freshness" {
  title       = "Associations Run When They Should"
  description = "How long ago each association last ran on each managed node, against its schedule."
  tags        = local.common_tags

  children = [
    control.association_recent,
    control.node_associations_recent,
  ]
}

benchmark "association_coverage" {
  title       = "Nodes Are Covered"
  description = "Whether each managed node has the associations that it should have, and whether it reports on them."
  tags        = local.common_tags

  children = [
    control.node_has_association,
    control.node_runs_required_documents,
    control.association_reported,
    control.node_associations_reported,
  ]
}

benchmark "association_output" {
  title       = "Output Is Kept"
  description = "Whether what associations print is kept in S3, and where."
  tags        = local.common_tags

  children = [
    control.association_output_kept,
    control.association_output_bucket_same_region,
  ]
}

benchmark "node_health" {
  title       = "Nodes Are Reachable and Current"
  description = "Whether managed nodes answer Systems Manager and run its latest agent: without that no association runs."
  tags        = local.common_tags

  children = [
    control.node_online,
    control.node_agent_current,
  ]
}

# Not part of benchmark.state_manager, which runs without the AWS plugin.
benchmark "association_output_bucket" {
  title       = "Output Buckets Are One's Own"
  description = "Whether the S3 buckets that keep the output of associations belong to the account. Needs Steampipe's AWS plugin besides ssmassoc."
  tags        = merge(local.common_tags, { plugin = "aws, ssmassoc" })

  children = [
    control.association_output_bucket_owned,
  ]
}
