package fleet

// defaultRegions returns the regions of a fleet that names none, by partition.
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

// DNSSuffix returns the domain of a partition's endpoints.
func DNSSuffix(partition string) string {
	if partition == "aws-cn" {
		return "amazonaws.com.cn"
	}
	return "amazonaws.com"
}
