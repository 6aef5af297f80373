package awssim

// defaultRegions are the regions of a fleet that names none, by partition.
func defaultRegions(partition string) []string {
	switch partition {
	case "aws-cn":
		return []string{"cn-north-1", "cn-northwest-1"}
	case "aws-us-gov":
		return []string{"us-gov-west-1", "us-gov-east-1"}
	default:
		return []string{"us-east-1", "eu-west-1", "ap-southeast-2"}
	}
}

// dnsSuffix is the domain under which a partition's endpoints live.
func dnsSuffix(partition string) string {
	if partition == "aws-cn" {
		return "amazonaws.com.cn"
	}
	return "amazonaws.com"
}

// optInRegion tells whether a region has to be opted into before use: the
// regions of the aws partition that opened after 20 March 2019, per the
// account management guide.
func optInRegion(region string) bool {
	switch region {
	case "af-south-1", "ap-east-1", "ap-east-2", "ap-south-2", "ap-southeast-3",
		"ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7",
		"ca-west-1", "eu-central-2", "eu-south-1", "eu-south-2", "il-central-1",
		"me-central-1", "me-south-1", "mx-central-1":
		return true
	default:
		return false
	}
}
