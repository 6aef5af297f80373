package awsconn

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/smithy-go"
)

// apiError returns the code and the message of the AWS error in err, or two empty strings.
// It removes the namespace that some services put before the code
// ("com.amazonaws.ssm#InvalidInstanceId").
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

// Code returns the code of the AWS error in err, such as AccessDeniedException, or "".
func Code(err error) string {
	code, _ := apiError(err)
	return code
}

// WithoutAnswer returns the AWS error in err without the HTTP response that the SDK's error
// holds.
func WithoutAnswer(err error) error {
	code, message := apiError(err)
	return &smithy.GenericAPIError{Code: code, Message: message}
}

// IsNoSuchNode reports whether err means that there is no node with the ID of a request:
// it is unknown to the region, deregistered, without an agent or hidden from the caller
// (InvalidInstanceId), or the ID is not valid (a ValidationException about the instance ID
// and nothing else).
func IsNoSuchNode(err error) bool {
	code, _ := apiError(err)
	return code == "InvalidInstanceId" || isInvalid(err, "instanceid")
}

// IsNoSuchAssociation reports whether err means that there is no association with the ID of
// a request: it is unknown to the region or deleted, or the ID is not valid.
func IsNoSuchAssociation(err error) bool {
	code, _ := apiError(err)
	return code == "AssociationDoesNotExist" || isInvalid(err, "associationid")
}

// IsNoSuchExecution reports the same of an execution or its association.
func IsNoSuchExecution(err error) bool {
	code, _ := apiError(err)
	return code == "AssociationExecutionDoesNotExist" || code == "AssociationDoesNotExist" ||
		isInvalid(err, "executionid", "associationid")
}

// IsNoSuchCommand reports whether err means that there is no command with the ID of a
// request: it is unknown to the region or older than AWS's history, or the ID is not valid.
func IsNoSuchCommand(err error) bool {
	code, _ := apiError(err)
	return code == "InvalidCommandId" || isInvalid(err, "commandid")
}

// IsNoSuchInvocation reports whether err means that there is no command, or no node, with
// the IDs of a request.
func IsNoSuchInvocation(err error) bool {
	return IsNoSuchCommand(err) || IsNoSuchNode(err) || isInvalid(err, "commandid", "instanceid")
}

// IsNoSuchAutomation reports the same of an automation execution.
func IsNoSuchAutomation(err error) bool {
	code, _ := apiError(err)
	return code == "AutomationExecutionNotFoundException" || isInvalid(err, "automationexecutionid")
}

// IsNoSuchResource reports whether err means that there is no resource with the ID of a
// request, or that the ID is not valid.
func IsNoSuchResource(err error) bool {
	code, _ := apiError(err)
	return code == "InvalidResourceId" || isInvalid(err, "resourceid", "resourceids", "resourceids.1.member")
}

// IsRefusedResourceType reports whether AWS does not perform an operation on resources of
// the request's type.
func IsRefusedResourceType(err error) bool {
	code, message := apiError(err)
	if code == "ValidationException" && !violation.MatchString(message) {
		message = strings.ToLower(message)
		return strings.Contains(message, "resource type") || strings.Contains(message, "resourcetype")
	}
	return code == "InvalidResourceType" || isInvalid(err, "resourcetype")
}

// isInvalid reports whether AWS refused a request because of the given members, in lower
// case, and of no others:
//
//	1 validation error detected: Value 'x' at 'instanceId' failed to satisfy constraint: ...
//
// A message that does not list the violations must name a member. It must mention neither
// filters, whose keys have the same names, nor parameters that cannot be specified together.
func isInvalid(err error, members ...string) bool {
	code, message := apiError(err)
	if code != "ValidationException" {
		return false
	}
	message = strings.ToLower(message)
	if violations := violation.FindAllStringSubmatch(message, -1); len(violations) > 0 {
		return !slices.ContainsFunc(violations, func(v []string) bool { return !slices.Contains(members, v[1]) })
	}
	if strings.Contains(message, "validation errors detected") || strings.Contains(message, "filter") ||
		strings.Contains(message, "specified") {
		return false
	}
	return slices.ContainsFunc(word.FindAllString(message, -1), func(w string) bool { return slices.Contains(members, w) })
}

