package compliance

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/test/pgtest"
	"steampipe-plugin-ssmassoc/internal/test/pptest"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// TestFlagsOfTheModsReadmeExist checks that Powerpipe's commands have the flags that the
// README names for them. powerpipe server lacks some that the others have.
func TestFlagsOfTheModsReadmeExist(t *testing.T) {
	pp := pptest.New(t, modFolder, "")
	readme, err := os.ReadFile(filepath.Join(modFolder, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("powerpipe\\s((?:[a-z]+ )?[a-z]+)[^\n`]*?(--[a-z-]+)").FindAllStringSubmatch(string(readme), -1)
	for _, flags := range regexp.MustCompile("`(--[a-z-]+)[^`]*`").FindAllStringSubmatch(string(readme), -1) {
		for _, command := range []string{"benchmark run", "control run"} {
			named = append(named, []string{flags[0], command, flags[1]})
		}
	}
	if len(named) < 5 {
		t.Fatalf("the README names %d flags", len(named))
	}
	help := map[string]string{}
	for _, match := range named {
		command, flag := match[1], match[2]
		if help[command] == "" {
			help[command] = pp.Run(append(strings.Fields(command), "--help")...).Stdout
		}
		if !regexp.MustCompile(`(?m)^ .*` + flag + ` `).MatchString(help[command]) {
			t.Errorf("powerpipe %s has no %s", command, flag)
		}
	}
}

// TestAWorkspaceNarrowsWhatIsRead checks that the workspace of the README puts a schema
// first, for commands without a flag for it too.
func TestAWorkspaceNarrowsWhatIsRead(t *testing.T) {
	pptest.Require(t)
	pg := pgtest.Open(t)
	if err := pg.Exec(t.Context(), `
		create table ssm_managed_instance (instance_id text, registration_date timestamptz, region text, account_id text);
		insert into ssm_managed_instance values
			('a', null, 'eu-west-1', '111122223333'), ('b', null, 'us-east-1', '444455556666');
		create schema production;
		create table production.ssm_managed_instance as
			select * from ssm_managed_instance where account_id = '111122223333';`); err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile(filepath.Join(modFolder, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, workspace, found := strings.Cut(string(readme), "\n```hcl\nworkspace ")
	if !found {
		t.Fatal("the README has no workspace")
	}
	workspace, _, _ = strings.Cut(workspace, "```")
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "workspaces.ppc"), []byte("workspace "+workspace), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		arguments []string
		accounts  int
	}{
		"all":       {nil, 2},
		"workspace": {[]string{"--workspace", "production", "--config-path", folder}, 1},
		"flag":      {[]string{"--search-path-prefix", "production"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			result := pptest.New(t, modFolder, pg.URL()).Run(append([]string{
				"query", "run", "association_status_account_input", "--output", "json"}, test.arguments...)...)
			var listed struct{ Rows []rig.Row }
			if err := json.Unmarshal([]byte(result.Stdout), &listed); err != nil {
				t.Fatalf("%v: %s", err, result.Stderr)
			}
			if got := len(listed.Rows) - 1; got != test.accounts { // and all
				t.Errorf("%d accounts, want %d: %v", got, test.accounts, listed.Rows)
			}
		})
	}
}
