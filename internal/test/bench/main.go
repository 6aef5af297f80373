// Command bench compares three ways to read a table, on the same simulated
// fleet: the AWS SDK alone (the floor), the plugin over gRPC, and the embedded
// engine. It prints a Markdown table with ratios to the floor. Run it with
// "make bench".
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/demo"
)

// workers is the number of calls that the floor has in flight, by default as many
// as the plugin has per connection and region.
var workers = 16

// measurement is the cost of one way to read a table.
type measurement struct {
	rows      int
	wall      time.Duration
	cpu       time.Duration // user and system time of the process that reads
	peak      int64         // resident, in bytes
	calls     int
	throttled int
}

func main() {
	bin := flag.String("bin", "bin", "folder with the built plugin and command")
	only := flag.String("only", "", "run the scenarios whose description matches this regular expression")
	simulated := flag.String("simulate", "", "be the simulated AWS of the scenario in this JSON text, until interrupted")
	floorURL := flag.String("floor", "", "be the floor: read the table that the argument names at this endpoint")
	flag.IntVar(&workers, "workers", workers, "calls that the floor has in flight")
	flag.Parse()
	var err error
	switch {
	case *floorURL != "":
		err = runFloorOf(context.Background(), flag.Arg(0), *floorURL, os.Stdout)
	case *simulated != "":
		err = simulate(*simulated)
	default:
		for _, compare := range []func(bin string, only *regexp.Regexp) error{compare, compareLimits, compareExports} {
			if err = compare(*bin, regexp.MustCompile(*only)); err != nil {
				break
			}
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func compare(bin string, only *regexp.Regexp) error {
	fmt.Println("| scenario | way | rows | wall s | x floor | rows/s | calls | throttled |" +
		" CPU s | CPU us/row | x floor | peak MiB |")
	fmt.Println("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
	ways := []struct {
		name string
		run  func(bin, url, table string) (measurement, error)
	}{
		{"AWS SDK alone", runFloor},
		{"plugin, gRPC", runPlugin},
		{"embedded, jsonl", runEmbedded},
	}
	for _, s := range scenarios() {
		if !only.MatchString(s.String()) {
			continue
		}
		var base measurement
		for i, way := range ways {
			m, err := measure(bin, s, way.run)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", s, way.name, err)
			}
			if i == 0 {
				base = m
			}
			if m.rows != base.rows {
				return fmt.Errorf("%s, %s: %d rows, the floor has %d", s, way.name, m.rows, base.rows)
			}
			fmt.Printf("| %s | %s | %d | %.2f | %.2f | %.0f | %d | %.1f %% | %.2f | %.1f | %.2f | %.0f |\n",
				s, way.name, m.rows, m.wall.Seconds(), m.wall.Seconds()/base.wall.Seconds(), float64(m.rows)/m.wall.Seconds(),
				m.calls, 100*float64(m.throttled)/float64(max(1, m.calls)),
				m.cpu.Seconds(), perRow(m), perRow(m)/perRow(base), float64(m.peak)/(1<<20))
		}
	}
	return nil
}

// perRow returns the CPU time per row, in microseconds.
func perRow(m measurement) float64 {
	return float64(m.cpu.Microseconds()) / float64(max(1, m.rows))
}

// measure runs one way against its own simulated AWS.
func measure(bin string, s scenario, run func(bin, url, table string) (measurement, error)) (measurement, error) {
	simulation, err := startSimulation(s)
	if err != nil {
		return measurement{}, err
	}
	m, err := run(bin, simulation.url, s.table)
	counts, stopErr := simulation.stop()
	if err = errors.Join(err, stopErr); err != nil {
		return measurement{}, err
	}
	for _, line := range strings.Split(counts, "\n") {
		// ACCOUNT REGION ACTION OUTCOME CALLS
		fields := strings.Fields(line)
		if len(fields) != 5 || fields[2] == "GetCallerIdentity" {
			continue
		}
		n, err := strconv.Atoi(fields[4])
		if err != nil {
			continue
		}
		m.calls += n
		if fields[3] == "ThrottlingException" {
			m.throttled += n
		}
	}
	return m, nil
}

// lineCounter counts the lines written to it.
type lineCounter int

func (c *lineCounter) Write(p []byte) (int, error) {
	*c += lineCounter(bytes.Count(p, []byte{'\n'}))
	return len(p), nil
}

// runProcess runs a command that writes a line per row.
func runProcess(cmd *exec.Cmd) (measurement, error) {
	var lines lineCounter
	cmd.Stdout, cmd.Stderr = &lines, os.Stderr
	start := time.Now()
	err := cmd.Run()
	m := usage(cmd)
	m.wall, m.rows = time.Since(start), int(lines)
	return m, err
}

// usage returns the CPU time and peak memory of a finished process, zero if it
// did not start.
func usage(cmd *exec.Cmd) measurement {
	if cmd.ProcessState == nil {
		return measurement{}
	}
	m := measurement{cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		m.peak = u.Maxrss << 10 // Linux reports kilobytes
	}
	return m
}

func runFloor(_, url, table string) (measurement, error) {
	self, err := os.Executable()
	if err != nil {
		return measurement{}, err
	}
	return runProcess(exec.Command(self, "-floor", url, table))
}

func runEmbedded(bin, url, table string) (measurement, error) {
	return runQuery(bin, url, "select * from "+table)
}

func runQuery(bin, url, sql string) (measurement, error) {
	config, err := os.CreateTemp("", "bench-*.spc")
	if err != nil {
		return measurement{}, err
	}
	defer func() { _ = os.Remove(config.Name()) }()
	if _, err := fmt.Fprintf(config, "connection \"bench\" {\n plugin = \"ssmassoc\"\n%s}\n", arguments(url)); err != nil {
		return measurement{}, err
	}
	if err := config.Close(); err != nil {
		return measurement{}, err
	}
	command := filepath.Join(bin, "ssmassoc")
	return runProcess(exec.Command(command, "query", "--config", config.Name(), "--output", "jsonl", sql))
}

// arguments returns the arguments of a connection to the simulation.
func arguments(url string) string { return demo.Arguments(url, "test", "test", []string{"us-east-1"}) }
