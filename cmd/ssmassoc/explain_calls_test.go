package main

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// explained is what explain says of a statement.
type explained struct {
	operations map[string]bool
	known      int
	scans      int
	limited    bool
	most       int // -1 for no bound
	exact      bool
}

var (
	operationOf = regexp.MustCompile(`\b((?:Describe|List|Get)[A-Z]\w+)\b`)
	knownCalls  = regexp.MustCompile(`(?m)^Known in advance: (\d+) calls?, `)
	totalCalls  = regexp.MustCompile(`(?m)^In all: (exactly|at most) (\d+) calls?, \S+ at 10 calls a second\.$`)
	noTotal     = regexp.MustCompile(`(?m)^In all: (not bounded|as many calls)`)
)

func explainedBy(t *testing.T, text string) explained {
	t.Helper()
	e := explained{operations: map[string]bool{}, scans: strings.Count(text, "  pushed down"), limited: strings.Contains(text, "\n  limit ")}
	for _, match := range operationOf.FindAllStringSubmatch(text, -1) {
		e.operations[match[1]] = true
	}
	if match := knownCalls.FindStringSubmatch(text); match != nil {
		e.known, _ = strconv.Atoi(match[1])
	} else if e.scans > 0 {
		t.Errorf("no total in %s", text)
	}
	e.most = -1
	if match := totalCalls.FindStringSubmatch(text); match != nil {
		e.most, _ = strconv.Atoi(match[2])
		e.exact = match[1] == "exactly"
	} else if e.scans > 0 && !noTotal.MatchString(text) {
		t.Errorf("neither a bound nor why there is none in %s", text)
	}
	return e
}

// checkExplained compares what explain says of a statement over the simulated fleet with
// the calls that it makes, and returns what explain says.
func checkExplained(t *testing.T, sql string) explained {
	t.Helper()
	run := func(args ...string) (stdout, stderr string) {
		cmd := exec.Command("ssmassoc", args...)
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		if args[0] == "query" {
			cmd.Stdout = io.Discard // there can be much of it
		}
		if err := cmd.Run(); err != nil {
			t.Fatalf("%s: %v: %s", sql, err, errs.String())
		}
		return out.String(), errs.String()
	}
	stdout, _ := run("explain", "--demo", sql)
	e := explainedBy(t, stdout)
	_, stderr := run("query", "--demo", "--stats=json", "--output", "jsonl", sql)
	var stats struct {
		Calls       int
		ByOperation map[string]int `json:"calls_by_operation"`
	}
	for line := range strings.Lines(stderr) {
		if strings.HasPrefix(line, "{") {
			if err := json.Unmarshal([]byte(line), &stats); err != nil {
				t.Fatal(err)
			}
		}
	}
	for operation, calls := range stats.ByOperation {
		if !e.operations[operation] {
			t.Errorf("%d calls of %s, which explain does not name, for %s:\n%s", calls, operation, sql, stdout)
		}
	}
	switch {
	case e.exact && stats.Calls != e.most,
		e.most >= 0 && stats.Calls > e.most,
		e.scans == 1 && !e.limited && stats.Calls < e.known:
		t.Errorf("%d calls %v for %s:\n%s", stats.Calls, stats.ByOperation, sql, stdout)
	}
	return e
}

// TestExplainNamesTheCalls compares what explain says of the documented examples, and of
// statements whose calls are known, with the calls that they make.
func TestExplainNamesTheCalls(t *testing.T) {
	statements := map[string]string{
		"all columns":            "select * from ssm_association",
		"hydrated columns":       "select tags, parameters from ssm_association",
		"an ARN":                 "select arn from ssm_association",
		"a failed step":          "select failed_step_name from ssm_automation_execution",
		"commands of nodes":      "select * from ssm_command_invocation where instance_id in ('i-0036092b4bc358841', 'i-0036092b4bc358842')",
		"nodes":                  "select status from ssm_instance_association_status where instance_id = 'i-0036092b4bc358841'",
		"a region":               "select title from ssm_managed_instance where region = 'eu-west-1'",
		"a join":                 "select a.title from ssm_managed_instance m join ssm_instance_association_status s on s.instance_id = m.instance_id join ssm_association a on a.association_id = s.association_id where m.region = 'us-east-1'",
		"the right of left join": "select c.status from ssm_managed_instance m left join ssm_compliance_item c on c.resource_id = m.instance_id where m.region = 'us-east-1'",
		"a subquery":             "select title from ssm_association where exists (select 1 from ssm_association_version v where v.association_id = ssm_association.association_id)",
		"both sides of a union":  "select title from ssm_association union select title from ssm_managed_instance",
		"two tables of one list": "select count(*) from ssm_managed_instance union all select count(*) from ssm_instance_association_status",
		"executions by pairs":    "select count(*) from ssm_association_execution_target where association_id in ('a', 'b') and execution_id in ('c', 'd')",
	}
	pages, err := filepath.Glob("../../docs/tables/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatal("no pages of tables", err)
	}
	for _, page := range pages {
		for _, example := range rig.ReadExamples(t, page) {
			statements[strings.TrimSuffix(filepath.Base(page), ".md")+": "+example.Heading] = example.SQL[rig.Sqlite]
		}
	}
	for name, sql := range statements {
		t.Run(name, func(t *testing.T) {
			if sql == "" || strings.Contains(sql, "aws_") {
				t.Skip("no example in SQLite's dialect of these tables")
			}
			if testing.Short() && strings.Contains(sql, "ssm_association_execution_target") {
				t.Skip("counting the targets of the simulated fleet takes 9,000 calls")
			}
			t.Parallel()
			checkExplained(t, sql)
		})
	}
}

