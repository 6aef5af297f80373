package connections

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/rig"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

func fleetOf(account string, nodes int, regions ...string) *fleet.Fleet {
	partition := "aws"
	if strings.HasPrefix(regions[0], "cn-") {
		partition = "aws-cn"
	} else if strings.HasPrefix(regions[0], "us-gov-") {
		partition = "aws-us-gov"
	}
	return fleet.New(fleet.Options{Seed: 3, AccountID: account, Partition: partition, Nodes: nodes, Regions: regions})
}

// rowsOf returns the rows of all listed nodes in the given regions of a fleet.
func rowsOf(simulated *fleet.Fleet, regions ...string) []rig.Row {
	if len(regions) == 0 {
		regions = simulated.Regions()
	}
	var rows []rig.Row
	for _, region := range regions {
		for _, node := range simulated.Nodes(region) {
			if !node.Listed {
				continue
			}
			for _, a := range node.Statuses() {
				rows = append(rows, rig.ExpectedStatus(simulated, node, a))
			}
		}
	}
	return rows
}

func TestRegionArguments(t *testing.T) {
	simulated := fleetOf("111111111111", 40, "us-east-1", "us-west-2", "eu-west-1", "ap-southeast-2")
	for name, test := range map[string]struct {
		arguments string
		regions   []string
		listings  int    // of DescribeRegions
		err       string // a part of the error
	}{
		"a plain list needs no listing of regions": {`regions = ["us-west-2", "eu-west-1", "us-west-2"]`, []string{"us-west-2", "eu-west-1"}, 0, ""},
		"all regions":                    {`regions = ["*"]`, []string{"us-east-1", "us-west-2", "eu-west-1", "ap-southeast-2"}, 1, ""},
		"a pattern":                      {`regions = ["us-*"]`, []string{"us-east-1", "us-west-2"}, 1, ""},
		"a pattern of one letter":        {`regions = ["us-?est-?"]`, []string{"us-west-2"}, 1, ""},
		"patterns and names":             {`regions = ["ap-*", "us-east-1"]`, []string{"ap-southeast-2", "us-east-1"}, 1, ""},
		"some left out":                  {"regions = [\"*\"]\nexclude_regions = [\"us-*\"]", []string{"eu-west-1", "ap-southeast-2"}, 1, ""},
		"some of a plain list left out":  {"regions = [\"us-east-1\", \"eu-west-1\"]\nexclude_regions = [\"eu-*\", \"sa-east-1\"]", []string{"us-east-1"}, 0, ""},
		"the default region":             {`default_region = "eu-west-1"`, []string{"eu-west-1"}, 0, ""},
		"a pattern that matches nothing": {`regions = ["us-east-1", "sa-*"]`, nil, 1, `argument "regions": "sa-*" matches none of the regions enabled for the account (ap-southeast-2, eu-west-1, us-east-1, us-west-2)`},
		"nothing left":                   {"regions = [\"us-east-1\"]\nexclude_regions = [\"us-*\"]", nil, 0, `argument "exclude_regions" leaves none of the regions us-east-1`},
		"an empty list":                  {`regions = []`, nil, 0, `argument "regions": the list is empty`},
		"an entry that is not a region":  {`regions = ["US East"]`, nil, 0, `argument "regions": "US East" is not a valid region`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := rig.NewCloud(t, awssim.Options{}, awssim.Account{AccessKeyID: "key", Fleet: simulated})
			db := rig.Open(t, embedded.Options{}, embedded.Connection{Name: "prod", Config: rig.Arguments(c.URL, "key", nil) + test.arguments + "\n"})
			for range 2 { // regions are listed once per connection
				got, err := rig.Query(t.Context(), db, "select * from "+rig.StatusTable)
				if test.err != "" {
					if err == nil || !strings.Contains(err.Error(), test.err) || !strings.Contains(err.Error(), `connection "prod"`) {
						t.Fatalf("got %d rows and the error %v, want %q in it", len(got), err, test.err)
					}
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				rig.SameRows(t, got, rowsOf(simulated, test.regions...))
			}
			if n := c.Sim.Calls().Action(rig.RegionsOp); n != test.listings {
				t.Errorf("%d calls of %s, want %d", n, rig.RegionsOp, test.listings)
			}
		})
	}
}

