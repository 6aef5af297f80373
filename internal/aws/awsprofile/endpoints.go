package awsprofile

import (
	"fmt"
	"net/url"
	"strings"
)

// Endpoint returns the URL that is configured for a service, or "". The service is named
// by its ID, such as "SSM" or "SSO OIDC". The order is that of
// botocore.configprovider.ConfiguredEndpointProvider: the environment before the profile,
// and there the setting for one service before the one for all.
func (s *Settings) Endpoint(serviceID string) (string, error) {
	if s.isTrue("ignore_configured_endpoint_urls", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") {
		return "", nil
	}
	service := strings.ToLower(strings.ReplaceAll(serviceID, " ", "_"))
	endpoint, from := s.env.get("AWS_ENDPOINT_URL_"+strings.ToUpper(service), "AWS_ENDPOINT_URL")
	if endpoint == "" {
		name, set := s.section.text("services")
		of, defined := s.files.services[name][service]
		switch {
		case set && len(s.files.services[name]) == 0:
			return "", fmt.Errorf("the profile %q: services = %s, but there is no section [services %s] with settings in %s",
				s.profile, name, name, s.files.configPath)
		case defined && of.nested == nil:
			return "", fmt.Errorf(
				"%s in the section [services %s] of %s: indent its settings below it, as in endpoint_url = URL",
				service, name, s.files.configPath)
		}
		endpoint = of.nested["endpoint_url"]
		from = fmt.Sprintf("endpoint_url of %s in the section [services %s]", service, name)
	}
	if endpoint == "" {
		endpoint, _ = s.section.text("endpoint_url")
		from = fmt.Sprintf("endpoint_url of the profile %q", s.profile)
	}
	if endpoint == "" {
		return "", nil
	}
	if !IsEndpoint(endpoint) {
		return "", fmt.Errorf("%s: not a URL of the form http(s)://host[:port]", from)
	}
	return endpoint, nil
}

// HasEndpoint reports whether the environment or the profile configures an endpoint at a
// host for any service.
func (s *Settings) HasEndpoint(host string) bool {
	for _, service := range []string{"SSM", "STS", "EC2", "SSO", "SSO OIDC", "Signin"} {
		endpoint, _ := s.Endpoint(service)
		if u, err := url.Parse(endpoint); err == nil && endpoint != "" && u.Host == host {
			return true
		}
	}
	return false
}

// IsEndpoint reports whether a text is a URL that requests can be sent to.
func IsEndpoint(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}
