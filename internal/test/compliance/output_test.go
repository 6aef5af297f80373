package compliance

import (
	"encoding/csv"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/test/pptest"
)

// testOutput runs a control, a benchmark and a query in each of Powerpipe's
// formats.
func testOutput(t *testing.T, a *audited) {
	online := a.expected(a.fleets[0].Now())["node_online"]
	var offline []string // the nodes in alarm
	for _, r := range online {
		if r["status"] == "alarm" {
			offline = append(offline, r["resource"].(string))
		}
	}
	namesAll := func(t *testing.T, text string) {
		t.Helper()
		for _, id := range offline {
			if !strings.Contains(text, id) {
				t.Errorf("node %s is missing in %d characters", id, len(text))
			}
		}
	}
	namesAllAsJSON := func(t *testing.T, text string) {
		t.Helper()
		if !json.Valid([]byte(text)) {
			t.Errorf("not JSON:\n%s", text)
		}
		namesAll(t, text)
	}
	namesAllAsCSV := func(t *testing.T, text string) {
		t.Helper()
		table, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil || len(table) != 1+len(online) {
			t.Errorf("%d lines of CSV, want a heading and %d: %v", len(table), len(online), err)
		}
		namesAll(t, text)
	}
	empty := func(t *testing.T, text string) {
		t.Helper()
		if strings.TrimSpace(text) != "" {
			t.Errorf("got %q", text)
		}
	}

	for format, check := range map[string]func(*testing.T, string){
		"text": namesAll, "brief": namesAll, "html": namesAll, "md": namesAll,
		"json": namesAllAsJSON, "snapshot": namesAllAsJSON, "pps": namesAllAsJSON,
		"csv": namesAllAsCSV, "none": empty,
	} {
		t.Run("control in "+format, func(t *testing.T) {
			result := a.pp.For(t).Run("control", "run", "node_online", "--output", format, "--progress=false")
			if result.Code != pptest.ExitAlarm {
				t.Errorf("exit code %d: %s", result.Code, result.Stderr)
			}
			check(t, result.Stdout)
		})
	}
	t.Run("benchmark exported in every format at once", func(t *testing.T) {
		folder := t.TempDir()
		arguments := []string{"benchmark", "run", "node_health", "--output", "none", "--progress=false"}
		formats := []string{"csv", "html", "json", "md", "nunit3", "pps", "asff"}
		for _, format := range formats {
			arguments = append(arguments, "--export", filepath.Join(folder, "results."+extension(format)))
		}
		result := a.pp.For(t).Run(arguments...)
		if result.Code != pptest.ExitAlarm {
			t.Errorf("exit code %d: %s", result.Code, result.Stderr)
		}
		for _, format := range formats {
			text, err := os.ReadFile(filepath.Join(folder, "results."+extension(format)))
			if err != nil {
				t.Error(err)
				continue
			}
			namesAll(t, string(text))
		}
	})
	for format, check := range map[string]func(*testing.T, string){
		"table": namesAll, "line": namesAll, "json": namesAllAsJSON, "snapshot": namesAllAsJSON, "pps": namesAllAsJSON, "csv": namesAllAsCSV, "none": empty,
	} {
		t.Run("query in "+format, func(t *testing.T) {
			result := a.pp.For(t).Run("query", "run", "node_online", "--output", format)
			if result.Code != pptest.ExitOK {
				t.Errorf("exit code %d: %s", result.Code, result.Stderr)
			}
			check(t, result.Stdout)
		})
	}
}

// extension is the extension of Powerpipe's exports in a format.
func extension(format string) string {
	switch format {
	case "nunit3":
		return "nunit3.xml"
	case "asff":
		return "asff.json"
	}
	return format
}

func modReadme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(modFolder, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// commandText matches shell commands in Markdown: blocks, and code in
// sentences, possibly across a line break.
var commandText = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$|`(powerpipe [^`]+)`")

// readmeCommands returns the commands of compliance/README.md that run
// Powerpipe, except the dashboard server, which serves until stopped.
func readmeCommands(t *testing.T) []string {
	t.Helper()
	var commands []string
	for _, text := range commandText.FindAllStringSubmatch(modReadme(t), -1) {
		for command := range strings.Lines(text[1] + strings.ReplaceAll(text[2], "\n", " ")) {
			command = strings.TrimSpace(command)
			if strings.HasPrefix(command, "powerpipe ") && !strings.HasPrefix(command, "powerpipe server") {
				commands = append(commands, command)
			}
		}
	}
	return commands
}

// testReadme runs the commands of compliance/README.md verbatim in a copy of
// the mod.
func testReadme(t *testing.T, a *audited) {
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS(modFolder)); err != nil {
		t.Fatal(err)
	}
	pp := pptest.New(t, folder, a.pg.URL())
	printed := map[string]string{}
	for _, command := range readmeCommands(t) {
		t.Run(command, func(t *testing.T) {
			result := pp.For(t).Shell(command)
			if result.Code != pptest.ExitOK && result.Code != pptest.ExitAlarm {
				t.Errorf("exit code %d: %s", result.Code, result.Stderr)
			}
			output := result.Stdout
			if _, file, redirected := strings.Cut(command, "> "); redirected {
				text, err := os.ReadFile(filepath.Join(folder, file))
				if err != nil {
					t.Fatal(err)
				}
				output = string(text)
			}
			if strings.TrimSpace(output) == "" {
				t.Errorf("no output: %s", result.Stderr)
			}
			printed[command] = output
		})
	}
	if _, ok := printed["powerpipe benchmark run state_manager"]; !ok {
		t.Errorf("compliance/README.md has the commands %q", slices.Sorted(maps.Keys(printed)))
	}
	if tags := printed["powerpipe control show association_succeeded"]; !strings.Contains(tags, "aws_security_hub") {
		t.Errorf("no tags are shown: %q", tags)
	}
	timeout := regexp.MustCompile(`--query-timeout .*\(default (\d+)\)`).FindStringSubmatch(pp.Run("benchmark", "run", "--help").Stdout)
	if timeout == nil || !regexp.MustCompile(`their\s+`+timeout[1]+`\s+seconds`).MatchString(modReadme(t)) {
		t.Errorf("compliance/README.md does not name Powerpipe's default time-out, %v", timeout)
	}
}
