package shell

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"steampipe-plugin-ssmassoc/internal/cli/render"
)

func mode(_ context.Context, s *Session, argument string) error {
	name, table := cutWord(argument)
	if name == "" {
		return s.print(s.Format.Name + "\n")
	}
	format, ok := render.Named(strings.ToLower(name))
	if !ok {
		return fmt.Errorf("unknown format %q; use one of %s", name, strings.Join(render.Names(), ", "))
	}
	if table != "" && format.Name != "insert" {
		return fmt.Errorf("%s takes no table, but got %q; insert does", format.Name, table)
	}
	table, err := unquoted(table)
	if err == nil {
		s.Format, s.Render.Table = format, table
	}
	return err
}

// expanded turns line mode on or off, where it brings back the format of before.
func expanded(_ context.Context, s *Session, argument string) error {
	const expandedFormat = "line"
	on, err := parseOnOff(argument, s.Format.Name != expandedFormat)
	switch {
	case err != nil:
		return err
	case on && s.Format.Name != expandedFormat:
		s.unexpanded = s.Format
		s.Format, _ = render.Named(expandedFormat)
	case !on && s.Format.Name == expandedFormat:
		s.Format = s.unexpanded
		if s.Format.Name == "" {
			s.Format = render.Formats[0]
		}
	}
	return nil
}

func null(_ context.Context, s *Session, argument string) error {
	s.Render.Null = nil
	if argument != "" {
		s.Render.Null = &argument
	}
	return nil
}

func separator(_ context.Context, s *Session, argument string) error {
	r, err := ParseSeparator(argument)
	if err == nil {
		s.Render.Separator = r
	}
	return err
}

// ParseSeparator returns the separator character that the text describes, or 0 for
// none.
func ParseSeparator(text string) (rune, error) {
	switch text {
	case "":
		return 0, nil
	case `\t`:
		return '\t', nil
	}
	r, size := utf8.DecodeRuneInString(text)
	if size != len(text) || strings.ContainsRune("\r\n\"\\\ufffd", r) {
		return 0, fmt.Errorf("%q is not valid; use one character other than a quote, a backslash or a line break", text)
	}
	return r, nil
}

// once sends the next results to a file.
func once(_ context.Context, s *Session, argument string) error {
	name, replace, err := fileArgument(argument)
	if err != nil {
		return err
	}
	if _, isFormat := render.Named(name); isFormat || name == "" {
		return errors.New("name the file, as in .once result.csv")
	}
	return s.SendOnce(name, nil, replace)
}

// sendOutput sends all results to a file. The name of a format chooses the format, as
// Steampipe's command of this name does.
func sendOutput(_ context.Context, s *Session, argument string) error {
	name, replace, err := fileArgument(argument)
	if err != nil {
		return err
	}
	if format, isFormat := render.Named(name); isFormat && !replace {
		s.Format = format
		fmt.Fprintf(s.stderr, "The format of results is %s. For a file of that name, write .output ./%s\n", format.Name, name)
		return nil
	}
	return s.SendTo(name, replace)
}

// fileArgument returns the file that an argument names, and reports whether it may be
// replaced.
func fileArgument(argument string) (name string, replace bool, err error) {
	const force = "--force"
	if first, rest := cutWord(argument); first == force {
		argument, replace = rest, true
		if rest == "" {
			return "", false, fmt.Errorf("%s needs the name of a file", force)
		}
	}
	name, err = unquoted(argument)
	return atHome(name), replace, err
}