func TestWrongArguments(t *testing.T) {
	const good = "endpoint_url = \"http://127.0.0.1:1\"\nregions = [\"us-east-1\"]\n"
	for name, test := range map[string]struct{ arguments, err string }{
		"an unknown argument":              {"regoins = [\"us-east-1\"]", `An argument named "regoins" is not expected here. The arguments are access_key, `},
		"functions in a list":              {`regions = [env("A"), env("B")]`, `argument "regions": functions, such as env(), and variables do not work here; it must be a list of strings`},
		"a variable":                       {`profile = production`, `argument "profile": functions, such as env(), and variables do not work here; it must be a string`},
		"a list that is none":              {"exclude_regions = \"us-east-1\"", `argument "exclude_regions": it must be a list of strings, as in ["a", "b"]`},
		"a number that is none":            {"max_concurrent_requests = \"many\"", `argument "max_concurrent_requests": it must be a whole number`},
		"a string that is a list":          {`role_arn = ["a"]`, `argument "role_arn": it must be a string, as in "a"`},
		"a truth that is none":             {`s3_force_path_style = "perhaps"`, `argument "s3_force_path_style": it must be true or false`},
		"a default region that is none":    {`default_region = "us"`, `argument "default_region": "us" is not a valid region`},
		"a region that is half of one":     {`regions = ["us-east"]`, `argument "regions": "us-east" is not a valid region`},
		"half a key pair":                  {`access_key = "AKIA"`, `argument "access_key": access_key and secret_key go together`},
		"the other half":                   {`secret_key = "s"`, `argument "access_key": access_key and secret_key go together`},
		"a token alone":                    {`session_token = "t"`, `argument "session_token": it goes with access_key and secret_key`},
		"a profile and keys":               {"profile = \"p\"\naccess_key = \"a\"\nsecret_key = \"s\"", `argument "profile": a profile and access keys exclude each other`},
		"an empty profile":                 {`profile = ""`, `argument "profile": it is empty`},
		"a role that is not an ARN":        {`role_arn = "admin"`, `argument "role_arn": "admin" is not an ARN`},
		"an external id alone":             {`external_id = "x"`, `argument "external_id": it goes with role_arn`},
		"a session name that AWS refuses":  {"role_arn = \"arn:aws:iam::1:role/r\"\nrole_session_name = \"a b\"", `argument "role_session_name"`},
		"an endpoint that is not a URL":    {`endpoint_url = "localhost:4566"`, `argument "endpoint_url": not a URL`},
		"an expression that is none":       {`ignore_error_messages = ["("]`, `argument "ignore_error_messages": "(" is not a regular expression`},
		"an empty error code":              {`ignore_error_codes = [""]`, `argument "ignore_error_codes": an entry is empty`},
		"too many requests at once":        {`max_concurrent_requests = 1000`, `argument "max_concurrent_requests": it is 1000; set it to a number from 1 to 256`},
		"no attempts":                      {`max_error_retry_attempts = 0`, `argument "max_error_retry_attempts": it is 0`},
		"a default region with a wildcard": {`default_region = "us-*"`, `argument "default_region": "us-*" is not a valid region`},
	} {
		t.Run(name, func(t *testing.T) {
			var lines []string
			for line := range strings.Lines(good) {
				if name, _, _ := strings.Cut(line, " "); !strings.Contains(test.arguments, name+" =") {
					lines = append(lines, line)
				}
			}
			db := rig.Open(t, embedded.Options{}, embedded.Connection{Name: "prod", Config: strings.Join(lines, "") + test.arguments + "\n"})
			_, err := rig.Query(t.Context(), db, "select name from "+rig.StatusTable)
			if err == nil || !strings.Contains(err.Error(), test.err) || !strings.Contains(err.Error(), `connection "prod"`) {
				t.Errorf("got the error %v, want %q in it", err, test.err)
			}
		})
	}
	t.Run("arguments of the AWS plugin are accepted", func(t *testing.T) {
		w := rig.NewWorld(t, rig.WorldOptions{Arguments: "s3_force_path_style = false\nignore_error_codes = [\"AccessDenied\"]\n"})
		w.Query("select name from " + rig.StatusTable + " limit 1")
	})
}

