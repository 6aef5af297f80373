package awsconn

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

// Code returns the code of the AWS error in err, such as AccessDeniedException, or "".
func Code(err error) string {
	code, _ := apiError(err)
	return code
}

// WithoutAnswer returns the AWS error in err without the HTTP response that the
// SDK's error holds on to.
func WithoutAnswer(err error) error {
	code, message := apiError(err)
	return &smithy.GenericAPIError{Code: code, Message: message}
}

// IsNoSuchNode tells whether err is AWS's way to say that a node id has nothing
// behind it here: unknown to this region, deregistered, its agent gone, hidden
// from this caller (InvalidInstanceId), or no node id at all (a
// ValidationException about the instance id and nothing else).
func IsNoSuchNode(err error) bool {
	code, _ := apiError(err)
	return code == "InvalidInstanceId" || isInvalid(err, "instanceid")
}

// IsNoSuchAssociation tells whether err is AWS's way to say that an association
// id has nothing behind it here: unknown to this region, deleted, or no
// association id at all.
func IsNoSuchAssociation(err error) bool {
	code, _ := apiError(err)
	return code == "AssociationDoesNotExist" || isInvalid(err, "associationid")
}

// IsNoSuchExecution tells the same of an execution, or of its association.
func IsNoSuchExecution(err error) bool {
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

// IsRefusedFilter tells whether err says that AWS does not take a filter, or its
// value.
func IsRefusedFilter(err error) bool {
	code, _ := apiError(err)
	return code == "InvalidInstanceInformationFilterValue" || code == "InvalidFilterKey"
}

// IsStaleToken tells whether err says that a pagination token is no longer good.
func IsStaleToken(err error) bool {
	code, _ := apiError(err)
	return code == "InvalidNextToken"
}

// What usually is behind errors, and what to change.
const (
	causeNotAllowed = "the credentials may not call this operation here; allow it in their IAM policy (see docs/index.md) and check service control policies"
	causeKeys       = "the secret key does not fit the access key, or the clock is wrong"
	causeExpired    = "the temporary credentials have expired; renew them (for example with aws sso login)"
	causeNone       = "the request carried no credentials; configure a profile or keys for the connection"
	causeNotValid   = "the credentials are not valid; check the keys or the profile of the connection"
	causeRegion     = "the credentials are not valid in this region; check the keys or the profile, and that the region is enabled for the account"
	causeRate       = "AWS kept refusing the calls as too many even after retries; other tools may share the account's quota"
	causeEndpoint   = "the endpoint does not know the operation; check the argument \"endpoint_url\""
)

// likelyCauses are the causes of AWS's errors by their codes.
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
	"UnknownError":                        "what answered named no error of AWS; check the argument \"endpoint_url\", AWS_ENDPOINT_URL, and proxies",

	// Of EC2.
	"UnauthorizedOperation": "the credentials may not list the regions; allow ec2:DescribeRegions in their IAM policy, or name the regions in the argument \"regions\" instead of patterns",
	"AuthFailure":           "the credentials are not valid, or the clock is wrong; check the keys or the profile of the connection",
	"RequestExpired":        "the temporary credentials have expired, or the clock is wrong; renew the credentials (for example with aws sso login), or set the clock",
	"OptInRequired":         "the account is not signed up for the service, or the region is not enabled; enable it, or set another \"default_region\"",
	"Blocked":               "AWS has blocked the account; contact AWS Support",
	"PendingVerification":   "AWS is still verifying the account, which can take hours; try again later",
	"RequestLimitExceeded":  causeRate,
}

// likelyCredentialCauses are the causes of failures to get credentials, by what
// the AWS SDK says, which has no types or codes for them.
var likelyCredentialCauses = []struct{ text, cause string }{
	{"no EC2 IMDS role found", `no credentials were found; set "profile", or "access_key" and "secret_key", for the connection, or give the AWS SDK some (aws configure, aws sso login, AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)`},
	{"the SSO session has expired or is invalid", "log in again with aws sso login"},
	{"failed to read cached SSO token file", "log in with aws sso login"},
	{"refresh cached SSO token failed", "log in again with aws sso login"},
	{"failed to get shared config profile", `the profile does not exist; check the argument "profile" and AWS_PROFILE against aws configure list-profiles`},
	{"process provider error", "the credential_process of the profile failed; run it by hand"},
}

// explain adds to an error of AWS or its SDK what is usually behind it and what
// to change, where that is known.
func explain(err error) error {
	code, _ := apiError(err)
	if cause, ok := likelyCauses[code]; ok {
		return &explainedError{cause: err, hint: cause}
	}
	text := err.Error()
	for _, likely := range likelyCredentialCauses {
		if strings.Contains(text, likely.text) {
			return &explainedError{cause: err, hint: likely.cause}
		}
	}
	return err
}

// explainedError is an error with a hint on what to change.
type explainedError struct {
	cause error
	hint  string
}

func (e *explainedError) Error() string { return e.cause.Error() + " (" + e.hint + ")" }
func (e *explainedError) Unwrap() error { return e.cause }
