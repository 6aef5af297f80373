package shell

import (
	"regexp"
	"strings"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// hintOf returns what SQLite has for a construct of another dialect at the place of an
// error, or "".
func hintOf(at *embedded.SQLError) string {
	if found := unknown.FindStringSubmatch(at.Message); found != nil && found[1] != "column" {
		return elsewhere[strings.ToLower(found[2])]
	}
	if at.Offset < 0 || at.Offset > len(at.Statement) {
		return ""
	}
	before, after := at.Statement[:at.Offset], at.Statement[at.Offset:]
	for _, c := range constructs {
		if c.at.MatchString(after) && (c.before == nil || c.before.MatchString(before)) {
			return c.hint
		}
	}
	return ""
}

const (
	nowForm      = "the current time is datetime('now') in SQLite"
	agoForm      = "in SQLite, a time some days ago is datetime('now', '-7 days'), and one after t datetime(t, '+1 hour')"
	partForm     = "in SQLite, a part of a time is strftime('%Y', t): %Y, %m, %d, %H, %M, %S, or %s for seconds since 1970"
	textForm     = "in SQLite, a time as text is strftime('%Y-%m-%d %H:%M', t)"
	betweenForm  = "in SQLite, the days between two times are julianday(a) - julianday(b)"
	eachForm     = "in SQLite, json_each(x) has a row for each element, with the columns key and value"
	patternForm  = "SQLite has like, which ignores case, and glob, which does not"
	todayForm    = "today is date('now') in SQLite"
	substrForm   = "SQLite has substr(x, start, length)"
	jsonListForm = "SQLite has json_group_array(x)"
	instrForm    = "SQLite has instr(x, part)"
	objectForm   = "SQLite has json_object(name, value)"

	groupObjectForm = "SQLite has json_group_object(name, value)"
)

// constructs are what other dialects write where SQLite sees an error: the text from the
// place of the error on and, where it matters, the text before it.
var constructs = []struct {
	at, before *regexp.Regexp
	hint       string
}{
	{at: starts(`::`), hint: "SQLite has no ::type; write cast(x as text), and compare times without a cast"},
	{at: starts(`interval\s*'`), hint: agoForm},
	{at: starts(`'|\d`), before: ends(`\binterval`), hint: agoForm},
	{at: starts(`ilike\b`), hint: "like ignores case in SQLite"},
	{at: starts(`!?~|similar\s+to\b|r(egexp_)?like\b`), hint: patternForm},
	{at: starts(`time\s+zone\b`), before: ends(`\bat`),
		hint: "times are in UTC; datetime(t, 'localtime') is the local time"},
	{at: starts(`on\b`), before: ends(`\bdistinct`),
		hint: "SQLite has no distinct on; use row_number() over (partition by ... order by ...) = 1"},
	{at: starts(`first\b|next\b`), before: ends(`\bfetch`), hint: "use limit"},
	{at: starts(`\d`), before: ends(`\btop`), hint: "use limit at the end of the statement"},
	{at: starts(`select\b`), before: ends(`\blateral\s*\(`),
		hint: "SQLite has no lateral; use a correlated subquery, or join the table"},
	{at: starts(`from\s`), before: ends(`\bextract\s*\(\s*\w+`), hint: partForm},
	{at: starts(`show\b`), hint: "pragma_table_list has the tables; .tables lists them at the prompt"},
	{at: starts(`desc(ribe)?\b`),
		hint: "pragma_table_info('TABLE') has the columns; .inspect TABLE prints them at the prompt"},
	{at: starts(`use\b|set\s+search_path\b`), hint: "name a connection before the table, as in CONNECTION.TABLE"},
	{at: starts(`copy\b`), hint: "--attach NAME=FILE reads a file, and --to FILE writes a result"},
	{at: starts(`from\b`), before: ends(`^`), hint: "a query begins with select in SQLite"},
	{at: starts(`select\b|with\b`), before: ends(`^\s*(?:explain\s+)?analyze`),
		hint: "explain has no analyze; --stats or .stats on prints what a statement costs"},
	{at: starts(`\\`), hint: "end a statement with a semicolon; .mode line prints a line for each value"},
	{at: starts(`\[`), before: ends(`\barray`),
		hint: "SQLite has no arrays; write json_array(...), or in (...) for = any(...)"},
	{at: starts(`#`), hint: "a comment begins with -- in SQL"},
}

// starts returns the expression for text that begins as given, in any case.
func starts(as string) *regexp.Regexp { return regexp.MustCompile(`(?i)^(?:` + as + `)`) }

// ends returns the expression for text that ends as given, but for space.
func ends(as string) *regexp.Regexp { return regexp.MustCompile(`(?is)(?:` + as + `)\s*$`) }

// elsewhere are functions, and functions used as tables, of other dialects, with what
// SQLite has for each.
var elsewhere = map[string]string{
	"now": nowForm, "getdate": nowForm, "sysdate": nowForm, "clock_timestamp": nowForm, "statement_timestamp": nowForm,
	"localtimestamp": nowForm, "today": todayForm, "curdate": todayForm,
	"date_trunc": "in SQLite, date(t) is the day of a time, and strftime('%Y-%m-%d %H:00', t) its hour",
	"date_part":  partForm, "extract": partForm, "year": partForm, "month": partForm, "day": partForm, "hour": partForm,
	"minute": partForm, "second": partForm, "epoch": partForm,
	"to_char": textForm, "date_format": textForm, "strptime": textForm,
	"to_timestamp": "in SQLite, seconds since 1970 are a time by datetime(x, 'unixepoch')",
	"to_date":      "SQLite has date(x)", "from_unixtime": "SQLite has datetime(x, 'unixepoch')",
	"age": betweenForm, "datediff": betweenForm, "date_diff": betweenForm, "timestampdiff": betweenForm,
	"dateadd": agoForm, "date_add": agoForm, "date_sub": agoForm, "make_interval": agoForm,
	"json_array_elements": eachForm, "jsonb_array_elements": eachForm, "json_array_elements_text": eachForm,
	"jsonb_array_elements_text": eachForm, "unnest": eachForm, "flatten": eachForm, "jsonb_each": eachForm,
	"jsonb_each_text": eachForm, "json_each_text": eachForm, "jsonb_object_keys": eachForm, "json_object_keys": eachForm,
	"json_agg": jsonListForm, "jsonb_agg": jsonListForm, "array_agg": jsonListForm, "list": jsonListForm,
	"json_build_object": objectForm, "jsonb_build_object": objectForm,
	"json_object_agg": groupObjectForm, "jsonb_object_agg": groupObjectForm,
	"array_length": "SQLite has json_array_length(x)", "jsonb_array_length": "SQLite has json_array_length(x)",
	"cardinality": "SQLite has json_array_length(x)", "to_json": "SQLite has json(x)", "to_jsonb": "SQLite has json(x)",
	"jsonb_extract_path_text": "SQLite has x ->> '$.a.b'", "json_extract_path_text": "SQLite has x ->> '$.a.b'",
	"strpos": instrForm, "charindex": instrForm, "position": instrForm,
	"contains": "SQLite has instr(x, part) > 0", "starts_with": "use like 'part%' or glob 'part*'",
	"len": "SQLite has length(x)", "char_length": "SQLite has length(x)", "character_length": "SQLite has length(x)",
	"left": substrForm, "right": substrForm, "split_part": substrForm, "lcase": "SQLite has lower(x)",
	"ucase": "SQLite has upper(x)", "btrim": "SQLite has trim(x)",
	"greatest": "SQLite has max(a, b)", "least": "SQLite has min(a, b)",
	"nvl": "SQLite has coalesce(a, b)", "isnull": "SQLite has coalesce(a, b)",
	"bool_or": "SQLite has max(x)", "bool_and": "SQLite has min(x)", "every": "SQLite has min(x)",
	"any": "use in (...)", "listagg": "SQLite has group_concat(x, ', ')", "regexp": patternForm,
	"regexp_match": patternForm, "regexp_matches": patternForm, "regexp_like": patternForm,
	"version": "SQLite has sqlite_version()", "rand": "SQLite has random()",
}
