package awsprofile

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestWords has the words that Python's shlex.split makes.
func TestWords(t *testing.T) {
	for text, want := range map[string][]string{
		"":                      nil,
		"  a\tb\n":              {"a", "b"},
		`a "b c" 'd e'`:         {"a", "b c", "d e"},
		`"a"b'c'`:               {"abc"},
		`''`:                    {""},
		`a "" b`:                {"a", "", "b"},
		`a\ b \"c`:              {"a b", `"c`},
		`"a \" \\ \n b"`:        {`a " \ \n b`},
		`'a \' b`:               {`a \`, "b"},
		`/opt/x; # | & ( $HOME`: {"/opt/x;", "#", "|", "&", "(", "$HOME"},
	} {
		got, err := Words(text)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: got %q, error %v, want %q", text, got, err, want)
		}
	}
	for _, text := range []string{`"a`, `'a`, `a\`, `"a\"`} {
		if got, err := Words(text); err == nil {
			t.Errorf("%q: got %q", text, got)
		}
	}
}

// TestLinesOfErrors checks that an error names its line and repeats nothing of it.
func TestLinesOfErrors(t *testing.T) {
	for text, want := range map[string]string{
		"secret = 1\n":                        "line 1: there is no section header",
		"[a]\n\nsecret\n":                     "line 3: it is neither a section header",
		"[a]\nx = 1\n[b]\n[a]\n":              "line 4: section [a] is there twice",
		"[a]\nsecret = 1\nsecret = 2\n":       "line 3: the setting is there twice",
		"[a]\n= secret\n":                     "line 2: there is no name",
		"[a]\nx = 1\ns3 =\n  secret\ny = 2\n": "line 3: the settings below it",
		"\uFEFF[a]\n":                         "line 1: the file begins with a byte order mark",
		"[a]\nx = \xff\n":                     "line 1: the file is not UTF-8",
	} {
		_, err := parseINI(text)
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: error %v, want %s", text, err, want)
		}
	}
}

func TestValues(t *testing.T) {
	const text = "[DEFAULT]\nall = 1\n[a b] # c\nX : 1 ; 2\ny = 1\n  2\n\n  3\n# no\n  ; no\nempty =\nnested =\n  k = v = w\n\n  l=\n"
	got, err := parseINI(text)
	if err != nil {
		t.Fatal(err)
	}
	want := []namedSection{{"a b", section{
		"all": {text: "1"}, "x": {text: "1 ; 2"}, "y": {text: "1\n2\n\n3"}, "empty": {},
		"nested": {nested: map[string]string{"k": "v = w", "l": ""}},
	}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestParseTime(t *testing.T) {
	want := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, text := range []string{
		"2030-01-02T03:04:05Z", "2030-01-02T03:04:05UTC", "2030-01-02T03:04:05 UTC", "2030-01-02T03:04:05+0000",
		"2030-01-02T03:04:05+00:00", "2030-01-02T05:04:05+02", "2030-01-02 03:04:05 GMT", "2030-01-02 03:04:05 +0000",
		"2030-01-02T03:04:05.000Z", "20300102T030405Z", "2030-01-02t03:04:05z", "2030-01-02 03:04:05 +00",
		"Wed, 02 Jan 2030 03:04:05 GMT", "Wed, 2 Jan 2030 05:04:05 +0200", "Wed Jan  2 03:04:05 UTC 2030",
	} {
		if got, err := ParseTime(text); err != nil || !got.Equal(want) {
			t.Errorf("%s: got %v, error %v", text, got, err)
		}
	}
	for _, text := range []string{"", "soon", "2030-01-02", "2030-01-02T03:04:05", "1893553445", "Wed Jan  2 03:04:05 EST 2030", "2030-01-02 03:04:05 EST"} {
		if got, err := ParseTime(text); err == nil || text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("%q: got %v, error %v", text, got, err)
		}
	}
}

// TestNoHome checks that a home directory that is none hides no other settings.
func TestNoHome(t *testing.T) {
	for _, home := range []string{"/dev/null", "/nowhere"} {
		settings, err := Load(func(name string) (string, bool) {
			value, set := map[string]string{"HOME": home, "AWS_REGION": "eu-west-1"}[name]
			return value, set
		}, nil)
		if err != nil || settings.Region() != "eu-west-1" {
			t.Errorf("%s: error %v", home, err)
		}
	}
}

// FuzzParseINI checks that no error repeats a long value, and that what is read holds no
// empty names.
func FuzzParseINI(f *testing.F) {
	for _, text := range []string{"[a]\nb = c\n", "[DEFAULT]\nx=1\n[a]\ns3 =\n  k = v\n", "[[a]]\r\n:x\r\n", "a\n"} {
		f.Add(text)
	}
	const secret = "wJalrXUtnFEMI"
	f.Fuzz(func(t *testing.T, text string) {
		sections, err := parseINI(text + "\nkey = " + secret + "\n" + secret)
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Error(err)
		}
		for _, s := range sections {
			if _, empty := s.settings[""]; empty || s.header == "" {
				t.Errorf("%q: %v", s.header, s.settings)
			}
		}
	})
}
