package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestRegionsAndProfiles reads with --region and --profile: for each, the places that rows
// come from.
func TestRegionsAndProfiles(t *testing.T) {
	o := newOffice(t)
	o.write("two.spc", connection("a", firstKey, "regions = [\"us-east-1\", \"eu-west-1\"]\n  exclude_regions = [\"eu-*\"]")+
		connection("b", secondKey, "regions = [\"us-east-1\"]"))
	first, second := "ssmassoc "+firstAccount+" ", "ssmassoc "+secondAccount+" "
	a, b := "a "+firstAccount+" ", "b "+secondAccount+" "
	for name, test := range map[string]struct {
		args []string
		want []string
	}{
		"without":                    {nil, []string{first + "us-east-1"}},
		"a region":                   {[]string{"--region", "eu-west-1"}, []string{first + "eu-west-1"}},
		"a region twice":             {[]string{"--region", "eu-west-1", "--region", "us-west-2"}, []string{first + "eu-west-1", first + "us-west-2"}},
		"regions with a comma":       {[]string{"--region", "eu-west-1, us-west-2"}, []string{first + "eu-west-1", first + "us-west-2"}},
		"a wildcard":                 {[]string{"--region", "us-*"}, []string{first + "us-east-1", first + "us-west-2"}},
		"a wildcard and a region":    {[]string{"--region", "us-*,eu-west-1"}, []string{first + "eu-west-1", first + "us-east-1", first + "us-west-2"}},
		"a region of one connection": {[]string{"--config", "two.spc", "--connection", "b", "--region", "eu-west-1"}, []string{b + "eu-west-1"}},
		"a region that is excluded":  {[]string{"--config", "two.spc", "--region", "eu-west-1"}, []string{a + "eu-west-1", b + "eu-west-1"}},
		"a configuration as it is":   {[]string{"--config", "two.spc"}, []string{a + "us-east-1", b + "us-east-1"}},
		"a profile":                  {[]string{"--profile", "second"}, []string{second + "eu-west-1"}},
		"the default profile":        {[]string{"--profile", "default"}, []string{first + "us-east-1"}},
		"a profile and a region":     {[]string{"--profile", "second", "--region", "us-east-1"}, []string{second + "us-east-1"}},
		"the simulated fleet":        {[]string{"--demo", "--region", "eu-west-1"}, []string{first + "eu-west-1"}},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"query", "--output", "csv", "--header=false", "--separator", ";"}, test.args...)
			stdout, stderr, status := o.run(append(args, "select distinct sp_connection_name || ' ' || account_id || ' ' || region"+
				" from ssm_managed_instance order by 1")...)
			if got, want := strings.TrimSpace(stdout), strings.Join(test.want, "\n"); got != want || status != 0 {
				t.Errorf("rows from\n%s\nwant\n%s\nstatus %d, %s", got, want, status, stderr)
			}
		})
	}
	t.Run("a profile despite keys in the environment", func(t *testing.T) {
		o := newOffice(t)
		o.env = append(o.env, "AWS_ACCESS_KEY_ID="+firstKey, "AWS_SECRET_ACCESS_KEY=secret")
		stdout, stderr, _ := o.run("query", "--output", "csv", "--profile", "second", "select distinct account_id from ssm_managed_instance")
		if !strings.Contains(stdout, secondAccount) {
			t.Errorf("rows from %s\n%s", stdout, stderr)
		}
	})
}

// TestRegionsAndProfilesOfOtherCommands checks that the commands that read take the flags.
func TestRegionsAndProfilesOfOtherCommands(t *testing.T) {
	o := newOffice(t)
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"explain":            {[]string{"explain", "--region", "eu-west-1,us-west-2", "select title from ssm_managed_instance"}, "  connection   ssmassoc: eu-west-1, us-west-2\n"},
		"explain a profile":  {[]string{"explain", "--profile", "second", "select title from ssm_managed_instance"}, "  connection   ssmassoc: eu-west-1\n"},
		"explain a fallback": {[]string{"explain", "select title from ssm_managed_instance"}, "  connection   ssmassoc: us-east-1 (the fallback, as no region is configured)\n"},
		"export":             {[]string{"export", "--plan", "--region", "eu-west-1"}, "0/1\tssmassoc\teu-west-1\n"},
		"export a profile":   {[]string{"export", "--plan", "--profile", "second"}, "0/1\tssmassoc\teu-west-1\n"},
	} {
		t.Run(name, func(t *testing.T) {
			stdout, stderr, status := o.run(test.args...)
			if !strings.Contains(stdout, test.want) || status != 0 {
				t.Errorf("got %q, want %q in it; status %d\n%s", stdout, test.want, status, stderr)
			}
		})
	}
}

