variable "failed_statuses" {
  type        = list(string)
  description = "The statuses of an association on a node that count as failed. Success passes; any other status is reported as information and passes nothing."
  default     = ["Failed", "TimedOut", "DeliveryTimedOut", "ExecutionTimedOut", "Undeliverable", "Cancelled", "Terminated"]
}

variable "max_execution_age_days" {
  type        = number
  description = "For how many days an association whose schedule is not a rate may go without running on a node. Associations that run once a month by a cron expression need 31 or more."
  default     = 30
}

variable "max_rate_multiple" {
  type        = number
  description = "How many times its rate an association scheduled by a rate may go without running on a node: with 2, one scheduled every 7 days must have run in the last 14."
  default     = 2
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
