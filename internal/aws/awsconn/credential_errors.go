package awsconn

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/smithy-go"
)

// credentialsError is a failure to get credentials. Its text holds nothing that came from
// a source of credentials: programs, files and services put secrets where nobody expects
// them, and the AWS SDK repeats what it cannot read. Its cause, which may, is only for
// telling kinds of errors apart.
type credentialsError struct {
	text, hint string
	cause      error
}

func (e *credentialsError) Error() string {
	if e.hint == "" {
		return e.text
	}
	return e.text + " (" + e.hint + ")"
}

func (e *credentialsError) Unwrap() error { return e.cause }

// statement is an error whose text is the plugin's own.
type statement string

func (s statement) Error() string { return string(s) }

// hinted is a statement with what to change.
type hinted struct{ text, hint string }

func (e *hinted) Error() string { return e.text + " (" + e.hint + ")" }

// asCredentialsError returns an error of a provider, or of the search for one, as such an
// error. The text of both is the plugin's own.
func asCredentialsError(err error) error {
	if _, ok := errors.AsType[*credentialsError](err); ok {
		return err
	}
	return &credentialsError{text: err.Error(), cause: err}
}

// sealed returns an error for what failed, with the cause in the plugin's own words.
// Every error of a source of credentials passes through here. secrets are texts that were
// sent to the source, which might repeat them.
func sealed(what string, cause error, secrets []string) *credentialsError {
	var (
		inner *credentialsError
		own   *hinted
		e     = &credentialsError{cause: cause}
	)
	switch {
	case errors.As(cause, &inner): // of the source of a role
		e.text, e.hint = inner.text, inner.hint
	case errors.Is(cause, errNoSource):
		return &credentialsError{errNoSource.text, errNoSource.hint, cause}
	case errors.As(cause, &own):
		e.text, e.hint = own.text, own.hint
	default:
		e.text = ownWords(cause, secrets)
	}
	e.text = what + ": " + e.text
	return e
}

// ownWords describes an error without repeating what an endpoint, a file or a program
// said.
func ownWords(err error, secrets []string) string {
	var own statement
	if errors.As(err, &own) {
		return own.Error()
	}
	if code, message := apiError(err); isCode(code) {
		if message == "" || isRepeated(message, secrets) {
			return code
		}
		return code + ": " + message
	}
	if text := transportError(err); text != "" {
		return text
	}
	var file *fs.PathError
	if errors.As(err, &file) {
		return file.Error()
	}
	return "the answer is not from AWS, or is incomplete; check the endpoint and proxies (HTTPS_PROXY)"
}

// isCode reports whether a text has the form of AWS's error codes.
func isCode(text string) bool {
	return text != "" && len(text) <= 80 && !strings.ContainsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '.' && r != '_'
	})
}

func isRepeated(text string, secrets []string) bool {
	return slices.ContainsFunc(secrets, func(secret string) bool {
		secret = strings.TrimSpace(secret)
		return secret != "" && strings.Contains(text, secret)
	})
}

// transportError returns the text of an error on the way to an endpoint, or "".
func transportError(err error) string {
	for _, as := range []func(error) error{
		as[*callTimeError], as[*stallError], as[*tls.CertificateVerificationError],
		as[x509.UnknownAuthorityError], as[x509.HostnameError], as[*net.DNSError], as[*net.OpError],
	} {
		if found := as(err); found != nil {
			return found.Error()
		}
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		return "there was no answer in time"
	}
	return ""
}

// as returns the error of a type in the tree of err, or nil.
func as[E error](err error) error {
	if found, ok := errors.AsType[E](err); ok {
		return found
	}
	return nil
}

// loginProvider provides credentials from the session of a login, whose token is in a
// file.
type loginProvider struct {
	aws.CredentialsProvider
	path  string // of the token
	again string // the command that logs in
}

// Retrieve returns the credentials of the session.
func (p loginProvider) Retrieve(ctx context.Context) (aws.Credentials, error) {
	credentials, err := p.CredentialsProvider.Retrieve(ctx)
	if err == nil || ctx.Err() != nil || transportError(err) != "" {
		return credentials, err
	}
	if _, missing := os.Stat(p.path); errors.Is(missing, fs.ErrNotExist) {
		return credentials, &hinted{"there is no session", "log in with " + p.again}
	}
	var (
		token     *ssocreds.InvalidTokenError
		operation *smithy.OperationError
		broken    *smithy.DeserializationError
		file      *fs.PathError
		own       statement
	)
	code, _ := apiError(err)
	switch {
	case errors.As(err, &file) || errors.As(err, &own):
		return credentials, err
	case code == "UnauthorizedException" || code == "InvalidGrantException" || code == "ExpiredTokenException" ||
		errors.As(err, &token):
		return credentials, &hinted{"the session has expired or was ended", "log in again with " + p.again}
	case code == "ForbiddenException" || code == "ResourceNotFoundException":
		return credentials, &hinted{code, "check sso_account_id and sso_role_name, and that the role is assigned to you"}
	case isCode(code):
		return credentials, statement(code) // the message may repeat the token
	case errors.As(err, &operation) || errors.As(err, &broken):
		return credentials, err // of a proxy, an endpoint or an answer, not of the token
	}
	// Neither the network nor the service: the token.
	return credentials, &hinted{"the session has expired, or its token cannot be read", "log in again with " + p.again}
}
