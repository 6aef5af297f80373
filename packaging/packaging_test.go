// Package packaging_test checks the contents of a release.
package packaging_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const dist = "../dist"

// distFile returns the path of a file that "make snapshot" has built for this platform.
// If there is none, it skips the test, or fails it in CI.
func distFile(t *testing.T, format string) string {
	t.Helper()
	path := filepath.Join(dist, fmt.Sprintf(format, runtime.GOOS+"_"+runtime.GOARCH))
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skipf("no snapshot: run make snapshot SINGLE=1: %v", err)
	}
	return path
}

// TestPluginArchive checks that the archive for the Hub contains only the plugin, and
// that the plugin runs.
func TestPluginArchive(t *testing.T) {
	f, err := os.Open(distFile(t, "steampipe-plugin-ssmassoc_%s.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	plugin := filepath.Join(t.TempDir(), "ssmassoc.plugin")
	writeProgram(t, plugin, unzipped)
	out, err := exec.Command(plugin).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || !bytes.Contains(out, []byte("This binary is a plugin")) {
		t.Errorf("%v: %s", err, out)
	}
}

// TestCommandArchive checks that the command's archive contains its documents and a
// working command.
func TestCommandArchive(t *testing.T) {
	f, err := os.Open(distFile(t, "ssmassoc_%s.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	files, command := map[string]bool{}, filepath.Join(t.TempDir(), "ssmassoc")
	for archive := tar.NewReader(unzipped); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		_, name, _ := strings.Cut(header.Name, "/")
		files[name] = true
		if name == "ssmassoc" {
			writeProgram(t, command, archive)
		}
	}
	for _, name := range []string{
		"ssmassoc", "LICENSE", "README.md", "CHANGELOG.md", "man/ssmassoc.1", "man/ssmassoc-query.1",
		"completions/ssmassoc.bash", "completions/ssmassoc.zsh", "completions/ssmassoc.fish", "completions/ssmassoc.powershell",
	} {
		if !files[name] {
			t.Errorf("%s is missing", name)
		}
	}
	version, err := exec.Command(command, "--version").Output()
	if err != nil || !bytes.Contains(version, []byte("-snapshot")) {
		t.Errorf("--version: %v: %s", err, version)
	}
	rows, err := exec.Command(command, "query", "--demo", "--output", "csv",
		"select count(*) > 0 as nodes from ssm_managed_instance").Output()
	if err != nil || string(rows) != "nodes\n1\n" {
		t.Errorf("query: %v: %s", err, rows)
	}
}

// TestChecksums checks that each archive has a correct checksum.
func TestChecksums(t *testing.T) {
	archives := []string{distFile(t, "steampipe-plugin-ssmassoc_%s.gz"), distFile(t, "ssmassoc_%s.tar.gz")}
	lists, err := filepath.Glob(filepath.Join(dist, "*_SHA256SUMS"))
	if err != nil || len(lists) != 1 {
		t.Fatal(lists, err)
	}
	list, err := os.ReadFile(lists[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range archives {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(content)
		if line := hex.EncodeToString(sum[:]) + "  " + filepath.Base(path) + "\n"; !bytes.Contains(list, []byte(line)) {
			t.Errorf("%s: no line %q in\n%s", lists[0], line, list)
		}
	}
}

// TestBillsOfMaterials checks that each program has a list of its components.
func TestBillsOfMaterials(t *testing.T) {
	for _, path := range []string{distFile(t, "steampipe-plugin-ssmassoc_%s.cdx.json"), distFile(t, "ssmassoc_%s.cdx.json")} {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var bill struct {
			BOMFormat  string `json:"bomFormat"`
			Components []struct {
				Name string `json:"name"`
			} `json:"components"`
		}
		if err := json.Unmarshal(content, &bill); err != nil {
			t.Fatal(err)
		}
		found := false
		for _, c := range bill.Components {
			found = found || c.Name == "github.com/turbot/steampipe-plugin-sdk/v5"
		}
		if bill.BOMFormat != "CycloneDX" || !found {
			t.Errorf("%s: %s of %d components without the Steampipe SDK", path, bill.BOMFormat, len(bill.Components))
		}
	}
}

// TestDockerfile checks the image's safeguards: it contains only the command and
// certificates, and does not run as root.
func TestDockerfile(t *testing.T) {
	dockerfile := read(t, "../Dockerfile")
	_, image, found := strings.Cut(dockerfile, "\nFROM scratch\n")
	if !found || strings.Contains(image, "\nFROM ") {
		t.Fatal("the last stage is not FROM scratch")
	}
	for what, line := range map[string]string{
		"a user without a name, as scratch has none": `(?m)^USER [1-9]\d*:[1-9]\d*$`,
		"the command":                    `(?m)^COPY --from=build /src/bin/ssmassoc /ssmassoc$`,
		"certificates":                   `(?m)^COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/$`,
		"an entry point without a shell": `(?m)^ENTRYPOINT \["/ssmassoc"\]$`,
	} {
		if !regexp.MustCompile(line).MatchString(image) {
			t.Errorf("the image has not %s", what)
		}
	}
	if strings.Contains(image, "RUN") || strings.Contains(dockerfile, "ADD ") {
		t.Error("the image runs something, or adds something from elsewhere")
	}
	toolchain := regexp.MustCompile(`(?m)^toolchain go(\S+)$`).FindStringSubmatch(read(t, "../go.mod"))
	if toolchain == nil {
		t.Fatal("go.mod names no toolchain for releases")
	}
	if !strings.Contains(dockerfile, "FROM golang:"+toolchain[1]+" AS build") {
		t.Errorf("the image is not built by Go %s, the toolchain of go.mod", toolchain[1])
	}
}

// TestWorkflows checks that workflows run actions that nobody can replace, and that each
// job has the permissions that it names and no others.
func TestWorkflows(t *testing.T) {
	files, err := filepath.Glob("../.github/workflows/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatal("there are no workflows", err)
	}
	for _, file := range files {
		var workflow struct {
			Permissions map[string]string
			Jobs        map[string]struct {
				Permissions map[string]string
				Steps       []struct{ Uses string }
			}
		}
		if err := yaml.Unmarshal([]byte(read(t, file)), &workflow); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if workflow.Permissions == nil || len(workflow.Permissions) > 0 {
			t.Errorf("%s: the workflow grants %v to every job; want permissions: {}", file, workflow.Permissions)
		}
		for name, job := range workflow.Jobs {
			want := map[string]string{"contents": "read"}
			if name == "release" {
				want["contents"] = "write"
			}
			if !maps.Equal(job.Permissions, want) {
				t.Errorf("%s: job %s has permissions %v, want %v", file, name, job.Permissions, want)
			}
			for _, step := range job.Steps {
				if step.Uses != "" && !regexp.MustCompile(`^[\w-]+/[\w-]+@[0-9a-f]{40}$`).MatchString(step.Uses) {
					t.Errorf("%s: %s is not pinned by a commit", file, step.Uses)
				}
			}
		}
	}
}

// TestFormula checks that the formula installs archives that a release has.
func TestFormula(t *testing.T) {
	formula := read(t, "homebrew/ssmassoc.rb")
	for _, platform := range []string{"darwin_arm64", "darwin_amd64", "linux_arm64", "linux_amd64"} {
		if !strings.Contains(formula, "DOWNLOADS/ssmassoc_"+platform+".tar.gz") ||
			!strings.Contains(formula, "SHA256_"+strings.ToUpper(platform)) {
			t.Errorf("%s is missing", platform)
		}
	}
	if !strings.Contains(read(t, "../.goreleaser.yml"), `name_template: "ssmassoc_{{ .Os }}_{{ .Arch }}"`) {
		t.Error("releases name the archives otherwise")
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func writeProgram(t *testing.T, path string, content io.Reader) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o700)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(f, content); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
