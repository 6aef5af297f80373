package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"steampipe-plugin-ssmassoc/internal/test/await"
	"steampipe-plugin-ssmassoc/internal/test/processes"
)

// beHost is the environment variable that makes TestBeAHost start the plugin that it names.
const beHost = "SSMASSOC_TEST_PLUGIN"

// TestBeAHost is not a test but a host that others start and kill: it starts the plugin,
// prints how to reach it and stays.
func TestBeAHost(t *testing.T) {
	plugin := os.Getenv(beHost)
	if plugin == "" {
		t.Skip("a process that other tests start")
	}
	h := processes.StartPlugin(t, plugin)
	fmt.Printf("plugin %d %s\n", h.PID(), h.Address())
	_, _ = io.Copy(io.Discard, os.Stdin) // until it is killed
}

// startHost starts a host with the plugin, and returns the plugin's process and address.
func startHost(t *testing.T, plugin string) (host *exec.Cmd, pid int, address string) {
	t.Helper()
	host = exec.Command(os.Args[0], "-test.run=^TestBeAHost$", "-test.count=1")
	host.Env = append(os.Environ(), beHost+"="+plugin)
	if _, err := host.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	stdout, err := host.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := host.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = host.Process.Kill() })
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if words := strings.Fields(lines.Text()); len(words) == 3 && words[0] == "plugin" {
			pid, err := strconv.Atoi(words[1])
			if err != nil {
				t.Fatal(err)
			}
			return host, pid, words[2]
		}
	}
	t.Fatal("the host has not started the plugin")
	return nil, 0, ""
}

func kill(t *testing.T, host *exec.Cmd) {
	t.Helper()
	if err := host.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = host.Wait() // which says that it was killed
}

func awaitEnd(t *testing.T, pid int, address string) {
	t.Helper()
	await.Until(t, func() bool { return !processes.Runs(pid) }, func() string { return "the plugin lives on" })
	if _, err := os.Stat(address); err == nil {
		t.Errorf("the plugin left its socket %s", address)
	}
}

func TestThePluginEndsWithItsHost(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("processes are only known on Linux")
	}
	plugin := processes.Build(t, processes.Plugin)

	t.Run("killed", func(t *testing.T) {
		t.Parallel()
		host, pid, address := startHost(t, plugin)
		if !processes.Runs(pid) {
			t.Fatal("the plugin does not run")
		}
		kill(t, host)
		awaitEnd(t, pid, address)
	})
	t.Run("killed while another host is connected", func(t *testing.T) {
		t.Parallel()
		host, pid, address := startHost(t, plugin)
		// Not through go-plugin, whose clients end the plugin.
		connection, err := grpc.NewClient("unix:"+address, grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			t.Fatal(err)
		}
		other := proto.NewWrapperPluginClient(connection)
		for _, before := range []func(){func() {}, func() { kill(t, host) }} {
			before()
			if _, err := other.GetSupportedOperations(t.Context(), &proto.GetSupportedOperationsRequest{}); err != nil {
				t.Fatal(err)
			}
		}
		if err := connection.Close(); err != nil {
			t.Fatal(err)
		}
		awaitEnd(t, pid, address)
	})
}
