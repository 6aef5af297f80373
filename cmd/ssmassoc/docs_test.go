package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"

	"steampipe-plugin-ssmassoc/internal/cli/render"
	"steampipe-plugin-ssmassoc/internal/cli/shell"
)

// The documentation is generated from the command's definitions; -update rewrites it.
const (
	docsFile     = "../../docs/command.md"
	manDirectory = "../../docs/man"
)

// manDate is the date of the manual pages: fixed, so that they change only with the
// command.
var manDate = time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)

func TestDocumentationIsCurrent(t *testing.T) {
	root := newCommand()
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	checkFile(t, docsFile, []byte(document(root)))

	made := t.TempDir()
	root.DisableAutoGenTag = true
	header := &doc.GenManHeader{Section: "1", Manual: "ssmassoc", Source: "ssmassoc", Date: &manDate}
	if err := doc.GenManTree(root, header, made); err != nil {
		t.Fatal(err)
	}
	pages, err := os.ReadDir(made)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, page := range pages {
		text, err := os.ReadFile(filepath.Join(made, page.Name()))
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, page.Name())
		checkFile(t, filepath.Join(manDirectory, page.Name()), text)
	}
	checked, err := os.ReadDir(manDirectory)
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range checked {
		if !slices.Contains(names, page.Name()) {
			t.Errorf("%s is a page of no command", page.Name())
		}
	}
}

// checkFile compares a file with a text or, with -update, writes it.
func checkFile(t *testing.T, name string, want []byte) {
	t.Helper()
	if *update {
		writeFile(t, name, want)
		return
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the command's definitions make; run go test ./cmd/ssmassoc -update", name)
	}
}

// document returns the command's documentation page.
func document(root *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# ssmassoc\n\n%s\n", oneParagraph(root.Long))
	b.WriteString(introduction + connectionsAsSchemas)
	documentFlags(&b, "## Flags of the prompt and of `query`", root.Flags())
	b.WriteString("\n## Commands of the prompt\n\n| command | what it does |\n|---|---|\n")
	for _, c := range shell.CommandHelp() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", strings.ReplaceAll(c[0], "|", `\|`), c[1])
	}
	b.WriteString("\nAn argument may be in single or double quotes. In names of files `~/` is the home directory.\n")
	b.WriteString("\n## Formats\n\n| `--output` | result | endings for `--to` |\n|---|---|---|\n")
	for _, f := range render.Formats {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", f.Name, strings.ReplaceAll(f.Description, `\`, `\\`), code(f.Endings))
	}
	b.WriteString(whatFilesKeep)
	commands := root.Commands()
	slices.SortFunc(commands, func(a, b *cobra.Command) int { return strings.Compare(a.Name(), b.Name()) })
	for _, c := range commands {
		if c.Name() == "help" {
			continue
		}
		fmt.Fprintf(&b, "\n## ssmassoc %s\n\n", c.Name())
		fmt.Fprintf(&b, "    %s\n\n%s\n", c.UseLine(), oneParagraph(description(c)))
		if c.Example != "" {
			fmt.Fprintf(&b, "\n```sh\n%s\n```\n", unindented(c.Example))
		}
		if c.Name() != "query" {
			documentFlags(&b, "", c.Flags())
		}
	}
	b.WriteString(credentials + triageSection + conclusion)
	return b.String()
}

const whatFilesKeep = `
### What files keep

` + "`" + `query --to` + "`" + `, ` + "`" + `query --output` + "`" + ` and ` + "`" + `export` + "`" + ` write a format in the same way, and ` + "`" + `--attach` + "`" + ` reads back what they write,
compressed or not. Names of columns are made distinct by adding numbers, without regard to case; CSV and TSV are
written with the names of the result. What a format has no place for:

| | CSV, TSV | JSON, JSON lines | Parquet |
|---|---|---|---|
| null and empty text | both are an empty field, and read as null | kept | kept |
| types | read from the values; those of several types make a column text; text such as ` + "`" + `true` + "`" + ` or ` + "`" + `2026-01-02` + "`" + ` becomes a Boolean or a time that prints the same, but for ` + "`" + `True` + "`" + ` and ` + "`" + `TRUE` + "`" + `, which print as ` + "`" + `true` + "`" + ` | kept, except a time, which is text that looks like one; values of several types make a column text; beside times an empty text is read as null | kept; an expression has the type of its first values, and a later value of another type is an error |
| numbers | with all digits | with all digits | with all digits |
| infinity | text, as is its column | null | kept |
| times | to the nanosecond, as they are written | to the nanosecond, as they are written | to the microsecond, in UTC |
| blobs | text in Base64 | text in Base64 | text in Base64 |
| JSON | text | part of the row's object, without spaces; a column of nothing but scalars has their type | kept |
| text that is not UTF-8 | its bytes, which ` + "`" + `--attach` + "`" + ` refuses | with U+FFFD for what is invalid | with U+FFFD for what is invalid |
| names of columns | kept | kept | in lower case |
| a result without rows | kept | without its columns | kept |

INSERT statements keep values as SQLite has them, blobs and infinity included.

### The folder of an export

` + "`--attach day=DIR`" + ` makes the tables in the folder of an export ` + "`day_TABLE`" + `, and ` + "`--attach nodes=DIR/ssm_managed_instance`" + `
makes the folder of one of them ` + "`nodes`" + `. The columns of the folders, such as ` + "`account_id`, `region` and `dt`" + `, are text. All
days and all files of a table are in it; a column that some of them lack is null there. All rows are held in memory
(` + "`--memory-limit`" + `): attach the folders of the tables that you need. An export that is not complete is warned of.
Two days compare in SQL:

` + "```sh" + `
ssmassoc --attach s=exports/ssm_instance_association_status "
  select new.instance_id, new.association_name, old.status as was, new.status
  from s new left join s old on old.dt = '2026-11-30' and old.instance_id is new.instance_id
    and old.association_id is new.association_id and old.account_id = new.account_id and old.region = new.region
  where new.dt = '2026-12-01' and new.status is not old.status"
` + "```" + `
`