func TestWrongRegionsAndProfiles(t *testing.T) {
	o := newOffice(t)
	o.write("one.spc", connection("a", firstKey, ""))
	for name, test := range map[string]struct {
		args   string
		status int
		want   string
	}{
		"a misspelt region":                 {"--region us-est-1", 2, `--region: "us-est-1" is not a region of any AWS partition; name one as in us-east-1`},
		"one of several":                    {"--region us-east-1,nowhere", 2, `--region: "nowhere" is not a region`},
		"an empty entry":                    {"--region us-east-1,,eu-west-1", 2, `--region: "" is not a region`},
		"no region":                         {"--region=", 2, "--region is empty"},
		"a pattern that matches nothing":    {"--region ap-*", 1, `"ap-*" matches none of the regions enabled for the account`},
		"a region without a simulated node": {"--demo --region eu-north-1", 2, "--region eu-north-1: the simulated fleet is in us-east-1"},
		"no profile":                        {"--profile=", 2, "--profile is empty"},
		"an unknown profile":                {"--profile thrd", 1, "thrd"},
		"a profile and a demo":              {"--demo --profile second", 2, "--demo and --profile exclude each other"},
		"a profile and a connection":        {"--profile second --connection a", 2, "--profile and --config or --connection exclude each other"},
		"a profile and a configuration":     {"--profile second --config one.spc", 2, "--profile and --config or --connection exclude each other"},
	} {
		for _, command := range []string{"query", "explain"} {
			if test.status == 1 && command == "explain" {
				continue // it makes no call
			}
			t.Run(name+" in "+command, func(t *testing.T) {
				args := append([]string{command}, strings.Fields(test.args)...)
				stdout, stderr, status := o.run(append(args, "select count(*) from ssm_managed_instance")...)
				first, _, _ := strings.Cut(stderr, "\n")
				if status != test.status || !strings.Contains(first, test.want) || stdout != "" {
					t.Errorf("status %d, %q, want %d, %q\n%s", status, stderr, test.status, test.want, stdout)
				}
			})
		}
	}
}

// TestConfigurationFiles reads what Steampipe reads of an installation.
func TestConfigurationFiles(t *testing.T) {
	own, other := connection("own", firstKey, ""), connection("other", secondKey, "")
	const ambient = "ssmassoc"
	for name, test := range map[string]struct {
		files map[string]string
		args  []string
		want  string // the connections read
		err   string
	}{
		"no folder":                          {nil, nil, ambient, ""},
		"the plugin's own file":              {map[string]string{"ssmassoc.spc": own}, nil, "own", ""},
		"another file":                       {map[string]string{"ssmassoc_simulated.spc": other}, nil, "other", ""},
		"both":                               {map[string]string{"ssmassoc.spc": own, "z.spc": other}, nil, "other own", ""},
		"one of both":                        {map[string]string{"ssmassoc.spc": own, "z.spc": other}, []string{"--connection", "other"}, "other", ""},
		"files of other plugins alone":       {map[string]string{"aws.spc": "connection \"a\" {\n plugin = \"aws\"\n}\n"}, nil, ambient, ""},
		"files that Steampipe does not read": {map[string]string{"ssmassoc.spc": own, "b.spc.sample": other, "c.txt": other, "more/d.spc": other}, nil, "own", ""},
		"an aggregator over files": {map[string]string{"a.spc": own, "b.spc": other,
			"c.spc": "connection \"all\" {\n plugin = \"ssmassoc\"\n type = \"aggregator\"\n connections = [\"o*\"]\n}\n"}, []string{"--connection", "all"}, "other own", ""},
		"a file instead of the folder":     {map[string]string{"a.spc": own, "b.spc": other}, []string{"--config", ".steampipe/config/b.spc"}, "other", ""},
		"the folder by name":               {map[string]string{"a.spc": own, "b.spc": other}, []string{"--config", ".steampipe/config"}, "other own", ""},
		"a name in two files":              {map[string]string{"a.spc": own, "b.spc": own}, nil, "", `b.spc:1,1-11: connection "own" is defined twice, first at `},
		"a broken file of another plugin":  {map[string]string{"aws.spc": "connection \"a\" {", "ssmassoc.spc": own}, nil, "", `aws.spc:1`},
		"an own file without a connection": {map[string]string{"ssmassoc.spc": "# connection"}, nil, "", `no connection of the plugin "ssmassoc"`},
		"an unknown connection":            {map[string]string{"aws.spc": ""}, []string{"--connection", "own"}, "", `no connection "own": no file in `},
		"an unknown connection of several": {map[string]string{"a.spc": own, "b.spc": other}, []string{"--connection", "onw"}, "", `unknown connection "onw"; connections: own, other`},
		"files too large together":         {map[string]string{"a.spc": "#" + strings.Repeat("-", 2_500_000), "b.spc": "#" + strings.Repeat("-", 2_500_000)}, nil, "", "the 2 .spc files in "},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			for file, text := range test.files {
				o.write(".steampipe/config/"+file, text)
			}
			args := append([]string{"query", "--output", "csv", "--header=false"}, test.args...)
			stdout, stderr, status := o.run(append(args, "select group_concat(name, ' ' order by name) from"+
				" (select distinct sp_connection_name as name from ssm_managed_instance)")...)
			if test.err != "" {
				if status != 1 || !strings.Contains(stderr, test.err) {
					t.Errorf("status %d, %s, want 1, %s", status, stderr, test.err)
				}
				return
			}
			if got := strings.TrimSpace(stdout); got != test.want || status != 0 || stderr != "" {
				t.Errorf("read %q, want %q; status %d\n%s", got, test.want, status, stderr)
			}
		})
	}
}

