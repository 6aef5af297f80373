package ssmassoc

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// connectionConfig holds the arguments of a connection block of ssmassoc.spc.
// An argument that is left out is nil.
type connectionConfig struct {
	Regions       []string `hcl:"regions,optional"`
	DefaultRegion *string  `hcl:"default_region,optional"`
	Profile       *string  `hcl:"profile,optional"`
	AccessKey     *string  `hcl:"access_key,optional"`
	SecretKey     *string  `hcl:"secret_key,optional"`
	SessionToken  *string  `hcl:"session_token,optional"`
	EndpointURL   *string  `hcl:"endpoint_url,optional"`

	MaxConcurrentRequests *int `hcl:"max_concurrent_requests,optional"`
	MaxErrorRetryAttempts *int `hcl:"max_error_retry_attempts,optional"`
	MinErrorRetryDelay    *int `hcl:"min_error_retry_delay,optional"` // milliseconds
}

// validate reports every argument that cannot be used, naming it and what to
// change. It never repeats the value of a secret.
func (c connectionConfig) validate() error {
	var problems []error
	problem := func(argument, what string) {
		problems = append(problems, fmt.Errorf("argument %q: %s", argument, what))
	}

	if c.Regions != nil && len(c.Regions) == 0 {
		problem("regions", "the list is empty; name at least one region, or remove the argument to use the default region")
	}
	for _, r := range c.Regions {
		if strings.TrimSpace(r) == "" {
			problem("regions", "an entry is empty; name a region, as in \"us-east-1\"")
		}
	}
	if c.DefaultRegion != nil && strings.TrimSpace(*c.DefaultRegion) == "" {
		problem("default_region", "it is empty; name a region, as in \"us-east-1\", or remove the argument")
	}
	if (c.AccessKey == nil) != (c.SecretKey == nil) {
		problem("access_key", "access_key and secret_key go together; set both or neither")
	}
	if c.SessionToken != nil && c.AccessKey == nil {
		problem("session_token", "it goes with access_key and secret_key; set those too, or remove it")
	}
	if c.Profile != nil && c.AccessKey != nil {
		problem("profile", "a profile and access keys exclude each other; keep one of them")
	}
	if c.EndpointURL != nil {
		u, err := url.Parse(*c.EndpointURL)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			problem("endpoint_url", "it is not a URL of the form http(s)://host[:port]")
		}
	}
	within := func(argument string, value *int, least, most int) {
		if value != nil && (*value < least || *value > most) {
			problem(argument, fmt.Sprintf("it is %d; set it to a number from %d to %d", *value, least, most))
		}
	}
	within("max_concurrent_requests", c.MaxConcurrentRequests, 1, 256)
	within("max_error_retry_attempts", c.MaxErrorRetryAttempts, 1, 100)
	within("min_error_retry_delay", c.MinErrorRetryDelay, 1, 60_000)
	return errors.Join(problems...)
}
