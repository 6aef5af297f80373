package awssim

import (
	"fmt"
	"net/http"
	"strings"
)

// apiError is an error of an API, before a protocol encodes it.
type apiError struct {
	status    int
	code      string
	message   string
	namespace string // of the shape, sent with Options.NamespacedErrors
}

// Namespaces in which the service's error shapes are defined.
const (
	namespaceSSM      = "com.amazonaws.ssm"
	namespaceService  = "com.amazon.coral.service"
	namespaceValidate = "com.amazon.coral.validate"
	namespaceThrottle = "com.amazon.coral.availability"
)

// modelled returns an error of the SSM service model. These carry no message.
func modelled(code string) *apiError {
	return &apiError{status: http.StatusBadRequest, code: code, namespace: namespaceSSM}
}

// common returns an error that every awsJson service shares.
func common(code, message string) *apiError {
	return &apiError{status: http.StatusBadRequest, code: code, message: message, namespace: namespaceService}
}

func unrecognizedClient() *apiError {
	return common("UnrecognizedClientException", "The security token included in the request is invalid.")
}

func throttled() *apiError {
	return &apiError{
		status:    http.StatusBadRequest,
		code:      "ThrottlingException",
		message:   "Rate exceeded",
		namespace: namespaceThrottle,
	}
}

func internalError() *apiError {
	return &apiError{status: http.StatusInternalServerError, code: "InternalServerError",
		message: "An error occurred on the server side.", namespace: namespaceSSM}
}

func expiredToken() *apiError {
	return common("ExpiredTokenException", "The security token included in the request is expired")
}

func accessDenied(userARN, action, resource string) *apiError {
	return common("AccessDeniedException", fmt.Sprintf(
		"User: %s is not authorized to perform: %s on resource: %s because no identity-based policy allows the %s action",
		userARN, action, resource, action))
}

// validation collects the constraints that a request violates.
type validation struct{ violations []string }

// violate records a violated constraint. A nil value is written as null.
func (v *validation) violate(value any, member, constraint string) {
	shown := "null"
	if value != nil {
		shown = fmt.Sprintf("'%v'", value)
	}
	violation := fmt.Sprintf("Value %s at '%s' failed to satisfy constraint: %s", shown, member, constraint)
	v.violations = append(v.violations, violation)
}

// between checks an optional number against the model's range.
func (v *validation) between(value *int, member string, least, most int) {
	switch {
	case value == nil:
	case *value < least:
		v.violate(*value, member, fmt.Sprintf("Member must have value greater than or equal to %d", least))
	case *value > most:
		v.violate(*value, member, fmt.Sprintf("Member must have value less than or equal to %d", most))
	}
}

// err returns the violations as one error, or nil.
func (v *validation) err() *apiError {
	n := len(v.violations)
	if n == 0 {
		return nil
	}
	plural := ""
	if n > 1 {
		plural = "s"
	}
	return invalid(fmt.Sprintf("%d validation error%s detected: %s", n, plural, strings.Join(v.violations, "; ")))
}

func invalid(message string) *apiError {
	return &apiError{
		status:    http.StatusBadRequest,
		code:      "ValidationException",
		message:   message,
		namespace: namespaceValidate,
	}
}
