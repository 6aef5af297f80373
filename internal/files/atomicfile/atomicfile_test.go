package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// child is the environment variable that has this test program hold a temporary file in
// the named directory until its input ends.
const child = "ATOMICFILE_CHILD"

func TestMain(m *testing.M) {
	if directory := os.Getenv(child); directory != "" {
		hold(directory)
	}
	os.Exit(m.Run())
}

func hold(directory string) {
	f, err := Create(filepath.Join(directory, "held"))
	if err == nil {
		_, err = io.WriteString(f, "part")
	}
	if err == nil {
		_, _, err = NewFolder(directory)
	}
	if err != nil {
		panic(err)
	}
	_, _ = os.Stdout.WriteString("ready\n")
	_, _ = io.Copy(io.Discard, os.Stdin)
	f.Abandon()
	os.Exit(0)
}

// holder is a process that holds a temporary file and a temporary folder.
func holder(t *testing.T, directory string) (kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), child+"="+directory)
	stdin, inErr := cmd.StdinPipe()
	stdout, outErr := cmd.StdoutPipe()
	if err := errors.Join(inErr, outErr, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	kill = sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = stdin.Close()
	})
	t.Cleanup(kill)
	if _, err := io.ReadFull(stdout, make([]byte, len("ready\n"))); err != nil {
		t.Fatal(err)
	}
	return kill
}

func namesIn(t *testing.T, directory string) []string {
	t.Helper()
	entries, err := os.ReadDir(directory)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, entry := range entries {
		all = append(all, entry.Name())
	}
	return all
}

// A process that was killed leaves its files, and nobody else's are removed.
func TestSweepRemovesWhatNobodyHolds(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files of killed processes last a day")
	}
	directory := t.TempDir()
	kill := holder(t, directory)
	holder(t, directory)
	foreign := prefix + "0123456789ab-" + strings.Repeat("A", 26) + suffix
	kept := []string{foreign, prefix + host() + "-mine" + suffix, ".ssmassoc-export-1", ".data.tmp", "data.tmp"}
	for _, name := range kept {
		if err := os.WriteFile(filepath.Join(directory, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	link := prefix + host() + "-" + strings.Repeat("L", 26) + suffix
	if err := os.Symlink(foreign, filepath.Join(directory, link)); err != nil {
		t.Fatal(err)
	}
	kept = append(kept, link)

	Sweep(directory)
	if got, want := len(namesIn(t, directory)), len(kept)+4; got != want {
		t.Errorf("with both processes: %d files, want %d", got, want)
	}
	kill()
	Sweep(directory)
	if got, want := len(namesIn(t, directory)), len(kept)+2; got != want {
		t.Errorf("with one process: %d files, want %d", got, want)
	}
	for _, name := range kept {
		if _, err := os.Lstat(filepath.Join(directory, name)); err != nil {
			t.Error(err)
		}
	}

	day := time.Now().Add(-strayAge - time.Minute)
	if err := os.Chtimes(filepath.Join(directory, foreign), day, day); err != nil {
		t.Fatal(err)
	}
	Sweep(directory)
	if got, want := len(namesIn(t, directory)), len(kept)-1+2; got != want {
		t.Errorf("after a day: %d files, want %d", got, want)
	}
}

// Writers and sweepers of one directory never lose a file.
func TestSweepBesideWriters(t *testing.T) {
	directory := t.TempDir()
	var all sync.WaitGroup
	for n := range 4 {
		all.Go(func() {
			for range 100 {
				f, err := Create(filepath.Join(directory, string(rune('a'+n))))
				if err == nil {
					_, err = io.WriteString(f, "text")
				}
				if err == nil {
					err = f.Commit()
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
		all.Go(func() {
			for range 100 {
				Sweep(directory)
			}
		})
	}
	all.Wait()
	if got := strings.Join(namesIn(t, directory), " "); got != "a b c d" {
		t.Errorf("left %s", got)
	}
}

func TestModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no modes")
	}
	for name, test := range map[string]struct {
		umask          int
		replaced, want fs.FileMode // replaced is 0 for none
		create         func(string) (*File, error)
	}{
		"a new file":                 {0o022, 0, 0o644, Create},
		"a new file for a group":     {0o002, 0, 0o664, Create},
		"a new file for nobody else": {0o077, 0, 0o600, Create},
		"one that is replaced":       {0o077, 0o664, 0o664, Create},
		"a private one":              {0o022, 0o600, 0o600, Create},
		"one made private":           {0o022, 0o644, 0o600, CreatePrivate},
		"in another folder":          {0o027, 0, 0o640, func(name string) (*File, error) { return CreateIn(filepath.Dir(name), name) }},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "file")
			if test.replaced != 0 {
				if err := errors.Join(os.WriteFile(path, []byte("old"), 0o600), os.Chmod(path, test.replaced)); err != nil {
					t.Fatal(err)
				}
			}
			defer umask(test.umask)()
			f, err := test.create(path)
			if err != nil {
				t.Fatal(err)
			}
			if info, err := f.file.Stat(); err != nil || info.Mode() != test.want {
				t.Errorf("in progress %v, want %v", info.Mode(), test.want)
			}
			if err := f.Commit(); err != nil {
				t.Fatal(err)
			}
			if info, err := os.Stat(path); err != nil || info.Mode() != test.want {
				t.Errorf("got %v, want %v", info.Mode(), test.want)
			}
		})
	}
}

// However a file ends, it or the one before is there, and nothing else.
func TestEnds(t *testing.T) {
	for name, test := range map[string]struct {
		end  func(*File) error
		want string
	}{
		"committed":                  {(*File).Commit, "new"},
		"abandoned":                  {func(f *File) error { f.Abandon(); return nil }, "old"},
		"committed, then abandoned":  {func(f *File) error { err := f.Commit(); f.Abandon(); return err }, "new"},
		"taken away":                 {func(f *File) error { f.removeName(); return f.Commit() }, "old"},
		"truncated":                  {func(f *File) error { return errors.Join(f.Truncate(2), f.Commit()) }, "ne"},
		"abandoned, then committed":  {func(f *File) error { f.Abandon(); return f.Commit() }, "old"},
		"closed by a failing device": {func(f *File) error { return errors.Join(f.file.Close(), f.Commit()) }, "old"},
	} {
		t.Run(name, func(t *testing.T) {
			directory := t.TempDir()
			path := filepath.Join(directory, "file")
			if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
				t.Fatal(err)
			}
			f, err := Create(path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(f, "new"); err != nil {
				t.Fatal(err)
			}
			err = test.end(f)
			if err != nil && !strings.Contains(err.Error(), "write "+path+": ") {
				t.Errorf("the error %v names another file", err)
			}
			if got, _ := os.ReadFile(path); string(got) != test.want {
				t.Errorf("got %q and %v, want %q", got, err, test.want)
			}
			if got := namesIn(t, directory); len(got) != 1 {
				t.Errorf("left %v", got)
			}
		})
	}
}
