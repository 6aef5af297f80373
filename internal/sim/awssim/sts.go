package awssim

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"time"
)

const (
	serviceSTS = "sts"
	versionSTS = "2011-06-15"
)

func stsOperations() []queryOperation {
	return []queryOperation{
		{service: serviceSTS, name: "GetCallerIdentity", version: versionSTS, free: true, answer: getCallerIdentity},
		{service: serviceSTS, name: "AssumeRole", version: versionSTS, answer: assumeRole(),
			resource: func(form url.Values) string { return form.Get("RoleArn") }},
	}
}

func stsDialect() queryDialect {
	return queryDialect{
		service: serviceSTS,
		renderError: func(e *apiError, requestID string) any {
			type detail struct{ Type, Code, Message string }
			kind := "Sender"
			if e.status >= http.StatusInternalServerError {
				kind = "Receiver"
			}
			return struct {
				XMLName   xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ ErrorResponse"`
				Error     detail
				RequestID string `xml:"RequestId"`
			}{Error: detail{Type: kind, Code: e.code, Message: e.message}, RequestID: requestID}
		},
		missingToken: &apiError{
			status:  http.StatusForbidden,
			code:    "MissingAuthenticationToken",
			message: "Request is missing Authentication Token",
		},
		unknownKey: &apiError{
			status:  http.StatusForbidden,
			code:    "InvalidClientTokenId",
			message: "The security token included in the request is invalid.",
		},
		throttled: &apiError{status: http.StatusBadRequest, code: "Throttling", message: "Rate exceeded"},
		expired: &apiError{
			status:  http.StatusForbidden,
			code:    "ExpiredToken",
			message: "The security token included in the request is expired",
		},
		internal: &apiError{
			status:  http.StatusInternalServerError,
			code:    "InternalFailure",
			message: "An error occurred on the server side.",
		},
		denied: stsDenied,
	}
}

func stsDenied(userARN, action, resource string) *apiError {
	return &apiError{status: http.StatusForbidden, code: "AccessDenied",
		message: fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s", userARN, action, resource)}
}

type stsMetadata struct {
	RequestID string `xml:"RequestId"`
}

func getCallerIdentity(_ *Server, c *call, _ url.Values) (any, *apiError) {
	type result struct {
		ARN     string `xml:"Arn"`
		UserID  string `xml:"UserId"`
		Account string `xml:"Account"`
	}
	return struct {
		XMLName  xml.Name    `xml:"https://sts.amazonaws.com/doc/2011-06-15/ GetCallerIdentityResponse"`
		Result   result      `xml:"GetCallerIdentityResult"`
		Metadata stsMetadata `xml:"ResponseMetadata"`
	}{
		Result:   result{ARN: c.who.arn, UserID: c.who.userID, Account: c.who.accountID()},
		Metadata: stsMetadata{c.requestID},
	}, nil
}

// Bounds of the duration of a role session in seconds, from the STS model.
const (
	leastSession   = 900
	defaultSession = 3600
	maxSession     = 43200
)

// assumeRole hands out credentials for a role. An unknown role gets the same
// error as one that does not trust the caller.
func assumeRole() func(*Server, *call, url.Values) (any, *apiError) {
	roleARN := regexp.MustCompile(`^arn:[\w-]+:iam::(\d{12}):role/(?:[\w+=,.@/-]*/)?([\w+=,.@-]{1,64})$`)
	sessionName := regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
	return func(s *Server, c *call, form url.Values) (any, *apiError) {
		arn, name := form.Get("RoleArn"), form.Get("RoleSessionName")
		parts := roleARN.FindStringSubmatch(arn)
		duration, err := sessionDuration(form.Get("DurationSeconds"))
		switch {
		case parts == nil:
			return nil, stsInvalid(fmt.Sprintf("%s is invalid", arn))
		case !sessionName.MatchString(name):
			return nil, stsInvalid(fmt.Sprintf("1 validation error detected: Value '%s' at 'roleSessionName' "+
				"failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*", name))
		case err != nil:
			return nil, err
		}
		account := s.directory.account(parts[1])
		if account == nil {
			return nil, stsDenied(c.who.arn, "sts:AssumeRole", arn)
		}
		role, ok := account.Roles[parts[2]]
		if !ok || role.ExternalID != "" && role.ExternalID != form.Get("ExternalId") {
			return nil, stsDenied(c.who.arn, "sts:AssumeRole", arn)
		}
		return assumedRole(s.directory.open(account, parts[2], name), duration, c.requestID), nil
	}
}

func stsInvalid(message string) *apiError {
	return badQuery("ValidationError", message)
}

func sessionDuration(seconds string) (time.Duration, *apiError) {
	if seconds == "" {
		return defaultSession * time.Second, nil
	}
	n, err := strconv.Atoi(seconds)
	if err != nil || n < leastSession || n > maxSession {
		return 0, stsInvalid(fmt.Sprintf("1 validation error detected: Value '%s' at 'durationSeconds' "+
			"failed to satisfy constraint: Member must have value between %d and %d", seconds, leastSession, maxSession))
	}
	return time.Duration(n) * time.Second, nil
}

// assumedRole returns the answer to AssumeRole. Its expiration is the only date
// taken from the clock, since clients compare it with theirs.
func assumedRole(session session, duration time.Duration, requestID string) any {
	type credentials struct {
		AccessKeyID     string `xml:"AccessKeyId"`
		SecretAccessKey string `xml:"SecretAccessKey"`
		SessionToken    string `xml:"SessionToken"`
		Expiration      string `xml:"Expiration"`
	}
	type user struct {
		ARN    string `xml:"Arn"`
		RoleID string `xml:"AssumedRoleId"`
	}
	type result struct {
		Credentials credentials
		User        user `xml:"AssumedRoleUser"`
	}
	return struct {
		XMLName  xml.Name    `xml:"https://sts.amazonaws.com/doc/2011-06-15/ AssumeRoleResponse"`
		Result   result      `xml:"AssumeRoleResult"`
		Metadata stsMetadata `xml:"ResponseMetadata"`
	}{
		Result: result{
			Credentials: credentials{
				AccessKeyID:     session.accessKeyID,
				SecretAccessKey: session.secretAccessKey,
				SessionToken:    session.token,
				Expiration:      time.Now().Add(duration).UTC().Format(time.RFC3339),
			},
			User: user{ARN: session.arn, RoleID: session.userID},
		},
		Metadata: stsMetadata{requestID},
	}
}
