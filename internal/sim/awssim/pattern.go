package awssim

import "regexp"

// pattern is a constraint of the service model on a whole string.
type pattern struct {
	text string // as in the model
	re   *regexp.Regexp
}

func newPattern(text string) pattern {
	return pattern{text: text, re: regexp.MustCompile(`^(?:` + text + `)$`)}
}

// Patterns of identifying members.
var (
	instanceIDPattern = newPattern(`(^i-(\w{8}|\w{17})$)|(^mi-\w{17}$)`)
	uuidPattern       = newPattern(`[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}`)
	versionPattern    = newPattern(`([$]LATEST)|([1-9][0-9]*)`)
	documentPattern   = newPattern(`^[a-zA-Z0-9_\-.:/]{3,128}$`)
)

// match checks an optional string.
func (v *validation) match(value *string, member string, p pattern) {
	if value != nil && !p.re.MatchString(*value) {
		v.violate(*value, member, "Member must satisfy regular expression pattern: "+p.text)
	}
}

// requireMatch checks a required string.
func (v *validation) requireMatch(value *string, member string, p pattern) {
	if value == nil {
		v.violate(nil, member, "Member must not be null")
	}
	v.match(value, member, p)
}
