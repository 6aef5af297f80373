package awsconn

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

// TestLikeTheAWSCLI makes the same two calls with botocore, the library under the AWS
// CLI, and with a connection, in each scenario: the same requests must arrive at the same
// endpoints, signed with the same keys for the same regions, or both must fail in the
// same class.
func TestLikeTheAWSCLI(t *testing.T) {
	python := pythonWithBotocore(t)
	w := newWitness(t)
	home := t.TempDir()
	rigs := make([]rig, len(scenarios))
	for i, s := range scenarios {
		rigs[i] = newRig(t, w, home, s)
	}
	theirs := callWithBotocore(t, python, w, rigs)
	for i, r := range rigs {
		t.Run(r.scenario.name, func(t *testing.T) {
			ours := r.call(t, w)
			if r.scenario.differs != "" {
				if ours.failure != "" || ours.key != r.scenario.key {
					t.Errorf("%+v", ours)
				}
				return
			}
			if !ours.equal(theirs[i]) {
				t.Errorf("got  %s\nwant %s", ours, theirs[i])
			}
			if theirs[i].key != r.scenario.key {
				t.Errorf("botocore signs with %q: the scenario does not show what it says", theirs[i].key)
			}
		})
	}
	if len(scenarios) < 80 {
		t.Errorf("%d scenarios", len(scenarios))
	}
}

// TestLikeTheAWSProgram makes one call with the program aws in some of the scenarios: it
// adds its own settings to botocore's.
func TestLikeTheAWSProgram(t *testing.T) {
	program := filepath.Join(filepath.Dir(pythonWithBotocore(t)), "aws")
	if _, err := exec.LookPath(program); err != nil {
		t.Skip("the program aws is not installed; run make awscli")
	}
	w := newWitness(t)
	home := t.TempDir()
	for _, name := range []string{
		"SSO before keys of the credentials file", "profile argument before environment", "a role of a role",
		"FIPS with an endpoint", "a role with keys but without a source",
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, w, home, scenarios[slices.IndexFunc(scenarios, func(s scenario) bool { return s.name == name })])
			r.write(t)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			call := exec.CommandContext(ctx, program, "ssm", "describe-instance-associations-status", "--instance-id", "i-1")
			if r.scenario.profile != "" {
				call.Args = append(call.Args, "--profile", r.scenario.profile)
			}
			for name, value := range r.environment {
				call.Env = append(call.Env, name+"="+value)
			}
			printed, err := call.CombinedOutput()
			theirs := outcomeOf(w.taken(), "", "")
			if (err == nil) != (r.scenario.key != "") || theirs.key != r.scenario.key {
				t.Errorf("aws signs with %q, error %v: %s", theirs.key, err, printed)
			}
			if ours := r.call(t, w); ours.key != theirs.key {
				t.Errorf("%s", ours)
			}
		})
	}
}

// rig is a scenario with its files.
type rig struct {
	scenario    scenario
	environment map[string]string
	files       map[string]string // by path
	arguments   Config            // of the connection
}

func newRig(t *testing.T, w *witness, home string, s scenario) rig {
	t.Helper()
	dir := t.TempDir()
	fill := func(text string) string {
		return strings.NewReplacer("{home}", home, "{dir}", dir).Replace(w.fill(expand(text)))
	}
	r := rig{scenario: s, files: map[string]string{}, environment: map[string]string{
		"HOME": home, "PATH": os.Getenv("PATH"), "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1",
		"AWS_DEFAULT_REGION": "eu-west-1", "AWS_CONFIG_FILE": dir + "/config", "AWS_SHARED_CREDENTIALS_FILE": dir + "/credentials",
	}}
	for line := range strings.Lines(fill(s.environment)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		if unset, found := strings.CutPrefix(name, "-"); found {
			delete(r.environment, unset)
		} else if name != "" {
			r.environment[name] = value
		}
	}
	if s.config != "" {
		r.files[dir+"/config"] = fill(s.config)
	}
	if s.credentials != "" {
		r.files[dir+"/credentials"] = fill(s.credentials)
	}
	for name, text := range s.files {
		path := filepath.Join(dir, name)
		if rest, found := strings.CutPrefix(name, "~/"); found {
			path = filepath.Join(home, rest)
		}
		r.files[path] = fill(text)
	}
	r.files[home+"/ca.pem"] = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.tls.Certificate().Raw}))
	ssoTokens(r.files, home)
	return r
}

// ssoTokens adds the tokens of SSO sessions, as aws sso login leaves them.
func ssoTokens(files map[string]string, home string) {
	for session, token := range map[string]string{
		"corp": "good", "My Corp": "good", "https://old.example/start": "good", "revoked": "revoked", "stale": "stale", "stale2": "stale",
	} {
		expires := in(2 * time.Hour)
		if token == "stale" {
			expires = in(-time.Hour)
		}
		path := home + "/.aws/sso/cache/" + sha1Hex(session) + ".json"
		files[path] = fmt.Sprintf(`{"startUrl":"https://corp.example/start","region":"eu-central-1","accessToken":%q,"expiresAt":%q,`+
			`"clientId":"c","clientSecret":"s","refreshToken":"r","registrationExpiresAt":%q}`, token, expires, in(time.Hour))
	}
}

