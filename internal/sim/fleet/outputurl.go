package fleet

import "strings"

// urlStyle is a form of an S3 URL.
type urlStyle uint8

const (
	urlPath       urlStyle = iota // https://s3.REGION.SUFFIX/BUCKET/KEY
	urlPathDash                   // https://s3-REGION.SUFFIX/BUCKET/KEY
	urlPathGlobal                 // https://s3.SUFFIX/BUCKET/KEY
	urlHosted                     // https://BUCKET.s3.REGION.SUFFIX/KEY
	urlHostedDash                 // https://BUCKET.s3-REGION.SUFFIX/KEY
	urlPathDual                   // https://s3.dualstack.REGION.SUFFIX/BUCKET/KEY
	urlHostedDual                 // https://BUCKET.s3.dualstack.REGION.SUFFIX/KEY
	urlChina                      // https://s3.cn-north-1.amazonaws.com.cn/BUCKET/KEY
	urlDotted                     // path style, bucket name with dots
	urlNoKey                      // path style, nothing after the bucket
	urlNoURL                      // not a URL
	urlStyles                     // number of styles
)

const (
	// OutputBucket is the bucket for the output of associations, except for the
	// one with dots in its name.
	OutputBucket = "example-association-output"
	dottedBucket = "association.output.example"
	outputPrefix = "associations"
)

// outputURL returns the URL of a run's output.
func (r *Region) outputURL(style urlStyle, instanceID, associationID string) string {
	region, suffix := r.region, DNSSuffix(r.partition)
	// us-east-1 never had an endpoint with a dash; other regions' buckets did.
	if region == "us-east-1" && (style == urlPathDash || style == urlHostedDash) {
		region = "eu-west-1"
	}
	bucket := OutputBucket
	host := "s3." + region + "." + suffix
	hosted := false
	switch style {
	case urlPathDash:
		host = "s3-" + region + "." + suffix
	case urlPathGlobal:
		host = "s3." + suffix
	case urlHosted:
		hosted = true
	case urlHostedDash:
		host, hosted = "s3-"+region+"."+suffix, true
	case urlPathDual:
		host = "s3.dualstack." + region + "." + suffix
	case urlHostedDual:
		host, hosted = "s3.dualstack."+region+"."+suffix, true
	case urlChina:
		host = "s3.cn-north-1.amazonaws.com.cn"
	case urlDotted:
		bucket = dottedBucket
	case urlNoKey:
		return "https://" + host + "/" + bucket
	case urlNoURL:
		return "output was kept on the node"
	}
	var b strings.Builder
	b.Grow(160)
	b.WriteString("https://")
	if hosted {
		b.WriteString(bucket)
		b.WriteByte('.')
	}
	b.WriteString(host)
	if !hosted {
		b.WriteByte('/')
		b.WriteString(bucket)
	}
	b.WriteString("/" + outputPrefix + "/")
	b.WriteString(instanceID)
	b.WriteByte('/')
	b.WriteString(associationID)
	return b.String()
}
