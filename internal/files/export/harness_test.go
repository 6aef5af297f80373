package export_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"steampipe-plugin-ssmassoc/internal/files/export"
	"steampipe-plugin-ssmassoc/internal/server"
	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

func TestMain(m *testing.M) {
	// Tests use none of the machine's AWS settings and never reach AWS.
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "AWS_") || name == "REQUESTS_CA_BUNDLE" {
			_ = os.Unsetenv(name)
		}
	}
	for name, value := range map[string]string{
		"AWS_EC2_METADATA_DISABLED":   "true",
		"AWS_CONFIG_FILE":             os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
		"STEAMPIPE_LOG_LEVEL":         "off",
	} {
		_ = os.Setenv(name, value)
	}
	os.Exit(m.Run())
}

var regions = []string{"us-east-1", "eu-west-1", "ap-southeast-2"}

const (
	statusTable = "ssm_instance_association_status"
	statusCall  = "DescribeInstanceAssociationsStatus"
	today       = "2026-03-01"
)

// org is a simulated AWS with several accounts, each read by one connection.
type org struct {
	t           *testing.T
	sim         *awssim.Server
	connections []embedded.Connection
}

// newOrg creates accounts with a number of nodes in all regions, or in those that their
// connections' arguments name.
func newOrg(t *testing.T, accounts, nodes int, arguments ...string) *org {
	t.Helper()
	return newOrgOf(t, accounts, nodes, 0, arguments...)
}

// newPlainOrg creates accounts whose nodes have three rows each and no anomalies:
// reading all tables takes a tenth of the calls.
func newPlainOrg(t *testing.T, accounts, nodes int) *org {
	t.Helper()
	return newOrgOf(t, accounts, nodes, 3)
}

func newOrgOf(t *testing.T, accounts, nodes, rows int, arguments ...string) *org {
	t.Helper()
	o := &org{t: t}
	var all []awssim.Account
	for i := range accounts {
		key := fmt.Sprintf("AKIA%016d", i)
		all = append(all, awssim.Account{AccessKeyID: key, Fleet: fleet.New(fleet.Options{
			Seed: uint64(i), AccountID: fmt.Sprintf("%012d", 7+i), Regions: regions, Nodes: nodes, Associations: rows,
		})})
	}
	o.sim = awssim.New(awssim.Options{}, all...)
	listener, err := o.sim.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	for i, account := range all {
		more := fmt.Sprintf("regions = [\"%s\"]\n", strings.Join(regions, `", "`))
		if len(arguments) > 0 {
			more = arguments[i%len(arguments)]
		}
		o.connections = append(o.connections, embedded.Connection{
			Name: fmt.Sprintf("account_%d", i),
			Config: fmt.Sprintf("endpoint_url = %q\naccess_key = %q\nsecret_key = \"secret\"\nmin_error_retry_delay = 1\nmax_error_retry_attempts = 2\n",
				listener.URL(), account.AccessKeyID) + more,
		})
	}
	return o
}

// host hosts a new plugin with the connections.
func (o *org) host() (*server.Server, *embedded.Host) {
	o.t.Helper()
	plugin := ssmassoc.NewServer()
	host, err := embedded.NewHost(plugin, o.connections, embedded.Options{CacheTTLSeconds: export.CacheTTLSeconds, CacheMaxMB: export.CacheMB})
	if err != nil {
		o.t.Fatal(err)
	}
	return plugin, host
}

// options returns the options to export everything to Parquet, with some changes.
func options(changes ...func(*export.Options)) export.Options {
	o := export.Options{Format: "parquet", PartitionBy: export.DefaultPartitionBy, Shard: export.Whole, Day: today, Version: "v0"}
	for _, change := range changes {
		change(&o)
	}
	return o
}

func onlyStatus(o *export.Options) { o.Tables = []string{statusTable} }
func resume(o *export.Options)     { o.Resume = true }

// run exports to a folder.
func (o *org) run(dir string, options export.Options) (*export.Manifest, error) {
	o.t.Helper()
	store, err := export.OpenDir(dir)
	if err != nil {
		o.t.Fatal(err)
	}
	plugin, host := o.host()
	return export.Run(o.t.Context(), plugin, host, store, options)
}

// mustRun exports and fails the test on an error.
func (o *org) mustRun(dir string, options export.Options) *export.Manifest {
	o.t.Helper()
	m, err := o.run(dir, options)
	if err != nil {
		o.t.Fatal(err)
	}
	if m.Status != export.Complete {
		o.t.Fatalf("the export is %s", m.Status)
	}
	return m
}

// calls returns the simulated AWS's calls, except those for identities, and resets
// them.
func (o *org) calls() map[string]int {
	made := map[string]int{}
	for key, n := range o.sim.Calls() {
		if key.Action != "GetCallerIdentity" {
			made[key.Action] += n
		}
	}
	o.sim.Reset()
	return made
}

// files returns the contents of the tables' files below a folder by path, without
// manifests and the table of snapshots.
func files(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && entry.Name() == export.SnapshotsName {
			return filepath.SkipDir
		}
		if err != nil || entry.IsDir() || strings.HasPrefix(entry.Name(), "_manifest") {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		all[filepath.ToSlash(name)], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// rowsOf returns the rows of Parquet files as sorted lines, each with the path of
// its file.
func rowsOf(t *testing.T, files map[string][]byte) []string {
	t.Helper()
	var lines []string
	for name, content := range files {
		f, err := parquet.OpenFile(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		reader := parquet.NewGenericReader[any](f)
		buffer := make([]parquet.Row, 64)
		for {
			n, err := reader.ReadRows(buffer)
			for _, row := range buffer[:n] {
				lines = append(lines, fmt.Sprintf("%s %v", name, row))
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if err := reader.Close(); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(lines)
	return lines
}

func names(files map[string][]byte) []string { return slices.Sorted(maps.Keys(files)) }

// path returns a table's file in the folders of the default partition columns.
func path(table, account, region string) string {
	return fmt.Sprintf("%s/account_id=%s/region=%s/dt=%s/part-0.parquet", table, account, region, today)
}
