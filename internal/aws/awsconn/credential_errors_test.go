package awsconn

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go"
)

// canary is what no error may repeat.
const canary = "CANARYwJalrXUtnFEMIbPxRfiCY"

// TestSecretsOfSources has each source of credentials answer with a secret in each wrong
// form. Neither the error nor any error in its tree that is shown may repeat it.
func TestSecretsOfSources(t *testing.T) {
	answers := map[string]string{
		"a banner":            "Welcome " + canary + "\n{\"AccessKeyId\":\"k\"}",
		"cut off":             `{"Version":1,"AccessKeyId":"k","SecretAccessKey":"` + canary,
		"a wrong expiration":  `{"Version":1,"Code":"Success","AccessKeyId":"k","SecretAccessKey":"` + canary + `","Token":"t","Expiration":"` + canary + `"}`,
		"wrong types":         `{"Version":1,"AccessKeyId":{"a":"` + canary + `"},"SecretAccessKey":["` + canary + `"],"Expiration":"2099-01-01T00:00:00Z","roleCredentials":"` + canary + `"}`,
		"another version":     `{"Version":"` + canary + `","AccessKeyId":"k","SecretAccessKey":"` + canary + `"}`,
		"a list":              `["` + canary + `"]`,
		"XML that is cut off": `<AssumeRoleResponse><AssumeRoleResult><Credentials><SecretAccessKey>` + canary,
		"XML with a date":     `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>k</AccessKeyId><SecretAccessKey>` + canary + `</SecretAccessKey><Expiration>` + canary + `</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
		"HTML":                "<html>" + canary + "</html>",
	}
	for source, test := range map[string]struct{ config, environment string }{
		"process":            {config: "[default]\n" + process},
		"a role":             {config: "[default]\n" + roleArn + "r\nsource_profile = base\n[profile base]\naws_access_key_id = k\naws_secret_access_key = " + canary + "\n"},
		"a role of process":  {config: "[default]\n" + roleArn + "r\nsource_profile = base\n[profile base]\n" + process},
		"web identity":       {config: "[default]\nweb_identity_token_file = {dir}/token\n" + roleArn + "w\n"},
		"SSO":                {config: "[default]\n" + ssoSelf + ssoCorp},
		"SSO of the old":     {config: "[default]\n" + ssoLegacy},
		"SSO renewed":        {config: strings.ReplaceAll("[default]\n"+ssoSelf+ssoCorp, "corp", "stale")},
		"SSO, a broken file": {config: strings.ReplaceAll("[default]\n"+ssoSelf+ssoCorp, "corp", "broken")},
		"login":              {config: "[default]\nlogin_session = arn:aws:iam::1:user/u\n"},
		"the container":      {environment: "AWS_CONTAINER_CREDENTIALS_FULL_URI={url}/" + canary + "\nAWS_CONTAINER_AUTHORIZATION_TOKEN=" + canary},
		"the instance":       {environment: "AWS_EC2_METADATA_DISABLED=false\nAWS_EC2_METADATA_SERVICE_ENDPOINT={url}"},
		"the environment":    {environment: "AWS_ACCESS_KEY_ID=k\nAWS_SESSION_TOKEN=" + canary},
		"a broken file":      {config: "[default]\naws_secret_access_key " + canary + "\n"},
		"half of the keys":   {config: "[default]\naws_secret_access_key = " + canary + "\naws_access_key_id =\n"},
		"an unread endpoint": {environment: "AWS_ENDPOINT_URL=http://u:" + canary + "@[::bad\nAWS_ACCESS_KEY_ID=k\nAWS_SECRET_ACCESS_KEY=s"},
		"a closed endpoint":  {environment: "AWS_ENDPOINT_URL=http://u:" + canary + "@127.0.0.1:1\nAWS_ACCESS_KEY_ID=k\nAWS_SECRET_ACCESS_KEY=s"},
		"an unread proxy":    {environment: "HTTPS_PROXY=http://u:" + canary + "@[::bad\nAWS_ACCESS_KEY_ID=k\nAWS_SECRET_ACCESS_KEY=s"},
	} {
		for form, body := range answers {
			for _, status := range []int{200, 403} {
				t.Run(fmt.Sprintf("%s, %s, %d", source, form, status), func(t *testing.T) {
					err := sourceFailure(t, test.config, test.environment, status, body)
					if err == nil {
						t.Fatal("there is no error: the test shows nothing")
					}
					if strings.Contains(err.Error(), canary) {
						t.Errorf("the error repeats the secret: %v", err)
					}
				})
			}
		}
	}
}

// sourceFailure returns the error of a connection without arguments.
func sourceFailure(t *testing.T, config, environment string, status int, body string) error {
	t.Helper()
	return failure(t, Config{}, config, environment, status, body)
}

// failure returns the error of a connection whose endpoint and source of credentials
// answer with a status and a body.
func failure(t *testing.T, arguments Config, config, environment string, status int, body string) error {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Content-Type") == "application/x-www-form-urlencoded" {
			_ = r.ParseForm()
		}
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, body)
	}))
	defer server.Close()
	home, dir := t.TempDir(), t.TempDir()
	fill := strings.NewReplacer("{dir}", dir, "{url}", server.URL, "{a}", server.URL)
	noSettings(t)
	_ = os.Unsetenv("AWS_ACCESS_KEY_ID")
	_ = os.Unsetenv("AWS_SECRET_ACCESS_KEY")
	t.Setenv("HOME", home)
	t.Setenv("AWS_ENDPOINT_URL", server.URL)
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	t.Setenv("AWS_REGION", "eu-west-1")
	t.Setenv("AWS_LOGIN_CACHE_DIRECTORY", dir)
	for line := range strings.Lines(fill.Replace(environment)) {
		if name, value, set := strings.Cut(strings.TrimSpace(line), "="); set {
			t.Setenv(name, value)
		}
	}
	r := rig{files: map[string]string{
		dir + "/config": fill.Replace(config), dir + "/token": canary, dir + "/body": body,
		dir + "/p": "cat " + dir + "/body; echo " + canary + " >&2; exit " + map[int]string{200: "0", 403: "1"}[status] + "\n",
		dir + "/" + sha256Hex("arn:aws:iam::1:user/u") + ".json": body,
	}}
	ssoTokens(r.files, home)
	r.files[home+"/.aws/sso/cache/"+sha1Hex("broken")+".json"] = `{"accessToken":"` + canary + `","expiresAt":"` + canary + `"}`
	r.write(t)
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(dir, "config"))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	arguments.MinErrorRetryDelay = new(1)
	c := New("c", arguments, NewShared(), nil)
	_, err := c.identify(ctx)
	return err
}

// TestMessagesOfSTS checks that the message of a refusal is shown, unless it repeats what
// was sent.
func TestMessagesOfSTS(t *testing.T) {
	refusal := func(message string) error {
		return fmt.Errorf("call: %w", &smithy.GenericAPIError{Code: "AccessDenied", Message: message})
	}
	for message, want := range map[string]string{
		"not authorized to perform: sts:AssumeRole": "assume: AccessDenied: not authorized to perform: sts:AssumeRole",
		"bad token " + canary:                       "assume: AccessDenied",
		"":                                          "assume: AccessDenied",
	} {
		err := sealed("assume", refusal(message), []string{"", canary + "\n"})
		if err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
		if Code(err) != "AccessDenied" {
			t.Errorf("code %q", Code(err))
		}
	}
	if err := sealed("assume", errors.New(canary), nil); strings.Contains(err.Error(), canary) {
		t.Error(err)
	}
}
