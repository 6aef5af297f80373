package awsconn

import (
	"context"
	"errors"
	"regexp"
	"slices"
)

// ignoredErrors are the errors of AWS that a connection's arguments turn into no rows
// (ignore_error_codes, ignore_error_messages). By default there are none.
type ignoredErrors struct {
	codes    []string // with * and ? as wildcards
	messages []*regexp.Regexp
}

func newIgnoredErrors(config Config) ignoredErrors {
	ignored := ignoredErrors{codes: config.IgnoreErrorCodes}
	for _, expression := range config.IgnoreErrorMessages {
		ignored.messages = append(ignored.messages, regexp.MustCompile(expression)) // validated
	}
	return ignored
}

// match reports whether the arguments ignore an error.
func (i ignoredErrors) match(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	if code, _ := apiError(err); code != "" && matchesAny(i.codes, code) {
		return true
	}
	return slices.ContainsFunc(i.messages, func(message *regexp.Regexp) bool { return message.MatchString(err.Error()) })
}
