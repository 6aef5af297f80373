package shell

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"steampipe-plugin-ssmassoc/internal/cli/render"
	"steampipe-plugin-ssmassoc/internal/cli/termtext"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// command is a dot-command of the prompt.
type command struct {
	name, arguments, help string
	// files marks a command that reads or writes a file. A file of SQL, which may come
	// from a stranger, must not use it.
	files bool
	// raw marks a command that takes its argument apart itself. Others get it without
	// quotes.
	raw bool
	// complete returns the known values of the argument.
	complete func(Names) []string
	run      func(ctx context.Context, s *Session, argument string) error
}

// errQuit is the result of .quit.
var errQuit = errors.New("quit")

var onOff = func(Names) []string { return []string{"on", "off"} }

// commands returns the dot-commands by name.
func commands() []command {
	return []command{
		{
			name: ".connections",
			help: "list the connections and their regions",
			run: func(ctx context.Context, s *Session, _ string) error {
				return s.print(strings.Join(s.backend.Connections(ctx), "\n") + "\n")
			},
		},
		{name: ".echo", arguments: "on|off", help: "print each statement before it runs", complete: onOff,
			run: toggle(func(s *Session) *bool { return &s.Echo })},
		{name: ".expanded", arguments: "on|off", help: "print a line for each value, as .mode line does, or no longer",
			complete: onOff, run: expanded},
		{name: ".header", arguments: "on|off", help: "write the names of the columns", complete: onOff,
			run: func(_ context.Context, s *Session, argument string) error {
				on, err := parseOnOff(argument, s.Render.NoHeader)
				s.Render.NoHeader = !on
				return err
			}},
		{name: ".help", arguments: "[COMMAND]", help: "list the commands, or explain one", run: help},
		{name: ".inspect", arguments: "[TABLE]", help: "describe a table, or list all", run: inspect,
			complete: func(n Names) []string { return n.Tables }},
		{name: ".mode", arguments: "[FORMAT [TABLE]]", raw: true, run: mode,
			help:     "choose the format of results: " + strings.Join(render.Names(), ", "),
			complete: func(Names) []string { return render.Names() }},
		{name: ".null", arguments: "[TEXT]", help: "show null as TEXT, or as the format does", run: null},
		{name: ".once", arguments: "[--force] FILE", files: true, raw: true, run: once,
			help: "send the next results to a file; --force replaces one that exists"},
		{name: ".output", arguments: "[[--force] FILE | FORMAT]", files: true, raw: true, run: sendOutput,
			help: "send all results to a file, or to the screen again; a FORMAT alone is that of .mode"},
		{name: ".param", arguments: "[NAME [VALUE]]", raw: true, run: param,
			help: "give :NAME a value, take it away, or list all"},
		{name: ".quit", help: "leave (also Ctrl-D)", run: func(context.Context, *Session, string) error { return errQuit }},
		{name: ".read", arguments: "FILE", files: true, run: read,
			help: "run the statements of a file, in which .once, .output and .read are refused"},
		{name: ".refresh", help: "forget what was read: the next statement reads from AWS again",
			run: func(_ context.Context, s *Session, _ string) error { return s.backend.Refresh() }},
		{name: ".separator", arguments: "[CHARACTER]", run: separator,
			help: "put CHARACTER between the fields of csv and tsv"},
		{name: ".stats", arguments: "on|off|json", help: "print what each input costs", run: stats,
			complete: func(Names) []string { return []string{"on", "off", "json"} }},
		{name: ".tables", arguments: "[PATTERN]", run: tables,
			help: "list the tables; with a dot in PATTERN, as in prod.*, those of schemas"},
		{name: ".timeout", arguments: "[TIME]", run: timeout,
			help: "end inputs that take longer, such as 30s; without TIME, none"},
		{name: ".timer", arguments: "on|off", help: "print how long each input takes", complete: onOff,
			run: toggle(func(s *Session) *bool { return &s.Timer })},
		{name: ".watch", arguments: "[SECONDS]", run: watch,
			help: "repeat the last statement until Ctrl-C, and mark what changed"},
		{name: ".wide", arguments: "on|off", complete: onOff,
			help: "show tables in full instead of fitting them to the terminal",
			run:  toggle(func(s *Session) *bool { return &s.Wide })},
	}
}

// CommandHelp returns each dot-command's usage and description.
func CommandHelp() [][2]string {
	var all [][2]string
	for _, c := range commands() {
		all = append(all, [2]string{strings.TrimSpace(c.name + " " + c.arguments), c.help})
	}
	return all
}

// Command runs a dot-command, as in ".mode csv".
func (s *Session) Command(ctx context.Context, line string) error { return s.command(ctx, line, true) }

// command runs a dot-command, and refuses those that use files unless files is set.
func (s *Session) command(ctx context.Context, line string, files bool) error {
	name, argument := cutWord(commandOf(line))
	if strings.HasPrefix(name, ".") {
		name = strings.ToLower(name)
	}
	if alias, ok := aliases[name]; ok {
		name = alias
	}
	all := commands()
	i := slices.IndexFunc(all, func(c command) bool { return c.name == name })
	if i < 0 {
		return unknownCommand(name, all)
	}
	if all[i].files && !files {
		return fmt.Errorf("%s is refused in a script, which may come from elsewhere: type it at the prompt, "+
			"or start with --to FILE", name)
	}
	if all[i].arguments == "" && argument != "" {
		return fmt.Errorf("%s takes no argument, but got %q", name, argument)
	}
	argument, err := all[i].argument(argument)
	if err == nil {
		err = all[i].run(ctx, s, argument)
	}
	if err != nil && !errors.Is(err, errQuit) {
		return fmt.Errorf("%s: %w", name, err)
	}
	return err
}

