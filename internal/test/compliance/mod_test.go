package compliance

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/test/pptest"
)

// mod is a Powerpipe mod as listed by Powerpipe.
type mod struct {
	Variables  []modResource
	Queries    []modResource
	Controls   []modResource
	Benchmarks []modResource // including nested ones
	Dashboards []modResource
}

// modResource is an entry of a listing. Members that a kind lacks are zero.
type modResource struct {
	Name                         string `json:"resource_name"`
	Title, Description, Severity string
	SQL                          string
	Params                       []struct{ Name string }
	Query                        string // qualified name of its query
	Children                     []string
	Tags                         map[string]string
	ValueDefault                 any `json:"value_default"`
}

// local is the name of a resource of this mod, without the mod's name.
func local(qualified string) string {
	return strings.TrimPrefix(qualified, "ssmassoc_compliance.")
}

// listMod lists the mod with Powerpipe.
func listMod(t *testing.T, pp *pptest.Powerpipe) mod {
	t.Helper()
	var m mod
	listResources(t, pp, &m.Variables, "variable", "list")
	listResources(t, pp, &m.Queries, "query", "list")
	listResources(t, pp, &m.Controls, "control", "list")
	listResources(t, pp, &m.Dashboards, "dashboard", "list")
	// The listing of benchmarks omits nested ones.
	listResources(t, pp, &m.Benchmarks, "benchmark", "list")
	for i := 0; i < len(m.Benchmarks); i++ {
		for _, child := range m.Benchmarks[i].Children {
			if name, ok := strings.CutPrefix(local(child), "benchmark."); ok {
				var inner []modResource
				listResources(t, pp, &inner, "benchmark", "show", name)
				m.Benchmarks = append(m.Benchmarks, inner...)
			}
		}
	}
	return m
}

func listResources(t *testing.T, pp *pptest.Powerpipe, resources *[]modResource, arguments ...string) {
	t.Helper()
	result := pp.For(t).Run(append(arguments, "--output", "json")...)
	if result.Code != pptest.ExitOK {
		t.Fatalf("powerpipe %s: %s", strings.Join(arguments, " "), result.Stderr)
	}
	if err := json.Unmarshal([]byte(result.Stdout), resources); err != nil {
		t.Fatalf("powerpipe %s: %v\n%s", strings.Join(arguments, " "), err, result.Stdout)
	}
	if len(*resources) == 0 {
		t.Fatalf("powerpipe %s lists nothing", strings.Join(arguments, " "))
	}
}

// TestMod checks what readers of Powerpipe's output rely on.
func TestMod(t *testing.T) {
	pp := pptest.New(t, modFolder, "postgresql://nowhere")
	m := listMod(t, pp)
	readme := modReadme(t)
	documentedAs := func(name string) {
		if !strings.Contains(readme, "`"+name+"`") && !strings.Contains(readme, "`benchmark."+name+"`") {
			t.Errorf("compliance/README.md does not name %s", name)
		}
	}
	for _, v := range m.Variables {
		documentedAs(v.Name)
		if v.Description == "" || v.ValueDefault == nil {
			t.Errorf("variable %s has no description or no default", v.Name)
		}
	}
	inBenchmark := map[string]bool{}
	for _, b := range m.Benchmarks {
		documentedAs(b.Name)
		if b.Title == "" || b.Description == "" || len(b.Children) == 0 || len(b.Tags) == 0 {
			t.Errorf("benchmark %s has no title, description, children or tags", b.Name)
		}
		for _, child := range b.Children {
			inBenchmark[local(child)] = true
		}
	}
	used := map[string]bool{}
	for _, c := range m.Controls {
		documentedAs(c.Name)
		used[local(c.Query)] = true
		if c.Title == "" || c.Description == "" || c.Severity == "" || len(c.Tags) == 0 {
			t.Errorf("control %s has no title, description, severity or tags", c.Name)
		}
		if !inBenchmark["control."+c.Name] {
			t.Errorf("control %s is in no benchmark", c.Name)
		}
		if strings.Contains(c.Title, "SSM.3") != (c.Tags["aws_config_rule"] == "ec2-managedinstance-association-compliance-status-check") {
			t.Errorf("control %s: its title and its tags do not agree on SSM.3", c.Name)
		}
	}
	for _, d := range m.Dashboards {
		if d.Title == "" || !strings.Contains(readme, "*"+d.Title+"*") {
			t.Errorf("compliance/README.md does not name dashboard %s", d.Name)
		}
		definition := pp.Run("dashboard", "show", d.Name, "--output", "json")
		for _, name := range regexp.MustCompile(`query\.\w+`).FindAllString(definition.Stdout, -1) {
			used[name] = true
		}
	}
	scans := regexp.MustCompile(`(?m)^\s*(?:from|join)\s+((?:ssm|aws)_[a-z0-9_]+)|^\s+((?:ssm|aws)_[a-z0-9_]+)$`)
	for _, q := range m.Queries {
		if !used["query."+q.Name] && !strings.Contains(readme, "`"+q.Name+"`") {
			t.Errorf("query %s is neither used nor documented", q.Name)
		}
		// Steampipe would read the table again for each row of such a join.
		read := map[string]int{}
		for _, match := range scans.FindAllStringSubmatch(q.SQL, -1) {
			read[cmp.Or(match[1], match[2])]++
		}
		for table, n := range read {
			if n > 1 {
				t.Errorf("query %s reads %s %d times", q.Name, table, n)
			}
		}
		if tables, materialized := len(read), strings.Count(q.SQL, " as materialized ("); materialized < tables || tables == 0 {
			t.Errorf("query %s reads %d tables, %d of them materialized", q.Name, tables, materialized)
		}
		for i, p := range q.Params {
			if !strings.Contains(q.SQL, fmt.Sprintf("$%d", i+1)) {
				t.Errorf("query %s does not use parameter %s", q.Name, p.Name)
			}
		}
	}
}

// TestPowerpipeRefuses checks that wrong input is refused and named.
func TestPowerpipeRefuses(t *testing.T) {
	pp := pptest.New(t, modFolder, "postgresql://nowhere")
	for name, test := range map[string]struct {
		arguments []string
		named     string
	}{
		"a variable that the mod lacks":  {[]string{"control", "run", "node_online", "--var", "max_age=1"}, "max_age"},
		"a variable of another type":     {[]string{"control", "run", "association_recent", "--var", "max_rate_multiple=often"}, "max_rate_multiple"},
		"a benchmark that the mod lacks": {[]string{"benchmark", "run", "state"}, "benchmark.state"},
	} {
		t.Run(name, func(t *testing.T) {
			result := pp.For(t).Run(test.arguments...)
			if result.Code <= pptest.ExitError || !strings.Contains(result.Stderr, test.named) {
				t.Errorf("exit code %d: %s", result.Code, result.Stderr)
			}
		})
	}
}