const introduction = `
` + "```sh" + `
ssmassoc --demo                       # a prompt over a simulated fleet
ssmassoc query "select status, count(*) from ssm_instance_association_status group by status"
ssmassoc query --to failed.csv failed.sql
ssmassoc query --attach owners=owners.csv "select owner, count(*) from owners join ssm_instance_association_status using (instance_id) group by owner"
ssmassoc explain failed.sql           # what it would read and cost, without a call
` + "```" + `

A statement at the prompt runs when it ends with a semicolon. Tab completes names, Ctrl-R searches
the history, Ctrl-C ends a statement or clears the line, Ctrl-D leaves. Successive statements share
what was read for five minutes; ` + "`.refresh`" + ` reads from AWS again. ` + "`explain`" + ` before a statement prints what it would read
from AWS, as ` + "`ssmassoc explain`" + ` does; ` + "`explain query plan`" + ` is SQLite's.

Commands of other shells work, or the error names the one to use: ` + "`-c SQL`, `-f FILE`, `-o FILE`, `--csv` and" + `
` + "`-json`" + ` on the command line, ` + "`\\d`, `\\x`, `\\timing`, `.schema`, `show tables` and `describe TABLE`" + ` at the prompt and in
scripts. The error for a construct of another SQL dialect, such as ` + "`now()` or `x::date`" + `, says what SQLite has instead. The
case of letters counts when text is compared; a warning names a value that only its case keeps from meeting a condition.

On a terminal, tables are fitted to its width and longer results go to ` + "`$PAGER`" + `. Anywhere else a
result is written in full, and the same on every machine.

`

const connectionsAsSchemas = `## Connections as schemas

Each connection of the configuration is a schema, and so is each aggregator:

` + "```sql" + `
select count(*) from production.ssm_managed_instance;   -- one connection
select count(*) from ssmassoc_all.ssm_managed_instance; -- the members of an aggregator
select count(*) from ssm_managed_instance;              -- all connections, as in main.ssm_managed_instance
` + "```" + `

Without a configuration, and with ` + "`--demo`" + `, there is one connection, ` + "`ssmassoc`" + `. With ` + "`--connection`" + `, tables
without a schema read what it selects, and any other schema is an error. Attached files and tables that SQL
makes are in main. A view that names a schema is made as a temporary view; both last as long as the session.

A statement names at most 10 schemas, as many as SQLite attaches. For more, leave the schema out, and group
or filter by ` + "`sp_connection_name`" + `. Do the same for connections whose names differ in case alone, which SQLite does
not tell apart, and for one called ` + "`main`" + ` or ` + "`temp`" + `, which are schemas of SQLite: as schemas they are refused.

`

