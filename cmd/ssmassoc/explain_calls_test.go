package main

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// explained is what explain says of a statement.
type explained struct {
	operations map[string]bool
	known      int
	scans      int
	limited    bool
}

var (
	operationOf = regexp.MustCompile(`\b((?:Describe|List|Get)[A-Z]\w+)\b`)
	knownCalls  = regexp.MustCompile(`(?m)^Known in advance: (\d+) calls?, `)
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
	run := func(t *testing.T, args ...string) (stdout, stderr string) {
		t.Helper()
		cmd := exec.Command("ssmassoc", args...)
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		if err := cmd.Run(); err != nil {
			t.Fatalf("%v: %s", err, errs.String())
		}
		return out.String(), errs.String()
	}
	for name, sql := range statements {
		t.Run(name, func(t *testing.T) {
			if sql == "" || strings.Contains(sql, "aws_") {
				t.Skip("no example in SQLite's dialect of these tables")
			}
			t.Parallel()
			stdout, _ := run(t, "explain", "--demo", sql)
			e := explainedBy(t, stdout)
			_, stderr := run(t, "query", "--demo", "--stats=json", "--output", "jsonl", sql)
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
					t.Errorf("%d calls of %s, which explain does not name:\n%s", calls, operation, stdout)
				}
			}
			if e.scans == 1 && !e.limited && stats.Calls < e.known {
				t.Errorf("%d calls, and %d were known in advance:\n%s", stats.Calls, e.known, stdout)
			}
		})
	}
}
