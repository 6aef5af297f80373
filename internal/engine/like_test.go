package engine

import (
	"testing"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
)

func TestPrefixOf(t *testing.T) {
	for pattern, want := range map[string]struct {
		prefix string
		exact  bool
	}{
		"AWS-%":       {"AWS-", true},
		"AWS-%%":      {"AWS-", true},
		"AWS-%x":      {"AWS-", false},
		"AWS-_%":      {"AWS-", false},
		"AWS":         {"AWS", false},
		`AWS\_R%`:     {"AWS_R", true},
		`100\%\\%`:    {`100%\`, true},
		"%":           {"", true},
		"%AWS":        {"", false},
		"":            {"", false},
		`a\`:          {"a", false},
		"caf\u00e9-%": {"caf\u00e9-", true},
	} {
		prefix, exact := prefixOf(pattern)
		if prefix != want.prefix || exact != want.exact {
			t.Errorf("%s: %q, exact %t; want %q, %t", pattern, prefix, exact, want.prefix, want.exact)
		}
	}
}

func TestPrefixesOfConditions(t *testing.T) {
	for name, test := range map[string]struct {
		conditions []condition
		prefix     string
		exact      bool
	}{
		"a name":              {[]condition{{"=", texts("AWS-Run")}}, "AWS-Run", false},
		"names":               {[]condition{{"=", texts("AWS-Run", "AWS-Restart")}}, "AWS-R", false},
		"names with none":     {[]condition{{"=", texts("AWS-Run", "Mine")}}, "", false},
		"a pattern":           {[]condition{{"~~", texts("AWS-%")}}, "AWS-", true},
		"two patterns":        {[]condition{{"~~", texts("AWS-%")}, {"~~", texts("AWS-R%")}}, "AWS-R", false},
		"a name and its part": {[]condition{{"=", texts("AWS-Run")}, {"~~", texts("AWS-%")}}, "AWS-Run", false},
		"too long":            {[]condition{{"~~", texts("0123456789\u00e9%")}}, "0123456789", false},
	} {
		t.Run(name, func(t *testing.T) {
			c := Conditions{columns: map[string][]condition{"x": test.conditions}}
			if prefix, exact := c.Prefix("x", 11); prefix != test.prefix || exact != test.exact {
				t.Errorf("%q, exact %t; want %q, %t", prefix, exact, test.prefix, test.exact)
			}
		})
	}
}

func texts(values ...string) []*proto.QualValue {
	list := make([]*proto.QualValue, len(values))
	for i, v := range values {
		list[i] = stringValue(v)
	}
	return list
}
