package awsconn

import (
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/aws/awspartition"
)

func TestCheckRegion(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want bool
	}{
		"a region":                {"us-east-1", true},
		"one newer than this":     {"eu-southwest-12", true},
		"a pattern":               {"us-*", true},
		"a pattern of characters": {"eu-west-?", true},
		"all":                     {"*", true},
		"a misspelt direction":    {"us-est-1", false},
		"an unknown area":         {"mars-north-1", false},
		"without a dash":          {"us-east1", false},
		"without a number":        {"us-east", false},
		"a zone":                  {"us-east-1a", false},
		"capitals":                {"US-EAST-1", false},
		"a pattern with a host":   {"us-*.example.com", false},
		"nothing":                 {"", false},
	} {
		t.Run(name, func(t *testing.T) {
			if err := CheckRegion(test.text); (err == nil) != test.want {
				t.Errorf("%q: %v", test.text, err)
			}
		})
	}
}

func TestCheckRegionKnowsAllPartitions(t *testing.T) {
	for _, partition := range awspartition.All() {
		for name := range partition.Regions {
			// That of services without regions is not one.
			if err := CheckRegion(name); (err == nil) == strings.HasSuffix(name, "-global") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
