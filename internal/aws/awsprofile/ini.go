package awsprofile

import (
	"fmt"
	"maps"
	"strings"
	"unicode"
	"unicode/utf8"
)

// section holds the settings of one section of a file by their names, in lower case.
type section map[string]setting

// setting is the value of a setting: a text, or the settings that are indented below it.
type setting struct {
	text   string
	nested map[string]string // nil for a text
}

// text returns the value of a setting and whether it is set, even to nothing.
func (s section) text(name string) (string, bool) {
	value, found := s[name]
	return value.text, found
}

// namedSection is a section of a file with the text of its header.
type namedSection struct {
	header   string
	settings section
}

// syntaxError is a line that the reader does not understand.
type syntaxError struct {
	line    int
	problem string
}

func (e *syntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.line, e.problem) }

// parseINI reads the sections of a file of settings, in its order, as Python's
// configparser.RawConfigParser does with its defaults (strict, no inline comments), and as
// botocore.configloader then reads indented settings.
func parseINI(text string) ([]namedSection, error) {
	if strings.HasPrefix(text, "\uFEFF") {
		return nil, &syntaxError{1, "the file begins with a byte order mark; save it as UTF-8 without one"}
	}
	if !utf8.ValidString(text) {
		return nil, &syntaxError{1, "the file is not UTF-8"}
	}
	r := iniReader{sections: map[string]*iniSection{}, defaults: newINISection()}
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	for i, line := range strings.Split(text, "\n") {
		if problem := r.read(line); problem != "" {
			return nil, &syntaxError{i + 1, problem}
		}
	}
	return r.finish()
}

// iniReader reads a file line by line.
type iniReader struct {
	sections map[string]*iniSection
	headers  []string    // of the sections, in their order
	defaults *iniSection // of the section DEFAULT, which apply in each section
	current  *iniSection // nil before the first header
	option   string      // of current; "" before the first
	indent   int         // of the latest header or option
	line     int
}

type iniSection struct {
	values map[string][]string // lines by option
	lines  map[string]int      // where the options are
}

func newINISection() *iniSection {
	return &iniSection{values: map[string][]string{}, lines: map[string]int{}}
}

// read reads one line and returns what is wrong with it, or "".
func (r *iniReader) read(line string) (problem string) {
	r.line++
	value := strings.TrimSpace(line)
	if value == "" {
		if r.current != nil && r.option != "" {
			r.current.values[r.option] = append(r.current.values[r.option], "")
		}
		return ""
	}
	if value[0] == '#' || value[0] == ';' {
		return ""
	}
	indent := strings.IndexFunc(line, func(c rune) bool { return !unicode.IsSpace(c) })
	if r.current != nil && r.option != "" && indent > r.indent {
		r.current.values[r.option] = append(r.current.values[r.option], value)
		return ""
	}
	r.indent = indent
	if end := strings.LastIndexByte(value, ']'); value[0] == '[' && end > 1 {
		return r.header(value[1:end])
	}
	if r.current == nil {
		return "there is no section header, such as [default], before it"
	}
	return r.set(value)
}

// header begins a section.
func (r *iniReader) header(name string) (problem string) {
	r.option = ""
	if name == "DEFAULT" {
		r.current = r.defaults
		return ""
	}
	if r.sections[name] != nil {
		return fmt.Sprintf("section [%s] is there twice", name)
	}
	r.current = newINISection()
	r.sections[name] = r.current
	r.headers = append(r.headers, name)
	return ""
}

// set reads a setting: a name, = or :, and a value.
func (r *iniReader) set(line string) (problem string) {
	i := strings.IndexAny(line, "=:")
	if i < 0 {
		return "it is neither a section header nor of the form name = value"
	}
	name := strings.ToLower(strings.TrimSpace(line[:i]))
	if name == "" {
		return "there is no name before the value"
	}
	if r.current.values[name] != nil {
		return "the setting is there twice in its section"
	}
	r.option = name
	r.current.values[name] = []string{strings.TrimSpace(line[i+1:])}
	r.current.lines[name] = r.line
	return ""
}

// finish joins the lines of each setting.
func (r *iniReader) finish() ([]namedSection, error) {
	var sections []namedSection
	for _, name := range r.headers {
		joined := section{}
		for _, from := range []*iniSection{r.defaults, r.sections[name]} {
			for option, lines := range from.values {
				value, problem := newSetting(lines)
				if problem != "" {
					return nil, &syntaxError{from.lines[option], problem}
				}
				joined[option] = value
			}
		}
		sections = append(sections, namedSection{name, joined})
	}
	return sections, nil
}

// newSetting returns the value that the lines of a setting have. If the first is empty,
// the others are settings of their own.
func newSetting(lines []string) (value setting, problem string) {
	text := strings.TrimRightFunc(strings.Join(lines, "\n"), unicode.IsSpace)
	if !strings.HasPrefix(text, "\n") {
		return setting{text: text}, ""
	}
	nested := map[string]string{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		name, value, found := strings.Cut(line, "=")
		if !found {
			return setting{}, "the settings below it are not all of the form name = value"
		}
		nested[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	return setting{nested: nested}, ""
}

// merged returns the settings of two sections, those of the second first.
func merged(below, above section) section {
	both := section{}
	maps.Copy(both, below)
	maps.Copy(both, above)
	return both
}
