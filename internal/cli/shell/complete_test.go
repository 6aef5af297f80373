package shell

import (
	"slices"
	"strings"
	"testing"
)

var testNames = Names{
	Tables:    []string{"association", "node", "my table"},
	Functions: []string{"count", "coalesce"},
	Schemas:   []string{"prod", "prod-eu", "n"}, SchemaTables: []string{"association", "node"},
	Columns: map[string][]string{"node": {"id", "zone", "cores"}, "association": {"id", "name", "coverage"},
		"my table": {"two words", "quoted \"one\"", "order"}},
}

func TestComplete(t *testing.T) {
	for _, test := range []struct {
		name, before, after string
		word                string
		want, not           []string
	}{
		{name: "columns of all tables before FROM", before: "select co", word: "co", want: []string{"cores", "coverage", "count", "coalesce", "collate"}},
		{name: "columns of the table named after the cursor", before: "select co", after: " from node", word: "co", want: []string{"cores"}, not: []string{"coverage"}},
		{name: "tables after FROM", before: "select * from ", want: []string{"association", "node"}, not: []string{"id", "select"}},
		{name: "tables after JOIN", before: "select * from node JOIN a", word: "a", want: []string{"association"}},
		{name: "columns of an alias", before: "select * from node as n join association a where a.", want: []string{"id", "name", "coverage"}, not: []string{"zone"}},
		{name: "columns of a table by name", before: "select node.z", after: " from node", word: "z", want: []string{"zone"}},
		{name: "keywords in the case of the word", before: "SEL", word: "SEL", want: []string{"SELECT"}},
		{name: "the statement under way alone", before: "select * from association; select ", after: " from node", want: []string{"zone"}, not: []string{"coverage"}},
		{name: "names in quotes", before: "select ", after: " from [my table]", want: []string{`"two words"`, `"quoted ""one"""`, `"order"`}},
		{name: "the start of a name in quotes", before: "select tw", after: ` from "my table"`, word: "tw", want: []string{`"two words"`}},
		{name: "open quotes", before: `select "quo`, after: ` from "my table"`, word: `"quo`, want: []string{`"quoted ""one"""`}},
		{name: "open quotes after FROM", before: `select * from "n`, word: `"n`, want: []string{`"node"`}, not: []string{"node"}},
		{name: "a table in quotes", before: "select * from my", word: "my", want: []string{`"my table"`}},
		{name: "columns of a table in quotes", before: `select * from "my table" m where m.t`, word: "t", want: []string{`"two words"`}},
		{name: "schemas after FROM", before: "select * from p", word: "p", want: []string{"prod", `"prod-eu"`}},
		{name: "schemas in quotes", before: `select * from "prod-`, word: `"prod-`, want: []string{`"prod-eu"`}},
		{name: "tables of a schema", before: "select * from PROD.", want: []string{"association", "node"}, not: []string{"my table", "id"}},
		{name: "tables of a schema in quotes", before: `select * from "prod-eu".a`, word: "a", want: []string{"association"}, not: []string{"node"}},
		{name: "tables of a schema after a comma", before: "select * from node, prod.", want: []string{"association", "node"}},
		{name: "tables of a schema with the name of an alias", before: "select * from association n join n.", want: []string{"node"}, not: []string{"name"}},
		{name: "columns of an alias with the name of a schema", before: "select * from association n where n.", want: []string{"name"}, not: []string{"node"}},
		{name: "columns of a table in a schema", before: "select * from prod.node where prod.node.", want: []string{"zone"}, not: []string{"coverage"}},
		{name: "columns of an alias of a table in a schema", before: "select * from prod.node x where x.", want: []string{"zone"}, not: []string{"coverage"}},
		{name: "no tables of an unknown schema", before: "select * from test.", not: []string{"association", "node"}},
		{name: "nothing in a literal", before: "select 'co", not: []string{"cores"}},
		{name: "nothing in a comment", before: "select 1 -- co", not: []string{"cores"}},
		{name: "dot-commands", before: ".mo", word: ".mo", want: []string{".mode"}},
		{name: "their arguments", before: ".mode mark", word: "mark", want: []string{"markdown"}},
		{name: "tables to inspect", before: ".inspect n", word: "n", want: []string{"node"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			word, candidates := complete(testNames, test.before, test.after)
			var values []string
			for _, c := range candidates {
				values = append(values, c.value)
			}
			if word != test.word {
				t.Errorf("completes %q, want %q", word, test.word)
			}
			for _, want := range test.want {
				if !slices.Contains(values, want) {
					t.Errorf("no %q in %q", want, values)
				}
			}
			for _, not := range test.not {
				if slices.Contains(values, not) {
					t.Errorf("%q in %q", not, values)
				}
			}
		})
	}
}

func TestCommonStart(t *testing.T) {
	if got := commonStart(kind("", []string{"instance_id", "Instr"})); got != "inst" {
		t.Errorf("got %q", got)
	}
}

func TestColumnsFitTheTerminal(t *testing.T) {
	got := columns(kind("", []string{"one", "two", "three", "four", "five"}), 20)
	if want := "one    four\ntwo    five\nthree\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for line := range strings.Lines(columns(kind("", []string{strings.Repeat("x", 50), "y"}), 20)) {
		if strings.Count(line, " ") > 0 {
			t.Errorf("two in %q", line)
		}
	}
}

func TestParameters(t *testing.T) {
	for text, want := range map[string]any{
		"5": int64(5), "-5": int64(-5), "05": "05", "123456789012": int64(123456789012), "1.5": 1.5, "0x10": "0x10",
		"8.10": "8.10", "1e3": "1e3", "1E5": "1E5", "1.0": 1.0, "-0": "-0", "-0.0": "-0.0", "-2.25": -2.25, "0.30000000000000004": "0.30000000000000004",
		"null": nil, "'5'": "5", "'it''s'": "it's", "text": "text", "": "", "inf": "inf", "9223372036854775808": "9223372036854775808",
	} {
		if name, value, err := ParseParameter("n=" + text); name != "n" || value != want || err != nil {
			t.Errorf("%q: got %v %#v (%v), want %#v", text, name, value, err, want)
		}
	}
}

func TestNearest(t *testing.T) {
	for name, want := range map[string]string{"stats": "status", "nonsense": "", "STATUS": "status"} {
		if got := Nearest(name, []string{"status", "state_of_it", "title"}); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestHabitsOfOtherShells(t *testing.T) {
	for input, want := range map[string]string{
		"help": ".help", "quit;": ".quit", ` \q `: ".quit", `\d node`: ".inspect node", ".mode csv": ".mode csv",
		"help me": "help me", "select 1": "select 1", `\z`: `\z`,
	} {
		if got := commandOf(input); got != want {
			t.Errorf("%q: got %q, want %q", input, got, want)
		}
	}
}
