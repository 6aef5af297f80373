package export_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"steampipe-plugin-ssmassoc/internal/files/export"
	"steampipe-plugin-ssmassoc/internal/test/s3test"
)

// destination is a store whose files the test can change.
type destination struct {
	export.Store
	dir string
}

func newFolder(t *testing.T) destination {
	t.Helper()
	dir := t.TempDir()
	store, err := export.OpenDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return destination{store, dir}
}

func newBucket(t *testing.T) destination {
	t.Helper()
	server, store := openS3(t)
	return destination{store, filepath.Join(server.Dir, "some", "prefix")}
}

// put replaces a file of the destination, as another program would.
func (d destination) put(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := upload(t.Context(), t, d.Store, name, content); err != nil {
		t.Fatal(err)
	}
}

// export exports the status table of an organization to the destination.
func (d destination) export(t *testing.T, o *org, changes ...func(*export.Options)) *export.Manifest {
	t.Helper()
	server, host := o.host()
	m, err := export.Run(t.Context(), server, host, d.Store, options(append(changes, onlyStatus)...))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// A resumed export checks each file that its manifest lists, and reads again what is
// not as it was written.
func TestResumeChecksEachFile(t *testing.T) {
	changed := path(statusTable, "000000000007", "eu-west-1")
	sameSize := func(content []byte) []byte {
		other := slices.Clone(content)
		other[len(other)/2] ^= 0xff
		return other
	}
	for name, test := range map[string]struct {
		change func(content []byte) []byte // nil to delete the file
		old    bool                        // the manifest is of a version without digests
		want   string                      // how the file differs
		note   bool
	}{
		"as it was":                  {change: slices.Clone[[]byte]},
		"deleted":                    {want: "is missing"},
		"emptied":                    {change: func([]byte) []byte { return nil }, want: "has 0 bytes instead of"},
		"truncated":                  {change: func(c []byte) []byte { return c[:len(c)-1] }, want: "instead of"},
		"other contents":             {change: sameSize, want: "has other contents than were written"},
		"old manifest":               {change: slices.Clone[[]byte], old: true, note: true},
		"old manifest, deleted":      {old: true, want: "is missing", note: true},
		"old manifest, another size": {change: func(c []byte) []byte { return c[1:] }, old: true, want: "instead of", note: true},
	} {
		t.Run(name, func(t *testing.T) {
			for kind, open := range map[string]func(*testing.T) destination{"folder": newFolder, "S3": newBucket} {
				t.Run(kind, func(t *testing.T) {
					d := open(t)
					o := newOrg(t, 1, 3)
					d.export(t, o)
					whole := files(t, d.dir)
					if test.old {
						d.dropDigests(t)
					}
					if test.change == nil {
						if err := os.Remove(filepath.Join(d.dir, changed)); err != nil {
							t.Fatal(err)
						}
					} else {
						d.put(t, changed, test.change(whole[changed]))
					}
					o.calls()
					m := d.export(t, o, resume)
					if got := rowsOf(t, files(t, d.dir)); !slices.Equal(got, rowsOf(t, whole)) {
						t.Errorf("%d rows", len(got))
					}
					d.checkReadAgain(t, o, m, changed, test.want)
					if noted := strings.Contains(strings.Join(m.Notes, "\n"), "by their size alone"); noted != test.note {
						t.Errorf("notes: %q", m.Notes)
					}
				})
			}
		})
	}
}

// checkReadAgain checks that a resumed export read one file again, for a reason, or
// none.
func (d destination) checkReadAgain(t *testing.T, o *org, m *export.Manifest, name, reason string) {
	t.Helper()
	for _, p := range m.Partitions {
		want := p.Path == name && reason != ""
		if got := p.ReadAgain != ""; got != want || !strings.Contains(p.ReadAgain, reason) && want {
			t.Errorf("%s: read again because it %q", p.Path, p.ReadAgain)
		}
	}
	if listings := o.calls()["DescribeInstanceInformation"]; (listings > 0) != (reason != "") {
		t.Errorf("%d regions were listed", listings)
	}
}

// dropDigests makes the manifest one of a version that recorded sizes alone.
func (d destination) dropDigests(t *testing.T) {
	t.Helper()
	text, err := d.Read(t.Context(), export.ManifestName)
	if err != nil {
		t.Fatal(err)
	}
	d.put(t, export.ManifestName, regexp.MustCompile(`(?m)^ *"(sha256|etag|run)": .*\n`).ReplaceAll(text, nil))
}

// A copy of an object may have another ETag.
func TestResumeAcceptsCopiesOfObjects(t *testing.T) {
	server, store := openS3(t)
	d := destination{store, filepath.Join(server.Dir, "some", "prefix")}
	o := newOrg(t, 1, 3)
	m := d.export(t, o)
	if m.Partitions[0].ETag == "" {
		t.Fatal("the manifest has no ETag")
	}
	text, err := d.Read(t.Context(), export.ManifestName)
	if err != nil {
		t.Fatal(err)
	}
	d.put(t, export.ManifestName, bytes.ReplaceAll(text, []byte(m.Partitions[0].ETag[1:9]), []byte("00000000")))
	o.calls()
	d.export(t, o, resume)
	if calls := o.calls(); len(calls) > 0 {
		t.Errorf("calls: %v", calls)
	}
	server.SetFault(times(1, isHead, s3test.Fault{Status: 403}))
	plugin, host := o.host()
	_, err = export.Run(t.Context(), plugin, host, store, options(onlyStatus, resume))
	if err == nil || !strings.Contains(err.Error(), "check s3://exports/some/prefix/"+statusTable) {
		t.Errorf("a file that cannot be checked: %v", err)
	}
}

// earlierRegions returns the regions of the files of earlier exports.
func earlierRegions(m *export.Manifest) []string {
	var regions []string
	for _, p := range m.Earlier {
		regions = append(regions, p.Region)
	}
	slices.Sort(regions)
	return regions
}

// A day that an earlier export shares has its files, which the manifest lists.
func TestFilesOfEarlierExportsOfTheDayAreListed(t *testing.T) {
	two := []string{`regions = ["us-east-1"]` + "\n"}
	for kind, open := range map[string]func(*testing.T) destination{"folder": newFolder, "S3": newBucket} {
		t.Run(kind, func(t *testing.T) {
			d := open(t)
			all, fewer := newOrg(t, 1, 3), newOrg(t, 1, 3, two...)
			yesterday := func(o *export.Options) { o.Day = "2026-02-28" }
			d.export(t, all, yesterday)
			if m := d.export(t, all); len(m.Earlier) > 0 {
				t.Errorf("files of another day are listed: %v", earlierRegions(m))
			}
			want := []string{"ap-southeast-2", "eu-west-1"}
			for _, changes := range [][]func(*export.Options){nil, nil, {resume}} { // also of exports before the last
				if got := earlierRegions(d.export(t, fewer, changes...)); !slices.Equal(got, want) {
					t.Errorf("the earlier regions are %v, want %v", got, want)
				}
			}
			if err := os.Remove(filepath.Join(d.dir, path(statusTable, "000000000007", "eu-west-1"))); err != nil {
				t.Fatal(err)
			}
			if got := earlierRegions(d.export(t, fewer)); !slices.Equal(got, want[:1]) {
				t.Errorf("the earlier regions are %v", got)
			}
			if m := d.export(t, all); len(m.Earlier) > 0 {
				t.Errorf("files that were replaced are listed: %v", earlierRegions(m))
			}
		})
	}
}

// A shard lists neither the files of other shards nor those that they will replace.
func TestShardsListOnlyFilesThatNoShardReplaces(t *testing.T) {
	for name, arguments := range map[string][]string{
		"named":    {`regions = ["us-east-1", "eu-west-1"]` + "\n"},
		"patterns": {`regions = ["us-*", "eu-*"]` + "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newFolder(t)
			all, fewer := newOrg(t, 2, 3), newOrg(t, 2, 3, arguments...)
			d.export(t, all)
			const n = 3
			for k := range n {
				d.export(t, all, func(o *export.Options) { o.Shard = export.Shard{Index: k, Count: n} })
			}
			listed := map[string]bool{}
			for k := range n {
				m := d.export(t, fewer, func(o *export.Options) { o.Shard = export.Shard{Index: k, Count: n} })
				for _, p := range m.Earlier {
					listed[p.Path] = true
				}
			}
			for name := range files(t, d.dir) {
				if stays := strings.Contains(name, "ap-southeast-2"); listed[name] != stays {
					t.Errorf("%s: listed %t, want %t", name, listed[name], stays)
				}
			}
		})
	}
}

