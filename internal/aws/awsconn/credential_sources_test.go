package awsconn

import (
	"slices"
	"testing"
)

// TestRegionOfRoles checks that a role is assumed in the region that the argument regions
// implies, where nothing else names one.
func TestRegionOfRoles(t *testing.T) {
	w := newWitness(t)
	for name, test := range map[string]struct {
		config string
		files  map[string]string
		want   string
	}{
		"a role":         {"[default]\n" + roleArn + "r\nsource_profile = base\n[profile base]\n[KEYS base]\n", nil, "b sts AssumeRole base eu-west-1"},
		"a web identity": {"[default]\nweb_identity_token_file = {dir}/token\n" + roleArn + "w\n", token, "b sts AssumeRoleWithWebIdentity - -"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, w, t.TempDir(), scenario{
				config: test.config, files: test.files,
				environment: toA + "-AWS_DEFAULT_REGION\nAWS_ENDPOINT_URL_STS={b}",
			})
			r.arguments.Regions = []string{"eu-west-1"}
			got := r.call(t, w)
			if got.failure != "" || !slices.Contains(got.requests, test.want) {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if last := "a ssm DescribeInstanceAssociationsStatus " + got.key + " eu-west-1"; !slices.Contains(got.requests, last) {
				t.Errorf("got %s, want %s", got, last)
			}
		})
	}
}
