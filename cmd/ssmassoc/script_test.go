package main

import (
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// update rewrites the golden parts of the transcripts with the actual output.
var update = flag.Bool("update", false, "rewrite the golden files of the transcripts")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"ssmassoc": runMeasured,
		"panics": func() {
			os.Exit(run(&cobra.Command{Use: "panics", RunE: func(*cobra.Command, []string) error { panic("no such\x1b case") }}))
		},
	})
}

// TestScripts runs the transcripts in testdata/script, each a shell session. $ENDPOINT
// is a simulated AWS and $KEY its access key, $HOSTILE a malicious endpoint, $SILENT
// one that never answers, and $REPOSITORY the project's root.
func TestScripts(t *testing.T) {
	simulated := fleet.New(fleet.Options{Seed: 7, Nodes: 40, Regions: []string{"us-east-1", "eu-west-1"}})
	server := awssim.New(awssim.Options{}, awssim.Account{AccessKeyID: awssim.DefaultAccessKeyID, Fleet: simulated})
	listener, err := server.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })

	hostile := httptest.NewServer(http.HandlerFunc(hostileEndpoint))
	t.Cleanup(hostile.Close)

	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	t.Cleanup(silent.Close)

	repository, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}

	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("ENDPOINT", listener.URL())
			env.Setenv("REPOSITORY", repository)
			env.Setenv("HOSTILE", hostile.URL)
			env.Setenv("SILENT", silent.URL)
			env.Setenv("KEY", awssim.DefaultAccessKeyID)
			env.Setenv("AWS_EC2_METADATA_DISABLED", "true")
			env.Setenv("AWS_CONFIG_FILE", os.DevNull)
			env.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
			return nil
		},
	})
}

// hostileEndpoint refuses every call with an error message of the greatest length, full
// of terminal control sequences.
func hostileEndpoint(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(map[string]string{
		"__type":  "Access\x1b[31mDenied",
		"message": "\x1b[2J\u009b2J\u202e\nssmassoc: all is well\n" + strings.Repeat("very ", 8_000),
	})
}