// A manifest that cannot be read is no reason not to export.
func TestUnreadableManifestsAreNoted(t *testing.T) {
	d := newFolder(t)
	d.put(t, export.ManifestName, []byte("{"))
	m := d.export(t, newOrg(t, 1, 3))
	if len(m.Notes) != 1 || !strings.Contains(m.Notes[0], "files of earlier exports of dt="+today+" are not known: read ") {
		t.Errorf("notes: %q", m.Notes)
	}
}

// snapshot is a row of the table of snapshots.
type snapshot struct {
	TableName  string    `parquet:"table_name"`
	AccountID  string    `parquet:"account_id"`
	Region     string    `parquet:"region"`
	RowCount   int64     `parquet:"row_count"`
	ExportedAt time.Time `parquet:"exported_at"`
	Run        string    `parquet:"run"`
}

// snapshotsOf returns the table of snapshots below a folder.
func snapshotsOf(t *testing.T, dir string) []snapshot {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, export.SnapshotsName, "dt="+today, "part-*"))
	if err != nil {
		t.Fatal(err)
	}
	var all []snapshot
	for _, name := range names {
		rows, err := parquet.ReadFile[snapshot](name)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, rows...)
	}
	return all
}

// The table of snapshots has a row for each file, also for one without rows, and of each
// shard and export.
func TestEachFileIsASnapshot(t *testing.T) {
	d := newFolder(t)
	o := newOrg(t, 2, 3)
	empty := newOrg(t, 1, -1)
	rows := map[string]int64{}
	for k := range 2 {
		m := d.export(t, o, func(o *export.Options) { o.Shard = export.Shard{Index: k, Count: 2} })
		for _, p := range m.Partitions {
			rows[m.Run+p.AccountID+p.Region] = p.Rows
		}
	}
	m := d.export(t, empty)
	for _, p := range m.Partitions {
		rows[m.Run+p.AccountID+p.Region] = 0
	}
	if again := d.export(t, empty, resume); again.Run != m.Run {
		t.Error("a resumed export is another run")
	}
	found := snapshotsOf(t, d.dir)
	for _, s := range found {
		key := s.Run + s.AccountID + s.Region
		if want, ok := rows[key]; !ok || s.RowCount != want || s.TableName != statusTable || s.ExportedAt.IsZero() {
			t.Errorf("snapshot %+v, want %d rows", s, want)
		}
	}
	d.export(t, empty, func(o *export.Options) { o.Format = "csv" })
	if after := snapshotsOf(t, d.dir); len(after) != len(found) {
		t.Errorf("an export to CSV added %d snapshots", len(after)-len(found))
	}
	if len(found) != len(rows) || len(found) != 3*len(regions) {
		t.Errorf("%d snapshots, want %d", len(found), len(rows))
	}
}
