package awsconn

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCleanText(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"clean":                  {"größer 漢字 \t\n\u2028", "größer 漢字 \t\n\u2028"},
		"empty":                  {"", ""},
		"a replacement already":  {"a\uFFFDb", "a\uFFFDb"},
		"NUL":                    {"a\x00b\x00", "a\uFFFDb\uFFFD"},
		"a byte that is no text": {"a\xffb", "a\uFFFDb"},
		"several in a row":       {"a\xff\xfe\x80b", "a\uFFFDb"},
		"a surrogate":            {"a\xed\xa0\x80b", "a\uFFFDb"},
		"half a character":       {"a\xe6\xbc", "a\uFFFD"},
		"both":                   {"\x00\xff", "\uFFFD\uFFFD"},
	} {
		t.Run(name, func(t *testing.T) {
			got, unchanged := cleanText(test.text)
			if got != test.want || unchanged != (test.text == test.want) {
				t.Errorf("got %q, unchanged %v, want %q", got, unchanged, test.want)
			}
		})
	}
}

func FuzzCleanText(f *testing.F) {
	for _, seed := range []string{"", "a", "\x00", "\xff", "a\xed\xa0\x80b", "\uFFFD"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		clean, unchanged := cleanText(s)
		if !utf8.ValidString(clean) || strings.Contains(clean, "\x00") || unchanged != (clean == s) {
			t.Errorf("%q became %q, unchanged %v", s, clean, unchanged)
		}
		if again, unchanged := cleanText(clean); !unchanged || again != clean {
			t.Errorf("%q became %q", clean, again)
		}
	})
}

func BenchmarkCleanText(b *testing.B) {
	text := "1 out of 1 plugin processed, 1 success, 0 failed, 0 timedout, 0 skipped. "
	for b.Loop() {
		if _, unchanged := cleanText(text); !unchanged {
			b.Fatal(text)
		}
	}
}
