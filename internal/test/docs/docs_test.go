package docs

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"

	"steampipe-plugin-ssmassoc/ssmassoc"
)

// update rewrites copied files and captured output in the documents.
var update = flag.Bool("update", false, "copy files, and capture the output of the command, in the documentation again")

// root is the folder of the project.
var root = filepath.Join("..", "..", "..")

func readFile(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, filepath.Join(path...)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// documents returns the paths of all Markdown files of the project, relative to its root.
func documents(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md", "compliance/*.md"} {
		files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			name, err := filepath.Rel(root, file)
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, filepath.ToSlash(name))
		}
	}
	if !slices.Contains(found, "README.md") || !slices.Contains(found, "docs/index.md") {
		t.Fatalf("found only %v", found)
	}
	return found
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(root, path), []byte(text), 0o644); err != nil { //nolint:gosec // documentation
		t.Fatal(err)
	}
}

// tables returns the tables of the plugin by name.
func tables(t *testing.T) map[string]*plugin.Table {
	t.Helper()
	return ssmassoc.Plugin(t.Context()).TableMap
}

// section returns the part of a document below a heading, up to the next heading of the
// same or a higher level.
func section(t *testing.T, document, heading string) string {
	t.Helper()
	_, text, found := strings.Cut(document, "\n"+heading+"\n")
	if !found {
		t.Fatalf("no section %q", heading)
	}
	level := strings.Count(strings.Fields(heading)[0], "#")
	if next := regexp.MustCompile(`(?m)^#{1,` + string(rune('0'+level)) + `} `).FindStringIndex(text); next != nil {
		text = text[:next[0]]
	}
	return text
}

// block returns the text of the first fenced block in a language.
func block(t *testing.T, document, language string) string {
	t.Helper()
	_, text, found := strings.Cut(document, "\n```"+language+"\n")
	if !found {
		t.Fatalf("no block of %s", language)
	}
	text, _, _ = strings.Cut(text, "```\n")
	return text
}

// checkCopy checks that a document's first block in a language is a copy of a file.
// With -update it copies the file.
func checkCopy(t *testing.T, document, language, file string) {
	t.Helper()
	text := readFile(t, document)
	got := block(t, text, language)
	switch {
	case got == file:
	case *update:
		writeFile(t, document, strings.Replace(text, got, file, 1))
	default:
		t.Errorf("the %s in %s differs from the file; run go test ./internal/test/docs -update", language, document)
	}
}

var fenced = regexp.MustCompile("(?ms)^\\s*```.*?^\\s*```$")

// prose returns a document without its fenced blocks.
func prose(document string) string { return fenced.ReplaceAllString(document, "") }
