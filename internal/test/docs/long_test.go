package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestLongTestsAreListed checks that CONTRIBUTING.md lists each test that make test
// shortens.
func TestLongTestsAreListed(t *testing.T) {
	list := section(t, readFile(t, "CONTRIBUTING.md"), "## Tests")
	files, err := filepath.Glob(filepath.Join(root, "internal", "test", "*", "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	function := regexp.MustCompile(`(?ms)^func (\w+)\(.*?^}$`)
	share := regexp.MustCompile(`rig\.(Times|Long)\(`)
	shortened := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range function.FindAllStringSubmatch(string(text), -1) {
			if !share.MatchString(match[0]) {
				continue
			}
			shortened++
			if !strings.Contains(list, "`"+match[1]+"`") {
				t.Errorf("CONTRIBUTING.md: list %s of %s among the tests that make test shortens", match[1], file)
			}
		}
	}
	if shortened < 5 {
		t.Errorf("only %d tests are shortened", shortened)
	}
}
