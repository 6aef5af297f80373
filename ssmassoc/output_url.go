package ssmassoc

import (
	"net/url"
	"regexp"
	"strings"
	"sync"

	"steampipe-plugin-ssmassoc/internal/aws/awspartition"
)

// outputLocation is the S3 location in the URL of an association's output. A part that
// the URL does not contain is "".
type outputLocation struct {
	region    string
	bucket    string
	keyPrefix string
}

// s3Host matches the host of an S3 URL: an optional bucket before an endpoint
// of one of the forms
//
//	s3.amazonaws.com                        global
//	s3.REGION.SUFFIX                        regional
//	s3-REGION.SUFFIX                        regional, legacy
//	s3-external-1.amazonaws.com             us-east-1, legacy
//	s3.dualstack.REGION.SUFFIX              with IPv6
//	s3-fips[.dualstack].REGION.SUFFIX
//
// where the suffix is that of a partition. See
// https://docs.aws.amazon.com/general/latest/gr/s3.html. A bucket's name may itself
// contain dots.
var s3Host = sync.OnceValue(func() *regexp.Regexp {
	var suffixes []string
	for _, partition := range awspartition.All() {
		suffixes = append(suffixes, regexp.QuoteMeta(partition.Outputs.DNSSuffix))
	}
	return regexp.MustCompile(`^(?:(.+)\.)?s3(?:-fips)?` +
		`(?:(?:\.dualstack)?[.-]([a-z]{2,}(?:-[a-z]+)+-\d+|external-1))?` +
		`\.(?:` + strings.Join(suffixes, "|") + `)$`)
})

// outputURLs reads the URLs of the outputs of one scan. Their hosts are few, and
// matching one is most of the cost of reading a URL. The zero value is ready to use.
type outputURLs struct {
	hosts map[string][]string // the matches of s3Host; nil for a host of something else
}

// host returns the match of s3Host for a host, or nil where it is not that of S3.
func (u *outputURLs) host(name string) []string {
	const most = 1000 // hosts
	match, known := u.hosts[name]
	if !known {
		match = s3Host().FindStringSubmatch(strings.ToLower(name))
		if u.hosts == nil || len(u.hosts) == most {
			u.hosts = map[string][]string{}
		}
		u.hosts[name] = match
	}
	return match
}

// read reads the S3 location from the URL of an association's output, path style
// or virtual hosted. It returns the zero location for anything that is not an S3
// URL.
func (u *outputURLs) read(raw string) outputLocation {
	scheme, rest, _ := strings.Cut(raw, "://")
	if !strings.EqualFold(scheme, "https") && !strings.EqualFold(scheme, "http") {
		return outputLocation{}
	}
	hostname, key, _ := strings.Cut(rest, "/")
	host := u.host(hostname)
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
	// Some URLs have the key as it is, others escape it.
	if unescaped, err := url.PathUnescape(key); err == nil {
		key = unescaped
	}
	return outputLocation{region: region, bucket: bucket, keyPrefix: key}
}
