package awsprofile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Settings are the settings of one profile, beside the environment.
type Settings struct {
	env     Environment
	files   *files
	profile string
	// explicit is whether the caller, not the environment, named the profile: then the
	// environment holds no credentials (botocore.credentials.create_credential_resolver).
	explicit bool
	section  section
}

// Load reads the shared files and returns the settings of a profile. If profile is nil,
// it is the one that AWS_PROFILE or AWS_DEFAULT_PROFILE names, or the profile default.
func Load(env Environment, profile *string) (*Settings, error) {
	files, err := readFiles(env)
	if err != nil {
		return nil, fmt.Errorf("read the AWS configuration: %w", err)
	}
	s := &Settings{env: env, files: files, profile: "default"}
	named, from := env.get("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
	if profile != nil {
		s.explicit, named, from = true, *profile, `the argument "profile"`
	}
	if named != "" {
		s.profile = named
	}
	settings, exists := files.profiles[s.profile]
	if named != "" && !exists {
		return nil, fmt.Errorf("the profile %q is in neither %s nor %s; check %s against aws configure list-profiles",
			named, files.configPath, files.credentialsPath, from)
	}
	s.section = settings
	return s, s.check()
}

// check returns an error if a setting that applies to all calls is not valid.
func (s *Settings) check() error {
	mode, from := s.get("retry_mode", "AWS_RETRY_MODE")
	if mode != "" && !slices.Contains([]string{"legacy", "standard", "adaptive"}, mode) {
		return fmt.Errorf("%s: set it to standard, adaptive or legacy", from)
	}
	for name, variable := range map[string]string{
		"use_fips_endpoint":               "AWS_USE_FIPS_ENDPOINT",
		"use_dualstack_endpoint":          "AWS_USE_DUALSTACK_ENDPOINT",
		"ignore_configured_endpoint_urls": "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
	} {
		if value, from := s.get(name, variable); value != "" && !isBoolean(value) {
			return fmt.Errorf("%s: set it to true or false", from)
		}
	}
	_, err := s.MaxAttempts()
	return err
}

func isBoolean(value string) bool {
	return strings.EqualFold(value, "true") || strings.EqualFold(value, "false")
}

// get returns the value of an environment variable or else of a setting of the profile,
// and where it is from. An empty value is none.
func (s *Settings) get(name string, variables ...string) (value, from string) {
	if value, from = s.env.get(variables...); value != "" {
		return value, from
	}
	value, _ = s.section.text(name)
	return value, fmt.Sprintf("%s of the profile %q", name, s.profile)
}

func (s *Settings) isTrue(name, variable string) bool {
	value, _ := s.get(name, variable)
	return strings.EqualFold(value, "true")
}

// Profile returns the name of the profile.
func (s *Settings) Profile() string { return s.profile }

// Region returns the region of the environment or the profile, or "".
func (s *Settings) Region() string {
	region, _ := s.get("region", "AWS_REGION", "AWS_DEFAULT_REGION")
	return region
}

// MaxAttempts returns the greatest number of attempts of a call, or 0 if it is not set.
func (s *Settings) MaxAttempts() (int, error) {
	value, from := s.get("max_attempts", "AWS_MAX_ATTEMPTS")
	if value == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(strings.TrimSpace(value))
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%s: set it to a whole number", from)
	}
	return n, nil
}

// CABundle returns the path of a file with the certificates of the authorities to trust,
// and the name of the setting, or two empty strings for those of the machine.
func (s *Settings) CABundle() (path, from string) {
	path, from = s.get("ca_bundle", "AWS_CA_BUNDLE")
	if path == "" {
		if path, from = s.env.get("REQUESTS_CA_BUNDLE"); path == "" {
			return "", ""
		}
	}
	return s.env.expand(path), from
}

// UseFIPS and UseDualStack report which variants of AWS's endpoints to use. An endpoint
// that is configured has none.
func (s *Settings) UseFIPS() bool { return s.isTrue("use_fips_endpoint", "AWS_USE_FIPS_ENDPOINT") }

// UseDualStack reports whether to use endpoints with IPv6.
func (s *Settings) UseDualStack() bool {
	return s.isTrue("use_dualstack_endpoint", "AWS_USE_DUALSTACK_ENDPOINT")
}

// Value returns a setting of the environment or the profile, or "".
func (s *Settings) Value(name, variable string) string {
	value, _ := s.get(name, variable)
	return value
}
