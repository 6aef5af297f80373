package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// simulationSpec is the input of a simulation process.
type simulationSpec struct {
	Nodes, Rows int
	Latency     time.Duration
	TPS         float64
	Burst       int
	Regions     []string
}

// simulate serves a simulated AWS until it is interrupted. It prints its
// endpoint first and its counts last.
func simulate(text string) error {
	var spec simulationSpec
	if err := json.Unmarshal([]byte(text), &spec); err != nil {
		return err
	}
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	server := awssim.New(awssim.Options{Latency: spec.Latency, TPS: spec.TPS, Burst: spec.Burst}, awssim.Account{
		Fleet: fleet.New(fleet.Options{Regions: spec.Regions, Nodes: spec.Nodes, Associations: spec.Rows}),
	})
	listener, err := server.Start("127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.URL())
	<-interrupted
	fmt.Print(server.Calls())
	return listener.Close()
}

// simulation is a simulated AWS in a separate process.
type simulation struct {
	url    string
	cmd    *exec.Cmd
	stdout *bufio.Reader
	stderr bytes.Buffer
}

func startSimulation(s scenario) (*simulation, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	spec, err := json.Marshal(simulationSpec{
		Nodes: s.nodes, Rows: s.rows, Latency: s.latency, TPS: s.tps, Burst: s.burst, Regions: s.in(),
	})
	if err != nil {
		return nil, err
	}
	sim := &simulation{cmd: exec.Command(self, "-simulate", string(spec))}
	sim.cmd.Stderr = &sim.stderr
	stdout, err := sim.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	sim.stdout = bufio.NewReader(stdout)
	if err := sim.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := sim.stdout.ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the simulation told no endpoint: %s", &sim.stderr), sim.cmd.Wait())
	}
	sim.url = strings.TrimSpace(line)
	return sim, nil
}

// stop ends the simulation and returns its counts.
func (s *simulation) stop() (string, error) {
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		return "", err
	}
	counts, readErr := io.ReadAll(s.stdout)
	if err := errors.Join(readErr, s.cmd.Wait()); err != nil {
		return "", fmt.Errorf("simulation: %w", err)
	}
	return string(counts), nil
}