func TestManyAccounts(t *testing.T) {
	a := awssim.Account{AccessKeyID: "key-a", Fleet: fleetOf("111111111111", 30, "us-east-1", "eu-west-1")}
	b := awssim.Account{AccessKeyID: "key-b", Fleet: fleetOf("222222222222", 20, "us-east-1")}
	c := rig.NewCloud(t, awssim.Options{}, a, b)
	connections := []embedded.Connection{
		{Name: "prod_a", Config: rig.Arguments(c.URL, "key-a", a.Fleet.Regions())},
		{Name: "prod_b", Config: rig.Arguments(c.URL, "key-b", b.Fleet.Regions())},
	}
	db := rig.Open(t, embedded.Options{}, connections...)
	callsOf := func(account string) (n int) {
		for key, count := range c.Sim.Calls() {
			if key.Account == account && key.Action != rig.CallerOp {
				n += count
			}
		}
		return n
	}

	for name, test := range map[string]struct {
		schema, where string
		rows          []rig.Row
		quiet         string // of the account that must not be called
	}{
		"all accounts":                     {"", "", slices.Concat(rowsOf(a.Fleet), rowsOf(b.Fleet)), ""},
		"one account":                      {"", "where account_id = '222222222222'", rowsOf(b.Fleet), "111111111111"},
		"one connection":                   {"", "where sp_connection_name = 'prod_a'", rowsOf(a.Fleet), "222222222222"},
		"one region":                       {"", "where region = 'eu-west-1'", rowsOf(a.Fleet, "eu-west-1"), "222222222222"},
		"an account, by what it is not":    {"", "where account_id <> '111111111111'", rowsOf(b.Fleet), "111111111111"},
		"one connection as the schema":     {"prod_b.", "", rowsOf(b.Fleet), "111111111111"},
		"a region of one as the schema":    {"prod_a.", "where region = 'eu-west-1'", rowsOf(a.Fleet, "eu-west-1"), "222222222222"},
		"a schema and another's condition": {"prod_b.", "where sp_connection_name = 'prod_a'", nil, "111111111111"},
		"all as the schema":                {"main.", "", slices.Concat(rowsOf(a.Fleet), rowsOf(b.Fleet)), ""},
	} {
		t.Run(name, func(t *testing.T) {
			before := callsOf(test.quiet)
			got, err := rig.Query(t.Context(), db, "select * from "+test.schema+rig.StatusTable+" "+test.where)
			if err != nil {
				t.Fatal(err)
			}
			rig.SameRows(t, got, test.rows)
			if test.quiet != "" && callsOf(test.quiet) != before {
				t.Errorf("account %s was asked", test.quiet)
			}
		})
	}
	if n := c.Sim.Calls().Action(rig.CallerOp); n != 2 {
		t.Errorf("%d calls of %s for two connections", n, rig.CallerOp)
	}

	t.Run("an aggregator in the plugin's process", func(t *testing.T) {
		p := rig.StartProcess(t)
		p.Connect(map[string]string{"prod_a": connections[0].Config, "prod_b": connections[1].Config})
		columns := rig.KeysOf(rowsOf(b.Fleet)[0])
		got, err := p.Execute(rig.Execution{Connections: []string{"prod_a", "prod_b"}, Columns: columns})
		if err != nil {
			t.Fatal(err)
		}
		rig.SameRows(t, got, slices.Concat(rowsOf(a.Fleet), rowsOf(b.Fleet)))
		got, err = p.Execute(rig.Execution{Connections: []string{"prod_a", "prod_b"}, Columns: columns, Quals: rig.Equals("account_id", "222222222222")})
		if err != nil {
			t.Fatal(err)
		}
		rig.SameRows(t, got, rowsOf(b.Fleet))
	})
	t.Run("a connection that fails names itself", func(t *testing.T) {
		db := rig.Open(t, embedded.Options{}, connections[0], embedded.Connection{Name: "broken", Config: rig.Arguments(c.URL, "no-such-key", []string{"us-east-1"})})
		_, err := rig.Query(t.Context(), db, "select name from "+rig.StatusTable)
		if err == nil || !strings.HasPrefix(err.Error(), "broken: list managed nodes in us-east-1") {
			t.Errorf("error: %v", err)
		}
	})
}

func TestPartitions(t *testing.T) {
	for partition, region := range map[string]string{"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"} {
		t.Run(partition, func(t *testing.T) {
			simulated := fleetOf("111111111111", 8, region)
			c := rig.NewCloud(t, awssim.Options{}, awssim.Account{AccessKeyID: "key", Fleet: simulated})
			db := rig.Open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: rig.Arguments(c.URL, "key", []string{region})})
			got, err := rig.Query(t.Context(), db, "select * from "+rig.StatusTable)
			if err != nil {
				t.Fatal(err)
			}
			rig.SameRows(t, got, rowsOf(simulated))
			for _, r := range got {
				if r["partition"] != partition {
					t.Fatalf("partition %v", r["partition"])
				}
			}
		})
	}
}

func TestAssumedRole(t *testing.T) {
	own := awssim.Account{AccessKeyID: "key", Fleet: fleetOf("111111111111", 8, "us-east-1")}
	other := awssim.Account{Fleet: fleetOf("222222222222", 8, "us-east-1"), Roles: map[string]awssim.Role{
		"reader": {ExternalID: "shared-secret"},
	}}
	c := rig.NewCloud(t, awssim.Options{}, own, other)
	role := "role_arn = \"arn:aws:iam::222222222222:role/reader\"\n"

	t.Run("the rows are those of the role's account", func(t *testing.T) {
		db := rig.Open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: rig.Arguments(c.URL, "key", []string{"us-east-1"}) +
			role + "external_id = \"shared-secret\"\nrole_session_name = \"audit\"\n"})
		got, err := rig.Query(t.Context(), db, "select * from "+rig.StatusTable)
		if err != nil {
			t.Fatal(err)
		}
		rig.SameRows(t, got, rowsOf(other.Fleet))
	})
	t.Run("a wrong external id is an error", func(t *testing.T) {
		db := rig.Open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: rig.Arguments(c.URL, "key", []string{"us-east-1"}) +
			role + "external_id = \"guess\"\n"})
		_, err := rig.Query(t.Context(), db, "select * from "+rig.StatusTable)
		if err == nil || !strings.Contains(err.Error(), "AssumeRole") || strings.Contains(err.Error(), "guess") {
			t.Errorf("error: %v", err)
		}
	})
}

