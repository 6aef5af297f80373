package ssmassoc

import (
	"encoding/json"
	"testing"
)

func TestResourceCounts(t *testing.T) {
	for name, test := range map[string]struct {
		text *string
		want string // JSON, or null
	}{
		"left out":                   {nil, `null`},
		"one status":                 {new("{Success=1}"), `{"Success":1}`},
		"several statuses":           {new("{Success=12, Failed=1}"), `{"Failed":1,"Success":12}`},
		"without blanks":             {new("{Success=12,Failed=1}"), `{"Failed":1,"Success":12}`},
		"none":                       {new("{}"), `{}`},
		"blanks around":              {new(" { Success = 2 } "), `{"Success":2}`},
		"empty text":                 {new(""), `""`},
		"another form":               {new(`{"Success": 1}`), `"{\"Success\": 1}"`},
		"a count that is no number":  {new("{Success=many}"), `"{Success=many}"`},
		"text that is no map at all": {new("12 succeeded"), `"12 succeeded"`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := json.Marshal(resourceCounts(test.text))
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