func unknownCommand(name string, all []command) error {
	if advice := instead[name]; advice != "" {
		return fmt.Errorf("%s is a command of another shell; here %s", name, advice)
	}
	var names []string
	for _, c := range all {
		names = append(names, c.name)
	}
	if near := Nearest(name, names); near != "" {
		return fmt.Errorf("unknown command %s; did you mean %s?", name, near)
	}
	return fmt.Errorf("unknown command %s; .help lists the commands", name)
}

// print prints text other than results.
func (s *Session) print(text string) error {
	out, end := s.onScreen(nil)
	_, err := fmt.Fprint(termtext.Writer{W: out}, text)
	if err := end(s.unlessLeft(err)); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}

func help(_ context.Context, s *Session, argument string) error {
	var b strings.Builder
	for _, c := range commands() {
		if argument == "" || c.name == argument || c.name == "."+argument {
			fmt.Fprintf(&b, "%-26s %s\n", strings.TrimSpace(c.name+" "+c.arguments), c.help)
		}
	}
	if b.Len() == 0 {
		return unknownCommand(argument, commands())
	}
	if argument == "" {
		b.WriteString("\nA statement runs when it ends with a semicolon. Tab completes, Ctrl-R searches the\n" +
			"history, Ctrl-C ends a statement or clears the line. An argument may be in quotes;\n" +
			"~/ is the home directory.\n")
	}
	return s.print(b.String())
}

func inspect(ctx context.Context, s *Session, argument string) error {
	var b strings.Builder
	if argument != "" {
		table, err := s.table(ctx, argument)
		if err != nil {
			return err
		}
		Describe(&b, table)
		return s.print(b.String())
	}
	var all []*embedded.Table
	for _, name := range s.Names(ctx).Tables {
		table, err := s.table(ctx, name)
		if err != nil {
			return err
		}
		all = append(all, table)
	}
	List(&b, all)
	return s.print(b.String())
}

func tables(ctx context.Context, s *Session, argument string) error {
	var b strings.Builder
	like := pattern(argument)
	names := s.Names(ctx)
	all := names.Tables
	if strings.Contains(argument, ".") {
		all = qualifiedTables(names.Schemas, names.SchemaTables)
	}
	for _, name := range all {
		if like.MatchString(name) {
			fmt.Fprintln(&b, name)
		}
	}
	if argument != "" && b.Len() == 0 {
		return fmt.Errorf("no table matches %q", argument)
	}
	return s.print(b.String())
}

// pattern returns the expression for a pattern of LIKE or GLOB, in any case. An
// underscore is itself, because names are full of them. Text without a % or a * may be
// anywhere in a name.
func pattern(text string) *regexp.Regexp {
	if !strings.ContainsAny(text, "%*") {
		text = "%" + text + "%"
	}
	inside := strings.NewReplacer("%", ".*", `\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(text))
	return regexp.MustCompile("(?is)^" + inside + "$")
}

func read(ctx context.Context, s *Session, argument string) error {
	if argument == "" {
		return errors.New("name the file, as in .read questions.sql")
	}
	text, err := os.ReadFile(argument)
	if err != nil {
		return err
	}
	return s.Script(ctx, string(text), false)
}

func stats(_ context.Context, s *Session, argument string) error {
	if strings.EqualFold(argument, string(JSONStats)) {
		s.Stats = JSONStats
		return nil
	}
	on, err := parseOnOff(argument, s.Stats == NoStats)
	s.Stats = NoStats
	if on && err == nil {
		s.Stats = TextStats
	}
	return err
}

func timeout(_ context.Context, s *Session, argument string) error {
	if argument == "" {
		s.Timeout = 0
		return nil
	}
	d, err := parseDuration(argument)
	if err == nil {
		s.Timeout = d
	}
	return err
}

// parseDuration parses a duration such as 30s, or a number of seconds.
func parseDuration(text string) (time.Duration, error) {
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		text = strconv.FormatFloat(n, 'f', -1, 64) + "s"
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%q is not a time; use seconds, or a form such as 90s or 5m", text)
	}
	return d, nil
}

// watchEvery is the default pause of .watch.
const watchEvery = 5 * time.Second

func watch(ctx context.Context, s *Session, argument string) error {
	every := watchEvery
	if argument != "" {
		var err error
		if every, err = parseDuration(argument); err != nil {
			return err
		}
	}
	if s.last == "" {
		return errors.New("there is no statement to repeat")
	}
	if err := s.Watch(ctx, s.last, max(every, time.Second)); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// toggle returns a command that sets a switch or, without an argument, flips it.
func toggle(of func(*Session) *bool) func(context.Context, *Session, string) error {
	return func(_ context.Context, s *Session, argument string) error {
		value := of(s)
		on, err := parseOnOff(argument, !*value)
		if err == nil {
			*value = on
		}
		return err
	}
}

func parseOnOff(argument string, otherwise bool) (bool, error) {
	switch strings.ToLower(argument) {
	case "on", "true", "yes", "1":
		return true, nil
	case "off", "false", "no", "0":
		return false, nil
	case "":
		return otherwise, nil
	}
	return false, fmt.Errorf("%q is neither on nor off", argument)
}
