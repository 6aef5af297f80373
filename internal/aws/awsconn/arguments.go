package awsconn

import (
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Arguments are the arguments of a connection block, not yet decoded. If the SDK
// decoded them, it would leave a connection with an invalid argument without tables, and
// its user with "relation does not exist". So they are decoded and checked when a query
// first needs them.
type Arguments struct {
	Body hcl.Body `hcl:",remain"`
}

// Config holds the arguments of a connection block of ssmassoc.spc.
// An argument that is left out is nil.
type Config struct {
	Regions        []string `hcl:"regions,optional"`
	ExcludeRegions []string `hcl:"exclude_regions,optional"`
	DefaultRegion  *string  `hcl:"default_region,optional"`

	Profile         *string `hcl:"profile,optional"`
	AccessKey       *string `hcl:"access_key,optional"`
	SecretKey       *string `hcl:"secret_key,optional"`
	SessionToken    *string `hcl:"session_token,optional"`
	RoleARN         *string `hcl:"role_arn,optional"`
	ExternalID      *string `hcl:"external_id,optional"`
	RoleSessionName *string `hcl:"role_session_name,optional"`

	EndpointURL *string `hcl:"endpoint_url,optional"`

	MaxConcurrentRequests *int `hcl:"max_concurrent_requests,optional"`
	MaxErrorRetryAttempts *int `hcl:"max_error_retry_attempts,optional"`
	MinErrorRetryDelay    *int `hcl:"min_error_retry_delay,optional"` // milliseconds
	MaxCallSeconds        *int `hcl:"max_call_seconds,optional"`

	IgnoreErrorCodes    []string `hcl:"ignore_error_codes,optional"`
	IgnoreErrorMessages []string `hcl:"ignore_error_messages,optional"`

	// Triage has conditions on the status of associations read only nodes that AWS counts
	// such a status of.
	Triage *bool `hcl:"triage,optional"`

	// S3ForcePathStyle is accepted because configurations of Steampipe's AWS
	// plugin may have it. Nothing here calls S3.
	S3ForcePathStyle *bool `hcl:"s3_force_path_style,optional"`
}

// ParseArguments reads the arguments of a connection block, in HCL. It checks no
// argument.
func ParseArguments(text string) (Arguments, error) {
	file, diagnostics := hclsyntax.ParseConfig([]byte(text), "", hcl.InitialPos)
	if diagnostics.HasErrors() {
		return Arguments{}, diagnostics
	}
	return Arguments{Body: file.Body}, nil
}

// Decode reads and checks the arguments.
func (a Arguments) Decode() (Config, error) {
	var c Config
	if a.Body == nil {
		return c, nil
	}
	if diagnostics := gohcl.DecodeBody(a.Body, nil, &c); diagnostics.HasErrors() {
		var errs []error
		said := map[string]bool{}
		for _, d := range diagnostics {
			if d.Severity != hcl.DiagError {
				continue
			}
			err := a.explain(d)
			subject := err.Error()
			if strings.HasPrefix(subject, "argument ") { // once for all entries of a list
				subject, _, _ = strings.Cut(subject, ": ")
			}
			if !said[subject] {
				errs = append(errs, err)
			}
			said[subject] = true
		}
		return c, errors.Join(errs...)
	}
	return c, c.validate()
}

// explain turns a diagnostic into an error that names the argument and what to change.
func (a Arguments) explain(d *hcl.Diagnostic) error {
	attributes, _ := a.Body.JustAttributes()
	for name, attribute := range attributes {
		wanted := wantedValues[argumentKind(name)]
		if wanted == "" || d.Subject == nil || !attribute.Range.Overlaps(*d.Subject) {
			continue
		}
		switch d.Summary {
		case "Function calls not allowed", "Variables not allowed":
			return fmt.Errorf("argument %q: functions, such as env(), and variables do not work here; "+
				"it must be %s", name, wanted)
		default:
			return fmt.Errorf("argument %q: it must be %s", name, wanted)
		}
	}
	text := strings.TrimSuffix(d.Summary, ".") + ": " + d.Detail
	if d.Summary == "Unsupported argument" {
		text += " The arguments are " + strings.Join(argumentNames(), ", ") + "."
	}
	return errors.New(text)
}

// wantedValues describes the values of an argument by its type.
var wantedValues = map[reflect.Type]string{
	reflect.TypeFor[[]string](): `a list of strings, as in ["a", "b"]`,
	reflect.TypeFor[*string]():  `a string, as in "a"`,
	reflect.TypeFor[*int]():     "a whole number",
	reflect.TypeFor[*bool]():    "true or false",
}

// argumentKind returns the type of an argument, or nil if no argument has that name.
func argumentKind(name string) reflect.Type {
	for field := range reflect.TypeFor[Config]().Fields() {
		if tag, _, _ := strings.Cut(field.Tag.Get("hcl"), ","); tag == name {
			return field.Type
		}
	}
	return nil
}

// argumentNames returns the names of a connection's arguments, sorted.
func argumentNames() []string {
	schema, _ := gohcl.ImpliedBodySchema(Config{})
	var names []string
	for _, attribute := range schema.Attributes {
		names = append(names, attribute.Name)
	}
	slices.Sort(names)
	return names
}

// sessionName matches the names that AWS accepts for the session of a role.
var sessionName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)

