benchmark "state_manager" {
  title       = "State Manager Associations"
  description = "All controls that need only the ssmassoc plugin, in five groups."
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
  description = "The latest result of each association on each managed node. Covers SSM.3 of AWS Security Hub and the AWS Config rule ec2-managedinstance-association-compliance-status-check, but reads executions instead of compliance items."
  tags        = local.ssm_3_tags

  children = [
    control.association_succeeded,
    control.node_associations_succeeded,
    control.snapshot_agrees_with_executions,
  ]
}

benchmark "association_freshness" {
  title       = "Associations Run on Schedule"
  description = "Compares the last run of each association on each managed node with its schedule."
  tags        = local.common_tags

  children = [
    control.association_recent,
    control.node_associations_recent,
  ]
}

benchmark "association_coverage" {
  title       = "Nodes Are Covered"
  description = "Whether each managed node has the associations that it should have, and reports on them."
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
  description = "Whether the output of associations is kept in S3, and where."
  tags        = local.common_tags

  children = [
    control.association_output_kept,
    control.association_output_bucket_same_region,
    control.failed_output_known,
  ]
}

benchmark "node_health" {
  title       = "Nodes Are Reachable and Current"
  description = "Whether managed nodes are connected to Systems Manager, without which no association runs, and run the latest agent."
  tags        = local.common_tags

  children = [
    control.node_online,
    control.node_agent_current,
  ]
}

# Not in benchmark.state_manager: counts lag behind statuses in a healthy fleet too.
benchmark "association_triage" {
  title       = "Triage Finds What Fails"
  description = "Whether the counts in AWS's listing of nodes, by which connections with triage leave nodes out, agree with the statuses that the nodes report. Run it over a connection without triage."
  tags        = local.common_tags

  children = [
    control.snapshot_agrees_with_counts,
  ]
}

# Not in benchmark.state_manager, which does not need the AWS plugin.
benchmark "association_output_bucket" {
  title       = "Output Buckets Belong to the Account"
  description = "Whether the S3 buckets that keep the output of associations belong to the account. Also needs the AWS plugin of Steampipe."
  tags        = merge(local.common_tags, { plugin = "aws, ssmassoc" })

  children = [
    control.association_output_bucket_owned,
  ]
}
