package awssim_test

import (
	"encoding/xml"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

func TestDescribeRegionsListsRegionsByTheirStatus(t *testing.T) {
	_, endpoint := start(t, awssim.Options{}, awssim.Account{
		Fleet:           fleet.New(fleet.Options{Regions: []string{region0, "af-south-1"}}),
		DisabledRegions: []string{"eu-central-2"},
	})
	const needless, in, out = "us-east-1 opt-in-not-required", "af-south-1 opted-in", "eu-central-2 not-opted-in"
	for _, c := range []struct {
		name string
		form url.Values
		want []string
	}{
		{"enabled ones by default", url.Values{}, []string{needless, in}},
		{"all on demand", url.Values{"AllRegions": {"true"}}, []string{needless, in, out}},
		{"enabled ones when not all", url.Values{"AllRegions": {"false"}}, []string{needless, in}},
		{"those named", url.Values{"RegionName.1": {"af-south-1"}}, []string{in}},
		{"those that pass a filter", url.Values{"AllRegions": {"true"}, "Filter.1.Name": {"opt-in-status"}, "Filter.1.Value.1": {"opted-in"}, "Filter.1.Value.2": {"not-opted-in"}}, []string{in, out}},
		{"those that pass all filters", url.Values{"Filter.1.Name": {"endpoint"}, "Filter.1.Value.1": {"ec2.us-east-1.amazonaws.com"}, "Filter.2.Name": {"region-name"}, "Filter.2.Value.1": {"us-east-1"}}, []string{needless}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.form.Set("Action", "DescribeRegions")
			c.form.Set("Version", "2016-11-15")
			a := query(t, endpoint, awssim.DefaultAccessKeyID, "ec2", c.form)
			var result struct {
				XMLName xml.Name `xml:"http://ec2.amazonaws.com/doc/2016-11-15/ DescribeRegionsResponse"`
				Items   []struct {
					Name   string `xml:"regionName"`
					Status string `xml:"optInStatus"`
				} `xml:"regionInfo>item"`
			}
			if err := xml.Unmarshal([]byte(a.body), &result); err != nil {
				t.Fatalf("%v in %s", err, a.body)
			}
			var got []string
			for _, item := range result.Items {
				got = append(got, item.Name+" "+item.Status)
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %v", got)
			}
		})
	}
	for name, form := range map[string]url.Values{
		"a region there is not": {"RegionName.1": {"nowhere"}},
		"a filter there is not": {"Filter.1.Name": {"colour"}, "Filter.1.Value.1": {"red"}},
	} {
		form.Set("Action", "DescribeRegions")
		form.Set("Version", "2016-11-15")
		if a := query(t, endpoint, "test", "ec2", form); a.status != 400 || !strings.Contains(a.body, "<Code>InvalidParameterValue</Code>") {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
}
