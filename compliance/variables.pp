variable "failed_statuses" {
  type        = list(string)
  description = "The statuses of an association on a node that count as failed. Success passes; any other status is reported as information and passes nothing."
  default     = ["Failed", "TimedOut", "DeliveryTimedOut", "ExecutionTimedOut", "Undeliverable", "Cancelled", "Terminated"]
}

variable "max_execution_age_days" {
  type        = number
  description = "For how many days an association may go without running on a node where its schedule is neither a rate nor a cron expression, or is not known."
  default     = 30
}

variable "max_rate_multiple" {
  type        = number
  description = "How many times its rate an association scheduled by a rate may go without running on a node: with 2, one scheduled every 7 days must have run in the last 14."
  default     = 2
}

variable "max_cron_delay_hours" {
  type        = number
  description = "For how many hours more than the longest time between two runs of its cron expression an association may go without running on a node. It is never more than that time again: an association that runs every hour must have run in the last two."
  default     = 24
}

variable "required_documents" {
  type        = list(string)
  description = "The SSM documents that an association must run on every node, by name. The document of another account, which AWS names by its ARN, is matched by the name at the ARN's end."
  default     = ["AWS-RunPatchBaseline", "AWS-GatherSoftwareInventory", "AWS-UpdateSSMAgent"]
}

variable "require_output_bucket_same_region" {
  type        = bool
  description = "Whether the S3 bucket that keeps an association's output must be in the association's region. If false, another region is reported as information."
  default     = true
}

variable "require_output_bucket_same_account" {
  type        = bool
  description = "Whether the S3 bucket that keeps an association's output must be in the association's account. If false, another account is reported as information."
  default     = true
}