// TestLimitersOfFiles checks that limiters pace and bound the calls.
func TestLimitersOfFiles(t *testing.T) {
	const slow = "limiter \"slow\" {\n bucket_size = 1\n fill_rate = 20\n"
	plugin := func(label, limiter string) string {
		return fmt.Sprintf("plugin %q {\n source = \"local/ssmassoc\"\n %s\n}\n", label, limiter)
	}
	c := connection("c", firstKey, "")
	for name, test := range map[string]struct {
		config string
		args   []string
		slow   bool
		want   string // the warning
		err    string
	}{
		"none":                   {c, nil, false, "", ""},
		"in a plugin block":      {c + plugin("ssmassoc", slow+"}"), nil, true, "", ""},
		"for a profile":          {c + plugin("ssmassoc", slow+"}"), []string{"--profile", "second"}, true, "", ""},
		"by connection":          {c + plugin("ssmassoc", slow+"scope = [\"connection\", \"region\"]\n}"), nil, true, "", ""},
		"that applies":           {c + plugin("ssmassoc", slow+"where = \"service = 'ssm' and region like 'us-%'\"\n}"), nil, true, "", ""},
		"of another region":      {c + plugin("ssmassoc", slow+"where = \"region = 'eu-west-1'\"\n}"), nil, false, "", ""},
		"of another plugin":      {c + strings.ReplaceAll(plugin("aws", slow+"}"), "local/ssmassoc", "aws"), nil, false, "", ""},
		"of the other block":     {strings.Replace(c, `"local/ssmassoc"`, "plugin.mine", 1) + plugin("mine", "") + plugin("theirs", slow+"}"), nil, false, "", ""},
		"of its block":           {strings.Replace(c, `"local/ssmassoc"`, "plugin.mine", 1) + plugin("mine", slow+"}") + plugin("theirs", ""), nil, true, "", ""},
		"outside a plugin block": {c + slow + "}\n", nil, true, "Steampipe refuses limiter blocks outside a plugin block: slow", ""},
		"of an unknown scope":    {c + plugin("ssmassoc", slow+"scope = [\"table\"]\n}"), nil, false, `limiter "ssmassoc.slow" refers to "table", which no call has; a call has connection, region, service, action`, ""},
		"of an unknown value":    {c + plugin("ssmassoc", slow+"where = \"fn = 'x'\"\n}"), nil, false, `limiter "ssmassoc.slow" refers to "fn", which no call has; a call has connection, region, service, action`, ""},
		"with a broken filter":   {c + plugin("ssmassoc", slow+"where = \"region =\"\n}"), nil, false, "", `limiter "ssmassoc.slow": failed to parse 'where'`},
		"with an unknown word":   {c + plugin("ssmassoc", slow+"rate = 3\n}"), nil, false, "", `An argument named "rate" is not expected here`},
		"with other settings":    {c + plugin("ssmassoc", "memory_max_mb = 512\n start_timeout = 30") + "options \"general\" {\n telemetry = \"none\"\n}\n", nil, false, `settings that only Steampipe uses: plugin "ssmassoc" start_timeout (`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.write(".steampipe/config/ssmassoc.spc", test.config)
			args := append([]string{"query", "--stats=json", "--output", "csv"}, test.args...)
			_, stderr, status := o.run(append(args, "select count(*) from ssm_instance_association_status")...)
			if test.err != "" {
				if status != 1 || !strings.Contains(stderr, test.err) {
					t.Errorf("status %d, %s, want 1, %s", status, stderr, test.err)
				}
				return
			}
			var stats struct {
				Seconds float64
				Calls   map[string]int `json:"calls_by_operation"`
			}
			_, text, _ := strings.Cut(stderr, "{")
			if err := json.NewDecoder(strings.NewReader("{" + text)).Decode(&stats); err != nil || status != 0 {
				t.Fatalf("%v, status %d\n%s", err, status, stderr)
			}
			// At 20 calls a second, one of them at once.
			calls := stats.Calls["DescribeInstanceInformation"] + stats.Calls["DescribeInstanceAssociationsStatus"]
			if least := float64(calls-1) / 20; test.slow != (stats.Seconds >= least) || calls < 5 {
				t.Errorf("%d calls in %.2f s, want them limited: %t", calls, stats.Seconds, test.slow)
			}
			got := strings.Join(warnings(stderr), "\n")
			if test.want == "" && got != "" || !strings.HasPrefix(got, test.want) {
				t.Errorf("warnings %q, want %q", got, test.want)
			}
		})
	}
}

