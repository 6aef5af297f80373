package awsprofile

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// containerHost serves the credentials of containers in ECS.
const containerHost = "169.254.170.2"

// container returns the service of the container, or nil outside of containers:
// botocore.credentials.ContainerProvider.
func (s *Settings) container() (Source, error) {
	found := &Container{}
	if path, set := s.env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"); set {
		found.URL = "http://" + containerHost + path
	} else if full, set := s.env("AWS_CONTAINER_CREDENTIALS_FULL_URI"); set {
		if !isContainerService(full) {
			return nil, errors.New("AWS_CONTAINER_CREDENTIALS_FULL_URI: " +
				"it must be an https URL, or an http URL of this machine or of the container's credentials service")
		}
		found.URL = full
	} else {
		return nil, nil
	}
	var set bool
	if found.TokenFile, set = s.env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"); !set {
		found.Token, _ = s.env("AWS_CONTAINER_AUTHORIZATION_TOKEN")
	}
	return found, nil
}

// isContainerService reports whether credentials may be asked for at a URL.
func isContainerService(text string) bool {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "":
		return false
	case u.Scheme == "https":
		return true
	case u.Scheme != "http":
		return false
	}
	if ip := net.ParseIP(u.Hostname()); ip != nil && ip.IsLoopback() {
		return true
	}
	return slices.Contains([]string{containerHost, "169.254.170.23", "fd00:ec2::23", "localhost"}, u.Hostname())
}

// instance returns the metadata service: botocore.utils.IMDSFetcher.
func (s *Settings) instance() (Source, error) {
	found := &Instance{Timeout: time.Second, Attempts: 1}
	disabled, _ := s.env.get("AWS_EC2_METADATA_DISABLED")
	found.Disabled = strings.EqualFold(disabled, "true")
	found.V2Only = s.isTrue("ec2_metadata_v1_disabled", "AWS_EC2_METADATA_V1_DISABLED")
	mode, _ := s.get("ec2_metadata_service_endpoint_mode", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE")
	found.IPv6 = strings.EqualFold(mode, "ipv6") || mode == "" && s.isTrue("imds_use_ipv6", "AWS_IMDS_USE_IPV6")

	var from string
	if found.Endpoint, from = s.get(
		"ec2_metadata_service_endpoint", "AWS_EC2_METADATA_SERVICE_ENDPOINT",
	); found.Endpoint != "" && !IsEndpoint(found.Endpoint) {
		return nil, fmt.Errorf("%s: not a URL of the form http://host[:port]", from)
	}
	number := func(name, variable string) (int, error) {
		text, from := s.get(name, variable)
		if text == "" {
			return 1, nil
		}
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || n < 1 {
			return 0, fmt.Errorf("%s: set it to a whole number from 1", from)
		}
		return n, nil
	}
	seconds, err := number("metadata_service_timeout", "AWS_METADATA_SERVICE_TIMEOUT")
	if err != nil {
		return nil, err
	}
	found.Timeout = time.Duration(seconds) * time.Second
	found.Attempts, err = number("metadata_service_num_attempts", "AWS_METADATA_SERVICE_NUM_ATTEMPTS")
	return found, err
}