const credentials = `
## Credentials, regions and accounts

The connections come from Steampipe's configuration: all files in ` + "`~/.steampipe/config`" + `, or
` + "`$STEAMPIPE_INSTALL_DIR/config`" + `, whose names end in ` + "`.spc`" + `. Connections of other plugins are passed over. As in Steampipe,
a file with an error fails everything, and so does a name given twice, whatever the plugin. ` + "`--config`" + ` reads one file, or
another folder, instead; ` + "`--connection`" + ` chooses one connection, or the members of an aggregator.

Without such a connection there is one named ` + "`ssmassoc`" + `, with the credentials that the AWS CLI would use: keys in
the environment, ` + "`AWS_PROFILE`" + `, the default profile, the role of a container or an instance. ` + "`--profile NAME`" + ` uses a profile
of the AWS CLI instead of all of that, and instead of the configured connections.

| what is read | how to choose it |
|---|---|
| the account | the credentials of a connection belong to one; several connections read several accounts |
| the regions | ` + "`--region`" + `, else ` + "`regions`" + ` without ` + "`exclude_regions`" + ` of the connection, else its ` + "`default_region`, `AWS_REGION`, `AWS_DEFAULT_REGION`" + `, the profile's region, us-east-1 |

` + "`--region us-east-1,eu-*`" + ` reads those regions with each connection, in the place of its ` + "`regions` and `exclude_regions`" + `.
The wildcards ` + "`*` and `?`" + ` match the regions that are enabled for the account, which needs ` + "`ec2:DescribeRegions`" + `. A
name that is not a region of any partition is an error.

On a terminal, and with ` + "`--stats`" + `, a line tells the account and the regions of each connection that an answer covers,
and whether us-east-1 is there only because nothing names a region. It takes a call of ` + "`sts:GetCallerIdentity`" + ` for each
connection, after the query and not among its calls. The prompt repeats the line only when it changes. A condition on
` + "`region`, `account_id`" + ` or ` + "`sp_connection_name`" + ` that names nothing of what is read gets a warning, since its empty answer
is about the configuration; ` + "`--stats=json`" + ` has both, as ` + "`scope` and `unmatched`" + `.

Of the other blocks of the files, ` + "`limiter`" + ` blocks pace the calls as they do in Steampipe: those of a ` + "`plugin`" + ` block apply
to its connections, and to credentials that no file configures. ` + "`memory_max_mb`" + ` bounds the memory of the process. Of
` + "`options \"database\"`, `cache`, `cache_max_ttl` and `cache_max_size_mb`" + ` apply to queries. A warning names all settings that
only Steampipe uses, and limiters that refer to what no call has.
`

