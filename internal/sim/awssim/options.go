package awssim

import "time"

// Options configure a server. The zero value answers everything at once, or
// over a network after a millisecond.
type Options struct {
	// Latency is added to every call except throttled ones. It ends early if the
	// client goes away.
	Latency time.Duration
	// TPS limits the rate of each SSM operation by account and region, in calls
	// per second; 0 means no limit. Calls above it get a ThrottlingException at
	// once.
	TPS float64
	// Burst is the number of calls that may come at once within TPS. It defaults
	// to a tenth of a second's worth, at least 1.
	Burst int
	// Faults are deliberate failures.
	Faults []Fault
	// Allow, if not nil, lists the allowed actions, such as
	// "ssm:DescribeInstanceInformation". sts:GetCallerIdentity is always allowed.
	Allow map[string]bool
	// NamespacedErrors prefixes SSM's error codes with the namespace of their
	// shape, as in com.amazonaws.ssm#InvalidInstanceId. Clients must accept both.
	NamespacedErrors bool
	// OmitsUnknownIDs has DescribeInstanceInformation leave out the unknown IDs of an
	// InstanceIds filter instead of refusing the call. AWS documents neither.
	OmitsUnknownIDs bool
}
