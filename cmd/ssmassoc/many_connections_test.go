package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// TestManyConnections queries a configuration of 10,000 connections. A statement costs what
// it names, besides reading the file. Times are those of the CPU: the machine may be busy.
func TestManyConnections(t *testing.T) {
	if testing.Short() {
		t.Skip("short tests run under the race detector, which takes time and memory of its own")
	}
	const (
		connections = 10_000
		maxCPU      = 6 * time.Second // several times what it takes, for slow machines
		maxMiB      = 350
	)
	simulated := fleet.New(fleet.Options{Nodes: 3, Regions: []string{"us-east-1"}})
	server := awssim.New(awssim.Options{}, awssim.Account{AccessKeyID: awssim.DefaultAccessKeyID, Fleet: simulated})
	listener, err := server.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })

	var config strings.Builder
	for i := range connections {
		fmt.Fprintf(&config, "connection \"organization_account_%05d\" {\n  plugin = \"ssmassoc\"\n  access_key = %q\n"+
			"  secret_key = \"secret-of-the-auditor-of-the-account-%05d\"\n  min_error_retry_delay = 25\n"+
			"  regions = [\"us-east-1\"]\n  max_error_retry_attempts = 3\n}\n", i, awssim.DefaultAccessKeyID, i)
	}
	config.WriteString("connection \"every\" {\n  plugin = \"ssmassoc\"\n  type = \"aggregator\"\n  connections = [\"*\"]\n}\n")
	file := filepath.Join(t.TempDir(), "ssmassoc.spc")
	if err := os.WriteFile(file, []byte(config.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	const one = "organization_account_07777"
	for sql, want := range map[string]struct {
		calls int // at most
		text  string
	}{
		"select 1": {0, "1\n1"},
		"select count(*) as n from " + one + ".ssm_managed_instance":                              {1, "n\n2"},
		"select count(*) as n from ssm_managed_instance where sp_connection_name = '" + one + "'": {1, "n\n2"},
		"select count(*) as n from every.ssm_managed_instance where false":                        {0, "n\n0"},
		"select count(*) as n from nosuch.ssm_managed_instance":                                   {0, "9993 more"},
	} {
		t.Run(sql, func(t *testing.T) {
			server.Reset()
			var out bytes.Buffer
			cmd := exec.Command("ssmassoc", "query", "--config", file, "--output", "csv", sql)
			cmd.Env = append(os.Environ(), "AWS_ENDPOINT_URL="+listener.URL())
			cmd.Stdout, cmd.Stderr = &out, &out
			mib, _ := runForPeak(t, cmd) // its text tells whether it failed
			if !strings.Contains(out.String(), want.text) {
				t.Errorf("%.500s", out.String())
			}
			if calls := server.Calls().Total(); calls > want.calls {
				t.Errorf("%d calls, want at most %d", calls, want.calls)
			}
			cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
			t.Logf("%s of CPU, %d MiB", cpu.Round(10*time.Millisecond), mib)
			if cpu > maxCPU || mib > maxMiB {
				t.Errorf("%s of CPU and %d MiB, want at most %s and %d", cpu, mib, maxCPU, maxMiB)
			}
		})
	}
}
