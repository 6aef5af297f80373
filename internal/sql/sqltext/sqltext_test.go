package sqltext

import (
	"strings"
	"testing"
)

func TestComplete(t *testing.T) {
	for sql, want := range map[string]bool{
		"":                   true,
		"  -- nothing\n":     true,
		"select 1":           false,
		"select 1;":          true,
		"select 1; -- done":  true,
		"select 1; select 2": false,
		"select ';'":         false,
		"select ';';":        true,
		"select 'it''s;":     false,
		`select "a;b";`:      true,
		"select [a;b];":      true,
		"select 1 /* ; */":   false,
		"select 1; /* and":   false,
		"/* ; */ ;":          true,
		"create trigger t after insert on a begin delete from b;":           false,
		"create trigger t after insert on a begin delete from b; end;":      true,
		"create temp trigger t after insert on a begin select 1; select 2;": false,
		"select case when 1 then 2 end;":                                    true,
	} {
		if got := Complete(sql); got != want {
			t.Errorf("%q: got %v, want %v", sql, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	for sql, want := range map[string]int{
		"": 0, ";;": 0, "-- x": 0, "select 1": 1, "select 1; -- x\n": 1, "select 1; select ';'": 2,
		"create trigger t after insert on a begin delete from b; end; select 1": 2,
	} {
		if got, _ := Count(sql); got != want {
			t.Errorf("%q: got %d, want %d", sql, got, want)
		}
	}
}

func TestTokens(t *testing.T) {
	var kinds []Kind
	for token := range Tokens("select \"a\", 'b', :c, 1.5e3 from ä -- x") {
		if token.Kind != Space && token.Kind != Symbol {
			kinds = append(kinds, token.Kind)
		}
	}
	want := []Kind{Word, Quoted, Literal, Parameter, Number, Word, Word, Comment}
	if len(kinds) != len(want) {
		t.Fatalf("got %v, want %v", kinds, want)
	}
	for i := range want {
		if kinds[i] != want[i] {
			t.Errorf("token %d: got %v, want %v", i, kinds[i], want[i])
		}
	}
}

// FuzzTokens checks that the tokens of any text concatenate to the text.
func FuzzTokens(f *testing.F) {
	for _, sql := range []string{"select 1;", "'", "\"", "[x", "/*", "--", ":", "?1", "\xff", "a.b", "节"} {
		f.Add(sql)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		var b strings.Builder
		for token := range Tokens(sql) {
			if token.Text == "" {
				t.Fatal("an empty token")
			}
			b.WriteString(token.Text)
		}
		if b.String() != sql {
			t.Errorf("got %q, want %q", b.String(), sql)
		}
	})
}
