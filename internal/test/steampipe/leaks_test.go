package steampipe

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/test/await"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// TestNothingIsLeftBehindInThePluginProcess counts the goroutines of the
// plugin's process after queries that failed, were cancelled, or needed no more
// rows.
func TestNothingIsLeftBehindInThePluginProcess(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{Fleet: fleet.Options{Nodes: 30, Regions: []string{"us-east-1", "eu-west-1"}}})
	long := w.WithRows(120)
	stderr, log := io.Pipe()
	profile := make(chan string, 1)
	go func() {
		address := regexp.MustCompile(`http://localhost:\d+/debug/pprof/`)
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			if found := address.FindString(lines.Text()); found != "" {
				select {
				case profile <- found:
				default:
				}
			}
		}
	}()
	t.Cleanup(func() { _ = stderr.Close() })
	// The SDK serves profiles on request and logs their address.
	p := rig.StartProcessLogging(t, log, "STEAMPIPE_PPROF=1", "STEAMPIPE_LOG_LEVEL=INFO")
	config := rig.Arguments(w.URL, awssim.DefaultAccessKeyID, w.Fleet.Regions()) + rig.FastRetries
	p.Connect(map[string]string{"a": config, "b": config})

	var url string
	select {
	case url = <-profile:
	case <-time.After(10 * time.Second):
		t.Fatal("the plugin does not say where it serves profiles")
	}
	goroutines := func() int {
		t.Helper()
		response, err := http.Get(url + "goroutine?debug=1") //nolint:noctx // a test's own process
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		total := regexp.MustCompile(`goroutine profile: total (\d+)`).FindSubmatch(body)
		if total == nil {
			t.Fatalf("no goroutine profile: %.200s", body)
		}
		n, err := strconv.Atoi(string(total[1]))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	run := func(i int) {
		e := rig.Execution{Connections: []string{"a", "b"}, Columns: []string{"instance_id"}, Cache: i%2 == 0}
		switch i % 3 {
		case 0:
			w.Sim.SetFaults(awssim.Fault{Kind: awssim.AccessDenied, InstanceID: long.InstanceID})
			if _, err := p.Execute(e); err == nil && !e.Cache {
				t.Error("no error")
			}
			w.Sim.SetFaults()
		case 1:
			stream, _, cancel, err := p.Plugin.Execute(p.Request(e))
			if err != nil {
				t.Fatal(err)
			}
			_, _ = stream.Recv()
			cancel()
			for err == nil {
				_, err = stream.Recv()
			}
		default:
			e.Limit = 5
			if _, err := p.Execute(e); err != nil {
				t.Error(err)
			}
		}
	}
	before := goroutines()
	for i := range rig.Times(600) {
		run(i)
	}
	// Some goroutines start once. Idle connections to AWS, which come and go, have
	// two each: 64 of them if both regions of both connections were read at once.
	await.Until(t, func() bool { return goroutines() <= before+150 }, func() string {
		return fmt.Sprintf("%d goroutines before, %d after; see %sgoroutine?debug=1", before, goroutines(), url)
	})
}