func TestIgnoredErrors(t *testing.T) {
	denied := []awssim.Fault{
		{Kind: awssim.AccessDenied, Region: "eu-west-1"},
	}
	for name, argument := range map[string]string{
		"by code":               `ignore_error_codes = ["AccessDeniedException"]`,
		"by a pattern of codes": `ignore_error_codes = ["AccessDenied*"]`,
		"by message":            `ignore_error_messages = ["not authorized to perform: ssm:.*"]`,
	} {
		t.Run("a region's, "+name, func(t *testing.T) {
			simulated := fleetOf("111111111111", 20, "us-east-1", "eu-west-1")
			c := rig.NewCloud(t, awssim.Options{Faults: denied}, awssim.Account{AccessKeyID: "key", Fleet: simulated})
			server := ssmassoc.NewServer()
			db := rig.OpenServer(t, server, embedded.Connection{Name: "c", Config: rig.Arguments(c.URL, "key", simulated.Regions()) + argument + "\n"})
			got, err := rig.Query(t.Context(), db, "select * from "+rig.StatusTable)
			if err != nil {
				t.Fatal(err)
			}
			rig.SameRows(t, got, rowsOf(simulated, "us-east-1"))
			if skipped := server.Skipped(); skipped != "eu-west-1 AccessDeniedException (1 region)" {
				t.Errorf("skipped: %s", skipped)
			}
		})
	}
	t.Run("a node's", func(t *testing.T) {
		w := rig.NewWorld(t, rig.WorldOptions{})
		long, gone := w.WithRows(120), w.WithRows(100)
		w.Sim.SetFaults(
			awssim.Fault{Kind: awssim.AccessDenied, InstanceID: long.InstanceID, Action: rig.StatusOp},
			awssim.Fault{Kind: awssim.InvalidInstanceID, InstanceID: gone.InstanceID, Action: rig.StatusOp})
		server := ssmassoc.NewServer()
		db := rig.OpenServer(t, server, embedded.Connection{Name: "c", Config: rig.Arguments(w.URL, awssim.DefaultAccessKeyID, w.Fleet.Regions()) +
			"ignore_error_codes = [\"AccessDeniedException\", \"InvalidInstanceId\"]\n"})
		got, err := rig.Query(t.Context(), db, "select * from "+rig.StatusTable)
		if err != nil {
			t.Fatal(err)
		}
		var want []rig.Row
		for _, node := range w.EveryNode() {
			if node != long && node != gone {
				want = append(want, w.Expected(node)...)
			}
		}
		rig.SameRows(t, got, want)
		if skipped := server.Skipped(); skipped != "1 node AccessDeniedException; 1 node InvalidInstanceId" {
			t.Errorf("skipped: %s", skipped)
		}
	})
	t.Run("after some rows of a region", func(t *testing.T) {
		w := rig.NewWorld(t, rig.WorldOptions{Fleet: fleet.Options{Nodes: 120, Regions: []string{"us-east-1"}}, Regions: []string{"us-east-1"},
			Arguments: "ignore_error_codes = [\"AccessDeniedException\"]\n"})
		for _, sql := range []string{"select instance_id from " + rig.NodeTable, "select instance_id, status from " + rig.StatusTable} {
			w.Sim.SetFaults(awssim.Fault{Kind: awssim.AccessDenied, Action: rig.ListingOp, Call: 2})
			if got, err := rig.Query(t.Context(), w.DB, sql); err == nil {
				t.Errorf("%s: %d rows and no error", sql, len(got))
			}
		}
	})
	t.Run("others are still errors", func(t *testing.T) {
		w := rig.NewWorld(t, rig.WorldOptions{Arguments: rig.FastRetries + "ignore_error_codes = [\"Throttling*\"]\n"})
		w.Sim.SetFaults(denied...)
		if _, err := rig.Query(t.Context(), w.DB, "select * from "+rig.StatusTable); err == nil {
			t.Error("no error")
		}
	})
}

