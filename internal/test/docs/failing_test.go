package docs

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/ssmassoc"
)

var (
	// statusCondition matches a condition on the column status with its values.
	statusCondition = regexp.MustCompile(`(?s)(?:^|[^\w])status\s*(?:=|<>|(?:not\s+)?in)\s*(\([^()]*\)|'[^']*')`)
	quoted          = regexp.MustCompile(`['"]([^'"]*)['"]`)
	// withResults matches the tables whose status is the result of an association.
	withResults = regexp.MustCompile(
		`\bssm_(instance_association_status|association_execution|association_execution_target)\b`)
)

// otherFailures returns conditions of statements about associations that know some of
// the failing statuses but not all.
func otherFailures(sql string) []string {
	if !withResults.MatchString(sql) {
		return nil
	}
	var others []string
	for _, match := range statusCondition.FindAllStringSubmatch(sql, -1) {
		if values := quotedIn(match[1]); !definesFailing(values) {
			others = append(others, strings.TrimSpace(match[0]))
		}
	}
	return others
}

func quotedIn(text string) []string {
	var values []string
	for _, match := range quoted.FindAllStringSubmatch(text, -1) {
		values = append(values, match[1])
	}
	return values
}

// definesFailing reports whether values have no failing status or all of them, beside
// others.
func definesFailing(values []string) bool {
	known := slices.DeleteFunc(slices.Clone(values), func(v string) bool {
		return !slices.Contains(ssmassoc.FailingStatuses, v)
	})
	return len(known) == 0 || slices.Equal(known, ssmassoc.FailingStatuses)
}

func TestOtherFailuresAreFound(t *testing.T) {
	list := "'" + strings.Join(ssmassoc.FailingStatuses, "', '") + "'"
	const from = "select 1 from ssm_instance_association_status where "
	for sql, want := range map[string]int{
		from + "status = 'Failed'":                                     1,
		from + "s.status in ('Failed',\n  'TimedOut')":                 1,
		from + "x and status not in ('Success', 'Failed')":             1,
		from + "status <> 'TimedOut'":                                  1,
		from + "status in (" + list + ")":                              0,
		from + "status not in ('Success', " + list + ")":               0,
		from + "status = 'Success' and detailed_status = 'Failed'":     0,
		"select 1 from ssm_command_invocation where status = 'Failed'": 0,
	} {
		if got := otherFailures(sql); len(got) != want {
			t.Errorf("%s: %q", sql, got)
		}
	}
}

// TestFailingIsDefinedOnce checks that every text that says which associations fail says
// it as ssmassoc.FailingStatuses does.
func TestFailingIsDefinedOnce(t *testing.T) {
	sql := regexp.MustCompile("(?ms)^```(?:sql\\S*|console|sh)\n.*?^```$")
	found := 0
	for _, document := range documents(t) {
		for _, statement := range sql.FindAllString(readFile(t, document), -1) {
			for _, other := range otherFailures(statement) {
				t.Errorf("%s: %s", document, other)
			}
			found += strings.Count(statement, ssmassoc.FailingStatuses[len(ssmassoc.FailingStatuses)-1])
		}
	}
	if found == 0 {
		t.Error("no document has a condition on failing statuses")
	}
	for _, other := range otherFailures(readFile(t, "cmd", "ssmassoc", "demo.sh")) {
		t.Errorf("demo.sh: %s", other)
	}

	variable := regexp.MustCompile(`(?s)variable "failed_statuses" \{.*?default\s*= (\[.*?\])`)
	match := variable.FindStringSubmatch(readFile(t, "compliance", "variables.pp"))
	if match == nil || !slices.Equal(quotedIn(match[1]), ssmassoc.FailingStatuses) {
		t.Errorf("the default of the mod's failed_statuses is %q", match)
	}
	if row := "| `failed_statuses` | " + strings.Join(ssmassoc.FailingStatuses, ", ") + " |"; !strings.Contains(
		readFile(t, "compliance", "README.md"), row) {
		t.Errorf("compliance/README.md lacks %s", row)
	}
	words := "`" + strings.Join(ssmassoc.FailingStatuses[:len(ssmassoc.FailingStatuses)-1], "`, `") + "` or `" +
		ssmassoc.FailingStatuses[len(ssmassoc.FailingStatuses)-1] + "`"
	if page := filepath.Join("docs", "tables", "ssm_instance_association_status.md"); !strings.Contains(
		readFile(t, page), words) {
		t.Errorf("%s does not define failing as %s", page, words)
	}
}
