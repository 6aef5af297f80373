package docs

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestTablePages checks that each table's page follows Steampipe's table documentation
// standards.
func TestTablePages(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(tables(t))) {
		t.Run(name, func(t *testing.T) {
			page := readFile(t, "docs", "tables", name+".md")

			front := frontMatter(t, page)
			title := front["title"]
			if !strings.HasPrefix(title, "Steampipe Table: "+name+" - Query ") || !strings.HasSuffix(title, " using SQL") {
				t.Errorf("the title is %q", title)
			}
			if !isSentence(front["description"]) {
				t.Errorf("the description is %q", front["description"])
			}
			if front["folder"] == "" {
				t.Error("the folder is missing")
			}

			headings := regexp.MustCompile(`(?m)^##? .*$`).FindAllString(prose(page), -1)
			want := []string{"# Table: " + strings.TrimPrefix(title, "Steampipe Table: "), "## Table Usage Guide", "## Examples"}
			if !slices.Equal(headings, want) {
				t.Errorf("the headings are %q, want %q", headings, want)
			}
			if guide := section(t, page, "## Table Usage Guide"); !strings.Contains(guide, "\n**Important Notes**\n") {
				t.Error("the important notes are missing")
			}
			checkExamples(t, section(t, page, "## Examples"))
		})
	}
}

// imperative matches the headings of examples other than the first.
var imperative = regexp.MustCompile(`^(List|Get|Count) \S.*[^.]$`)

func checkExamples(t *testing.T, examples string) {
	t.Helper()
	parts := strings.Split(examples, "\n### ")[1:]
	if len(parts) < 4 {
		t.Errorf("only %d examples", len(parts))
	}
	for i, part := range parts {
		heading, body, _ := strings.Cut(part, "\n")
		switch {
		case i == 0 && heading != "Basic info":
			t.Errorf("the first example is %q", heading)
		case i > 0 && !imperative.MatchString(heading):
			t.Errorf("the heading %q is not imperative", heading)
		}
		text, _, _ := strings.Cut(body, "\n")
		if !isSentence(text) {
			t.Errorf("%s: the description is %q", heading, text)
		}
		dialects := regexp.MustCompile("(?m)^```(.+)$").FindAllString(body, -1)
		want := []string{"```sql+postgres", "```sql+sqlite"}
		if strings.Contains(text, "PostgreSQL only: ") {
			want = want[:1]
		}
		if !slices.Equal(dialects, want) {
			t.Errorf("%s: the blocks are %q, want %q", heading, dialects, want)
		}
	}
}

// frontMatter returns the values of a document's front matter, without quotes.
func frontMatter(t *testing.T, document string) map[string]string {
	t.Helper()
	text, _, found := strings.Cut(strings.TrimPrefix(document, "---\n"), "\n---\n")
	if !found || !strings.HasPrefix(document, "---\n") {
		t.Fatal("no front matter")
	}
	values := map[string]string{}
	for line := range strings.SplitSeq(text, "\n") {
		name, value, _ := strings.Cut(line, ": ")
		values[name] = strings.Trim(value, `"`)
	}
	return values
}

// isSentence reports whether text starts with a capital letter or with code, and ends
// with a period.
func isSentence(text string) bool {
	return regexp.MustCompile("^[A-Z`].*[.)]$").MatchString(text) && !strings.Contains(text, "  ")
}

// TestColumnsAreDescribed checks that the descriptions of tables and columns are sentences.
func TestColumnsAreDescribed(t *testing.T) {
	for name, table := range tables(t) {
		if !isSentence(table.Description) {
			t.Errorf("%s: the description is %q", name, table.Description)
		}
		for _, column := range table.Columns {
			if !isSentence(column.Description) || !strings.HasSuffix(column.Description, ".") {
				t.Errorf("%s.%s: the description is %q", name, column.Name, column.Description)
			}
		}
	}
}

// TestColumnOrder checks that key columns come first, then the others in alphabetical
// order, and standard columns last.
func TestColumnOrder(t *testing.T) {
	standard := []string{"title", "partition", "region", "account_id"}
	for name, table := range tables(t) {
		var keys, others, got []string
		for _, key := range table.List.KeyColumns {
			if !slices.Contains(standard, key.Name) {
				keys = append(keys, key.Name)
			}
		}
		for _, column := range table.Columns {
			got = append(got, column.Name)
			if !slices.Contains(keys, column.Name) && !slices.Contains(standard, column.Name) {
				others = append(others, column.Name)
			}
		}
		slices.Sort(others)
		if want := slices.Concat(keys, others, standard); !slices.Equal(got, want) {
			t.Errorf("the columns of %s are\n%v\nwant\n%v", name, got, want)
		}
	}
}

// words may appear as code on pages, besides tables, columns and arguments.
var words = []string{
	// SQL, and the scopes of limiters.
	"and", "in", "exists", "like", "ilike", "glob", "limit", "offset", "connection", "service", "action",
	"sp_connection_name", "simulated", "ssmassoc",
	// Settings of the AWS CLI.
	"aws_access_key_id", "aws_secret_access_key", "ca_bundle", "credential_process", "credential_source",
	"ignore_configured_endpoint_urls", "login_session", "mfa_serial", "services", "source_profile", "sso_account_id",
	"sso_region", "sso_role_name", "sso_session", "sso_start_url", "true", "use_dualstack_endpoint",
	"use_fips_endpoint", "web_identity_token_file",
	// Tables of the AWS plugin.
	"aws_ssm_managed_instance", "aws_ssm_managed_instance_compliance", "aws_ec2_instance", "aws_s3_bucket",
}

var code = regexp.MustCompile("`([a-z][a-z0-9_]*)`")

// TestNamesExist checks that user pages name only existing tables, columns and
// arguments. A table's page may name only its own columns and those of other tables
// that it mentions.
func TestNamesExist(t *testing.T) {
	everything := map[string]bool{}
	for _, name := range slices.Concat(words, argumentNames()) {
		everything[name] = true
	}
	for name, table := range tables(t) {
		everything[name] = true
		for _, column := range table.Columns {
			everything[column.Name] = true
		}
	}
	for _, document := range []string{"README.md", "docs/index.md"} {
		checkNames(t, document, everything)
	}
	for name := range tables(t) {
		document := "docs/tables/" + name + ".md"
		checkNames(t, document, namesOf(t, name, readFile(t, document)))
	}
}

// namesOf returns the names that a table's page may use: its columns, those of the
// tables that it mentions, and the aliases in its examples.
func namesOf(t *testing.T, name, page string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, word := range words {
		names[word] = true
	}
	for _, match := range regexp.MustCompile(`(?m)\bas ([a-z_]+),?$`).FindAllStringSubmatch(page, -1) {
		names[match[1]] = true
	}
	for other, table := range tables(t) {
		if other != name && !strings.Contains(page, "`"+other+"`") {
			continue
		}
		names[other] = true
		for _, column := range table.Columns {
			names[column.Name] = true
		}
	}
	return names
}

// checkNames checks that a document's names in code are known.
func checkNames(t *testing.T, document string, known map[string]bool) {
	t.Helper()
	matches := code.FindAllStringSubmatch(prose(readFile(t, document)), -1)
	if len(matches) == 0 {
		t.Errorf("%s names nothing", document)
	}
	for _, match := range matches {
		if !known[match[1]] {
			t.Errorf("%s: %s does not exist", document, match[1])
		}
	}
}