func TestLeastPrivilege(t *testing.T) {
	policy, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "iam-policy.json"))
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Statement []struct {
			Effect string
			Action any
		}
	}
	if err := json.Unmarshal(policy, &document); err != nil {
		t.Fatal(err)
	}
	allowed := map[string]bool{}
	for _, statement := range document.Statement {
		switch action := statement.Action.(type) {
		case string:
			allowed[action] = true
		case []any:
			for _, a := range action {
				allowed[a.(string)] = true
			}
		}
	}

	simulated := fleetOf("111111111111", 20, "us-east-1", "eu-west-1")
	run := func(t *testing.T, allowed map[string]bool) (*rig.Cloud, error) {
		c := rig.NewCloud(t, awssim.Options{Allow: allowed}, awssim.Account{AccessKeyID: "key", Fleet: simulated})
		db := rig.Open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: rig.Arguments(c.URL, "key", nil) + "regions = [\"*\"]\n"})
		var errs []error
		for _, c := range rig.TableCases {
			name := c.Name
			sql := "select * from " + name
			switch name {
			case rig.StatusTable:
			case rig.AutomationTable:
				sql += " where execution_status = 'Failed' limit 1" // whose step takes another call
			default:
				sql += " limit 1" // which still calls every action
			}
			got, err := rig.Query(t.Context(), db, sql)
			if err == nil && name == rig.StatusTable {
				rig.SameRows(t, got, rowsOf(simulated))
			}
			if err == nil && len(got) == 0 {
				t.Errorf("%s has no rows", name)
			}
			errs = append(errs, err)
		}
		return c, errors.Join(errs...)
	}
	t.Run("the policy is enough", func(t *testing.T) {
		c, err := run(t, allowed)
		if err != nil {
			t.Fatal(err)
		}
		used := map[string]bool{}
		for key := range c.Sim.Calls() {
			used[key.Action] = true
		}
		for action := range allowed {
			if _, name, _ := strings.Cut(action, ":"); !used[name] && name != rig.MoreStepsOp {
				t.Errorf("the policy allows %s, which is not used", action)
			}
		}
	})
	for action := range allowed {
		if action == "sts:GetCallerIdentity" || action == "ssm:"+rig.MoreStepsOp {
			continue // needs no permission, or an execution of more than 100 steps
		}
		t.Run("without "+action, func(t *testing.T) {
			less := map[string]bool{}
			for a := range allowed {
				less[a] = a != action
			}
			if _, err := run(t, less); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestEnvironmentAndProfiles(t *testing.T) {
	simulated := fleetOf("111111111111", 16, "us-east-1", "eu-west-1")
	c := rig.NewCloud(t, awssim.Options{}, awssim.Account{AccessKeyID: "key", Fleet: simulated, SessionToken: "token"})
	regions := func(t *testing.T, config string) []string {
		t.Helper()
		db := rig.Open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: config})
		rows, err := rig.Query(t.Context(), db, "select distinct region from "+rig.StatusTable+" order by 1")
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, r := range rows {
			names = append(names, r["region"].(string))
		}
		return names
	}
	keys := func(t *testing.T) {
		t.Setenv("AWS_ACCESS_KEY_ID", "key")
		t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
		t.Setenv("AWS_SESSION_TOKEN", "token")
	}
	file := func(t *testing.T, text string) string {
		t.Helper()
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}

	t.Run("keys, region and endpoint of the environment", func(t *testing.T) {
		keys(t)
		t.Setenv("AWS_ENDPOINT_URL", c.URL)
		t.Setenv("AWS_DEFAULT_REGION", "eu-west-1")
		if got := regions(t, ""); !slices.Equal(got, []string{"eu-west-1"}) {
			t.Errorf("%v", got)
		}
		t.Setenv("AWS_REGION", "us-east-1")
		if got := regions(t, ""); !slices.Equal(got, []string{"us-east-1"}) {
			t.Errorf("AWS_REGION: %v", got)
		}
		if got := regions(t, "default_region = \"eu-west-1\"\n"); !slices.Equal(got, []string{"eu-west-1"}) {
			t.Errorf("default_region: %v", got)
		}
		if got := regions(t, "regions = [\"*\"]\n"); !slices.Equal(got, simulated.Regions()[1:]) && !slices.Equal(got, []string{"eu-west-1", "us-east-1"}) {
			t.Errorf("regions: %v", got)
		}
	})
	t.Run("an endpoint of Systems Manager alone, and an argument that wins", func(t *testing.T) {
		keys(t)
		t.Setenv("AWS_ENDPOINT_URL_SSM", c.URL)
		db := rig.Open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: "regions = [\"us-east-1\"]\n"})
		if _, err := rig.Query(t.Context(), db, "select name from "+rig.StatusTable); err != nil {
			t.Error(err)
		}
		t.Setenv("AWS_ENDPOINT_URL_SSM", "http://127.0.0.1:1")
		regions(t, fmt.Sprintf("regions = [\"us-east-1\"]\nendpoint_url = %q\n", c.URL))
	})
	t.Run("a profile", func(t *testing.T) {
		t.Setenv("AWS_CONFIG_FILE", file(t, fmt.Sprintf("[profile audit]\nregion = eu-west-1\nendpoint_url = %s\n", c.URL)))
		t.Setenv("AWS_SHARED_CREDENTIALS_FILE", file(t, "[audit]\naws_access_key_id = key\naws_secret_access_key = secret\naws_session_token = token\n"))
		if got := regions(t, "profile = \"audit\"\n"); !slices.Equal(got, []string{"eu-west-1"}) {
			t.Errorf("profile: %v", got)
		}
		t.Setenv("AWS_PROFILE", "audit")
		if got := regions(t, ""); !slices.Equal(got, []string{"eu-west-1"}) {
			t.Errorf("AWS_PROFILE: %v", got)
		}
	})
	t.Run("a profile that is not there", func(t *testing.T) {
		db := rig.Open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: "profile = \"none\"\nregions = [\"us-east-1\"]\n"})
		_, err := rig.Query(t.Context(), db, "select name from "+rig.StatusTable)
		if err == nil || !strings.Contains(err.Error(), "none") {
			t.Errorf("error: %v", err)
		}
	})
	t.Run("a code of an MFA device is not asked for", func(t *testing.T) {
		t.Setenv("AWS_CONFIG_FILE", file(t, "[profile mfa]\nregion = us-east-1\nrole_arn = arn:aws:iam::111111111111:role/r\n"+
			"source_profile = base\nmfa_serial = arn:aws:iam::111111111111:mfa/u\n[profile base]\naws_access_key_id = key\naws_secret_access_key = secret\n"))
		db := rig.Open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: fmt.Sprintf("profile = \"mfa\"\nendpoint_url = %q\n", c.URL)})
		_, err := rig.Query(t.Context(), db, "select name from "+rig.StatusTable)
		if err == nil || !strings.Contains(err.Error(), "asks for an MFA code, and nobody is there to ask") {
			t.Errorf("error: %v", err)
		}
	})
	t.Run("credentials that expire are renewed during a scan", func(t *testing.T) {
		directory := t.TempDir()
		script := filepath.Join(directory, "credentials.sh")
		if err := os.WriteFile(script, []byte(fmt.Sprintf(`#!/bin/sh
echo call >>%s/calls
printf '{"Version":1,"AccessKeyId":"key","SecretAccessKey":"secret","SessionToken":"token","Expiration":"%%s"}' "$(date -u -d '+1 second' +%%Y-%%m-%%dT%%H:%%M:%%SZ)"
`, directory)), 0o700); err != nil {
			t.Fatal(err)
		}
		t.Setenv("AWS_CONFIG_FILE", file(t, "[profile process]\ncredential_process = "+script+"\n"))
		c.Sim.SetLatency(300 * time.Millisecond)
		defer c.Sim.SetLatency(0)
		db := rig.Open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: fmt.Sprintf(
			"profile = \"process\"\nendpoint_url = %q\nregions = [\"us-east-1\"]\nmax_concurrent_requests = 1\n", c.URL)})
		got, err := rig.Query(t.Context(), db, "select * from "+rig.StatusTable)
		if err != nil {
			t.Fatal(err)
		}
		rig.SameRows(t, got, rowsOf(simulated, "us-east-1"))
		calls, err := os.ReadFile(filepath.Join(directory, "calls"))
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(calls, []byte("\n")); n < 2 {
			t.Errorf("credentials were fetched %d times", n)
		}
	})
}

