package awsprofile

import (
	"errors"
	"fmt"
	"time"
)

// Source is where credentials come from: one of the types below.
type Source interface{ source() }

// Static is a pair of keys, with the token of a session if they are temporary.
type Static struct {
	AccessKeyID, SecretAccessKey, SessionToken string
	Expires                                    time.Time // zero for never
	From                                       string    // for errors
}

// Role is a role that other credentials assume.
type Role struct {
	Profile                                 string // that says so
	ARN, SessionName, ExternalID, MFASerial string
	Duration                                time.Duration // zero for the default
	Source                                  Source
}

// WebIdentity is a role that the token in a file assumes.
type WebIdentity struct{ TokenFile, RoleARN, SessionName string }

// SSO is a role of IAM Identity Center.
type SSO struct {
	Profile                               string
	Session                               string // "" for a profile without sso_session
	StartURL, Region, AccountID, RoleName string
}

// Login is a session of aws login.
type Login struct{ Profile, Session string }

// Process is a program that prints credentials.
type Process struct{ Profile, Command string }

// Container is the service that gives containers their credentials.
type Container struct {
	URL       string
	Token     string // of the header Authorization; "" for none
	TokenFile string // holds the token; "" for none
}

// Instance is the metadata service of EC2.
type Instance struct {
	Endpoint string        // "" for the default
	IPv6     bool          // of the default
	Disabled bool          // by AWS_EC2_METADATA_DISABLED
	V2Only   bool          // refuse version 1 of the protocol
	Timeout  time.Duration // of an attempt
	Attempts int
}

func (*Static) source()      {}
func (*Role) source()        {}
func (*WebIdentity) source() {}
func (*SSO) source()         {}
func (*Login) source()       {}
func (*Process) source()     {}
func (*Container) source()   {}
func (*Instance) source()    {}

// Source returns where the AWS CLI would get its credentials, in its order
// (botocore.credentials.create_credential_resolver): the keys of the environment, the
// profile, the container, the instance.
func (s *Settings) Source() (Source, error) {
	finders := []func() (Source, error){
		func() (Source, error) {
			if s.explicit {
				return nil, nil
			}
			return s.environmentKeys()
		},
		func() (Source, error) {
			if !assumesRole(s.section) {
				return nil, nil
			}
			return s.role(s.profile, []string{s.profile})
		},
		func() (Source, error) { return s.ofProfile(s.profile, !s.explicit) },
		s.container,
	}
	for _, find := range finders {
		if source, err := find(); source != nil || err != nil {
			return source, err
		}
	}
	return s.instance()
}

// ofProfile returns the source of a profile, without roles that other profiles assume, in
// the order of botocore.credentials.ProfileProviderBuilder. It returns nil if the profile
// has none.
func (s *Settings) ofProfile(name string, withEnvironment bool) (Source, error) {
	profile := s.files.profiles[name]
	for _, find := range []func() (Source, error){
		func() (Source, error) { return s.webIdentity(profile, name, withEnvironment) },
		func() (Source, error) { return s.sso(profile, name) },
		func() (Source, error) { return keys(s.files.credentials[name], name, s.files.credentialsPath) },
		func() (Source, error) { return login(profile, name) },
		func() (Source, error) { return process(profile, name) },
		func() (Source, error) { return keys(s.files.config[name], name, s.files.configPath) },
	} {
		if source, err := find(); source != nil || err != nil {
			return source, err
		}
	}
	return nil, nil
}

// environmentKeys returns the keys of the environment.
func (s *Settings) environmentKeys() (Source, error) {
	id, _ := s.env.get("AWS_ACCESS_KEY_ID")
	if id == "" {
		return nil, nil
	}
	secret, _ := s.env.get("AWS_SECRET_ACCESS_KEY")
	if secret == "" {
		return nil, errors.New("AWS_ACCESS_KEY_ID is set, but not AWS_SECRET_ACCESS_KEY; set both or neither")
	}
	token, _ := s.env.get("AWS_SECURITY_TOKEN", "AWS_SESSION_TOKEN")
	found := &Static{id, secret, token, time.Time{}, "the environment"}
	if expiration, _ := s.env.get("AWS_CREDENTIAL_EXPIRATION"); expiration != "" {
		var err error
		if found.Expires, err = ParseTime(expiration); err != nil {
			return nil, fmt.Errorf("AWS_CREDENTIAL_EXPIRATION: %w", err)
		}
	}
	return found, nil
}

// keys returns the keys of a profile in one file.
func keys(profile section, name, path string) (Source, error) {
	id, set := profile.text("aws_access_key_id")
	if !set {
		return nil, nil
	}
	from := fmt.Sprintf("the profile %q in %s", name, path)
	secret, set := profile.text("aws_secret_access_key")
	switch {
	case !set:
		return nil, fmt.Errorf("%s has aws_access_key_id but no aws_secret_access_key; add it", from)
	case id == "" || secret == "":
		return nil, fmt.Errorf("%s: aws_access_key_id or aws_secret_access_key is empty", from)
	}
	token, set := profile.text("aws_security_token")
	if !set {
		token, _ = profile.text("aws_session_token")
	}
	return &Static{id, secret, token, time.Time{}, from}, nil
}

// login returns the session of aws login that a profile names.
func login(profile section, name string) (Source, error) {
	if session, set := profile.text("login_session"); set {
		return &Login{name, session}, nil
	}
	return nil, nil
}

// process returns the program that a profile names.
func process(profile section, name string) (Source, error) {
	if command, set := profile.text("credential_process"); set {
		return &Process{name, command}, nil
	}
	return nil, nil
}
