package awsconn

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/logincreds"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/signin"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/smithy-go"

	"steampipe-plugin-ssmassoc/internal/aws/awsprofile"
)

// credentialSources makes providers of credentials. All their clients are made from cfg,
// and so have its region, endpoints, HTTP client and guard.
type credentialSources struct {
	cfg    aws.Config // without credentials
	config *Config
}

// find returns the credentials of the arguments or else of the environment and the
// profile, or of the role that they assume.
func (s credentialSources) find(settings *awsprofile.Settings) (*cachedCredentials, error) {
	var source awsprofile.Source
	var err error
	if s.config.AccessKey != nil {
		source = &awsprofile.Static{
			AccessKeyID: *s.config.AccessKey, SecretAccessKey: *s.config.SecretKey,
			SessionToken: aws.ToString(s.config.SessionToken), From: "the connection",
		}
	} else if source, err = settings.Source(); err != nil {
		return nil, err
	}
	if s.config.RoleARN != nil {
		source = &awsprofile.Role{
			ARN: *s.config.RoleARN, ExternalID: aws.ToString(s.config.ExternalID), Source: source,
			SessionName: cmp.Or(aws.ToString(s.config.RoleSessionName), "steampipe-plugin-ssmassoc"),
		}
	}
	found := s.provider(source)
	found.again = renewal(source)
	return found, nil
}

// provider returns a provider of the credentials of a source.
func (s credentialSources) provider(source awsprofile.Source) *cachedCredentials {
	switch source := source.(type) {
	case *awsprofile.Static:
		return cached(fmt.Sprintf("use the keys of %s", source.From), staticKeys{source}, nil)
	case *awsprofile.Role:
		return s.role(source)
	case *awsprofile.WebIdentity:
		return s.webIdentity(source)
	case *awsprofile.SSO:
		return s.sso(source)
	case *awsprofile.Login:
		return s.login(source)
	case *awsprofile.Process:
		return cached(fmt.Sprintf("run the credential_process of the profile %q", source.Profile),
			credentialProcess{source.Command, processTimeout}, nil)
	case *awsprofile.Container:
		return cached("ask the container for its credentials", containerCredentials{source}, nil)
	case *awsprofile.Instance:
		return cached("ask the instance for its credentials", instanceCredentials{source}, nil)
	}
	panic(fmt.Sprintf("no provider of %T", source))
}

// staticKeys provides keys that are known.
type staticKeys struct{ *awsprofile.Static }

// Retrieve returns the keys.
func (k staticKeys) Retrieve(context.Context) (aws.Credentials, error) {
	if !k.Expires.IsZero() && !k.Expires.After(time.Now()) {
		return aws.Credentials{}, statement("they expired at AWS_CREDENTIAL_EXPIRATION; renew them, and the variable")
	}
	return aws.Credentials{
		AccessKeyID: k.AccessKeyID, SecretAccessKey: k.SecretAccessKey, SessionToken: k.SessionToken,
		CanExpire: !k.Expires.IsZero(), Expires: k.Expires,
	}, nil
}

// role returns the credentials of a role that another source assumes.
func (s credentialSources) role(role *awsprofile.Role) *cachedCredentials {
	what := "assume the role " + role.ARN
	if role.Profile != "" {
		what += fmt.Sprintf(" of the profile %q", role.Profile)
	}
	if role.MFASerial != "" {
		return cached(what, failingProvider{statement("the profile's role asks for an MFA code, " +
			"and nobody is there to ask; get temporary credentials first (for example with " +
			"aws sts get-session-token) and configure those")}, nil)
	}
	source := s.provider(role.Source)
	cfg := s.cfg.Copy()
	cfg.Credentials = source
	provider := stscreds.NewAssumeRoleProvider(s.config.stsClient(cfg), role.ARN, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = role.SessionName
		if role.ExternalID != "" {
			o.ExternalID = &role.ExternalID
		}
		if role.Duration > 0 {
			o.Duration = role.Duration
		}
	})
	return cached(what, provider, func() []string {
		used := source.peek()
		return []string{used.SecretAccessKey, used.SessionToken, role.ExternalID}
	})
}

// failingProvider provides no credentials.
type failingProvider struct{ err error }

// Retrieve returns an error.
func (p failingProvider) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{}, p.err
}

// webIdentity returns the credentials of a role that the token in a file assumes.
func (s credentialSources) webIdentity(identity *awsprofile.WebIdentity) *cachedCredentials {
	cfg := s.cfg.Copy()
	cfg.Credentials = aws.AnonymousCredentials{} // the token stands for them
	token := stscreds.IdentityTokenFile(identity.TokenFile)
	provider := stscreds.NewWebIdentityRoleProvider(s.config.stsClient(cfg), identity.RoleARN, token,
		func(o *stscreds.WebIdentityRoleOptions) { o.RoleSessionName = identity.SessionName })
	return cached("assume the role "+identity.RoleARN+" with a web identity token", provider, func() []string {
		content, _ := os.ReadFile(identity.TokenFile)
		return []string{string(content)}
	})
}

// sso returns the credentials of a role of IAM Identity Center.
func (s credentialSources) sso(role *awsprofile.SSO) *cachedCredentials {
	what := fmt.Sprintf("get the SSO credentials of the profile %q", role.Profile)
	cfg := s.cfg.Copy()
	cfg.Region, cfg.Credentials = role.Region, aws.AnonymousCredentials{}
	path, err := ssocreds.StandardCachedTokenFilepath(cmp.Or(role.Session, role.StartURL))
	if err != nil {
		return cached(what, failingProvider{statement("there is no home directory for the token of aws sso login")}, nil)
	}
	client := roleCredentials{sso.NewFromConfig(cfg)}
	provider := ssocreds.New(client, role.AccountID, role.RoleName, role.StartURL, func(o *ssocreds.Options) {
		o.CachedTokenFilepath = path
		if role.Session != "" {
			o.SSOTokenProvider = ssocreds.NewSSOTokenProvider(ssooidc.NewFromConfig(cfg), path)
		}
	})
	return cached(what, loginProvider{provider, path, "aws sso login --profile " + role.Profile}, nil)
}

// roleCredentials is a client of SSO that takes an answer without credentials for an
// error. The AWS SDK's provider panics.
type roleCredentials struct{ *sso.Client }

// GetRoleCredentials returns the credentials of a role.
func (c roleCredentials) GetRoleCredentials(
	ctx context.Context, in *sso.GetRoleCredentialsInput, options ...func(*sso.Options),
) (*sso.GetRoleCredentialsOutput, error) {
	out, err := c.Client.GetRoleCredentials(ctx, in, options...)
	if err == nil && out.RoleCredentials == nil {
		err = &smithy.DeserializationError{Err: statement("the answer has no credentials")}
	}
	return out, err
}

// login returns the credentials of a session of aws login.
func (s credentialSources) login(session *awsprofile.Login) *cachedCredentials {
	what := fmt.Sprintf("get the credentials of aws login of the profile %q", session.Profile)
	path, err := logincreds.StandardCachedTokenFilepath(session.Session, os.Getenv("AWS_LOGIN_CACHE_DIRECTORY"))
	if err != nil {
		return cached(what, failingProvider{statement("there is no home directory for the token of aws login")}, nil)
	}
	cfg := s.cfg.Copy()
	cfg.Credentials = aws.AnonymousCredentials{}
	provider := logincreds.New(signin.NewFromConfig(cfg), path, func(o *logincreds.Options) {
		o.RestrictPermissions = true
	})
	return cached(what, loginProvider{provider, path, "aws login --profile " + session.Profile}, nil)
}
