package ssmassoc

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/smithy-go"
)

// apiError returns the code and the message of the AWS error in err, or two
// empty strings. The code comes without the namespace that some services put
// before it ("com.amazonaws.ssm#InvalidInstanceId").
func apiError(err error) (code, message string) {
	var e smithy.APIError
	if !errors.As(err, &e) {
		return "", ""
	}
	code = e.ErrorCode()
	if i := strings.LastIndexByte(code, '#'); i >= 0 {
		code = code[i+1:]
	}
	return code, e.ErrorMessage()
}

// isNoSuchNode tells whether err is AWS's way to say that a node id has nothing
// behind it here: unknown to this region, deregistered, its agent gone, hidden
// from this caller (InvalidInstanceId), or no node id at all (a
// ValidationException about the instance id and nothing else).
func isNoSuchNode(err error) bool {
	code, _ := apiError(err)
	return code == "InvalidInstanceId" || isInvalid(err, "instanceid")
}

// isNoSuchAssociation tells whether err is AWS's way to say that an association
// id has nothing behind it here: unknown to this region, deleted, or no
// association id at all.
func isNoSuchAssociation(err error) bool {
	code, _ := apiError(err)
	return code == "AssociationDoesNotExist" || isInvalid(err, "associationid")
}

// isNoSuchExecution tells the same of an execution, or of its association.
func isNoSuchExecution(err error) bool {
	code, _ := apiError(err)
	return code == "AssociationExecutionDoesNotExist" || code == "AssociationDoesNotExist" || isInvalid(err, "executionid", "associationid")
}

// isInvalid tells whether AWS refused a request for members of it, given in
// lower case, and for nothing else:
//
//	1 validation error detected: Value 'x' at 'instanceId' failed to satisfy constraint: ...
//
// Where the message does not list what was wrong it must name a member, and say
// nothing of filters, whose keys are called alike.
func isInvalid(err error, members ...string) bool {
	code, message := apiError(err)
	if code != "ValidationException" {
		return false
	}
	message = strings.ToLower(message)
	if violations := violation.FindAllStringSubmatch(message, -1); len(violations) > 0 {
		return !slices.ContainsFunc(violations, func(v []string) bool { return !slices.Contains(members, v[1]) })
	}
	if strings.Contains(message, "validation errors detected") || strings.Contains(message, "filter") {
		return false
	}
	return slices.ContainsFunc(word.FindAllString(message, -1), func(w string) bool { return slices.Contains(members, w) })
}

var (
	violation = regexp.MustCompile(`at '([^']*)' failed`)
	word      = regexp.MustCompile(`[a-z0-9_]+`)
)

// isRefusedFilter tells whether err says that AWS does not take a filter, or its
// value.
func isRefusedFilter(err error) bool {
	code, _ := apiError(err)
	return code == "InvalidInstanceInformationFilterValue" || code == "InvalidFilterKey"
}

// isStaleToken tells whether err says that a pagination token is no longer good.
func isStaleToken(err error) bool {
	code, _ := apiError(err)
	return code == "InvalidNextToken"
}

// likelyCauses names, by AWS error code, what usually is behind an error and
// what to change.
var likelyCauses = map[string]string{
	"AccessDeniedException":               "the credentials may not call this operation here; allow it in their IAM policy (see docs/index.md) and check service control policies",
	"AccessDenied":                        "the credentials may not call this operation here; allow it in their IAM policy (see docs/index.md) and check service control policies",
	"UnrecognizedClientException":         "the credentials are not valid in this region; check the keys or the profile, and that the region is enabled for the account",
	"InvalidClientTokenId":                "the credentials are not valid; check the keys or the profile of the connection",
	"SignatureDoesNotMatch":               "the secret key does not fit the access key, or the clock is wrong",
	"InvalidSignatureException":           "the secret key does not fit the access key, or the clock is wrong",
	"ExpiredTokenException":               "the temporary credentials have expired; renew them (for example with aws sso login)",
	"ExpiredToken":                        "the temporary credentials have expired; renew them (for example with aws sso login)",
	"ThrottlingException":                 "AWS kept refusing the calls as too many even after retries; other tools may share the account's quota",
	"MissingAuthenticationToken":          "the request carried no credentials; configure a profile or keys for the connection",
	"UnknownOperationException":           "the endpoint does not know the operation; check the argument \"endpoint_url\"",
	"MissingAuthenticationTokenException": "the request carried no credentials; configure a profile or keys for the connection",
}

// explain adds to an AWS error what is usually behind it and what to change,
// where that is known.
func explain(err error) error {
	code, _ := apiError(err)
	cause, ok := likelyCauses[code]
	if !ok {
		return err
	}
	return &explainedError{cause: err, hint: cause}
}

// explainedError is an error with a hint on what to change.
type explainedError struct {
	cause error
	hint  string
}

func (e *explainedError) Error() string { return e.cause.Error() + " (" + e.hint + ")" }
func (e *explainedError) Unwrap() error { return e.cause }
