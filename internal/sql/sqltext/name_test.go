package sqltext

import "testing"

func TestName(t *testing.T) {
	for name, want := range map[string]string{
		"node_id": "node_id", "Größe": "Größe", "a1": "a1", "two words": `"two words"`, "1st": `"1st"`, "Order": `"Order"`,
		"default": `"default"`, `a"b`: `"a""b"`, "a-b": `"a-b"`, "": `""`,
	} {
		if got := Name(name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

func TestUnquoted(t *testing.T) {
	for text, want := range map[string]string{
		"a": "a", `"a""b c"`: `a"b c`, "`a``b`": "a`b", "[a b]": "a b", `"open`: `"open`,
	} {
		for token := range Tokens(text) {
			if got := Unquoted(token); got != want {
				t.Errorf("%s: got %s, want %s", text, got, want)
			}
		}
	}
}
