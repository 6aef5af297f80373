package hostile

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sim/rude"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// maxMemory is the memory that a process may take, whatever endpoints answer,
// in KiB.
const maxMemory = 300 << 10

// hugeAnswers are the manners that attack the reader's memory.
func hugeAnswers() map[string]rude.Manner {
	return map[string]rude.Manner{
		"an endless body":       rude.Endless(200, `{"NextToken":"`, "x"),
		"an endless error":      rude.Endless(500, `{"message":"`, "x"),
		"an endless list":       rude.Endless(200, `{"InstanceAssociationStatusInfos":[{}`, ",{}"),
		"a gzip bomb":           rude.Bomb(256 << 20),
		"as long as allowed":    rude.Repeated(`{"InstanceAssociationStatusInfos":[{"Name":"`, "x", 500_000, `"}],"NextToken":"x"}`),
		"a million empty items": rude.Repeated(`{"InstanceAssociationStatusInfos":[{}`, ",{}", 1_000_000, `],"NextToken":""}`),
		"as many as allowed":    rude.Repeated(`{"InstanceAssociationStatusInfos":[{}`, ",{}", 900, `],"NextToken":"x"}`),
		"unknown members":       rude.Repeated(`{"a":1`, `,"a":1`, 49_000, `}`),
		"wide items":            rude.Repeated(`{"InstanceAssociationStatusInfos":[{"Name":"x"}`, `,{"Name":"x"`+strings.Repeat(`,"a":1`, 990)+`}`, 9, `],"NextToken":"x"}`),
		"new pages for long":    rude.NewPages("InstanceAssociationStatusInfos", "Name", 50, 2_000, 2_000),
		"endless headers":       rude.ManyHeaders(1 << 20),
	}
}

