package deploy

import (
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/test/pgtest"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// coordinator is a PostgreSQL with docs/deploy/coordinator.sql over several others,
// which stand for Steampipe services: their tables have the plugin's schema and rows.
type coordinator struct {
	*pgtest.DB
	t        *testing.T
	services map[string]*coordinated
	rows     int // of ssm_instance_association_status, in all
}

type coordinated struct {
	*pgtest.DB
	stop    func()
	account string
	rows    int
}

// newCoordinator has services for the accounts 1 and 2 and, of account 3, one for each
// of two regions.
func newCoordinator(t *testing.T) *coordinator {
	t.Helper()
	c := &coordinator{t: t, services: map[string]*coordinated{}}
	c.DB, _ = pgtest.OpenAlone(t)
	script, err := os.ReadFile("../../../docs/deploy/coordinator.sql")
	if err != nil {
		t.Fatal(err)
	}
	c.exec(string(script))
	c.add("one", "000000000001", "us-east-1", "eu-west-1")
	c.add("two", "000000000002", "us-east-1", "eu-west-1")
	c.add("three_us", "000000000003", "us-east-1")
	c.add("three_eu", "000000000003", "eu-west-1")
	c.exec("update ssmassoc_service set regions = null where name in ('one', 'two')")
	c.exec("call ssmassoc_coordinate()")
	return c
}

func (c *coordinator) exec(sql string) {
	c.t.Helper()
	if err := c.Exec(c.t.Context(), sql); err != nil {
		c.t.Fatal(err)
	}
}

// add starts a service that reads regions of an account.
func (c *coordinator) add(name, account string, regions ...string) {
	c.t.Helper()
	w := rig.NewWorld(c.t, rig.WorldOptions{Fleet: fleet.Options{AccountID: account, Nodes: 12}, Regions: regions})
	s := &coordinated{account: account}
	s.DB, s.stop = pgtest.OpenAlone(c.t)
	// The shared service's tables are in the schema of its connection.
	if err := s.Exec(c.t.Context(), "create schema ssmassoc; set search_path to ssmassoc"); err != nil {
		c.t.Fatal(err)
	}
	if err := s.Mirror(c.t.Context(), w.DB); err != nil {
		c.t.Fatal(err)
	}
	s.rows = len(w.Query("select 1 from ssm_instance_association_status"))
	c.rows += s.rows
	c.services[name] = s
	address, err := url.Parse(s.URL())
	if err != nil {
		c.t.Fatal(err)
	}
	c.exec(fmt.Sprintf("insert into ssmassoc_service (name, host, port, dbname, username, accounts, regions) values ('%s', '%s', '%s', '%s', '%s', '{%s}', '{%s}')",
		name, address.Query().Get("host"), address.Query().Get("port"), strings.TrimPrefix(address.Path, "/"), address.User.Username(),
		account, strings.Join(regions, ",")))
}

// count returns the number of rows of the association status under a condition.
func (c *coordinator) count(where string) (int64, error) {
	rows, err := c.Query(c.t.Context(), "select count(*) as n from ssm_instance_association_status where "+where)
	if err != nil {
		return 0, err
	}
	return rows[0]["n"].(int64), nil
}

// plan returns how PostgreSQL runs a query.
func (c *coordinator) plan(sql string) string {
	c.t.Helper()
	rows, err := c.Query(c.t.Context(), "explain (verbose, costs off) "+sql)
	if err != nil {
		c.t.Fatal(err)
	}
	var lines strings.Builder
	for _, r := range rows {
		fmt.Fprintln(&lines, r["QUERY PLAN"])
	}
	return lines.String()
}

func TestCoordinator(t *testing.T) {
	c := newCoordinator(t)
	t.Run("reads all services at once", c.readsAtOnce)
	t.Run("asks only services of the account and region", c.prunes)
	t.Run("fails where a service does, and never answers with fewer rows", c.fails)
}

func (c *coordinator) readsAtOnce(t *testing.T) {
	n, err := c.count("true")
	if err != nil || n != int64(c.rows) || n == 0 {
		t.Errorf("%d rows, want %d: %v", n, c.rows, err)
	}
	const all = "select instance_id from ssm_instance_association_status"
	if plan := c.plan(all); strings.Count(plan, "Async Foreign Scan") != len(c.services) {
		t.Errorf("the scans are not asynchronous:\n%s", plan)
	}
	// Each service takes a second for its answer.
	for _, s := range c.services {
		if err := s.Exec(t.Context(), `alter table ssmassoc.ssm_instance_association_status rename to status;
			create view ssmassoc.ssm_instance_association_status as
			select s.* from (select pg_sleep(1)) wait, ssmassoc.status s`); err != nil {
			t.Fatal(err)
		}
	}
	start := time.Now()
	if n, err := c.count("true"); err != nil || n != int64(c.rows) {
		t.Errorf("%d rows, want %d: %v", n, c.rows, err)
	}
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("four services of a second each took %s", took)
	}
	for _, s := range c.services {
		if err := s.Exec(t.Context(), "drop view ssmassoc.ssm_instance_association_status; alter table ssmassoc.status rename to ssm_instance_association_status"); err != nil {
			t.Fatal(err)
		}
	}
}