// TestSecretsStaySecret checks the log, at its most verbose, of queries that
// succeed and that fail.
func TestSecretsStaySecret(t *testing.T) {
	const secret, token = "correct-horse-battery-staple", "session-token-of-the-test"
	simulated := fleetOf("111111111111", 16, "us-east-1")
	c := rig.NewCloud(t, awssim.Options{}, awssim.Account{AccessKeyID: "key", Fleet: simulated, SessionToken: token})
	var log rig.LogBuffer
	p := rig.StartProcessLogging(t, &log, "STEAMPIPE_LOG_LEVEL=TRACE", "STEAMPIPE_DIAGNOSTIC_LEVEL=ALL")
	config := fmt.Sprintf("endpoint_url = %q\nregions = [\"*\"]\naccess_key = \"key\"\nsecret_key = %q\nsession_token = %q\n", c.URL, secret, token)
	p.Connect(map[string]string{
		"good": config,
		"bad":  strings.Replace(config, `access_key = "key"`, `access_key = "other"`, 1),
		"role": config + "role_arn = \"arn:aws:iam::111111111111:role/none\"\nexternal_id = \"external-secret\"\n",
		"typo": config + "regoin = \"x\"\n",
		"half": strings.Replace(config, `access_key = "key"`, ``, 1),
	})
	var said strings.Builder
	for _, name := range []string{"good", "bad", "role", "typo", "half"} {
		rows, err := p.Execute(rig.Execution{Connections: []string{name}, Columns: []string{"instance_id", "_ctx"}})
		if (err == nil) != (name == "good") {
			t.Errorf("%s: %d rows, error %v", name, len(rows), err)
		}
		fmt.Fprintln(&said, err, rows)
	}
	p.Client.Kill()
	if log.String() == "" {
		t.Fatal("the plugin has logged nothing: the test shows nothing")
	}
	for _, hidden := range []string{secret, token, "external-secret", "AWS4-HMAC-SHA256"} {
		if strings.Contains(said.String(), hidden) {
			t.Errorf("%q is in an error or a row", hidden)
		}
		if strings.Contains(log.String(), hidden) {
			t.Errorf("%q is in the log", hidden)
		}
	}
}

// turnstile is a simulated AWS that can be replaced behind its URL.
type turnstile struct {
	url     string
	current atomic.Pointer[awssim.Server]
	// before, if not nil, is called before each request is answered.
	before atomic.Pointer[func(*http.Request)]
}

func newTurnstile(t *testing.T, sim *awssim.Server) *turnstile {
	t.Helper()
	turn := &turnstile{}
	turn.current.Store(sim)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if before := turn.before.Load(); before != nil {
			(*before)(r)
		}
		turn.current.Load().ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	turn.url = server.URL
	return turn
}

// replaceAt replaces the simulated AWS before it answers the n-th request for
// Systems Manager, and calls also.
func (turn *turnstile) replaceAt(n int, by *awssim.Server, also func()) {
	var requests atomic.Int64
	before := func(r *http.Request) {
		if r.Header.Get("X-Amz-Target") != "" && requests.Add(1) == int64(n) {
			also()
			turn.current.Store(by)
		}
	}
	turn.before.Store(&before)
}

