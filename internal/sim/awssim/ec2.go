package awssim

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

const (
	serviceEC2 = "ec2"
	versionEC2 = "2016-11-15"
)

func ec2Operations() []queryOperation {
	return []queryOperation{
		{service: serviceEC2, name: "DescribeRegions", version: versionEC2, answer: describeRegions},
	}
}

func ec2Dialect() queryDialect {
	return queryDialect{
		service: serviceEC2,
		renderError: func(e *apiError, requestID string) any {
			type detail struct{ Code, Message string }
			type list struct{ Error detail }
			return struct {
				XMLName   xml.Name `xml:"Response"`
				Errors    list
				RequestID string
			}{Errors: list{detail{Code: e.code, Message: e.message}}, RequestID: requestID}
		},
		missingToken: &apiError{
			status:  http.StatusForbidden,
			code:    "MissingAuthenticationToken",
			message: "Request is missing Authentication Token",
		},
		unknownKey: &apiError{status: http.StatusUnauthorized, code: "AuthFailure",
			message: "AWS was not able to validate the provided access credentials"},
		throttled: &apiError{
			status:  http.StatusServiceUnavailable,
			code:    "RequestLimitExceeded",
			message: "Request limit exceeded.",
		},
		expired: &apiError{status: http.StatusBadRequest, code: "RequestExpired", message: "Request has expired."},
		internal: &apiError{
			status:  http.StatusInternalServerError,
			code:    "InternalError",
			message: "An internal error has occurred",
		},
		denied: func(userARN, action, _ string) *apiError {
			return &apiError{status: http.StatusForbidden, code: "UnauthorizedOperation", message: fmt.Sprintf(
				"You are not authorized to perform this operation. User: %s is not authorized to perform: %s "+
					"because no identity-based policy allows the %s action",
				userARN, action, action)}
		},
	}
}

// regionWire is one region of DescribeRegions.
type regionWire struct {
	Name        string `xml:"regionName"`
	Endpoint    string `xml:"regionEndpoint"`
	OptInStatus string `xml:"optInStatus"`
}

// matches reports whether the region passes a filter of DescribeRegions.
func (r regionWire) matches(filter string, values []string) (matched, known bool) {
	var value string
	switch filter {
	case "region-name":
		value = r.Name
	case "endpoint":
		value = r.Endpoint
	case "opt-in-status":
		value = r.OptInStatus
	default:
		return false, false
	}
	return slices.Contains(values, value), true
}

// notOptedIn is the status of a disabled region.
const notOptedIn = "not-opted-in"

// regions lists all regions of an account, disabled ones last.
func (a *Account) regions() []regionWire {
	var all []regionWire
	add := func(name, status string) {
		endpoint := "ec2." + name + "." + fleet.DNSSuffix(a.Fleet.Partition())
		all = append(all, regionWire{Name: name, Endpoint: endpoint, OptInStatus: status})
	}
	for _, name := range a.Fleet.Regions() {
		switch {
		case slices.Contains(a.DisabledRegions, name): // listed below
		case optInRegion(name):
			add(name, "opted-in")
		default:
			add(name, "opt-in-not-required")
		}
	}
	for _, name := range a.DisabledRegions {
		add(name, notOptedIn)
	}
	return all
}

func describeRegions(_ *Server, c *call, form url.Values) (any, *apiError) {
	all := c.who.account.regions()
	names := listParameter(form, "RegionName")
	for _, name := range names {
		if !slices.ContainsFunc(all, func(r regionWire) bool { return r.Name == name }) {
			return nil, ec2Invalid(fmt.Sprintf("Invalid region provided. Region: %s", name))
		}
	}
	chosen := make([]regionWire, 0, len(all))
	for _, r := range all {
		if r.OptInStatus == notOptedIn && form.Get("AllRegions") != "true" {
			continue
		}
		if len(names) > 0 && !slices.Contains(names, r.Name) {
			continue
		}
		passes, err := r.passes(form)
		if err != nil {
			return nil, err
		}
		if passes {
			chosen = append(chosen, r)
		}
	}
	type list struct {
		Items []regionWire `xml:"item"`
	}
	return struct {
		XMLName   xml.Name `xml:"http://ec2.amazonaws.com/doc/2016-11-15/ DescribeRegionsResponse"`
		RequestID string   `xml:"requestId"`
		Regions   list     `xml:"regionInfo"`
	}{RequestID: c.requestID, Regions: list{chosen}}, nil
}

// passes reports whether the region passes all filters of a request.
func (r regionWire) passes(form url.Values) (bool, *apiError) {
	for i := 1; form.Has(fmt.Sprintf("Filter.%d.Name", i)); i++ {
		prefix := fmt.Sprintf("Filter.%d.", i)
		name := form.Get(prefix + "Name")
		matched, known := r.matches(name, listParameter(form, prefix+"Value"))
		if !known {
			return false, ec2Invalid(fmt.Sprintf("The filter '%s' is invalid", name))
		}
		if !matched {
			return false, nil
		}
	}
	return true, nil
}

func ec2Invalid(message string) *apiError {
	return badQuery("InvalidParameterValue", message)
}

// listParameter reads a list, spelled NAME.1, NAME.2 and so on in the query
// protocol.
func listParameter(form url.Values, name string) []string {
	var values []string
	for i := 1; form.Has(name + "." + strconv.Itoa(i)); i++ {
		values = append(values, form.Get(name+"."+strconv.Itoa(i)))
	}
	return values
}

// optInRegion reports whether a region of the aws partition is opt-in: those
// opened after 20 March 2019, as listed in the Account Management guide.
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