func (r rig) write(t *testing.T) {
	t.Helper()
	for path, text := range r.files {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// outcome is what came of a scenario.
type outcome struct {
	requests []string
	key      string // that signed the call of Systems Manager
	failure  string // its class; "" for none
	detail   string
}

func (o outcome) String() string {
	return fmt.Sprintf("%s failure %q %s", strings.Join(o.requests, "; "), o.failure, o.detail)
}

func (o outcome) equal(other outcome) bool {
	return o.failure == other.failure && (o.failure != "" || slices.Equal(o.requests, other.requests))
}

// outcomeOf reads the requests of a scenario, each once: a client may ask again for what
// the other keeps.
func outcomeOf(requests []string, failure, detail string) outcome {
	o := outcome{failure: failure, detail: detail}
	for _, request := range requests {
		if fields := strings.Fields(request); fields[1] == "ssm" && failure == "" {
			o.key = fields[3]
		}
		if !slices.Contains(o.requests, request) {
			o.requests = append(o.requests, request)
		}
	}
	slices.Sort(o.requests)
	return o
}

// call makes the calls with a connection.
func (r rig) call(t *testing.T, w *witness) outcome {
	t.Helper()
	r.write(t)
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		t.Setenv(name, "")
		_ = os.Unsetenv(name) // t.Setenv sets it again
	}
	for name, value := range r.environment {
		t.Setenv(name, value)
	}
	config := r.arguments
	if r.scenario.profile != "" {
		config.Profile = &r.scenario.profile
	}
	w.taken()
	err := callOnce(t.Context(), New("c", config, NewShared(), func(*Connection) {}))
	if err != nil {
		return outcomeOf(w.taken(), classOf(err), err.Error())
	}
	return outcomeOf(w.taken(), "", "")
}

func callOnce(ctx context.Context, c *Connection) error {
	if _, err := c.identify(ctx); err != nil {
		return err
	}
	name, err := c.defaultRegion(ctx)
	if err != nil {
		return err
	}
	region, err := c.Region(ctx, name)
	if err != nil {
		return err
	}
	_, err = Call(ctx, region, "DescribeInstanceAssociationsStatus", func() (*ssm.DescribeInstanceAssociationsStatusOutput, error) {
		input := &ssm.DescribeInstanceAssociationsStatusInput{InstanceId: aws.String("i-1")}
		return region.Client.DescribeInstanceAssociationsStatus(ctx, input, region.Options)
	})
	return err
}

// The classes of failures: the configuration is not valid, no source has credentials, the
// source fails, the call fails.
const (
	invalid    = "invalid"
	nowhere    = "nowhere"
	sourceless = "source"
	refused    = "call"
)

func classOf(err error) string {
	var credentials *credentialsError
	switch {
	case errors.Is(err, errNoSource):
		return nowhere
	case strings.Contains(err.Error(), "load the AWS configuration"):
		return invalid
	case errors.As(err, &credentials):
		return sourceless
	}
	return refused
}

// classes are the classes of botocore's exceptions, by the beginnings of their names and
// texts. Others are failures of a source.
var classes = []struct{ exception, class string }{
	{"NoCredentialsError", nowhere},
	{"ProfileNotFound", invalid},
	{"ConfigParseError", invalid},
	{"InvalidConfigError", invalid},
	{"PartialCredentialsError", invalid},
	{"InfiniteLoopConfigError", invalid},
	{"InvalidRetryModeError", invalid},
	{"CredentialRetrievalError: Error when retrieving credentials from Environment", invalid},
	{"ValueError: Unsupported host", invalid}, // of AWS_CONTAINER_CREDENTIALS_FULL_URI
	{"ValueError: invalid literal for int", invalid},
	{"ValueError: Invalid endpoint", invalid},
	{"SSLError", refused},
}

func classOfException(exception string) string {
	for _, known := range classes {
		if strings.HasPrefix(exception, known.exception) {
			return known.class
		}
	}
	return sourceless
}

// callWithBotocore makes the calls of all scenarios with botocore.
func callWithBotocore(t *testing.T, python string, w *witness, rigs []rig) []outcome {
	t.Helper()
	type request struct {
		Environment map[string]string `json:"environment"`
		Profile     string            `json:"profile"`
		Mark        string            `json:"mark"`
	}
	var requests []request
	for _, r := range rigs {
		r.write(t)
		requests = append(requests, request{r.environment, r.scenario.profile, w.endpoints["a"] + "/mark"})
	}
	input, err := json.Marshal(requests)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	program := exec.CommandContext(ctx, python, "testdata/calls.py")
	program.Stdin = bytes.NewReader(input)
	program.Stderr = os.Stderr
	program.Env = append(os.Environ(), "HOME="+rigs[0].environment["HOME"])
	printed, err := program.Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := w.taken()
	var outcomes []outcome
	for line := range bytes.Lines(printed) {
		var failure string
		if err := json.Unmarshal(line, &failure); err != nil {
			t.Fatal(err)
		}
		end := slices.IndexFunc(seen[1:], func(s string) bool { return strings.Contains(s, " mark ") }) + 1
		if end == 0 {
			end = len(seen)
		}
		class := failure
		if failure != "" {
			class = classOfException(failure)
		}
		outcomes = append(outcomes, outcomeOf(seen[1:end], class, failure))
		seen = seen[end:]
	}
	if len(outcomes) != len(rigs) {
		t.Fatalf("%d outcomes of %d scenarios", len(outcomes), len(rigs))
	}
	return outcomes
}

// pythonWithBotocore returns a Python that has botocore: that of make awscli, or the
// machine's.
func pythonWithBotocore(t *testing.T) string {
	t.Helper()
	pinned, _ := filepath.Glob("../../../bin/awscli-*/bin/python")
	for _, python := range append(pinned, "python3") {
		if exec.Command(python, "-c", "import botocore").Run() == nil {
			return python
		}
	}
	const missing = "botocore is not installed; run make awscli"
	if os.Getenv("CI") != "" {
		t.Fatal(missing)
	}
	t.Skip(missing)
	return ""
}

func sha256Hex(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func sha1Hex(text string) string {
	sum := sha1.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}