// TestRenewedCredentials rewrites the credentials file that a process has read,
// as saml2aws and similar tools do.
func TestRenewedCredentials(t *testing.T) {
	simulated := fleetOf("111111111111", 20, "us-east-1")
	account := func(key string) *awssim.Server {
		return awssim.New(awssim.Options{}, awssim.Account{AccessKeyID: key, Fleet: simulated})
	}
	file := filepath.Join(t.TempDir(), "credentials")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", file)
	write := func(key string) {
		if err := os.WriteFile(file, fmt.Appendf(nil, "[default]\naws_access_key_id = %s\naws_secret_access_key = secret\n", key), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	config := func(url string) string {
		return fmt.Sprintf("endpoint_url = %q\nregions = [\"us-east-1\"]\nmax_concurrent_requests = 2\n", url)
	}
	scan := "select * from " + rig.StatusTable

	t.Run("between queries", func(t *testing.T) {
		turn := newTurnstile(t, account("old"))
		write("old")
		db := rig.Open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: config(turn.url)})
		if _, err := rig.Query(t.Context(), db, scan); err != nil {
			t.Fatal(err)
		}
		turn.current.Store(account("new"))
		if _, err := rig.Query(t.Context(), db, scan); err == nil {
			t.Fatal("the old key is still good")
		}
		write("new")
		got, err := rig.Query(t.Context(), db, scan)
		if err != nil {
			t.Fatal(err)
		}
		rig.SameRows(t, got, rowsOf(simulated))
	})
	t.Run("in the middle of a scan", func(t *testing.T) {
		turn := newTurnstile(t, account("old"))
		write("old")
		db := rig.Open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: config(turn.url)})
		turn.replaceAt(10, account("new"), func() { write("new") })
		got, err := rig.Query(t.Context(), db, scan)
		if err != nil {
			t.Fatal(err)
		}
		rig.SameRows(t, got, rowsOf(simulated))
	})
	for name, columns := range map[string]string{"the account is selected": "*", "no account is selected": "instance_id"} {
		t.Run("in the middle of a scan, to those of another account, and "+name, func(t *testing.T) {
			other := fleetOf("222222222222", 20, "us-east-1")
			for at := range 12 { // at any call
				turn := newTurnstile(t, account("old"))
				write("old")
				server := ssmassoc.NewServer()
				db := rig.OpenServer(t, server, embedded.Connection{Name: "c", Config: config(turn.url)})
				turn.replaceAt(at+2, awssim.New(awssim.Options{}, awssim.Account{AccessKeyID: "new", Fleet: other}), func() { write("new") })
				got, err := rig.Query(t.Context(), db, "select "+columns+" from "+rig.StatusTable)
				if err == nil || !strings.Contains(err.Error(), "run it again") {
					t.Fatalf("at call %d: %d rows and the error %v", at+2, len(got), err)
				}
				if got, err = rig.Query(t.Context(), db, "select "+columns+" from "+rig.StatusTable); err != nil {
					t.Fatal(err)
				}
				want := rowsOf(other)
				if columns != "*" {
					want = rig.Only(want, columns)
				}
				rig.SameRows(t, got, want)
			}
		})
	}
	t.Run("where one request may be in flight", func(t *testing.T) {
		t.Setenv("SSMASSOC_MAX_CONCURRENT_REQUESTS", "1")
		turn := newTurnstile(t, account("old"))
		write("old")
		db := rig.Open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: config(turn.url)})
		turn.replaceAt(10, account("new"), func() { write("new") })
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		got, err := rig.Query(ctx, db, scan)
		if err != nil {
			t.Fatal(err)
		}
		rig.SameRows(t, got, rowsOf(simulated))
	})
	t.Run("to those of another account", func(t *testing.T) {
		other := fleetOf("222222222222", 8, "us-east-1")
		turn := newTurnstile(t, account("old"))
		write("old")
		db := rig.Open(t, embedded.Options{CacheTTLSeconds: 300}, embedded.Connection{Name: "c", Config: config(turn.url)})
		if _, err := rig.Query(t.Context(), db, scan+" limit 1"); err != nil {
			t.Fatal(err)
		}
		write("new")
		turn.current.Store(awssim.New(awssim.Options{}, awssim.Account{AccessKeyID: "new", Fleet: other}))
		// The query began with the old account.
		got, err := rig.Query(t.Context(), db, scan)
		if err == nil || !strings.Contains(err.Error(), "the credentials changed from account 111111111111 to 222222222222") {
			t.Fatalf("%d rows and the error %v", len(got), err)
		}
		if got, err = rig.Query(t.Context(), db, scan); err != nil {
			t.Fatal(err)
		}
		rig.SameRows(t, got, rowsOf(other))
	})
}

// TestRegionsEnabledLater enables a region after the process has listed the
// account's regions.
func TestRegionsEnabledLater(t *testing.T) {
	before, after := fleetOf("111111111111", 8, "us-east-1"), fleetOf("111111111111", 8, "us-east-1", "eu-west-1")
	sim := func(simulated *fleet.Fleet) *awssim.Server {
		return awssim.New(awssim.Options{}, awssim.Account{AccessKeyID: "key", Fleet: simulated})
	}
	config := func(turn *turnstile) map[string]string {
		return map[string]string{"c": rig.Arguments(turn.url, "key", nil) + "regions = [\"*\"]\n"}
	}
	columns := rig.KeysOf(rowsOf(before)[0])
	scan := rig.Execution{Connections: []string{"c"}, Columns: columns, Cache: true}

	for name, forget := range map[string]func(*rig.Process, *turnstile, *rig.Execution) error{
		"Steampipe clears the connection's cache": func(p *rig.Process, _ *turnstile, _ *rig.Execution) error {
			_, err := p.Plugin.SetConnectionCacheOptions(&proto.SetConnectionCacheOptionsRequest{ClearCacheForConnection: "c"})
			return err
		},
		"a user clears the cache": func(_ *rig.Process, _ *turnstile, e *rig.Execution) error {
			e.JustCleared = true
			return nil
		},
		"the configuration is saved": func(p *rig.Process, turn *turnstile, _ *rig.Execution) error {
			p.Connect(config(turn))
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			turn := newTurnstile(t, sim(before))
			p := rig.StartProcess(t)
			p.Connect(config(turn))
			got, err := p.Execute(scan)
			if err != nil {
				t.Fatal(err)
			}
			rig.SameRows(t, got, rowsOf(before))

			turn.current.Store(sim(after))
			again := scan
			if err := forget(p, turn, &again); err != nil {
				t.Fatal(err)
			}
			if got, err = p.Execute(again); err != nil {
				t.Fatal(err)
			}
			rig.SameRows(t, got, rowsOf(after))
		})
	}
}

