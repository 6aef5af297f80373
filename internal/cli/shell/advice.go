package shell

import (
	"errors"
	"strings"
)

// An advised error knows what its user can change. Its advice names settings in braces, as
// in {raise timeout}, which are called otherwise on the command line than at the prompt.
type advised interface {
	error
	Advice() string
}

// settings replaces the settings in an advice by their names in a medium.
type settings = *strings.Replacer

var (
	onCommandLine settings = strings.NewReplacer(
		"{raise timeout}", "raise --timeout",
		"{raise memory-limit}", "raise --memory-limit",
		"{output}", "--output",
		"{param}", "--param or .param",
	)
	atPrompt settings = strings.NewReplacer(
		"{raise timeout}", "raise .timeout",
		"{raise memory-limit}", "start again with a higher --memory-limit",
		"{output}", ".mode",
		"{param}", ".param",
	)
)

// adviceOf returns what the user can change after an error, to follow the error's text.
func adviceOf(err error, settings settings) string {
	var advised advised
	if !errors.As(err, &advised) || advised.Advice() == "" {
		return ""
	}
	return "; " + settings.Replace(advised.Advice())
}
