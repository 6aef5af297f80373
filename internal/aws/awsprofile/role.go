package awsprofile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// assumesRole reports whether a profile assumes a role with the credentials of another
// source. With a web identity it does not.
func assumesRole(profile section) bool {
	_, role := profile["role_arn"]
	_, token := profile["web_identity_token_file"]
	return role && !token
}

// hasKeys reports whether a profile has either key.
func hasKeys(profile section) bool {
	_, id := profile["aws_access_key_id"]
	_, secret := profile["aws_secret_access_key"]
	return id || secret
}

// role returns the role of a profile and the source that assumes it:
// botocore.credentials.AssumeRoleProvider. visited lists the profiles on the way.
func (s *Settings) role(name string, visited []string) (Source, error) {
	profile := s.files.profiles[name]
	role := &Role{Profile: name}
	role.ARN, _ = profile.text("role_arn")
	role.SessionName, _ = profile.text("role_session_name")
	role.ExternalID, _ = profile.text("external_id")
	role.MFASerial, _ = profile.text("mfa_serial")
	if text, _ := profile.text("duration_seconds"); text != "" {
		if seconds, err := strconv.Atoi(strings.TrimSpace(text)); err == nil {
			role.Duration = time.Duration(seconds) * time.Second
		}
	}
	base, hasBase := profile.text("source_profile")
	kind, hasKind := profile.text("credential_source")
	var err error
	switch {
	case hasBase && hasKind:
		return nil, fmt.Errorf("the profile %q has both source_profile and credential_source; remove one", name)
	case hasKind:
		role.Source, err = s.named(kind, name)
	case hasBase:
		role.Source, err = s.base(base, name, visited)
	default:
		return nil, fmt.Errorf("the profile %q has role_arn but neither source_profile nor credential_source; "+
			"add the one whose credentials assume the role", name)
	}
	return role, err
}

// base returns the source of the profile that a role names as its source_profile.
func (s *Settings) base(name, of string, visited []string) (Source, error) {
	profile, exists := s.files.profiles[name]
	if !exists {
		return nil, fmt.Errorf("the source_profile %q of the profile %q does not exist; correct the name", name, of)
	}
	if slices.Contains(visited, name) && (name != of || !hasKeys(profile)) {
		return nil, fmt.Errorf("the source_profile %q of the profile %q leads back to itself", name, of)
	}
	if assumesRole(profile) && !hasKeys(profile) {
		return s.role(name, append(visited, name))
	}
	source, err := s.ofProfile(name, false)
	if source == nil && err == nil {
		err = fmt.Errorf("the source_profile %q of the profile %q has no credentials", name, of)
	}
	return source, err
}

// named returns the source that a credential_source names.
func (s *Settings) named(kind, profile string) (source Source, err error) {
	switch kind {
	case "Environment":
		source, err = s.environmentKeys()
	case "EcsContainer":
		source, err = s.container()
	case "Ec2InstanceMetadata":
		return s.instance()
	default:
		return nil, fmt.Errorf("the credential_source of the profile %q: "+
			"set it to Environment, Ec2InstanceMetadata or EcsContainer", profile)
	}
	if source == nil && err == nil {
		err = fmt.Errorf("the credential_source %s of the profile %q has no credentials", kind, profile)
	}
	return source, err
}

// webIdentity returns the role that a token in a file assumes:
// botocore.credentials.AssumeRoleWithWebIdentityProvider. A variable hides the setting of
// the profile even if it is empty.
func (s *Settings) webIdentity(profile section, name string, withEnvironment bool) (Source, error) {
	get := func(setting, variable string) string {
		if value, set := s.env(variable); set && withEnvironment {
			return value
		}
		value, _ := profile.text(setting)
		return value
	}
	file := get("web_identity_token_file", "AWS_WEB_IDENTITY_TOKEN_FILE")
	if file == "" {
		return nil, nil
	}
	arn := get("role_arn", "AWS_ROLE_ARN")
	if arn == "" {
		return nil, fmt.Errorf("there is a web identity token but no role for it; "+
			"set AWS_ROLE_ARN, or role_arn in the profile %q", name)
	}
	return &WebIdentity{file, arn, get("role_session_name", "AWS_ROLE_SESSION_NAME")}, nil
}