// TestIgnoredCredentialsErrors ignores the error code of a region that is not
// enabled, which is also the code of expired keys.
func TestIgnoredCredentialsErrors(t *testing.T) {
	simulated := fleetOf("111111111111", 20, "us-east-1")
	sim := awssim.New(awssim.Options{}, awssim.Account{AccessKeyID: "key", Fleet: simulated, DisabledRegions: []string{"eu-south-1"}})
	turn := newTurnstile(t, sim)
	db := rig.Open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: rig.Arguments(turn.url, "key", []string{"us-east-1", "eu-south-1"}) +
		rig.FastRetries + "ignore_error_codes = [\"UnrecognizedClientException\"]\n"})

	got, err := rig.Query(t.Context(), db, "select * from "+rig.StatusTable)
	if err != nil {
		t.Fatal(err)
	}
	rig.SameRows(t, got, rowsOf(simulated))

	turn.current.Store(awssim.New(awssim.Options{}, awssim.Account{AccessKeyID: "another", Fleet: simulated}))
	got, err = rig.Query(t.Context(), db, "select instance_id from "+rig.StatusTable)
	if err == nil || !strings.Contains(err.Error(), "credentials are not valid") {
		t.Errorf("got %d rows and the error %v with a key that was revoked", len(got), err)
	}
}

// TestACallerWithoutAnAccount makes STS answer without an account: a condition
// on it must not exclude the connection.
func TestACallerWithoutAnAccount(t *testing.T) {
	sim := awssim.New(awssim.Options{}, awssim.Account{AccessKeyID: "key", Fleet: fleetOf("111111111111", 8, "us-east-1")})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Amz-Target") != "" {
			sim.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/xml")
		_, _ = io.WriteString(w, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>`+
			`<Arn>arn:aws:iam::111111111111:user/reader</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`)
	}))
	t.Cleanup(server.Close)
	db := rig.Open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: rig.Arguments(server.URL, "key", []string{"us-east-1"})})
	got, err := rig.Query(t.Context(), db, "select instance_id from "+rig.StatusTable+" where account_id = '111111111111'")
	if err == nil || !strings.Contains(err.Error(), "without an account") {
		t.Errorf("%d rows and the error %v", len(got), err)
	}
}

// TestAScanThatIsNotReadHoldsUpNoOther leaves the rows of a scan of many
// regions unread during another scan, as PostgreSQL does in a join.
func TestAScanThatIsNotReadHoldsUpNoOther(t *testing.T) {
	var regions []string
	for i := range 100 {
		regions = append(regions, fmt.Sprintf("us-east-%d", i+1))
	}
	var connections []embedded.Connection
	var accounts []awssim.Account
	outer := &proto.ExecuteRequest{Table: rig.StatusTable, QueryContext: &proto.QueryContext{Columns: []string{"instance_id"}}, ExecuteConnectionData: map[string]*proto.ExecuteConnectionData{}}
	for i := range 2 {
		key := fmt.Sprintf("key%d", i)
		accounts = append(accounts, awssim.Account{AccessKeyID: key, Fleet: fleetOf(fmt.Sprintf("%012d", i+1), 200, regions...)})
		connections = append(connections, embedded.Connection{Name: key})
		outer.ExecuteConnectionData[key] = &proto.ExecuteConnectionData{}
	}
	sim := awssim.New(awssim.Options{}, accounts...)
	url := rig.Serve(t, sim)
	for i := range connections {
		connections[i].Config = rig.Arguments(url, connections[i].Name, regions)
	}
	server := ssmassoc.NewServer()
	db := rig.OpenServer(t, server, connections...)

	ctx, cancel := context.WithCancel(t.Context())
	stream := &unreadStream{Collector: rig.Collector{Ctx: ctx}, first: make(chan struct{})}
	ended := make(chan error)
	go func() { ended <- server.Execute(outer, stream) }()
	<-stream.first
	got, err := rig.Query(t.Context(), db, "select distinct region from "+rig.NodeTable)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(regions) {
		t.Errorf("%d regions, want %d", len(got), len(regions))
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the scan that was cancelled ended with %v", err)
	}
}

// unreadStream is the stream of a host that takes no rows.
type unreadStream struct {
	rig.Collector
	once  sync.Once
	first chan struct{} // closed when there is a row
}

func (s *unreadStream) Send(*proto.ExecuteResponse) error {
	s.once.Do(func() { close(s.first) })
	<-s.Ctx.Done()
	return s.Ctx.Err()
}
