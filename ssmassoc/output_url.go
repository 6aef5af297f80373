package ssmassoc

import (
	"net/url"
	"regexp"
	"strings"
)

// outputLocation is what the URL of an association's output tells of the S3
// location. A part that it does not tell is "".
type outputLocation struct {
	region    string
	bucket    string
	keyPrefix string
}

// s3Host matches the host of an S3 URL: an optional bucket before an endpoint
// of one of the forms
//
//	s3.amazonaws.com                        global
//	s3.REGION.amazonaws.com[.cn]            regional
//	s3-REGION.amazonaws.com[.cn]            regional, legacy
//	s3-external-1.amazonaws.com             us-east-1, legacy
//	s3.dualstack.REGION.amazonaws.com[.cn]  with IPv6
//	s3-fips[.dualstack].REGION.amazonaws.com
//
// See https://docs.aws.amazon.com/general/latest/gr/s3.html. A bucket's name
// may itself contain dots.
var s3Host = regexp.MustCompile(`^(?:(.+)\.)?s3(?:-fips)?(?:(?:\.dualstack)?[.-]([a-z]{2,}(?:-[a-z]+)+-\d+|external-1))?\.amazonaws\.com(?:\.cn)?$`)

// readOutputURL reads the S3 location from the URL of an association's output,
// path style or virtual hosted. It returns the zero location for anything that
// is no S3 URL.
func readOutputURL(raw string) outputLocation {
	scheme, rest, _ := strings.Cut(raw, "://")
	if !strings.EqualFold(scheme, "https") && !strings.EqualFold(scheme, "http") {
		return outputLocation{}
	}
	hostname, key, _ := strings.Cut(rest, "/")
	host := s3Host.FindStringSubmatch(strings.ToLower(hostname))
	if host == nil {
		return outputLocation{}
	}
	bucket, region := host[1], host[2]
	if region == "external-1" {
		region = "us-east-1"
	}
	if bucket == "" {
		bucket, key, _ = strings.Cut(key, "/")
	}
	if bucket == "" {
		return outputLocation{}
	}
	// Keys come as they are, and sometimes escaped as a URL must be.
	if unescaped, err := url.PathUnescape(key); err == nil {
		key = unescaped
	}
	return outputLocation{region: region, bucket: bucket, keyPrefix: key}
}
