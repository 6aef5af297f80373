package shell

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"steampipe-plugin-ssmassoc/internal/cli/output"
	"steampipe-plugin-ssmassoc/internal/cli/render"
	"steampipe-plugin-ssmassoc/internal/lifetime"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// Screen is the standard output.
type Screen struct {
	Out io.Writer
}

// Terminal reports whether the output is a terminal.
func (s Screen) Terminal() bool {
	file, ok := s.Out.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// defaultWidth and defaultHeight are for terminals that do not report their size.
const defaultWidth, defaultHeight = 80, 24

// Size returns the width and the height of the terminal, in cells.
func (s Screen) Size() (width, height int) {
	if file, ok := s.Out.(*os.File); ok {
		width, height, err := term.GetSize(int(file.Fd()))
		if err == nil && width > 0 && height > 0 {
			return width, height
		}
	}
	return defaultWidth, defaultHeight
}

// target is a file for results.
type target struct {
	name string
	file *output.File
	// format is the format of the file's ending; nil for the session's.
	format *render.Format
	// results is the number of results in the file.
	results int
}

// SendTo sends the results of all further statements to a file, or to the screen if
// name is empty. It completes the previous file. Unless replace is set, a file that
// exists is an error.
func (s *Session) SendTo(name string, replace bool) error {
	if s.file != nil {
		file := s.file.file
		s.file = nil
		if err := file.Commit(); err != nil {
			return err
		}
	}
	if name == "" {
		return nil
	}
	var err error
	s.file, err = openTarget(name, replace)
	return err
}

// SendOnce sends the results of the next input to a file, in the given format or, if
// that is nil, in the format of the file's ending. Unless replace is set, a file that
// exists is an error.
func (s *Session) SendOnce(name string, format *render.Format, replace bool) error {
	if s.once != nil {
		s.once.file.Discard()
		s.once = nil
	}
	var err error
	if s.once, err = openTarget(name, replace); err == nil && format != nil {
		s.once.format = format
	}
	return err
}

func openTarget(name string, replace bool) (*target, error) {
	if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() && !replace {
		return nil, fmt.Errorf("%s exists; to replace it, write --force before its name", name)
	}
	file, err := output.Create(name)
	if err != nil {
		return nil, err
	}
	t := &target{name: name, file: file}
	if format, ok := render.ForFile(name); ok {
		t.format = &format
	}
	return t, nil
}

// destination returns the writer for the next results, and a function that completes
// them or, after an error, removes them.
func (s *Session) destination(limit *lifetime.Limit) (w io.Writer, end func(error) error) {
	switch {
	case s.once != nil:
		return s.once.file, s.endOnce
	case s.file != nil:
		return s.file.file, s.endPart
	}
	return s.onScreen(limit)
}

// onScreen returns the writer for what the user sees, by the pager if that is longer
// than the screen, and a function that ends it. To read it to its end takes any time.
func (s *Session) onScreen(limit *lifetime.Limit) (w io.Writer, end func(error) error) {
	if s.Pager == "" || !s.screen.Terminal() {
		return s.screen.Out, func(err error) error { return err }
	}
	_, height := s.screen.Size()
	pager := output.NewPager(s.screen.Out.(*os.File), s.Pager, height)
	s.pager.Store(pager)
	return pager, func(err error) error {
		defer s.pager.Store(nil)
		limit.Lift()
		return errors.Join(err, pager.Close())
	}
}

// unlessLeft returns the error of writing to the screen, or nil if the user has left the
// pager.
func (s *Session) unlessLeft(err error) error {
	if err != nil && output.IsClosed(err) && s.screen.Terminal() {
		return nil
	}
	return err
}

// endOnce completes the file of .once.
func (s *Session) endOnce(err error) error {
	file := s.once.file
	s.once = nil
	if err != nil {
		file.Discard()
		return err
	}
	return file.Commit()
}

// endPart completes the part of .output's file that the last statements wrote.
func (s *Session) endPart(err error) error {
	if err != nil {
		return errors.Join(err, s.file.file.Rollback())
	}
	return s.file.file.Mark()
}

// write writes a result to its destination. n is the number of earlier results of the
// input.
func (s *Session) write(w *bufio.Writer, rows *embedded.Rows, n int) error {
	format := s.format()
	for _, t := range []*target{s.once, s.file} {
		if t != nil {
			n = t.results
			t.results++
			break
		}
	}
	switch {
	case format.Single && n > 0:
		return fmt.Errorf("a file in the format %s holds one result, and there are several; "+
			"write each to a file of its own, or use jsonl", format.Name)
	case format.Single && s.toScreen() && s.screen.Terminal():
		return fmt.Errorf("a %s file is not for a terminal; send it to a file", format.Name)
	}
	return format.Write(w, rows, s.renderOptions())
}

// toScreen reports whether results go to the standard output.
func (s *Session) toScreen() bool { return s.file == nil && s.once == nil }

// format returns the format of the next results.
func (s *Session) format() render.Format {
	for _, t := range []*target{s.once, s.file} {
		if t == nil {
			continue
		}
		if t.format != nil {
			return *t.format
		}
		break
	}
	return s.Format
}

// FormatOfFile returns the format for a file's ending. An unknown ending is an error.
func FormatOfFile(name string) (render.Format, error) {
	format, ok := render.ForFile(name)
	if named, isFormat := render.Named(name); isFormat {
		return format, fmt.Errorf("%s is a format; use --output %s, or name the file", name, named.Name)
	}
	if !ok {
		return format, fmt.Errorf("the ending of %s stands for no format; use one of %s, "+
			"each also with .gz or .zst, or name the format with --output",
			name, strings.Join(render.Endings(), " "))
	}
	return format, nil
}
