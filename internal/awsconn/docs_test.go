package awsconn

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func readFile(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{"..", ".."}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestArgumentsAreDocumented checks that the configuration file and the documentation have
// every argument, and no others.
func TestArgumentsAreDocumented(t *testing.T) {
	inFile := map[string]bool{}
	for _, match := range regexp.MustCompile(`(?m)^  # ([a-z0-9_]+) += `).FindAllStringSubmatch(readFile(t, "config", "ssmassoc.spc"), -1) {
		inFile[match[1]] = true
	}
	inTable := map[string]bool{}
	_, configuration, _ := strings.Cut(readFile(t, "docs", "index.md"), "### Configuration")
	for _, line := range regexp.MustCompile("(?m)^\\| (`[a-z0-9_`, ]+`) \\|").FindAllStringSubmatch(configuration, -1) {
		for _, name := range strings.Split(line[1], ", ") {
			inTable[strings.Trim(name, "`")] = true
		}
	}
	names := argumentNames()
	for where, documented := range map[string]map[string]bool{"config/ssmassoc.spc": inFile, "docs/index.md": inTable} {
		for _, name := range names {
			if !documented[name] {
				t.Errorf("%s: argument %s is missing", where, name)
			}
		}
		for name := range documented {
			if !slices.Contains(names, name) {
				t.Errorf("%s: there is no argument %s", where, name)
			}
		}
	}
}
