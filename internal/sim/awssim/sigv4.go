package awssim

import (
	"errors"
	"net/http"
	"strings"
)

// credential is the identity and scope that a request claims; its signature is
// not verified.
type credential struct {
	accessKeyID  string
	region       string
	service      string
	sessionToken string
}

var (
	errNoAuthorization  = errors.New("no authorization header")
	errBadAuthorization = errors.New("authorization header is not of signature version 4")
)

// parseCredential reads the scope of a Signature Version 4 Authorization
// header: Credential=KEY/DATE/REGION/SERVICE/aws4_request.
func parseCredential(h http.Header) (credential, error) {
	authorization := h.Get("Authorization")
	if authorization == "" {
		return credential{}, errNoAuthorization
	}
	parameters, ok := strings.CutPrefix(authorization, "AWS4-HMAC-SHA256 ")
	if !ok {
		return credential{}, errBadAuthorization
	}
	for parameter := range strings.SplitSeq(parameters, ",") {
		scope, ok := strings.CutPrefix(strings.TrimSpace(parameter), "Credential=")
		if !ok {
			continue
		}
		parts := strings.Split(scope, "/")
		if len(parts) != 5 || parts[4] != "aws4_request" || parts[0] == "" || parts[2] == "" || parts[3] == "" {
			return credential{}, errBadAuthorization
		}
		return credential{
			accessKeyID:  parts[0],
			region:       parts[2],
			service:      parts[3],
			sessionToken: h.Get("X-Amz-Security-Token"),
		}, nil
	}
	return credential{}, errBadAuthorization
}