var (
	violation = regexp.MustCompile(`at '([^']*)' failed`)
	word      = regexp.MustCompile(`[a-z0-9_]+`)
)

// IsRefusedFilter reports whether AWS refused a filter or its value, and nothing else of the
// request.
func IsRefusedFilter(err error) bool {
	code, message := apiError(err)
	switch code {
	case "InvalidInstanceInformationFilterValue", "InvalidFilterKey", "InvalidFilterValue", "InvalidFilter",
		"InvalidFilterOption":
		return true
	case "ValidationException":
		message = strings.ToLower(message)
		violations := violation.FindAllStringSubmatch(message, -1)
		if len(violations) == 0 {
			return strings.Contains(message, "filter")
		}
		return !slices.ContainsFunc(violations, func(v []string) bool { return !strings.HasPrefix(v[1], "filters") })
	}
	return false
}

// IsUnknownOperation reports whether the endpoint does not offer the operation, as
// stand-ins for AWS do not offer all.
func IsUnknownOperation(err error) bool {
	code, _ := apiError(err)
	return code == "UnknownOperationException"
}

// IsStaleToken reports whether err means that a pagination token has expired.
func IsStaleToken(err error) bool {
	code, _ := apiError(err)
	return code == "InvalidNextToken"
}

// The likely causes of errors, and what to change.
const (
	causeNotAllowed = "the credentials may not call this operation here; " +
		"allow it in their IAM policy (see docs/index.md) and check service control policies"
	causeKeys     = "the secret key does not fit the access key, or the clock is wrong"
	causeExpired  = "the temporary credentials have expired; renew them"
	causeNone     = "the request carried no credentials; configure a profile or keys for the connection"
	causeNotValid = "the credentials are not valid; check the keys or the profile of the connection"
	causeRegion   = "the credentials are not valid in this region; " +
		"check the keys or the profile, and that the region is enabled for the account"
	causeRate = "AWS kept refusing the calls as too many even after retries; " +
		"other tools may share the account's quota"
	causeEndpoint = "the endpoint does not know the operation; check the argument \"endpoint_url\""
)

// likelyCauses holds the likely causes of AWS's errors by their codes.
var likelyCauses = map[string]string{
	"AccessDeniedException":               causeNotAllowed,
	"AccessDenied":                        causeNotAllowed,
	"UnrecognizedClientException":         causeRegion,
	"InvalidClientTokenId":                causeNotValid,
	"SignatureDoesNotMatch":               causeKeys,
	"InvalidSignatureException":           causeKeys,
	"ExpiredTokenException":               causeExpired,
	"ExpiredToken":                        causeExpired,
	"ThrottlingException":                 causeRate,
	"Throttling":                          causeRate,
	"MissingAuthenticationToken":          causeNone,
	"MissingAuthenticationTokenException": causeNone,
	"UnknownOperationException":           causeEndpoint,
	"UnknownError": "what answered named no error of AWS; " +
		`check the argument "endpoint_url", AWS_ENDPOINT_URL, and proxies`,

	// Of EC2.
	"UnauthorizedOperation": "the credentials may not list the regions; allow ec2:DescribeRegions in their IAM policy, " +
		`or name the regions in the argument "regions" instead of patterns`,
	"AuthFailure": "the credentials are not valid, or the clock is wrong; " +
		"check the keys or the profile of the connection",
	"RequestExpired": "the temporary credentials have expired, or the clock is wrong; " +
		"renew the credentials, or set the clock",
	"OptInRequired": "the account is not signed up for the service, or the region is not enabled; " +
		`enable it, or set another "default_region"`,
	"Blocked":              "AWS has blocked the account; contact AWS Support",
	"PendingVerification":  "AWS is still verifying the account, which can take hours; try again later",
	"RequestLimitExceeded": causeRate,
}

// explainedError is an error with a hint on what to change.
type explainedError struct {
	cause error
	hint  string
}

func (e *explainedError) Error() string { return e.cause.Error() + " (" + e.hint + ")" }
func (e *explainedError) Unwrap() error { return e.cause }
