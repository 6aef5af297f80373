package attach

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Source is a file to attach: the table to make of it, and how to read it.
type Source struct {
	Name, File string
	Options    Options
	// Keep reports whether to read a partition of a folder, given its column and its
	// value, a text or nil; nil keeps all.
	Keep func(column string, value any) bool
}

// Options say how to read a file of fields. The zero value leaves all to the file.
type Options struct {
	// Header says whether the first line names the columns; nil if the user did not say.
	Header *bool
	// Separator is the character between the fields of a CSV file; 0 for the most
	// frequent of the first line.
	Separator rune
	// AllText makes every column text.
	AllText bool

	given []string // the names of the options given
}

// header reports whether the first line names the columns.
func (o Options) header() bool { return o.Header == nil || *o.Header }

// option is an option of --attach.
type option struct {
	name, values string
	set          func(o *Options, value string) bool
}

var options = []option{
	{"header", "true or false", func(o *Options, value string) bool {
		header, err := strconv.ParseBool(value)
		o.Header = &header
		return err == nil
	}},
	{"separator", "a character or tab", func(o *Options, value string) bool {
		if value == "tab" || value == `\t` {
			value = "\t"
		}
		r, size := utf8.DecodeRuneInString(value)
		o.Separator = r
		return size == len(value) && r != utf8.RuneError && !strings.ContainsRune("\"\r\n", r)
	}},
	{"types", "auto or text", func(o *Options, value string) bool {
		o.AllText = value == "text"
		return value == "text" || value == "auto"
	}},
}

// OptionNames lists the options as NAME=VALUES, for messages and help.
func OptionNames() string {
	var names []string
	for _, o := range options {
		names = append(names, o.name+"="+o.values)
	}
	return strings.Join(names[:len(names)-1], ", ") + ", and " + names[len(names)-1]
}

// tableName matches names that need no quotes in SQL.
var tableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// Parse parses NAME=FILE[,OPTION=VALUE...]. A comma may be part of the file's name: the
// longest part that names a file is the file.
func Parse(text string) (Source, error) {
	name, rest, ok := strings.Cut(text, "=")
	switch {
	case !ok || rest == "":
		return Source{}, fmt.Errorf("%q is not of the form NAME=FILE", text)
	case !tableName.MatchString(name):
		return Source{}, fmt.Errorf("%q is not a valid table name; use letters, digits and _", name)
	}
	file, given := split(rest)
	source := Source{Name: name, File: file}
	if given == "" {
		return source, nil
	}
	return source, source.Options.parse(given)
}

// optionStart matches the beginning of an option, after a comma.
var optionStart = regexp.MustCompile(`,[A-Za-z_]+=`)

// split separates a file's name from the options after it, which begin with a comma.
func split(text string) (file, options string) {
	if exists(text) {
		return text, ""
	}
	for i := len(text) - 1; i > 0; i-- {
		if text[i] == ',' && exists(text[:i]) {
			return text[:i], text[i:]
		}
	}
	if at := optionStart.FindStringIndex(text); at != nil && at[0] > 0 {
		return text[:at[0]], text[at[0]:]
	}
	return text, ""
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// parse sets the options of a text that begins with a comma.
func (o *Options) parse(text string) error {
	starts := optionStart.FindAllStringIndex(text, -1)
	if starts == nil || starts[0][0] > 0 {
		return fmt.Errorf("%q is not of the form OPTION=VALUE; the options are %s", text[1:], OptionNames())
	}
	for i, at := range starts {
		end := len(text)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		if err := o.set(text[at[0]+1:at[1]-1], text[at[1]:end]); err != nil {
			return err
		}
	}
	return nil
}

func (o *Options) set(name, value string) error {
	i := slices.IndexFunc(options, func(known option) bool { return known.name == name })
	switch {
	case i < 0:
		return fmt.Errorf("unknown option %s; options: %s", name, OptionNames())
	case slices.Contains(o.given, name):
		return fmt.Errorf("the option %s is given twice", name)
	case !options[i].set(o, value):
		return fmt.Errorf("%s=%s: use %s", name, value, options[i].values)
	}
	o.given = append(o.given, name)
	return nil
}