// validate returns an error that names every invalid argument and what to change. It
// never repeats a secret.
func (c *Config) validate() error {
	var problems []error
	problem := func(argument, what string) {
		problems = append(problems, fmt.Errorf("argument %q: %s", argument, what))
	}

	if c.Regions != nil && len(c.Regions) == 0 {
		problem("regions", "the list is empty; name at least one region, or remove the argument to use the default region")
	}
	for name, list := range map[string][]string{"regions": c.Regions, "exclude_regions": c.ExcludeRegions} {
		for _, r := range list {
			if !isRegion(r) && (!isPattern(r) || !regionPattern.MatchString(r)) {
				problem(name, fmt.Sprintf(
					`%q is not a valid region; name one as in "us-east-1", or several with * and ? as in "us-*"`, r))
			}
		}
	}
	if c.DefaultRegion != nil && !isRegion(*c.DefaultRegion) {
		problem("default_region", fmt.Sprintf(
			`%q is not a valid region; name one as in "us-east-1", or remove the argument`, *c.DefaultRegion))
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
	for name, value := range map[string]*string{
		"profile": c.Profile, "access_key": c.AccessKey, "secret_key": c.SecretKey, "session_token": c.SessionToken,
	} {
		if value != nil && strings.TrimSpace(*value) == "" {
			problem(name, "it is empty; set it, or remove the argument")
		}
	}
	if c.RoleARN != nil && !strings.HasPrefix(*c.RoleARN, "arn:") {
		problem("role_arn", fmt.Sprintf(
			`%q is not an ARN, which is of the form "arn:aws:iam::123456789012:role/name"`, *c.RoleARN))
	}
	for name, value := range map[string]*string{"external_id": c.ExternalID, "role_session_name": c.RoleSessionName} {
		if value != nil && c.RoleARN == nil {
			problem(name, "it goes with role_arn; set that too, or remove it")
		}
	}
	if c.RoleSessionName != nil && !sessionName.MatchString(*c.RoleSessionName) {
		problem("role_session_name", "it may have 2 to 64 letters, digits and characters of _+=,.@-")
	}

	if c.EndpointURL != nil {
		u, err := url.Parse(*c.EndpointURL)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			problem("endpoint_url", "not a URL of the form http(s)://host[:port]")
		}
	}
	atMost := func(argument string, value *int, most int) {
		if value != nil && (*value < 1 || *value > most) {
			problem(argument, fmt.Sprintf("it is %d; set it to a number from 1 to %d", *value, most))
		}
	}
	atMost("max_concurrent_requests", c.MaxConcurrentRequests, 256)
	atMost("max_error_retry_attempts", c.MaxErrorRetryAttempts, 1_000)
	atMost("min_error_retry_delay", c.MinErrorRetryDelay, 60_000)
	atMost("max_call_seconds", c.MaxCallSeconds, 3_600)
	for _, expression := range c.IgnoreErrorMessages {
		if _, err := regexp.Compile(expression); err != nil {
			problem("ignore_error_messages", fmt.Sprintf("%q is not a regular expression: %v", expression, err))
		}
	}
	for _, code := range c.IgnoreErrorCodes {
		if strings.TrimSpace(code) == "" {
			problem("ignore_error_codes", "an entry is empty; name an error code, as in \"AccessDeniedException\"")
		}
	}
	slices.SortFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(problems...)
}
