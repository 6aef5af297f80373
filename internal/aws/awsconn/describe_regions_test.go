package awsconn

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// noSettings keeps the machine's AWS settings from a test, and gives it keys.
func noSettings(t *testing.T) {
	t.Helper()
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "AWS_") || name == "REQUESTS_CA_BUNDLE" {
			t.Setenv(name, "")
			_ = os.Unsetenv(name) // t.Setenv sets it again
		}
	}
	for name, value := range map[string]string{
		"AWS_EC2_METADATA_DISABLED":   "true",
		"AWS_CONFIG_FILE":             os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
		"AWS_ACCESS_KEY_ID":           "AKIAIOSFODNN7EXAMPLE",
		"AWS_SECRET_ACCESS_KEY":       "secret",
	} {
		t.Setenv(name, value)
	}
}

func TestEC2Endpoint(t *testing.T) {
	const profile = "[default]\nservices = local\n[services local]\nec2 =\n  endpoint_url = https://ec2.profile.example/\n"
	for name, test := range map[string]struct {
		region      string
		environment map[string]string
		file        string // the shared configuration
		argument    string
		want        string
	}{
		"AWS's own":                     {want: "https://ec2.eu-west-1.amazonaws.com/"},
		"in China":                      {region: "cn-north-1", want: "https://ec2.cn-north-1.amazonaws.com.cn/"},
		"FIPS":                          {region: "us-east-1", environment: map[string]string{"AWS_USE_FIPS_ENDPOINT": "true"}, want: "https://ec2-fips.us-east-1.amazonaws.com/"},
		"dual-stack":                    {environment: map[string]string{"AWS_USE_DUALSTACK_ENDPOINT": "true"}, want: "https://ec2.eu-west-1.api.aws/"},
		"FIPS and dual-stack":           {region: "us-east-1", environment: map[string]string{"AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "true"}, want: "https://ec2-fips.us-east-1.api.aws/"},
		"of the environment":            {environment: map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, want: "http://127.0.0.1:1/"},
		"of the environment, for EC2":   {environment: map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_EC2": "http://127.0.0.1:2"}, want: "http://127.0.0.1:2/"},
		"of the environment, ignored":   {environment: map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_EC2": "http://127.0.0.1:2", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, want: "https://ec2.eu-west-1.amazonaws.com/"},
		"of the profile":                {file: profile, want: "https://ec2.profile.example/"},
		"of the environment before all": {file: profile, environment: map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, want: "http://127.0.0.1:1/"},
		"of the argument":               {environment: map[string]string{"AWS_ENDPOINT_URL_EC2": "http://127.0.0.1:2", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, argument: "http://127.0.0.1:3", want: "http://127.0.0.1:3/"},
	} {
		t.Run(name, func(t *testing.T) {
			noSettings(t)
			for name, value := range test.environment {
				t.Setenv(name, value)
			}
			if test.file != "" {
				file := filepath.Join(t.TempDir(), "config")
				if err := os.WriteFile(file, []byte(test.file), 0o600); err != nil {
					t.Fatal(err)
				}
				t.Setenv("AWS_CONFIG_FILE", file)
			}
			region := "eu-west-1"
			if test.region != "" {
				region = test.region
			}
			config := Config{DefaultRegion: &region}
			if test.argument != "" {
				config.EndpointURL = &test.argument
			}
			c := New("c", config, NewShared(), nil)
			cfg, err := c.config.load("c", c.shared)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := ec2Endpoint(t.Context(), cfg); err != nil || got != test.want {
				t.Errorf("got %s, error %v, want %s", got, err, test.want)
			}
		})
	}
}

// ec2 is an endpoint with a clock that is ahead. It refuses requests that are not signed by
// that clock.
func ec2(ahead time.Duration, refusal string, attempts *atomic.Int64) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		attempts.Add(1)
		now := time.Now().Add(ahead)
		w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
		signed, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
		if err != nil || now.Sub(signed).Abs() > 5*time.Minute {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprintf(w, "<Response><Errors><Error><Code>%s</Code><Message>no</Message></Error></Errors></Response>", refusal)
			return
		}
		_, _ = io.WriteString(w, "<DescribeRegionsResponse><regionInfo><item><regionName>eu-west-1</regionName></item></regionInfo></DescribeRegionsResponse>")
	}
}

// TestDescribeRegionsWithAWrongClock checks that requests are signed by the clock of the
// endpoint, whatever code EC2 refuses them with.
func TestDescribeRegionsWithAWrongClock(t *testing.T) {
	for _, refusal := range []string{"RequestExpired", "AuthFailure"} {
		for _, ahead := range []time.Duration{time.Hour, -time.Hour} {
			t.Run(fmt.Sprintf("%s, %s ahead", refusal, ahead), func(t *testing.T) {
				noSettings(t)
				var attempts atomic.Int64
				server := httptest.NewServer(ec2(ahead, refusal, &attempts))
				defer server.Close()
				c := New("c", Config{EndpointURL: &server.URL, MinErrorRetryDelay: new(1), AccessKey: new("key"), SecretKey: new("secret")}, NewShared(), nil)
				names, err := c.listRegions(t.Context())
				if err != nil || !slices.Equal(names, []string{"eu-west-1"}) || attempts.Load() != 2 {
					t.Errorf("%v after %d attempts, error %v", names, attempts.Load(), err)
				}
			})
		}
	}
}

// TestDescribeRegionsExplained checks that the error of each refusal says what to change,
// after a single attempt.
func TestDescribeRegionsExplained(t *testing.T) {
	for code, want := range map[string]string{
		"UnauthorizedOperation": "ec2:DescribeRegions",
		"AuthFailure":           "check the keys or the profile",
		"RequestExpired":        "renew the keys",
		"OptInRequired":         "default_region",
		"Blocked":               "AWS Support",
		"PendingVerification":   "try again later",
	} {
		t.Run(code, func(t *testing.T) {
			noSettings(t)
			attempts := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				attempts++
				w.WriteHeader(http.StatusForbidden)
				_, _ = fmt.Fprintf(w, "<Response><Errors><Error><Code>%s</Code><Message>no</Message></Error></Errors></Response>", code)
			}))
			defer server.Close()
			c := New("c", Config{EndpointURL: &server.URL, MinErrorRetryDelay: new(1), AccessKey: new("key"), SecretKey: new("secret"), DefaultRegion: new("eu-west-1")}, NewShared(), nil)
			_, err := c.listRegions(t.Context())
			if err == nil || !strings.Contains(err.Error(), code) || !strings.Contains(err.Error(), want) || attempts != 1 {
				t.Errorf("%d attempts, error %v", attempts, err)
			}
		})
	}
}

// TestNoCredentials checks that the error for missing credentials says what to set.
func TestNoCredentials(t *testing.T) {
	for name, test := range map[string]struct {
		config Config
		want   string
	}{
		"none at all":                   {want: `set "profile", or "access_key" and "secret_key"`},
		"a profile that does not exist": {Config{Profile: new("nobody")}, `check the argument "profile"`},
	} {
		t.Run(name, func(t *testing.T) {
			noSettings(t)
			_ = os.Unsetenv("AWS_ACCESS_KEY_ID")
			_ = os.Unsetenv("AWS_SECRET_ACCESS_KEY")
			server := httptest.NewServer(http.NotFoundHandler())
			defer server.Close()
			test.config.EndpointURL = &server.URL
			c := New("c", test.config, NewShared(), nil)
			if _, err := c.identify(t.Context()); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("STS: %v", err)
			}
			if _, err := c.listRegions(t.Context()); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("EC2: %v", err)
			}
		})
	}
}
