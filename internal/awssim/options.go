package awssim

import "time"

// Options say how a server behaves. The zero value answers everything at once,
// which over a network means after a millisecond.
type Options struct {
	// Latency is added to every call except throttled ones. It ends early when
	// the client goes away.
	Latency time.Duration
	// TPS limits the rate of each SSM action by account and region, in calls a
	// second; 0 means no limit. Calls over it are answered ThrottlingException
	// at once.
	TPS float64
	// Burst is how many calls may come at once within TPS. The default is a
	// tenth of a second's worth, and at least 1.
	Burst int
	// Faults go wrong on purpose.
	Faults []Fault
	// Allow, when not nil, holds the only actions that are allowed, such as
	// "ssm:DescribeInstanceInformation". sts:GetCallerIdentity always is.
	Allow map[string]bool
	// NamespacedErrors has SSM's errors carry the namespace of their shape, as
	// in com.amazonaws.ssm#InvalidInstanceId. Clients have to take both.
	NamespacedErrors bool
}
