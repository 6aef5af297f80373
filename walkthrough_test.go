package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTheExampleOfATable follows the example of CONTRIBUTING.md: the table's file as it
// stands there, and the line in plugin.go. The plugin with it must compile and pass the
// package's tests.
func TestTheExampleOfATable(t *testing.T) {
	text, err := os.ReadFile("CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(text), "\n## Adding a table\n")
	if !ok {
		t.Fatal("CONTRIBUTING.md has no section about adding a table")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	file := regexp.MustCompile("- \\[ \\] \\*\\*`(ssmassoc/\\S+\\.go)`\\*\\* declares[^`]*```go\n((?s:.*?))\n *```").FindStringSubmatch(section)
	line := regexp.MustCompile("- \\[ \\] \\*\\*`ssmassoc/plugin.go`\\*\\*: one line, `(\\S+)`").FindStringSubmatch(section)
	if file == nil || line == nil {
		t.Fatal("the example does not name the table's file, or its line in plugin.go")
	}
	plugin, err := os.ReadFile("ssmassoc/plugin.go")
	if err != nil {
		t.Fatal(err)
	}
	const first = "all := []engine.Table{\n"
	if !strings.Contains(string(plugin), first) {
		t.Fatal("plugin.go has no list of tables")
	}
	dir := t.TempDir()
	overlay := map[string]string{}
	replace := func(name, contents string) {
		here, err := filepath.Abs(name)
		if err != nil {
			t.Fatal(err)
		}
		overlay[here] = filepath.Join(dir, filepath.Base(name))
		if err := os.WriteFile(overlay[here], []byte(contents), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	replace(file[1], strings.ReplaceAll(file[2], "\n  ", "\n")+"\n")
	replace("ssmassoc/plugin.go", strings.Replace(string(plugin), first, first+"\t\t"+line[1]+",\n", 1))
	config, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, config, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "test", "-overlay", list, "./ssmassoc").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
