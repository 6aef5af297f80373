package shell

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"steampipe-plugin-ssmassoc/internal/files/atomicfile"
)

// history is the input typed at the prompt, in a file with a JSON string on each line.
// It works without the file if that cannot be read or written. It implements readline's
// IHistory.
type history struct {
	file    string // "" for none
	entries []string
}

// maxEntries is the number of inputs kept in the file when a session begins.
const maxEntries = 2000

// openHistory reads a history. Its error explains why inputs are not saved.
func openHistory(file string) (*history, error) {
	h := &history{file: file}
	if file == "" {
		return h, errors.New("there is no home directory; set HOME or XDG_STATE_HOME")
	}
	text, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		h.file = ""
		return h, err
	}
	for line := range strings.Lines(string(text)) {
		var entry string
		if json.Unmarshal([]byte(line), &entry) == nil && entry != "" {
			h.entries = append(h.entries, entry)
		}
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		h.file = ""
		return h, err
	}
	if len(h.entries) > maxEntries {
		h.entries = h.entries[len(h.entries)-maxEntries:]
		err = h.rewrite()
	} else {
		err = h.append() // check that the file can be written
	}
	if err != nil {
		h.file = ""
	}
	return h, err
}

// rewrite writes all entries.
func (h *history) rewrite() error {
	file, err := atomicfile.CreatePrivate(h.file)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(file)
	for _, entry := range h.entries {
		_, _ = w.Write(lineOf(entry))
	}
	if err := w.Flush(); err != nil {
		file.Abandon()
		return err
	}
	return file.Commit()
}

// append appends entries to the file.
func (h *history) append(entries ...string) error {
	file, err := os.OpenFile(h.file, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		// A single write, because sessions share the file.
		if _, err := file.Write(lineOf(entry)); err != nil {
			return errors.Join(err, file.Close())
		}
	}
	return file.Close()
}

func lineOf(entry string) []byte {
	line, _ := json.Marshal(entry) // strings always marshal
	return append(line, '\n')
}

// Write adds an input, unless it repeats the last one, and returns the number of
// inputs.
func (h *history) Write(input string) (int, error) {
	input = strings.TrimSpace(input)
	if input == "" || len(h.entries) > 0 && h.entries[len(h.entries)-1] == input {
		return len(h.entries), nil
	}
	h.entries = append(h.entries, input)
	if h.file == "" {
		return len(h.entries), nil
	}
	return len(h.entries), h.append(input)
}

// At returns the i-th input, from the oldest.
func (h *history) At(i int) string { return h.entries[i] }

// Len returns the number of inputs.
func (h *history) Len() int { return len(h.entries) }

// HistoryFile returns the path of the prompt's history, "" without a home directory.
//
// See https://specifications.freedesktop.org/basedir-spec/latest/.
func HistoryFile() string { return inHome("XDG_STATE_HOME", ".local/state", "history") }

// InitFile returns the path of the statements to run when the prompt starts, "" without
// a home directory.
func InitFile() string { return inHome("XDG_CONFIG_HOME", ".config", "init.sql") }

func inHome(variable, otherwise, name string) string {
	directory := os.Getenv(variable)
	if !filepath.IsAbs(directory) { // the specification says to ignore relative paths
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		directory = filepath.Join(home, otherwise)
	}
	return filepath.Join(directory, "ssmassoc", name)
}
