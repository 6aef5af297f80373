package awsconn

import "testing"

func TestChooseRegion(t *testing.T) {
	eu := "eu-west-1"
	for name, test := range map[string]struct {
		regions       []string
		defaultRegion *string
		found         string // in the environment or the profile
		want          string
	}{
		"the region of the environment":                  {nil, nil, "eu-west-1", "eu-west-1"},
		"no region at all":                               {nil, nil, "", "us-east-1"},
		"regions names one":                              {[]string{"us-*", "eu-west-1"}, nil, "", "eu-west-1"},
		"the environment comes before regions":           {[]string{"us-west-2"}, nil, "eu-west-1", "eu-west-1"},
		"regions has patterns only":                      {[]string{"eu-*"}, nil, "", "us-east-1"},
		"patterns of China":                              {[]string{"cn-*"}, nil, "", "cn-northwest-1"},
		"patterns of GovCloud":                           {[]string{"us-gov-*"}, nil, "", "us-gov-west-1"},
		"the environment is about another partition":     {[]string{"cn-northwest-1"}, nil, "us-east-1", "cn-northwest-1"},
		"a pattern of any partition keeps what is found": {[]string{"*"}, nil, "cn-north-1", "cn-north-1"},
		"nor does us-*":                                  {[]string{"us-*"}, nil, "us-gov-west-1", "us-gov-west-1"},
		"a pattern without a dash":                       {[]string{"us-gov*"}, nil, "us-gov-east-1", "us-gov-east-1"},
		"the same for China":                             {[]string{"cn*"}, nil, "us-east-1", "cn-northwest-1"},
		"patterns of the European cloud":                 {[]string{"eusc-*"}, nil, "us-east-1", "eusc-de-east-1"},
		"patterns of Europe's secret cloud":              {[]string{"eu-isoe-*"}, nil, "eu-west-1", "eu-isoe-west-1"},
		"the partition of the longest prefix":            {[]string{"us-isof-*"}, nil, "", "us-isof-south-1"},
		"the partition of the shorter prefix":            {[]string{"us-iso-*"}, nil, "", "us-iso-east-1"},
		"default_region comes before all":                {[]string{"cn-*"}, &eu, "us-east-1", "eu-west-1"},
	} {
		t.Run(name, func(t *testing.T) {
			c := New("c", Config{Regions: test.regions, DefaultRegion: test.defaultRegion}, NewShared(), nil)
			if got := c.config.chooseRegion(test.found); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