const conclusion = `
## Parameters

` + "`--param name=value`" + ` gives ` + "`:name`" + ` in the SQL a value. A number that prints as the same text is
a number: 5 and 8.1, but not 8.10, 007 or 1e5, which may be a version and names; compute with those as in
` + "`cast(:name as real)`" + `. ` + "`null`" + ` is NULL, all else is text; ` + "`'5'`" + ` in single quotes is text too. A parameter
without a value is an error.

## Times

Times are texts such as ` + "`2026-11-23T20:00:00.5Z`" + `, in UTC. What is compared with one, on either side, is read as
PostgreSQL reads ` + "`timestamptz`: `'2026-11-23'`, `'2026-11-23 20:00:00+02'`, `'Nov 23 2026 8:00 PM EST'`, `'today'`" + `;
without a zone in UTC. So are the results of SQLite's date functions, and numbers as seconds since 1970, as
` + "`unixepoch()`" + ` returns them. A value that is not a time, or that has several readings, as ` + "`'11/12/2026'`" + ` has, fails the
query. A week ago is ` + "`datetime('now', '-7 days')`; `current_date - 7`" + ` is a number in SQLite, about 2019.
` + "`timestamptz(x)`" + ` reads any value as a time, to compare texts as times.

## Files to join with

` + "`--attach NAME=FILE`" + ` reads a CSV, TSV, JSON, JSON lines, Parquet or SQLite file into memory as the
table NAME; of a SQLite file with several tables and views each is NAME_TABLE. All but SQLite files may be compressed
(` + "`.gz`" + `, ` + "`.zst`" + `). ` + "`ssmassoc inspect --attach NAME=FILE NAME`" + ` shows the columns and their types. Attached tables are
read only, and SQL itself reads and writes no files. Reading keeps to ` + "`--memory-limit`" + ` and ` + "`--timeout`" + `.
The whole process takes at most twice ` + "`--memory-limit`" + ` and 120 MB, unless ` + "`GOMEMLIMIT` or `GOGC`" + ` is set, which
prevail over what the command sets.

- **CSV and TSV.** A column gets the narrowest type that loses nothing. It is of numbers only if each number prints
  as the same text: with 8.10 beside 8.1, 007 or 1E5 it is text. A time keeps its text and is compared as a time. An empty field
  is null. Text is UTF-8, and TSV is that of ` + "`--output tsv`" + `: with backslash escapes, without quotes. All lines have as
  many fields as the first.
- **The first line** names the columns. What it was taken for is said on standard error: on a terminal, and elsewhere
  where it looks like a row. Options follow the file's name after a comma, as in
  ` + "`--attach hosts=hosts.csv,header=false`" + `:

  | option | meaning |
  |---|---|
  | ` + "`header=false`" + ` | the first line is a row, and the columns are column1, column2 ...; ` + "`header=true`" + `: it names them, and nothing is said |
  | ` + "`separator=;`" + ` | the character between the fields of CSV, or ` + "`tab`" + ` (default: the most frequent of comma, semicolon and tab in the first line) |
  | ` + "`types=text`" + ` | every column is text: SQLite compares a number with a text as numbers, so that 8.1 equals '8.10' |

- **JSON.** The keys of the objects are the columns. Integers beyond 64 bits make a column text; objects and arrays are JSON.
- **Parquet.** Integers beyond 64 bits, and decimals whose digits a double does not hold, make a column text. UUIDs are
  text, times of day as in 23:59:59.5, intervals as in P1M2DT3S (ISO 8601); binary values are text if they are UTF-8. Lists, maps and structs are
  JSON. A column of a type without a value in SQL is an error that names it.
- **SQLite.** Values keep their types. Of a database that another program has open, the last committed state is read.

## Files and environment

| name | use |
|---|---|
| ` + "`~/.config/ssmassoc/init.sql`" + ` | statements and commands that the prompt begins with (` + "`$XDG_CONFIG_HOME`" + `) |
| ` + "`~/.local/state/ssmassoc/history`" + ` | what was typed at the prompt, readable by you alone (` + "`$XDG_STATE_HOME`" + `) |
| ` + "`$PAGER`" + ` | the pager; empty for none |
| ` + "`$NO_COLOR`" + ` | no colours at the prompt |
| ` + "`$STEAMPIPE_LOG_LEVEL`" + ` | how much the plugin logs: off (default), error, warn, info, debug, trace |

A file appears, or replaces another, when it is complete. Until then it is beside its place, or of an export in the
folder of ` + "`--to`" + `, under a name that begins with ` + "`.ssmassoc-`" + `; an export to S3 and a copy of an attached database
use ` + "`$TMPDIR`" + `. A new file is as readable as the umask allows, and one that is replaced keeps its mode. What a process
leaves that is killed (SIGKILL) is removed by the next that writes there. Files that a running process holds are left
alone, and on a shared file system those of other machines until they have not changed for a day.

## Exit status

| status | meaning |
|---|---|
| 0 | an answer |
| 1 | a failed query or export, also one that --timeout has ended; of ` + "`diff`" + `, something that got worse |
| 2 | wrong usage; of ` + "`diff`" + `, an error, too |
| 3 | rows in the results of a query with ` + "`--fail-on-rows`" + ` |
| 130 | ended by Ctrl-C or another SIGINT, by SIGTERM, or by SIGHUP |

The command ends within 2 seconds of the signal or the end of ` + "`--timeout`" + `, whatever it is doing, and a second signal
ends it at once. Files are then as before, temporary files removed, programs that provide credentials ended, and so is
the pager; the terminal is in its earlier mode. The time of ` + "`--timeout`" + ` counts from the start: it includes reading
configurations, standard input and attached files. With ` + "`--watch`" + `, and with dot-commands, it then starts again for each
run or input. Reading a complete result in the pager takes any time.

At the prompt Ctrl-C and ` + "`.timeout`" + ` end a statement, not the prompt. SQLite does not stop within one function, such as
` + "`instr`" + ` over megabytes: a message then says so, and Ctrl-C again leaves the prompt.
`

func description(c *cobra.Command) string {
	if c.Long != "" && c.Name() != "completion" {
		return c.Long
	}
	return c.Short + "."
}

// oneParagraph joins the lines of each paragraph, which are wrapped for a terminal.
func oneParagraph(text string) string {
	paragraphs := strings.Split(text, "\n\n")
	for i, p := range paragraphs {
		paragraphs[i] = strings.ReplaceAll(p, "\n", " ")
	}
	return strings.Join(paragraphs, "\n\n")
}

func unindented(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	return strings.Join(lines, "\n")
}

func documentFlags(b *strings.Builder, title string, flags *pflag.FlagSet) {
	var rows []string
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Name == "help" || f.Hidden {
			return
		}
		placeholder, usage := pflag.UnquoteUsage(f)
		flag := "--" + f.Name
		if f.Shorthand != "" {
			flag = "-" + f.Shorthand + ", " + flag
		}
		if placeholder != "" {
			flag += " " + placeholder
		}
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" && f.DefValue != "0s" && f.DefValue != "[]" {
			usage += fmt.Sprintf(" (default `%s`)", f.DefValue)
		}
		rows = append(rows, fmt.Sprintf("| `%s` | %s |\n", flag, strings.NewReplacer("|", `\|`, "<", "&lt;").Replace(usage)))
	})
	if len(rows) == 0 {
		return
	}
	if title != "" {
		b.WriteString(title + "\n")
	}
	b.WriteString("\n| flag | meaning |\n|---|---|\n" + strings.Join(rows, ""))
}

func code(texts []string) string {
	var quoted []string
	for _, text := range texts {
		quoted = append(quoted, "`"+text+"`")
	}
	return strings.Join(quoted, " ")
}
