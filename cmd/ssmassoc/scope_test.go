package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// Two accounts of a simulated AWS, with the keys that reach them.
const (
	firstAccount, secondAccount = "123456789012", "210987654321"
	firstKey, secondKey         = "AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE"
)

// office is a machine with configuration files and the two accounts.
type office struct {
	t    *testing.T
	home string
	env  []string
	url  string
}

func newOffice(t *testing.T) *office {
	t.Helper()
	account := func(id, key string, regions ...string) awssim.Account {
		return awssim.Account{AccessKeyID: key, Fleet: fleet.New(fleet.Options{
			Seed: 3, AccountID: id, Nodes: 10 * len(regions), Regions: regions,
		})}
	}
	server := awssim.New(awssim.Options{},
		account(firstAccount, firstKey, "us-east-1", "us-west-2", "eu-west-1", "eu-central-1"),
		account(secondAccount, secondKey, "us-east-1", "eu-west-1"))
	listener, err := server.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	home := t.TempDir()
	o := &office{t: t, home: home, url: listener.URL(), env: []string{
		"HOME=" + home, "PATH=" + os.Getenv("PATH"), "AWS_EC2_METADATA_DISABLED=true", "AWS_ENDPOINT_URL=" + listener.URL(),
		"GOCOVERDIR=" + home,
	}}
	o.write(".aws/credentials", `[default]
aws_access_key_id = `+firstKey+`
aws_secret_access_key = secret

[second]
aws_access_key_id = `+secondKey+`
aws_secret_access_key = secret
`)
	o.write(".aws/config", "[profile second]\nregion = eu-west-1\n")
	return o
}

// write writes a file below the home directory.
func (o *office) write(name, text string) {
	o.t.Helper()
	name = filepath.Join(o.home, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		o.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		o.t.Fatal(err)
	}
}

// connection returns a connection block with a key.
func connection(name, key, more string) string {
	return "connection \"" + name + "\" {\n  plugin = \"local/ssmassoc\"\n  access_key = \"" + key +
		"\"\n  secret_key = \"secret\"\n  " + more + "\n}\n"
}