func (c *coordinator) prunes(t *testing.T) {
	for where, services := range map[string][]string{
		"account_id = '000000000001'":                                   {"one"},
		"account_id in ('000000000001', '000000000002')":                {"one", "two"},
		"account_id = '000000000003'":                                   {"three_us", "three_eu"},
		"account_id = '000000000003' and region = 'eu-west-1'":          {"three_eu"},
		"region = 'us-east-1'":                                          {"one", "two", "three_us"},
		"account_id = '000000000009'":                                   nil,
		"account_id = '000000000001' and instance_id like 'i-%'":        {"one"},
		"account_id = '000000000002' and status in ('Failed', 'Other')": {"two"},
	} {
		plan := c.plan("select * from ssm_instance_association_status where " + where)
		for name := range c.services {
			asked := strings.Contains(plan, "service_"+name+".")
			if want := strings.Contains(" "+strings.Join(services, " ")+" ", " "+name+" "); asked != want {
				t.Errorf("%s: %s is asked: %t, want %t\n%s", where, name, asked, want, plan)
			}
		}
	}
	// Conditions reach the service, where the plugin makes fewer calls of them.
	plan := c.plan("select * from ssm_instance_association_status where account_id = '000000000001' and region = 'us-east-1' and instance_id = 'i-1'")
	for _, condition := range []string{"account_id = '000000000001'", "region = 'us-east-1'", "instance_id = 'i-1'"} {
		if !strings.Contains(plan, condition) {
			t.Errorf("%s does not reach the service:\n%s", condition, plan)
		}
	}
}

func (c *coordinator) fails(t *testing.T) {
	// The service breaks off in the middle of its rows.
	two := c.services["two"]
	if err := two.Exec(t.Context(), `create sequence ssmassoc.sent;
		create function ssmassoc.break_off() returns boolean language plpgsql volatile as
		$$ begin if nextval('ssmassoc.sent') % 5 = 0 then perform pg_terminate_backend(pg_backend_pid()); end if; return true; end $$;
		alter table ssmassoc.ssm_instance_association_status rename to status;
		create view ssmassoc.ssm_instance_association_status as select * from ssmassoc.status where ssmassoc.break_off()`); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		n, err := c.count("true")
		if err == nil {
			t.Fatalf("with a service that breaks off there are %d rows of %d, and no error", n, c.rows)
		}
		if !strings.Contains(err.Error(), "terminating connection") && !strings.Contains(err.Error(), "server closed the connection") {
			t.Fatalf("the service did not break off: %v", err)
		}
	}
	two.stop()
	for range 20 {
		n, err := c.count("true")
		if err == nil {
			t.Fatalf("with a service down there are %d rows of %d, and no error", n, c.rows)
		}
		if !strings.Contains(err.Error(), `service_two`) {
			t.Errorf("the error does not name the service: %v", err)
		}
	}
	// Queries that do not need it are answered.
	one := c.services["one"]
	if n, err := c.count("account_id = '" + one.account + "'"); err != nil || n != int64(one.rows) {
		t.Errorf("%d rows, want %d: %v", n, one.rows, err)
	}
}
