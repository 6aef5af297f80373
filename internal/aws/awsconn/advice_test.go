package awsconn

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestAdvice checks that each piece of advice is given where its condition holds, and not
// where it does not.
func TestAdvice(t *testing.T) {
	w := newWitness(t)
	other := otherCertificate(t)
	refusal := func(code string) string {
		return "<ErrorResponse><Error><Code>" + code + "</Code><Message>no</Message></Error></ErrorResponse>"
	}
	const region = `set "default_region"`
	for name, test := range map[string]struct {
		config, environment string
		arguments           Config
		answer              string
		want, without       string
	}{
		"an SSO session that was revoked": {
			config: "[profile dev]\n" + strings.ReplaceAll(ssoSelf+ssoCorp, "corp", "revoked"), environment: "AWS_PROFILE=dev",
			answer: `{"message":"Session token not found or invalid","__type":"UnauthorizedException"}`,
			want:   "log in again with aws sso login --profile dev",
		},
		"no SSO session": {
			config: "[profile dev]\n" + strings.ReplaceAll(ssoSelf+ssoCorp, "corp", "never"), environment: "AWS_PROFILE=dev",
			want: "log in with aws sso login --profile dev",
		},
		"an endpoint of SSO that is not a URL": {
			config: "[default]\n" + ssoSelf + ssoCorp, environment: "AWS_ENDPOINT_URL_SSO=localhost:1",
			want: "AWS_ENDPOINT_URL_SSO: not a URL", without: "log in",
		},
		"an endpoint of SSO that is not one of TLS": {
			config: "[default]\n" + ssoSelf + ssoCorp, environment: "AWS_ENDPOINT_URL_SSO=" + strings.Replace(w.endpoints["a"], "http:", "https:", 1),
			want: "check the endpoint and proxies", without: "log in",
		},
		"an endpoint of SSO OIDC that is not one of TLS": {
			config:      strings.ReplaceAll("[default]\n"+ssoSelf+ssoCorp, "corp", "stale"),
			environment: "AWS_ENDPOINT_URL_SSO_OIDC=" + strings.Replace(w.endpoints["a"], "http:", "https:", 1),
			want:        "check the endpoint and proxies", without: "log in",
		},
		"an SSO role that is not assigned": {
			config: "[default]\n" + ssoSelf + ssoCorp, answer: `{"message":"No access","__type":"ForbiddenException"}`,
			want: "check sso_account_id and sso_role_name", without: "log in",
		},
		"keys that are not valid in a region of nobody": {
			environment: envKeys + "AWS_REGION=", answer: refusal("InvalidClientTokenId"), want: region,
		},
		"keys that are not valid in a chosen region": {
			environment: envKeys + "AWS_REGION=eu-west-1", answer: refusal("InvalidClientTokenId"),
			want: "the credentials are not valid", without: region,
		},
		"keys that are not valid in the region of regions": {
			environment: envKeys + "AWS_REGION=", arguments: Config{Regions: []string{"eu-west-1"}},
			answer: refusal("InvalidClientTokenId"), want: "the credentials are not valid", without: region,
		},
		"keys of the environment that have expired": {
			environment: envKeys, answer: refusal("ExpiredToken"), want: "renew the keys and the token of the environment", without: "sso",
		},
		"keys of a file that have expired": {
			config: "[default]\n[KEYS k]\n", answer: refusal("ExpiredToken"), want: `of the profile "default" in `, without: "sso",
		},
		"a role whose source has expired": {
			config: "[default]\n" + roleArn + "r\nsource_profile = base\n[profile base]\n[KEYS base]\n",
			answer: refusal("ExpiredToken"), want: `renew the keys and the token of the profile "base"`, without: "sso",
		},
		"a certificate that is not trusted": {
			environment: envKeys + "AWS_ENDPOINT_URL={tls}", want: "is not trusted; if it is good, put its authority into a file and name that in AWS_CA_BUNDLE",
		},
		"a certificate that is not in the bundle": {
			environment: envKeys + "AWS_ENDPOINT_URL={tls}\nAWS_CA_BUNDLE=" + other + "",
			want:        "add its authority to " + other + ", the bundle of AWS_CA_BUNDLE",
		},
		"an endpoint that is closed": {
			environment: envKeys + "AWS_ENDPOINT_URL=http://127.0.0.1:1", want: "nothing listens at 127.0.0.1:1; check AWS_ENDPOINT_URL",
		},
		"an endpoint of the argument that is closed": {
			environment: envKeys, arguments: Config{EndpointURL: new("http://127.0.0.1:1")},
			want: `nothing listens at 127.0.0.1:1; check the argument "endpoint_url"`,
		},
		"a bundle that is not there": {
			environment: envKeys + "AWS_CA_BUNDLE=/nowhere/ca.pem", want: "read the certificates of AWS_CA_BUNDLE",
		},
		"a bundle without certificates": {
			environment: envKeys, config: "[default]\nca_bundle = {dir}/token\n", want: `ca_bundle of the profile "default"`,
		},
		"a proxy that is not a URL": {environment: envKeys + "https_proxy=http://[::bad", want: "https_proxy: not a proxy"},
	} {
		t.Run(name, func(t *testing.T) {
			err := failure(t, test.arguments, expand(test.config), w.fill(test.environment), http.StatusForbidden, test.answer)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got  %v\nwant ...%s...", err, test.want)
			}
			if test.without != "" && strings.Contains(fmt.Sprint(err), test.without) {
				t.Errorf("it also says %q: %v", test.without, err)
			}
		})
	}
}

// otherCertificate returns the path of a file with the certificate of nobody.
func otherCertificate(t *testing.T) string {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "other.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
