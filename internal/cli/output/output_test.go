package output

import (
	"compress/gzip"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// files returns the names of the files in a directory.
func files(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

func write(t *testing.T, f *File, text string) {
	t.Helper()
	if _, err := io.WriteString(f, text); err != nil {
		t.Fatal(err)
	}
}

func TestFilesAppearWhenComplete(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a.csv")
	f, err := Create(name)
	if err != nil {
		t.Fatal(err)
	}
	write(t, f, "one\n")
	if _, err := os.Stat(name); err == nil {
		t.Error("the file is there before it is complete")
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(name); string(text) != "one\n" || err != nil {
		t.Errorf("got %q, %v", text, err)
	}
	if got := files(t, dir); got != "a.csv" {
		t.Errorf("left %s", got)
	}
}

func TestDiscardedFilesLeaveWhatWasThere(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a.csv")
	if err := os.WriteFile(name, []byte("before"), 0o640); err != nil {
		t.Fatal(err)
	}
	f, err := Create(name)
	if err != nil {
		t.Fatal(err)
	}
	write(t, f, "after")
	f.Discard()
	if text, _ := os.ReadFile(name); string(text) != "before" {
		t.Errorf("got %q", text)
	}
	if got := files(t, dir); got != "a.csv" {
		t.Errorf("left %s", got)
	}
}

func TestReplacedFilesKeepModeAndLinks(t *testing.T) {
	dir := t.TempDir()
	name, link := filepath.Join(dir, "a.csv"), filepath.Join(dir, "link.csv")
	if err := os.WriteFile(name, []byte("before"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("a.csv", link); err != nil {
		t.Skip(err)
	}
	f, err := Create(link)
	if err != nil {
		t.Fatal(err)
	}
	write(t, f, "after")
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(name)
	if err != nil || info.Mode() != 0o640 {
		t.Errorf("got %v, %v", info.Mode(), err)
	}
	if text, _ := os.ReadFile(name); string(text) != "after" {
		t.Errorf("got %q", text)
	}
	if target, err := os.Readlink(link); target != "a.csv" {
		t.Errorf("the link is %q, %v", target, err)
	}
}

func TestCompression(t *testing.T) {
	dir := t.TempDir()
	for _, ending := range []string{".gz", ".zst"} {
		name := filepath.Join(dir, "a.csv"+ending)
		f, err := Create(name)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Repeat("text\n", 1000)
		write(t, f, text)
		if err := f.Commit(); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(name)
		if err != nil || info.Size() > 200 || read(t, name) != text {
			t.Errorf("%s: %d bytes (%v) are not the text", ending, info.Size(), err)
		}
	}
}

func TestARolledBackPartIsGone(t *testing.T) {
	for _, ending := range []string{"", ".gz", ".zst"} {
		name := filepath.Join(t.TempDir(), "a.csv"+ending)
		f, err := Create(name)
		if err != nil {
			t.Fatal(err)
		}
		write(t, f, "kept\n")
		if err := f.Mark(); err != nil {
			t.Fatal(err)
		}
		write(t, f, strings.Repeat("dropped", 100_000))
		if err := f.Rollback(); err != nil {
			t.Fatal(err)
		}
		write(t, f, "last\n")
		if err := f.Commit(); err != nil {
			t.Fatal(err)
		}
		if got := read(t, name); got != "kept\nlast\n" {
			t.Errorf("%s: got %.40q", ending, got)
		}
	}
}

// read returns the text of a possibly compressed file.
func read(t *testing.T, name string) string {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	var r io.Reader = file
	switch filepath.Ext(name) {
	case ".gz":
		r, err = gzip.NewReader(file)
	case ".zst":
		r, err = zstd.NewReader(file)
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestErrorsOfFiles(t *testing.T) {
	dir := t.TempDir()
	none := filepath.Join(dir, "none", "a.csv")
	for name, want := range map[string]string{
		none:         "write the result: create " + none + ": no such file or directory",
		none + ".gz": "write the result: create " + none + ".gz: no such file or directory",
		dir:          "write the result: create " + dir + ": is a directory",
	} {
		if _, err := Create(name); err == nil || err.Error() != want {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip(err)
	}
	f, err := Create("/dev/full")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(f, "text"); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("got %v", err)
	}
	f.Discard()
}

// Errors name the file that the user knows, not the temporary one.
func TestErrorsNameTheFile(t *testing.T) {
	for operation, fail := range map[string]func(*File) error{
		"write":    func(f *File) error { return abandoned(f, wrote) },
		"commit":   func(f *File) error { return abandoned(f, (*File).Commit) },
		"rollback": func(f *File) error { return abandoned(f, (*File).Rollback) },
		"rename":   func(f *File) error { return errors.Join(os.Mkdir(f.name, 0o700), f.Commit()) },
	} {
		for _, name := range []string{"a.csv", "a.csv.gz", "a.csv.zst"} {
			name = filepath.Join(t.TempDir(), name)
			f, err := Create(name)
			if err != nil {
				t.Fatal(err)
			}
			if err := fail(f); err == nil || !strings.Contains(err.Error(), "write "+name+": ") {
				t.Errorf("%s: got %v", operation, err)
			}
			f.Discard()
		}
	}
}

// abandoned returns the error of an operation on a file that is no longer open.
func abandoned(f *File, operation func(*File) error) error {
	f.pending.Abandon()
	return operation(f)
}

// wrote returns the error of writing more than buffers hold.
func wrote(f *File) error {
	text := make([]byte, 1<<20)
	_, _ = rand.NewChaCha8([32]byte{}).Read(text) // does not compress
	for range 10 {
		if _, err := f.Write(text); err != nil {
			return err
		}
	}
	return nil
}

// screen returns a file to write to, and a function that returns its contents.
func screen(t *testing.T) (*os.File, func() string) {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "screen"))
	if err != nil {
		t.Fatal(err)
	}
	return f, func() string {
		text, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
}

func TestPager(t *testing.T) {
	long := strings.Repeat("a line of a text that is longer than the buffer of a pipe\n", 10_000)
	for name, test := range map[string]struct{ command, text, want string }{
		"what fits is shown as it is":         {"sed s/^/paged:/", "a\nb\n", "a\nb\n"},
		"what does not goes to the pager":     {"sed s/^/paged:/", "a\nb\nc\nd\n", "paged:a\npaged:b\npaged:c\npaged:d\n"},
		"the pager has arguments of a shell":  {"cat | tail -n 1", "a\nb\nc\nd\n", "d\n"},
		"a pager that fails is not needed":    {"exit 3", "a\nb\nc\nd\n", "a\nb\nc\nd\n"},
		"nor is one that is not there":        {"no-such-pager", "a\nb\nc\nd\n", "a\nb\nc\nd\n"},
		"nor one for a long text":             {"no-such-pager", long, long},
		"one that has read has shown it":      {"cat; exit 3", "a\nb\nc\nd\n", "a\nb\nc\nd\n"},
		"one that left has shown its part":    {"head -n 1; exit 3", "a\nb\nc\nd\n", "a\n"},
		"one that wants nothing gets nothing": {"true", "a\nb\nc\nd\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			out, shown := screen(t)
			p := NewPager(out, test.command, 3)
			if _, err := io.WriteString(p, test.text); err != nil && !IsClosed(err) {
				t.Fatal(err)
			}
			if err := p.Close(); err != nil {
				t.Fatal(err)
			}
			if got := shown(); got != test.want {
				t.Errorf("got %.99q, want %.99q", got, test.want)
			}
		})
	}
}

// Leaving the pager early is not an error.
func TestLeavingThePagerIsRecognised(t *testing.T) {
	out, _ := screen(t)
	p := NewPager(out, "head -n 1 >/dev/null", 1)
	var err error
	for range 1000 {
		if _, err = p.Write([]byte(strings.Repeat("line\n", 10_000))); err != nil {
			break
		}
	}
	if !IsClosed(err) {
		t.Errorf("got %v", err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}
