package ssmassoc

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"steampipe-plugin-ssmassoc/internal/aws/awspartition"
)

func TestReadOutputURL(t *testing.T) {
	for name, test := range map[string]struct {
		url  string
		want outputLocation
	}{
		"path style":                         {"https://s3.us-east-1.amazonaws.com/logs/ssm/i-1/a", outputLocation{"us-east-1", "logs", "ssm/i-1/a"}},
		"path style without a key":           {"https://s3.us-east-1.amazonaws.com/logs", outputLocation{"us-east-1", "logs", ""}},
		"path style with a slash at the end": {"https://s3.us-east-1.amazonaws.com/logs/", outputLocation{"us-east-1", "logs", ""}},
		"path style without a region":        {"https://s3.amazonaws.com/logs/ssm", outputLocation{"", "logs", "ssm"}},
		"legacy":                             {"https://s3-us-west-2.amazonaws.com/logs/ssm", outputLocation{"us-west-2", "logs", "ssm"}},
		"legacy name of us-east-1":           {"https://s3-external-1.amazonaws.com/logs/ssm", outputLocation{"us-east-1", "logs", "ssm"}},
		"virtual hosted":                     {"https://logs.s3.eu-west-1.amazonaws.com/ssm/x", outputLocation{"eu-west-1", "logs", "ssm/x"}},
		"virtual hosted, legacy":             {"https://logs.s3-eu-west-1.amazonaws.com/ssm/x", outputLocation{"eu-west-1", "logs", "ssm/x"}},
		"virtual hosted without a region":    {"https://logs.s3.amazonaws.com/ssm/x", outputLocation{"", "logs", "ssm/x"}},
		"a bucket with dots":                 {"https://logs.example.com.s3.eu-west-1.amazonaws.com/ssm", outputLocation{"eu-west-1", "logs.example.com", "ssm"}},
		"a bucket named like the service":    {"https://s3.s3.eu-west-1.amazonaws.com/ssm", outputLocation{"eu-west-1", "s3", "ssm"}},
		"dualstack":                          {"https://s3.dualstack.eu-west-1.amazonaws.com/logs/ssm", outputLocation{"eu-west-1", "logs", "ssm"}},
		"dualstack, virtual hosted":          {"https://logs.s3.dualstack.eu-west-1.amazonaws.com/ssm", outputLocation{"eu-west-1", "logs", "ssm"}},
		"China":                              {"https://s3.cn-north-1.amazonaws.com.cn/logs/ssm", outputLocation{"cn-north-1", "logs", "ssm"}},
		"China, virtual hosted":              {"https://logs.s3.cn-north-1.amazonaws.com.cn/ssm", outputLocation{"cn-north-1", "logs", "ssm"}},
		"GovCloud":                           {"https://s3.us-gov-west-1.amazonaws.com/logs/ssm", outputLocation{"us-gov-west-1", "logs", "ssm"}},
		"a suffix that goes on":              {"https://s3.amazonaws.com.evil/logs/ssm", outputLocation{}},
		"FIPS":                               {"https://s3-fips.us-gov-west-1.amazonaws.com/logs/ssm", outputLocation{"us-gov-west-1", "logs", "ssm"}},
		"a region of three parts":            {"https://s3.ap-southeast-2.amazonaws.com/logs/ssm", outputLocation{"ap-southeast-2", "logs", "ssm"}},
		"an escaped key":                     {"https://s3.us-east-1.amazonaws.com/logs/my%20runs/a", outputLocation{"us-east-1", "logs", "my runs/a"}},
		"a key that looks escaped":           {"https://s3.us-east-1.amazonaws.com/logs/100%/a", outputLocation{"us-east-1", "logs", "100%/a"}},
		"a key with a question mark":         {"https://s3.us-east-1.amazonaws.com/logs/a?b", outputLocation{"us-east-1", "logs", "a?b"}},
		"a host in capitals":                 {"https://S3.US-EAST-1.amazonaws.com/Logs/A", outputLocation{"us-east-1", "Logs", "A"}},
		"http":                               {"http://s3.us-east-1.amazonaws.com/logs/a", outputLocation{"us-east-1", "logs", "a"}},
		"no bucket":                          {"https://s3.us-east-1.amazonaws.com/", outputLocation{}},
		"no URL":                             {"see the console", outputLocation{}},
		"nothing":                            {"", outputLocation{}},
		"another service":                    {"https://ec2.us-east-1.amazonaws.com/logs", outputLocation{}},
		"another company":                    {"https://s3.us-east-1.example.com/logs", outputLocation{}},
		"a name that only ends alike":        {"https://not-s3.us-east-1.amazonaws.com/logs", outputLocation{}},
		"another scheme":                     {"s3://logs/ssm", outputLocation{}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := new(outputURLs).read(test.url); got != test.want {
				t.Errorf("%q: got %+v, want %+v", test.url, got, test.want)
			}
		})
	}
}

// TestOutputURLOfEachPartition reads the URLs of S3 as the AWS SDK's own rules make them.
func TestOutputURLOfEachPartition(t *testing.T) {
	resolver := ssm.NewDefaultEndpointResolverV2()
	for _, partition := range awspartition.All() {
		region := partition.Outputs.MainRegion
		endpoint, err := resolver.ResolveEndpoint(t.Context(), ssm.EndpointParameters{Region: &region})
		if err != nil {
			t.Fatal(err)
		}
		host := "s3" + strings.TrimPrefix(endpoint.URI.Host, "ssm")
		want := outputLocation{region, "logs", "ssm/a"}
		for _, url := range []string{"https://" + host + "/logs/ssm/a", "https://logs." + host + "/ssm/a"} {
			if got := new(outputURLs).read(url); got != want {
				t.Errorf("%s: %s: got %+v, want %+v", partition.ID, url, got, want)
			}
		}
	}
}

func FuzzReadOutputURL(f *testing.F) {
	for _, url := range []string{
		"https://s3.us-east-1.amazonaws.com/logs/ssm/i-1/a",
		"https://logs.s3-eu-west-1.amazonaws.com/ssm%20x",
		"https://s3.dualstack.eu-west-1.amazonaws.com.cn/logs",
		"https://s3-external-1.amazonaws.com/l/%zz",
		"://", "https://", "http:///x",
	} {
		f.Add(url)
	}
	f.Fuzz(func(t *testing.T, url string) {
		got := new(outputURLs).read(url)
		if got.bucket == "" && got != (outputLocation{}) {
			t.Errorf("%q: %+v has parts but no bucket", url, got)
		}
		if !strings.Contains(strings.ToLower(url), strings.ToLower(got.bucket)) {
			t.Errorf("%q: bucket %q is not in it", url, got.bucket)
		}
	})
}
