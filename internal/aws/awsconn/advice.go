package awsconn

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"syscall"

	"steampipe-plugin-ssmassoc/internal/aws/awsprofile"
)

// explain adds the likely cause and what to change to an error of AWS or its SDK. It
// gives advice only where its condition holds for this connection.
func (c *Connection) explain(err error) error {
	if _, ok := errors.AsType[*explainedError](err); ok {
		return err
	}
	known, ofSource := errors.AsType[*credentialsError](err)
	if ofSource && known.hint != "" {
		return err
	}
	code, _ := apiError(err)
	for _, advise := range []func(error, string) string{
		c.adviseRegion, c.adviseRenewal, c.adviseCertificate, c.adviseRefused,
		func(_ error, code string) string { return likelyCauses[code] },
	} {
		if hint := advise(err, code); hint != "" {
			return &explainedError{cause: err, hint: hint}
		}
	}
	return err
}

// adviseRegion gives advice for keys that are not valid in a region that nobody chose.
func (c *Connection) adviseRegion(_ error, code string) string {
	if !slices.Contains([]string{"AuthFailure", "InvalidClientTokenId", "UnrecognizedClientException"}, code) {
		return ""
	}
	settings := c.settings()
	if settings == nil || c.config.DefaultRegion != nil || settings.Region() != "" || c.config.guessRegion() != "" {
		return ""
	}
	return `the credentials are not valid in us-east-1, which was asked because no region is configured; ` +
		`if they belong to another partition, such as GovCloud or China, set "default_region", else check the keys`
}

// adviseRenewal gives advice for credentials that have expired, by their source.
func (c *Connection) adviseRenewal(_ error, code string) string {
	if !slices.Contains([]string{"ExpiredToken", "ExpiredTokenException", "RequestExpired"}, code) {
		return ""
	}
	again := c.credentials.renewal()
	if again == "" {
		return ""
	}
	if code == "RequestExpired" {
		return "the temporary credentials have expired, or the clock is wrong; " + again + ", or set the clock"
	}
	return "the temporary credentials have expired; " + again
}

// renewal says how a user renews the credentials of a source.
func renewal(source awsprofile.Source) string {
	switch source := source.(type) {
	case *awsprofile.Static:
		return "renew the keys and the token of " + source.From
	case *awsprofile.Role:
		return renewal(source.Source)
	case *awsprofile.WebIdentity:
		return "check that something renews " + source.TokenFile
	case *awsprofile.SSO:
		return "log in again with aws sso login --profile " + source.Profile
	case *awsprofile.Login:
		return "log in again with aws login --profile " + source.Profile
	case *awsprofile.Process:
		return fmt.Sprintf("run the credential_process of the profile %q by hand: it must print new ones", source.Profile)
	}
	return "check the clock: the container or the instance renews them"
}

// adviseCertificate gives advice for a certificate that is not trusted.
func (c *Connection) adviseCertificate(err error, _ string) string {
	_, unverified := errors.AsType[*tls.CertificateVerificationError](err)
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
	if !unverified && !unknown {
		return ""
	}
	hint := "the certificate of " + hostOf(err) + " is not trusted; "
	if proxy := proxyFor(err); proxy != "" {
		hint += "if it is that of the proxy " + proxy + ", "
	} else {
		hint += "if it is good, "
	}
	if settings := c.settings(); settings != nil {
		if path, from := settings.CABundle(); path != "" {
			return hint + "add its authority to " + path + ", the bundle of " + from
		}
	}
	return hint + "put its authority into a file and name that in AWS_CA_BUNDLE, or in ca_bundle of the profile"
}

// adviseRefused gives advice for an endpoint or a proxy at which nothing listens.
func (c *Connection) adviseRefused(err error, _ string) string {
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return ""
	}
	proxy, settings := proxyFor(err), c.settings()
	switch {
	case proxy != "":
		return "the proxy " + proxy + " does not listen; check HTTPS_PROXY and HTTP_PROXY"
	case c.config.EndpointURL != nil:
		return `nothing listens at ` + hostOf(err) + `; check the argument "endpoint_url"`
	case settings != nil && settings.HasEndpoint(hostOf(err)):
		return "nothing listens at " + hostOf(err) + "; check AWS_ENDPOINT_URL and endpoint_url of the profile"
	}
	return ""
}

// settings returns the settings of the open session, or nil.
func (c *Connection) settings() *awsprofile.Settings {
	if s, open := c.session.peek(); open {
		return endpointsOf(s.cfg).settings
	}
	return nil
}

// hostOf returns the host that a request went to, or "the endpoint".
func hostOf(err error) string {
	if u := requestURL(err); u != nil {
		return u.Host
	}
	return "the endpoint"
}

func requestURL(err error) *url.URL {
	failed, ok := errors.AsType[*url.Error](err)
	if !ok {
		return nil
	}
	u, err := url.Parse(failed.URL)
	if err != nil {
		return nil
	}
	return u
}

// proxyFor returns the host of the proxy of a request, or "" for none.
func proxyFor(err error) string {
	u := requestURL(err)
	if u == nil {
		return ""
	}
	if proxy, err := http.ProxyFromEnvironment(&http.Request{URL: u}); err == nil && proxy != nil {
		return strings.TrimSpace(proxy.Host)
	}
	return ""
}
