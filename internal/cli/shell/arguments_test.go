package shell

import (
	"context"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

func TestArguments(t *testing.T) {
	t.Setenv("HOME", "/home/me")
	for _, test := range []struct {
		text  string
		files bool
		want  string
	}{
		{text: "a b.csv", want: "a b.csv"},
		{text: "'a b.csv'", want: "a b.csv"},
		{text: `"a b.csv";`, want: "a b.csv"},
		{text: `'it''s "here"'`, want: `it's "here"`},
		{text: `"a "" b"`, want: `a " b`},
		{text: "''", want: ""},
		{text: "'", want: "'"},
		{text: "it's", want: "it's"},
		{text: "on;", want: "on"},
		{text: ";", want: ";"},
		{text: "';'", want: ";"},
		{text: "~/x", want: "~/x"},
		{text: "~/a b", files: true, want: "/home/me/a b"},
		{text: "'~/a b'", files: true, want: "/home/me/a b"},
		{text: "a/~/b", files: true, want: "a/~/b"},
	} {
		got, err := command{files: test.files}.argument(test.text)
		if got != test.want || err != nil {
			t.Errorf("%q: got %q (%v), want %q", test.text, got, err, test.want)
		}
	}
	for text, want := range map[string]string{
		"'a":     "the quote is not closed: 'a",
		"'a' b'": `"b'" follows the closing quote; write a quote within quotes twice`,
		`"a"b`:   `"b" follows the closing quote; write a quote within quotes twice`,
		`"a""`:   `the quote is not closed: "a""`,
	} {
		if got, err := (command{}).argument(text); err == nil || err.Error() != want {
			t.Errorf("%q: got %q (%v), want %q", text, got, err, want)
		}
	}
}

// A session needs no database for its settings.
func TestSettings(t *testing.T) {
	s := &Session{Settings: Settings{Parameters: embedded.Parameters{}}}
	for _, line := range []string{
		`.null "n/a"`, ".separator ;", ".MODE  Insert 'my table';", ".stats JSON",
		`.param a "hello world"`, `.param b = "5"`, ".param c 'it''s'", ".param d 5", ".param e two words",
	} {
		if err := s.Command(context.Background(), line); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	if s.Render.Null == nil || *s.Render.Null != "n/a" || s.Render.Separator != ';' || s.Format.Name != "insert" ||
		s.Render.Table != "my table" || s.Stats != JSONStats {
		t.Errorf("got %+v", s.Settings)
	}
	for name, want := range map[string]any{"a": "hello world", "b": "5", "c": "it's", "d": int64(5), "e": "two words"} {
		if got := s.Parameters[name]; got != want {
			t.Errorf("%s: got %#v, want %#v", name, got, want)
		}
	}
	if err := s.Command(context.Background(), ".null 'a"); err == nil || !strings.HasPrefix(err.Error(), ".null: the quote") {
		t.Errorf("got %v", err)
	}
	if err := s.Command(context.Background(), ".null ;"); err != nil || *s.Render.Null != ";" {
		t.Errorf("got %v, %q", err, *s.Render.Null)
	}
}

func TestPatterns(t *testing.T) {
	const name = "ssm_compliance_item"
	for text, want := range map[string]bool{
		"": true, "comp": true, "COMP": true, "ssm_%comp%": true, "ssm_*item": true, "%item": true, "ssm_compliance?item%": true,
		"comp%": false, "%comp": false, "x": false, "c.mp": false, "[": false, "ssm-%": false,
	} {
		if got := pattern(text).MatchString(name); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}
