variable "failed_statuses" {
  type        = list(string)
  description = "The association statuses that count as failed. Success passes; any other status is reported as info."
  default     = ["Failed", "TimedOut", "DeliveryTimedOut", "ExecutionTimedOut", "Undeliverable", "Cancelled", "Terminated"]
}

variable "max_execution_age_days" {
  type        = number
  description = "The number of days that an association may go without running on a node if its schedule is unknown, or is neither a rate nor a cron expression."
  default     = 30
}

variable "max_rate_multiple" {
  type        = number
  description = "The multiple of its rate that an association may go without running on a node. With 2, an association that runs every 7 days must have run in the last 14."
  default     = 2
}

variable "max_cron_delay_hours" {
  type        = number
  description = "The number of hours that an association may go without running on a node, beyond the longest gap of its cron expression and at most that gap again: an association that runs every hour must have run in the last two."
  default     = 24
}

variable "required_documents" {
  type        = list(string)
  description = "The names of the SSM documents that associations must run on every node. AWS identifies a document of another account by its ARN; the name at its end is compared."
  default     = ["AWS-RunPatchBaseline", "AWS-GatherSoftwareInventory", "AWS-UpdateSSMAgent"]
}

variable "require_output_bucket_same_region" {
  type        = bool
  description = "Whether the S3 bucket that keeps an association's output must be in the association's region. If false, another region is reported as info."
  default     = true
}

variable "require_output_bucket_same_account" {
  type        = bool
  description = "Whether the S3 bucket that keeps an association's output must be in the association's account. If false, another account is reported as info."
  default     = true
}
