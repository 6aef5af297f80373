package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/demo"
)

// The scale of the export measurements. A per-machine limit on requests shows the gain
// from four machines even though all four run on this one.
const (
	exportedNodes, exportedRows = 20_000, 50 // a million rows
	shards                      = 4
	requestsOfMachine           = "SSMASSOC_MAX_CONCURRENT_REQUESTS=16"
)

// exportFigure is a target for exports.
type exportFigure struct {
	what           string
	measured, most float64
}

// compareExports compares an export with a scan to jsonl, and shards with one process.
func compareExports(bin string, only *regexp.Regexp) error {
	folder, err := os.MkdirTemp("", "bench-export-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	fmt.Println("\n| export | measured | at most |\n| --- | --- | --- |")
	for _, comparison := range []struct {
		name    string
		measure func(bin, folder string) ([]exportFigure, error)
	}{
		{"export: a million rows", exportMillion},
		{"export: shards", exportShards},
	} {
		if !only.MatchString(comparison.name) {
			continue
		}
		figures, err := comparison.measure(bin, folder)
		if err != nil {
			return fmt.Errorf("%s: %w", comparison.name, err)
		}
		for _, f := range figures {
			fmt.Printf("| %s | %.3g | %.3g |\n", f.what, f.measured, f.most)
		}
	}
	return nil
}

// exportMillion compares an export to Parquet with a scan to jsonl.
func exportMillion(bin, folder string) ([]exportFigure, error) {
	s := scenario{table: instanceAssociationStatus.name, nodes: exportedNodes, rows: exportedRows}
	simulation, err := startSimulation(s)
	if err != nil {
		return nil, err
	}
	figures, err := func() ([]exportFigure, error) {
		config, err := writeConfig(folder, simulation.url, s)
		if err != nil {
			return nil, err
		}
		lines := filepath.Join(folder, "rows.jsonl")
		scan, err := runTo(lines, exec.Command(filepath.Join(bin, "ssmassoc"), "query", "--config", config, "--output",
			"jsonl", "select * from "+s.table))
		if err != nil {
			return nil, err
		}
		to := filepath.Join(folder, "million")
		export, err := runTo(os.DevNull, exportCommand(bin, config, to, s.table))
		if err != nil {
			return nil, err
		}
		textBytes, err := bytesBelow(lines)
		if err != nil {
			return nil, err
		}
		parquetBytes, err := bytesBelow(to)
		return []exportFigure{
			{"CPU of a million rows to Parquet, x that of a scan to jsonl", export.cpu.Seconds() / scan.cpu.Seconds(), 1.3},
			{"peak memory of it, MiB", float64(export.peak) / (1 << 20), 150},
			{"bytes of its files, x those of jsonl", float64(parquetBytes) / float64(textBytes), 1.0 / 8},
		}, err
	}()
	_, stopErr := simulation.stop()
	return figures, errors.Join(err, stopErr)
}

// exportShards compares shards, each in its own process, with one process.
func exportShards(bin, folder string) ([]exportFigure, error) {
	s := scenario{table: instanceAssociationStatus.name, nodes: 4_000, latency: 20 * time.Millisecond,
		regions: []string{"us-east-1", "us-west-2", "eu-west-1", "ap-southeast-2"}}
	simulation, err := startSimulation(s)
	if err != nil {
		return nil, err
	}
	figures, err := func() ([]exportFigure, error) {
		config, err := writeConfig(folder, simulation.url, s)
		if err != nil {
			return nil, err
		}
		bounded := func(cmd *exec.Cmd) (measurement, error) {
			cmd.Env = append(os.Environ(), requestsOfMachine)
			return runTo(os.DevNull, cmd)
		}
		one, err := bounded(exportCommand(bin, config, filepath.Join(folder, "one"), s.table))
		if err != nil {
			return nil, err
		}
		start := time.Now()
		errs := make([]error, shards)
		var work sync.WaitGroup
		for k := range shards {
			work.Go(func() {
				to, shard := filepath.Join(folder, "shards"), fmt.Sprintf("%d/%d", k, shards)
				_, errs[k] = bounded(exportCommand(bin, config, to, s.table, "--shard", shard))
			})
		}
		work.Wait()
		all := time.Since(start)
		return []exportFigure{{
			fmt.Sprintf("wall time of %d shards in as many processes, x that of one; 20 ms a call", shards),
			all.Seconds() / one.wall.Seconds(), 0.3,
		}}, errors.Join(errs...)
	}()
	_, stopErr := simulation.stop()
	return figures, errors.Join(err, stopErr)
}

func exportCommand(bin, config, to, table string, args ...string) *exec.Cmd {
	args = append([]string{"export", "--config", config, "--table", table, "--to", to}, args...)
	return exec.Command(filepath.Join(bin, "ssmassoc"), args...)
}

// writeConfig writes a configuration with a connection to the simulation.
func writeConfig(folder, url string, s scenario) (string, error) {
	name := filepath.Join(folder, "bench.spc")
	text := fmt.Sprintf("connection \"bench\" {\n plugin = \"ssmassoc\"\n %s}\n",
		demo.Arguments(url, "test", "test", s.in()))
	return name, os.WriteFile(name, []byte(text), 0o600)
}

// runTo runs a command with its standard output redirected to a file.
func runTo(name string, cmd *exec.Cmd) (measurement, error) {
	file, err := os.Create(name)
	if err != nil {
		return measurement{}, err
	}
	var stderr strings.Builder
	cmd.Stdout, cmd.Stderr = file, &stderr
	start := time.Now()
	err = errors.Join(cmd.Run(), file.Close())
	m := usage(cmd)
	m.wall = time.Since(start)
	if err != nil {
		return m, fmt.Errorf("%w: %s", err, &stderr)
	}
	return m, nil
}

// bytesBelow returns the size of a file, or of all files below a folder.
func bytesBelow(path string) (int64, error) {
	total := int64(0)
	err := filepath.WalkDir(path, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	return total, err
}
