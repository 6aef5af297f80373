package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestIndex checks docs/index.md against Steampipe's release checklist.
func TestIndex(t *testing.T) {
	index := readFile(t, "docs", "index.md")
	front := frontMatter(t, index)
	for _, key := range []string{
		"organization", "category", "icon_url", "brand_color", "display_name", "short_name", "description",
		"og_description", "og_image", "engines",
	} {
		if front[key] == "" {
			t.Errorf("the front matter has no %s", key)
		}
	}
	// The builds for other engines call the plugin without its server.
	if front["engines"] != `["steampipe"]` {
		t.Errorf("the engines are %s", front["engines"])
	}
	for _, heading := range []string{
		"# AWS SSM Associations + Steampipe", "## Documentation", "## Get started", "### Install", "### Credentials",
		"### Configuration", "## Multi-Account Connections", "## Status versus compliance items", "## Engines",
		"## Troubleshooting",
	} {
		section(t, index, heading)
	}
	for name := range tables(t) {
		if !strings.Contains(section(t, index, "## Permissions"), "\n| `"+name+"` | `ssm:") {
			t.Errorf("the permissions of %s are missing", name)
		}
	}
}

// TestReadme checks that the README agrees with the documents that it repeats.
func TestReadme(t *testing.T) {
	readme := readFile(t, "README.md")
	if got, want := block(t, readme, "sql"), block(t, readFile(t, "docs", "index.md"), "sql"); got != want {
		t.Errorf("the first query of README.md is not that of docs/index.md:\n%s", got)
	}
	checkCopy(t, "README.md", "json", readFile(t, "docs", "iam-policy.json"))
	for name := range tables(t) {
		if !strings.Contains(readme, "[`"+name+"`](docs/tables/"+name+".md)") {
			t.Errorf("README.md has no link to the page of %s", name)
		}
	}
}

var (
	link         = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	headingMarks = regexp.MustCompile(`(?m)^#+ (.*)$`)
	notInAnchors = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// TestLinks checks that relative links lead to existing files and headings.
func TestLinks(t *testing.T) {
	checked := 0
	for _, document := range documents(t) {
		text := prose(readFile(t, document))
		for _, match := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(match[1], "://") {
				continue
			}
			checked++
			path, anchor, _ := strings.Cut(match[1], "#")
			target := document
			if path != "" {
				target = filepath.Join(filepath.Dir(document), filepath.FromSlash(path))
			}
			if _, err := os.Stat(filepath.Join(root, target)); err != nil {
				t.Errorf("%s: the link %s leads nowhere", document, match[1])
				continue
			}
			if anchor != "" && !anchors(prose(readFile(t, target)))[anchor] {
				t.Errorf("%s: the link %s leads to no heading", document, match[1])
			}
		}
	}
	if checked == 0 {
		t.Error("no links were found")
	}
}

// anchors returns the anchors of a document's headings, as GitHub makes them.
func anchors(text string) map[string]bool {
	found := map[string]bool{}
	for _, heading := range headingMarks.FindAllStringSubmatch(text, -1) {
		anchor := notInAnchors.ReplaceAllString(strings.ToLower(heading[1]), "")
		found[strings.ReplaceAll(anchor, " ", "-")] = true
	}
	return found
}

// TestSecurityNamesTests checks that the tests named in SECURITY.md exist.
func TestSecurityNamesTests(t *testing.T) {
	var sources strings.Builder
	for _, folder := range []string{".", "internal/*", "internal/*/*", "ssmassoc", "cmd/ssmassoc"} {
		files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(folder), "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			sources.Write(text)
		}
	}
	named := regexp.MustCompile("`((?:Test|Fuzz)\\w+)`").FindAllStringSubmatch(readFile(t, "SECURITY.md"), -1)
	if len(named) == 0 {
		t.Fatal("SECURITY.md names no tests")
	}
	for _, match := range named {
		if !strings.Contains(sources.String(), "\nfunc "+match[1]+"(") {
			t.Errorf("SECURITY.md: %s does not exist", match[1])
		}
	}
}
