package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/parquet-go/parquet-go"

	"steampipe-plugin-ssmassoc/internal/files/export"
	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/test/s3test"
)

// exportWorld is a simulated AWS for an export process to read.
type exportWorld struct {
	config  string
	running atomic.Pointer[exportRun]
	env     []string
}

// exportRun is a run of the process.
type exportRun struct {
	calls  atomic.Int64  // to AWS so far
	killAt int64         // the call at which kill is closed; 0 for never
	kill   chan struct{} // closed to kill the process
}

func newExportWorld(t *testing.T) *exportWorld {
	t.Helper()
	regions := []string{"us-east-1", "eu-west-1", "ap-southeast-2"}
	sim := awssim.New(awssim.Options{}, awssim.Account{AccessKeyID: awssim.DefaultAccessKeyID, Fleet: fleet.New(fleet.Options{
		Seed: 3, Regions: regions, Nodes: 45,
	})})
	w := &exportWorld{config: filepath.Join(t.TempDir(), "export.spc")}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if run := w.running.Load(); run.calls.Add(1) == run.killAt {
			close(run.kill)
		}
		sim.ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	source := fmt.Sprintf("connection \"a\" {\n plugin = \"ssmassoc\"\n %s}\n", simulatedArguments(server.URL, regions))
	if err := os.WriteFile(w.config, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	w.env = append(os.Environ(), "AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull)
	return w
}

// export runs an export process and kills it at the given call to AWS, unless that is
// 0. It reports whether the process ended by itself.
func (w *exportWorld) export(t *testing.T, killAt int64, args ...string) (ended bool) {
	t.Helper()
	run := &exportRun{killAt: killAt, kill: make(chan struct{})}
	w.running.Store(run)
	args = append([]string{"export", "--config", w.config, "--table", "ssm_instance_association_status", "--table", "ssm_managed_instance",
		"--dt", "2026-03-01"}, args...)
	cmd := exec.Command("ssmassoc", args...)
	cmd.Env = w.env
	var output bytes.Buffer
	cmd.Stderr = &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			t.Fatalf("%v: %s", err, &output)
		}
		return true
	case <-run.kill:
		_ = cmd.Process.Kill()
		if err := <-done; err == nil { // it ended just before the kill
			return true
		}
		return false
	}
}

// parquetRows returns the rows of the Parquet files below a folder as sorted lines, by
// file path. An incomplete file fails the test.
func parquetRows(t *testing.T, dir string) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && entry.Name() == export.SnapshotsName {
			return filepath.SkipDir
		}
		if err != nil || !strings.HasSuffix(path, ".parquet") {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		lines := []string{}
		reader := parquet.NewGenericReader[any](file)
		buffer := make([]parquet.Row, 64)
		for {
			n, err := reader.ReadRows(buffer)
			for _, row := range buffer[:n] {
				lines = append(lines, fmt.Sprint(row))
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		slices.Sort(lines)
		all[name] = lines
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return all
}

// A process killed at any point leaves only complete files, and the same command with
// --resume adds the rest.
func TestExportSurvivesBeingKilled(t *testing.T) {
	for name, destination := range map[string]func(t *testing.T, w *exportWorld) (to, dir string){
		"folder": func(t *testing.T, _ *exportWorld) (to, dir string) {
			dir = t.TempDir()
			return dir, dir
		},
		"S3": func(t *testing.T, w *exportWorld) (to, dir string) {
			server := s3test.Start(t)
			for name, value := range server.Environment() {
				w.env = append(w.env, name+"="+value)
			}
			return "s3://" + s3test.Bucket + "/x", filepath.Join(server.Dir, "x")
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newExportWorld(t)
			to, dir := destination(t, w)
			w.export(t, 0, "--to", to)
			calls, want := w.running.Load().calls.Load(), parquetRows(t, dir)
			if len(want) != 6 {
				t.Fatalf("%d files", len(want))
			}
			const kills = 8
			for i := range kills {
				sub := fmt.Sprint("killed-", i)
				point := 1 + rand.Int64N(calls)
				ended := w.export(t, point, "--to", to+"/"+sub)
				checkWhole(t, fmt.Sprintf("killed at call %d of %d", point, calls), parquetRows(t, filepath.Join(dir, sub)), want, ended)
				w.export(t, 0, "--resume", "--to", to+"/"+sub)
				checkWhole(t, "resumed", parquetRows(t, filepath.Join(dir, sub)), want, true)
			}
		})
	}
}

// checkWhole checks that each file has the expected rows and, once the export has
// ended, that no file is missing.
func checkWhole(t *testing.T, when string, got, want map[string][]string, ended bool) {
	t.Helper()
	for name, rows := range got {
		if !slices.Equal(rows, want[name]) {
			t.Errorf("%s: %s has %d rows, want %d", when, name, len(rows), len(want[name]))
		}
	}
	if ended && len(got) != len(want) {
		t.Errorf("%s: %d files, want %d", when, len(got), len(want))
	}
}