// randomStatement returns a statement over one or two tables. Its conditions name things
// that exist and things that do not, in columns that the plugin applies and in others.
func randomStatement(r *rand.Rand) string {
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	keys := map[string][]string{ // and columns that cost calls, and others
		"ssm_association":                    {"association_id", "name", "tags", "parameters", "arn", "title"},
		"ssm_association_execution":          {"association_id", "execution_id", "status"},
		"ssm_association_version":            {"association_id", "name"},
		"ssm_automation_execution":           {"automation_execution_id", "document_name", "execution_status"},
		"ssm_command_invocation":             {"command_id", "instance_id", "status"},
		"ssm_compliance_item":                {"resource_id", "status", "severity"},
		"ssm_effective_instance_association": {"instance_id", "association_id"},
		"ssm_instance_association_status":    {"instance_id", "status", "association_id", "region"},
		"ssm_managed_instance":               {"instance_id", "platform_type", "ping_status"},
		"ssm_resource_compliance_summary":    {"resource_id", "status"},
	}
	tables := slices.Sorted(maps.Keys(keys))
	values := func(column string) string {
		node := pick("i-0036092b4bc358841", "i-00000000000000000", "mi-0123456789abcdef0", "i-025f4b3f0457ca8a7", "i-006e7a4ec5ef1447a")
		switch column {
		case "instance_id", "resource_id":
			return "'" + node + "'"
		case "association_id":
			return pick("'88705dbe-d593-47a6-a10e-7b8887d0411d'", "'6a1cd7f3-0000-4000-8000-000000000000'")
		case "name", "document_name":
			return pick("'AWS-RunShellScript'", "'AWS-UpdateSSMAgent'", "'none'")
		case "region":
			return pick("'us-east-1'", "'eu-west-1'", "'mars'")
		}
		return pick("'Success'", "'Failed'", "'x'", "null")
	}
	condition := func(alias, table string) string {
		column := pick(append(keys[table], "region", "region")...)
		name := alias + "." + column
		switch r.IntN(6) {
		case 0:
			return name + " is not null"
		case 1:
			return name + " <> " + values(column)
		case 2, 3:
			return name + " in (" + values(column) + ", " + values(column) + ", " + values(column) + ")"
		}
		return name + " = " + values(column)
	}
	table := pick(tables...)
	column := pick(append(keys[table], "count(*)", "*", "title")...)
	if column != "count(*)" && column != "*" {
		column = "a." + column
	}
	from, where := table+" a", ""
	if r.IntN(4) == 0 {
		other := pick(tables...)
		from += pick(" join ", " left join ") + other + " b on b." + keys[other][0] + " = a." + keys[table][0]
		if r.IntN(3) == 0 {
			where = " where " + condition("b", other)
		}
	}
	if where == "" && r.IntN(4) > 0 {
		where = " where " + condition("a", table)
		if r.IntN(3) == 0 {
			where += pick(" and ", " or ") + condition("a", table)
		}
	}
	statement := "select " + column + " from " + from + where
	switch r.IntN(8) {
	case 0:
		statement += " limit 3"
	case 1:
		statement += " union all select title from " + pick(tables...)
		statement = strings.Replace(statement, "select * from", "select a.title from", 1)
	case 2:
		if where != "" {
			statement += " and exists (select 1 from " + pick(tables...) + ")"
		}
	}
	return statement
}

// TestExplainBoundsRandomStatements compares the totals of explain with the calls of random
// statements: equal where they are exact, else bounds.
func TestExplainBoundsRandomStatements(t *testing.T) {
	n := rig.Times(300)
	if testing.Short() {
		n = 10
	}
	var exact, bounded atomic.Int32
	t.Run("statements", func(t *testing.T) {
		for seed := range n {
			sql := randomStatement(rand.New(rand.NewPCG(uint64(seed), 25)))
			t.Run(strconv.Itoa(seed), func(t *testing.T) {
				t.Parallel()
				e := checkExplained(t, sql)
				if e.exact {
					exact.Add(1)
				}
				if e.most >= 0 {
					bounded.Add(1)
				}
			})
		}
	})
	if int(exact.Load())*20 < n || int(bounded.Load())*2 < n {
		t.Errorf("of %d statements, %d have an exact total and %d a bound", n, exact.Load(), bounded.Load())
	}
	t.Logf("of %d statements, %d have an exact total and %d a bound", n, exact.Load(), bounded.Load())
}
