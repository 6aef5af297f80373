package ssmassoc

// FailingStatuses are the statuses by which an association fails on a node: the run has
// ended, and not with success. Pending, InProgress, Associated and the like have not
// ended, and Skipped did not run; whether those pass is for the reader to decide.
//
// This is the definition everywhere: in the views over exported files, in the compliance
// mod and in the examples of the documentation, whose texts tests compare with it.
//
// AWS documents no list for DescribeInstanceAssociationsStatus. The agent reports Failed
// and TimedOut; the others are what AWS documents as the ends of a command on a node
// (StatusDetails of CommandInvocation), through which associations run.
var FailingStatuses = []string{
	"Failed", "TimedOut", "DeliveryTimedOut", "ExecutionTimedOut", "Undeliverable", "Cancelled", "Terminated",
}
