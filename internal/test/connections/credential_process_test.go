package connections

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// TestKeysOfAnotherAccount has a program print keys that expire soon, and then those of
// another account, while a scan is under way: no answer has rows of both.
func TestKeysOfAnotherAccount(t *testing.T) {
	first, second := fleetOf("111111111111", 30, "us-east-1"), fleetOf("222222222222", 30, "us-east-1")
	c := rig.NewCloud(t, awssim.Options{}, awssim.Account{AccessKeyID: "first", Fleet: first},
		awssim.Account{AccessKeyID: "second", Fleet: second})
	directory := t.TempDir()
	script := filepath.Join(directory, "credentials.sh")
	text := fmt.Sprintf(`key=second
mkdir %s/called 2>/dev/null && key=first
printf '{"Version":1,"AccessKeyId":"%%s","SecretAccessKey":"s","Expiration":"%%s"}' $key "$(date -u -d '+2 seconds' +%%Y-%%m-%%dT%%H:%%M:%%SZ)"
`, directory)
	if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(directory, "config")
	if err := os.WriteFile(config, []byte("[profile process]\ncredential_process = sh "+script+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CONFIG_FILE", config)
	c.Sim.SetLatency(300 * time.Millisecond)
	db := rig.Open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: fmt.Sprintf(
		"profile = \"process\"\nendpoint_url = %q\nregions = [\"us-east-1\"]\nmax_concurrent_requests = 1\n", c.URL)})
	_, err := rig.Query(t.Context(), db, "select * from "+rig.StatusTable)
	if err == nil || !strings.Contains(err.Error(), "the credentials changed from account 111111111111 to 222222222222") {
		t.Errorf("error %v", err)
	}
	c.Sim.SetLatency(0)
	got, err := rig.Query(t.Context(), db, "select * from "+rig.StatusTable)
	if err != nil {
		t.Fatal(err)
	}
	rig.SameRows(t, got, rowsOf(second))
}
