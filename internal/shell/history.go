package shell

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// history is what was typed at the prompt, in a file with a JSON string on each
// line. It goes on without the file where that cannot be read or written. It is
// the IHistory of the readline package.
type history struct {
	file    string // "" for none
	entries []string
}

// mostEntries is how many inputs the file keeps when a session begins.
const mostEntries = 2000

// openHistory reads a history. Its error is the reason why inputs are not kept.
func openHistory(file string) (*history, error) {
	h := &history{file: file}
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
	if len(h.entries) > mostEntries {
		h.entries = h.entries[len(h.entries)-mostEntries:]
		err = h.rewrite()
	} else {
		err = h.append() // whether the file can be written
	}
	if err != nil {
		h.file = ""
	}
	return h, err
}

// rewrite writes all entries.
func (h *history) rewrite() error {
	next := h.file + ".new"
	file, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(file)
	for _, entry := range h.entries {
		_, _ = w.Write(lineOf(entry))
	}
	if err := errors.Join(w.Flush(), file.Close()); err != nil {
		return err
	}
	return os.Rename(next, h.file)
}

// append appends entries to the file.
func (h *history) append(entries ...string) error {
	file, err := os.OpenFile(h.file, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		// One write, for sessions that share the file.
		if _, err := file.Write(lineOf(entry)); err != nil {
			return errors.Join(err, file.Close())
		}
	}
	return file.Close()
}

func lineOf(entry string) []byte {
	line, _ := json.Marshal(entry) // a string always can be
	return append(line, '\n')
}

// Write adds an input, unless it is the last one again, and returns how many
// there are.
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

// At returns an input by its place, from the oldest.
func (h *history) At(i int) string { return h.entries[i] }

// Len returns how many inputs there are.
func (h *history) Len() int { return len(h.entries) }

// HistoryFile is where the inputs of the prompt are kept, "" where there is no
// home directory.
//
// See https://specifications.freedesktop.org/basedir-spec/latest/.
func HistoryFile() string { return inHome("XDG_STATE_HOME", ".local/state", "history") }

// InitFile is the file of statements that the prompt begins with, "" where there
// is no home directory.
func InitFile() string { return inHome("XDG_CONFIG_HOME", ".config", "init.sql") }

func inHome(variable, otherwise, name string) string {
	directory := os.Getenv(variable)
	if !filepath.IsAbs(directory) { // the specification has such ignored
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		directory = filepath.Join(home, otherwise)
	}
	return filepath.Join(directory, "ssmassoc", name)
}