// TestHostileEndpointInThePluginProcess checks that an endpoint can neither end
// nor delay the queries of other connections, and that memory stays bounded.
func TestHostileEndpointInThePluginProcess(t *testing.T) {
	t.Parallel()
	good := rig.NewWorld(t, rig.WorldOptions{Fleet: fleet.Options{Nodes: 40, Regions: []string{"us-east-1"}}})
	bad := newRudeWorldOf(t, 150)
	p := rig.StartProcess(t)
	p.Connect(map[string]string{
		"good": rig.Arguments(good.URL, awssim.DefaultAccessKeyID, good.Fleet.Regions()),
		"bad": rig.Arguments(bad.url, awssim.DefaultAccessKeyID, []string{"us-east-1"}) + rig.FastRetries +
			"max_concurrent_requests = 32\nmax_error_retry_attempts = 3\nmax_call_seconds = 1\n",
	})
	want := good.Expected(good.EveryNode()...)
	manners := hugeAnswers()
	manners["silence"] = rude.Silent()
	for name, manner := range manners {
		bad.server.Behave(rig.StatusOp, manner)
		started := time.Now()
		var queries sync.WaitGroup
		for range 4 {
			queries.Go(func() {
				rows, err := p.Execute(rig.Execution{Connections: []string{"bad"}, Columns: []string{"instance_id"}})
				if err == nil {
					t.Errorf("%s: %d rows and no error", name, len(rows))
				} else if !strings.Contains(err.Error(), rig.StatusOp) {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		before := time.Now()
		rows, err := p.Execute(rig.Execution{Connections: []string{"good"}, Columns: rig.KeysOf(want[0])})
		if err != nil {
			t.Fatalf("%s: another connection: %v", name, err)
		}
		if took := time.Since(before); took > 5*time.Second {
			t.Errorf("%s: another connection took %s", name, took)
		}
		rig.SameRows(t, rows, want)
		queries.Wait()
		t.Logf("%s: %s, %d KiB at most", name, time.Since(started).Round(time.Millisecond), memoryPeak(t, p))
	}
	if peak := memoryPeak(t, p); peak > maxMemory {
		t.Errorf("the process took %d KiB, want at most %d", peak, maxMemory)
	}
}

// memoryPeak returns the peak memory of a process in KiB.
func memoryPeak(t *testing.T, p *rig.Process) int {
	t.Helper()
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("the memory of processes is only known on Linux")
	}
	peak := memoryPeakOf(p.PID())
	if peak == 0 {
		t.Fatal("the process has no peak of memory")
	}
	return peak
}

// memoryPeakOf is memoryPeak, or 0 for a process that has ended.
func memoryPeakOf(pid int) int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	peak := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	if peak == nil {
		return 0
	}
	n, err := strconv.Atoi(string(peak[1]))
	if err != nil {
		return 0
	}
	return n
}

// TestReplacedConnectionsKeepNoSockets changes a connection's arguments
// repeatedly and counts the sockets of the former connections.
func TestReplacedConnectionsKeepNoSockets(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{Fleet: fleet.Options{Nodes: 60, Regions: []string{"us-east-1"}}})
	p := rig.StartProcess(t)
	open := func() int {
		t.Helper()
		files, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", p.PID()))
		if err != nil {
			t.Fatal(err)
		}
		if len(files) == 0 {
			t.Skip("the files of processes are only known on Linux")
		}
		return len(files)
	}
	after := map[int]int{}
	for change := range 40 {
		p.Connect(map[string]string{"prod": rig.Arguments(w.URL, awssim.DefaultAccessKeyID, w.Fleet.Regions()) +
			fmt.Sprintf("max_error_retry_attempts = %d\n", change+1)})
		if _, err := p.Execute(rig.Execution{Connections: []string{"prod"}, Columns: []string{"instance_id"}}); err != nil {
			t.Fatal(err)
		}
		after[change] = open()
	}
	// One scan has up to 16 requests in flight.
	if after[39] > after[4]+32 {
		t.Errorf("%d files open after 5 changes, %d after 40", after[4], after[39])
	}
}

// TestLongWaitsAreLogged checks that the log says why a query waits.
func TestLongWaitsAreLogged(t *testing.T) {
	t.Parallel()
	w := newRudeWorld(t)
	w.server.Behave(rig.StatusOp, rude.Silent())
	var log rig.LogBuffer
	p := rig.StartProcessLogging(t, &log, "STEAMPIPE_LOG_LEVEL=WARN")
	p.Connect(map[string]string{"slow": rig.Arguments(w.url, awssim.DefaultAccessKeyID, []string{"us-east-1"}) + "max_call_seconds = 6\n"})
	_, err := p.Execute(rig.Execution{Connections: []string{"slow"}, Columns: []string{"instance_id"}})
	if err == nil || !strings.Contains(err.Error(), "within 6s") {
		t.Errorf("error %v", err)
	}
	for _, part := range []string{"waiting for AWS", "connection=slow", "region=us-east-1", "operation=" + rig.StatusOp} {
		log.Await(t, part)
	}
}

// TestHostileEndpointOfTheCommand checks that every answer leaves the command's
// memory bounded and ends with an error.
func TestHostileEndpointOfTheCommand(t *testing.T) {
	t.Parallel()
	w := newRudeWorldOf(t, 60)
	config := filepath.Join(t.TempDir(), "ssmassoc.spc")
	text := "connection \"c\" {\nplugin = \"local/ssmassoc\"\n" + w.arguments(rig.StatusOp) + "}\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, manner := range hugeAnswers() {
		w.server.Behave(rig.StatusOp, manner)
		query := exec.Command(rig.Command(t), "query", "--config", config, "select instance_id from "+rig.StatusTable)
		var out bytes.Buffer
		query.Stdout, query.Stderr = &out, &out
		if err := query.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error)
		go func() { ended <- query.Wait() }()
		peak := 0
		err := func() error {
			look := time.NewTicker(2 * time.Millisecond)
			defer look.Stop()
			for {
				select {
				case <-look.C:
					peak = max(peak, memoryPeakOf(query.Process.Pid))
				case err := <-ended:
					return err
				}
			}
		}()
		var failed *exec.ExitError
		if !errors.As(err, &failed) || failed.ExitCode() != 1 || !strings.Contains(out.String(), rig.StatusOp) {
			t.Errorf("%s: %v: %.300s", name, err, out.String())
		}
		t.Logf("%s: %d KiB at most", name, peak)
		if peak > maxMemory {
			t.Errorf("%s: the command took %d KiB, want at most %d", name, peak, maxMemory)
		}
	}
}