// TestCacheOptions checks that two statements share reads as options "database" allows.
func TestCacheOptions(t *testing.T) {
	for name, test := range map[string]struct {
		options string
		calls   int
	}{
		"by default":   {"", 1},
		"off":          {"cache = false", 2},
		"for no time":  {"cache_max_ttl = 0", 2},
		"for a minute": {"cache_max_ttl = 60", 1},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.write("c.spc", connection("c", firstKey, "")+"options \"database\" {\n "+test.options+"\n}\n")
			_, stderr, status := o.run("query", "--config", "c.spc", "--stats=json",
				strings.Repeat("select count(*) from ssm_managed_instance;", 2))
			var stats struct{ Calls int }
			if err := json.Unmarshal([]byte(stderr), &stats); err != nil || stats.Calls != test.calls || status != 0 {
				t.Errorf("%d calls, want %d; %v\n%s", stats.Calls, test.calls, err, stderr)
			}
		})
	}
}

// TestUnreadableConfiguration checks that a file that cannot be read is no missing file.
func TestUnreadableConfiguration(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root reads any file")
	}
	o := newOffice(t)
	o.write(".steampipe/config/ssmassoc.spc", connection("c", firstKey, ""))
	if err := os.Chmod(o.home+"/.steampipe/config/ssmassoc.spc", 0); err != nil {
		t.Fatal(err)
	}
	if _, stderr, status := o.run("query", "select 1"); status != 1 || !strings.Contains(stderr, "permission denied") {
		t.Errorf("status %d, %s", status, stderr)
	}
}

// TestRegionsOfTables checks that --ddl takes the flags of regions and profiles where they
// mean something.
func TestRegionsOfTables(t *testing.T) {
	o := newOffice(t)
	for name, test := range map[string]struct {
		args string
		want string // of the error
	}{
		"athena":             {"--ddl athena --account " + firstAccount + " --region us-east-1,eu-west-1", ""},
		"a wildcard":         {"--ddl athena --account " + firstAccount + " --region us-*", "--ddl takes no wildcards in --region"},
		"another engine":     {"--ddl trino --region us-east-1", "--account and --region with --ddl are for athena; trino finds the partitions itself"},
		"a profile":          {"--ddl athena --profile second", "--ddl excludes --profile"},
		"an account to read": {"--account " + firstAccount, "--account requires --ddl"},
	} {
		t.Run(name, func(t *testing.T) {
			stdout, stderr, status := o.run(append(strings.Fields("export --to s3://bucket/ssm"), strings.Fields(test.args)...)...)
			if test.want == "" {
				if status != 0 || !strings.Contains(stdout, "'us-east-1,eu-west-1'") {
					t.Errorf("status %d, %s\n%s", status, stderr, stdout)
				}
			} else if first, _, _ := strings.Cut(stderr, "\n"); status != 2 || !strings.Contains(first, test.want) {
				t.Errorf("status %d, %s, want 2, %s", status, stderr, test.want)
			}
		})
	}
}