// run runs the command in the home directory.
func (o *office) run(args ...string) (stdout, stderr string, status int) {
	o.t.Helper()
	cmd := exec.Command("ssmassoc", args...)
	cmd.Env, cmd.Dir = o.env, o.home
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		o.t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// warnings returns the lines of warnings.
func warnings(stderr string) []string {
	var lines []string
	for line := range strings.Lines(stderr) {
		if text, ok := strings.CutPrefix(line, "warning: "); ok {
			lines = append(lines, strings.TrimSuffix(text, "\n"))
		}
	}
	return lines
}

// TestConditionsThatNameNothing asks for regions, accounts and connections that are not
// configured: an empty answer must not look like one about them.
func TestConditionsThatNameNothing(t *testing.T) {
	o := newOffice(t)
	o.write(".steampipe/config/ssmassoc.spc",
		connection("production", firstKey, `regions = ["us-east-1", "eu-west-1"]`)+
			connection("test", secondKey, `regions = ["eu-west-1"]`))
	const (
		north   = "region 'eu-north-1' is not among the regions read: eu-west-1, us-east-1; read others with --region"
		from    = "select count(*) from ssm_managed_instance "
		account = "account_id '333333333333' is not among the accounts read: " + firstAccount + ", " + secondAccount
	)
	for name, test := range map[string]struct {
		sql  string
		want []string
	}{
		"a region":                  {from + "where region = 'eu-north-1'", []string{north}},
		"one region of several":     {from + "where region in ('us-east-1', 'eu-north-1')", []string{north}},
		"several regions":           {from + "where region in ('x', 'eu-north-1')", []string{"region 'eu-north-1', 'x' are not among the regions read: eu-west-1, us-east-1; read others with --region"}},
		"a region in capitals":      {from + "where region = 'US-EAST-1'", []string{strings.Replace(north, "eu-north-1", "US-EAST-1", 1)}},
		"an account":                {from + "where account_id = '333333333333'", []string{account}},
		"a connection":              {from + "where sp_connection_name = 'prodution'", []string{"sp_connection_name 'prodution' is not among the connections read: production, test; did you mean 'production'?"}},
		"an account and a region":   {from + "where account_id = '333333333333' and region = 'eu-north-1'", []string{account}},
		"a region of another one":   {from + "where sp_connection_name = 'test' and region = 'us-east-1'", []string{"region 'us-east-1' is not among the regions read: eu-west-1; read others with --region"}},
		"a region of account":       {from + "where account_id = '" + secondAccount + "' and region = 'us-east-1'", []string{"region 'us-east-1' is not among the regions read: eu-west-1; read others with --region"}},
		"a parameter":               {from + "where region = :region", []string{north}},
		"under an or":               {from + "where region = 'eu-north-1' or instance_id = 'i-0123456789abcdef0'", []string{north}},
		"in a join":                 {"with w(region) as (values ('eu-north-1')) " + from + "join w using (region)", []string{north}},
		"in a join with others":     {"with w(region) as (values ('eu-north-1'), ('us-east-1')) " + from + "join w using (region)", nil},
		"in a subquery":             {from + "where region in (select 'eu-north-1')", []string{north}},
		"through a view":            {"create temp view v as select * from ssm_managed_instance; select count(*) from v where region = 'eu-north-1'", []string{north}},
		"in one of two statements":  {from + "; " + from + "where region = 'eu-north-1'", []string{north}},
		"what is configured":        {from + "where region = 'eu-west-1' and sp_connection_name = 'test' and account_id = '" + secondAccount + "'", nil},
		"all but something":         {from + "where region <> 'eu-north-1' and sp_connection_name not like 'x%'", nil},
		"what excludes itself":      {from + "where region = 'eu-north-1' and region = 'us-east-1'", nil},
		"a column that is no scope": {from + "where platform_name = 'Plan 9'", nil},
	} {
		t.Run(name, func(t *testing.T) {
			args := []string{"query", "--output", "csv", "--header=false", test.sql}
			if strings.Contains(test.sql, ":region") {
				args = append(args, "--param", "region=eu-north-1")
			}
			stdout, stderr, status := o.run(args...)
			if got := warnings(stderr); !reflect.DeepEqual(got, test.want) || status != 0 {
				t.Errorf("warnings %q, want %q; status %d\n%s%s", got, test.want, status, stdout, stderr)
			}
		})
	}

	t.Run("of an export", func(t *testing.T) {
		_, stderr, status := o.run("export", "--to", t.TempDir(), "--sql", from+"where region = 'eu-north-1'")
		if got := warnings(stderr); !reflect.DeepEqual(got, []string{north}) || status != 0 {
			t.Errorf("warnings %q, status %d\n%s", got, status, stderr)
		}
	})
	t.Run("in statistics", func(t *testing.T) {
		_, stderr, _ := o.run("query", "--stats=json", from+"where region in ('eu-north-1', 'eu-west-1')")
		var stats struct{ Scope, Unmatched any }
		if err := json.NewDecoder(strings.NewReader(stderr)).Decode(&stats); err != nil {
			t.Fatal(err)
		}
		got, _ := json.Marshal(stats)
		want := `{"Scope":[` +
			`{"account_id":"` + firstAccount + `","connection":"production","fallback":false,"regions":["us-east-1","eu-west-1"]},` +
			`{"account_id":"` + secondAccount + `","connection":"test","fallback":false,"regions":["eu-west-1"]}],` +
			`"Unmatched":[{"among":["eu-west-1","us-east-1"],"column":"region","value":"eu-north-1"}]}`
		if string(got) != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

// TestScopeOfAnswers checks which account, regions and connections an answer is said to
// cover.
func TestScopeOfAnswers(t *testing.T) {
	const sql = "select count(*) from ssm_managed_instance"
	for name, test := range map[string]struct {
		env  string
		args []string
		want string
	}{
		"a region that nothing names":    {"", nil, "ssmassoc: account " + firstAccount + ", us-east-1 (the fallback, as no region is configured; choose others with --region)"},
		"a region of the environment":    {"AWS_REGION=us-east-1", nil, "ssmassoc: account " + firstAccount + ", us-east-1"},
		"a region of the profile":        {"", []string{"--profile", "second"}, "ssmassoc: account " + secondAccount + ", eu-west-1"},
		"a region of the command line":   {"", []string{"--region", "us-east-1"}, "ssmassoc: account " + firstAccount + ", us-east-1"},
		"several connections":            {"", []string{"--config", "two.spc"}, "a: account " + firstAccount + ", us-east-1, eu-west-1; b: account " + secondAccount + ", us-east-1 (the fallback, as no region is configured; choose others with --region)"},
		"one connection":                 {"", []string{"--config", "two.spc", "--connection", "a"}, "a: account " + firstAccount + ", us-east-1, eu-west-1"},
		"a default region":               {"", []string{"--config", "default.spc"}, "c: account " + firstAccount + ", us-east-1"},
		"a statement that reads nothing": {"", []string{"select 1"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.write("two.spc", connection("a", firstKey, `regions = ["us-east-1", "eu-west-1"]`)+connection("b", secondKey, ""))
			o.write("default.spc", connection("c", firstKey, `default_region = "us-east-1"`))
			if test.env != "" {
				o.env = append(o.env, test.env)
			}
			args := append([]string{"query", "--stats"}, test.args...)
			if test.want != "" {
				args = append(args, sql)
			}
			_, stderr, status := o.run(args...)
			_, got, _ := strings.Cut(stderr, "\nscope: ")
			if got = strings.TrimSuffix(got, "\n"); got != test.want || status != 0 {
				t.Errorf("scope %q, want %q; status %d\n%s", got, test.want, status, stderr)
			}
			args[1] = "--stats=false"
			if _, stderr, _ := o.run(args...); stderr != "" {
				t.Errorf("away from a terminal: %s", stderr)
			}
		})
	}
}

// TestScopeAtThePrompt checks that the prompt says its scope once.
func TestScopeAtThePrompt(t *testing.T) {
	o := newOffice(t)
	term := startTerminalIn(t, o.home, 100, 24, o.env[2:])
	term.see("ssmassoc>")
	for _, value := range []string{"eu-north-1", "us-east-1"} {
		term.ask("select count(*) as n from ssm_managed_instance where region = '" + value + "';")
		term.see("\nssmassoc>")
	}
	screen := strings.ReplaceAll(term.text(), "\n", "")
	for text, want := range map[string]int{
		"scope: ssmassoc: account " + firstAccount + ", us-east-1 (the fallback": 1,
		"warning: region 'eu-north-1' is not among the regions read: us-east-1":  1,
	} {
		if got := strings.Count(screen, text); got != want {
			t.Errorf("%q came %d times on\n%s", text, got, term.text())
		}
	}
}
