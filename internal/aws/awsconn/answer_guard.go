package awsconn

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"steampipe-plugin-ssmassoc/internal/aws/throttle"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"golang.org/x/sync/semaphore"
)

// answerGuard stands between the endpoints of a connection and the AWS SDK, which reads
// an answer of any length, takes an empty body for an answer without members, and waits
// for as long as the endpoint likes. The guard reads each answer itself, in bounded time
// and memory, and passes on only complete answers.
//
// It covers every client made from the connection's AWS configuration, including those
// of credential providers.
type answerGuard struct {
	connection string // its name
	ownURL     bool   // whether the connection has the argument endpoint_url
	callTime   time.Duration
	waiting    func(Wait) // nil for nobody
	// large bounds the large answers held at once, each until it is decoded.
	large *semaphore.Weighted
}

// Wait is a request that an endpoint has not answered for some seconds.
type Wait struct {
	Connection, Region, Operation, Host string
	Silent                              time.Duration
}

func newAnswerGuard(connection string, config Config) *answerGuard {
	callTime := defaultMaxCallSeconds
	if n := config.MaxCallSeconds; n != nil {
		callTime = *n
	}
	return &answerGuard{
		connection: connection,
		ownURL:     config.EndpointURL != nil,
		callTime:   time.Duration(callTime) * time.Second,
		large:      semaphore.NewWeighted(maxLargeAnswers),
	}
}

const (
	// maxXMLBytes bounds an answer of STS, EC2 or another source of credentials,
	// and maxErrorBytes an error.
	maxXMLBytes   = 1 << 20
	maxErrorBytes = 64 << 10
)

// install is an option for the API clients of the connection.
func (g *answerGuard) install(stack *middleware.Stack) error {
	err := stack.Initialize.Add(middleware.InitializeMiddlewareFunc("MeasureCall", func(
		ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
	) (middleware.InitializeOutput, middleware.Metadata, error) {
		return next.HandleInitialize(context.WithValue(ctx, callTimeKey{}, &callTime{most: g.callTime}), in)
	}), middleware.Before)
	if err != nil {
		return err
	}
	// Next to the transport: the client of S3 has steps that read a whole answer.
	return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("GuardAnswer", g.attempt), middleware.After)
}

// attempt makes one attempt of a call: it sends the request and reads the answer.
func (g *answerGuard) attempt(
	ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
) (out middleware.DeserializeOutput, metadata middleware.Metadata, err error) {
	host, headers := "", http.Header{}
	service, operation := awsmiddleware.GetServiceID(ctx), awsmiddleware.GetOperationName(ctx)
	call, patience := callTimeFrom(ctx), usualPatience
	request, ok := in.Request.(*smithyhttp.Request)
	if ok {
		host, headers = request.URL.Host, request.Header
	}
	if service == s3Service {
		patience = patienceOfS3(operation, request.ContentLength)
		call.most = max(call.most, 2*patience.attempt)
	}
	attemptCtx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	w := startWatch(patience, call, host, cancel, func(silent time.Duration) {
		wait := Wait{g.connection, awsmiddleware.GetRegion(ctx), operation, host, silent}
		logger(ctx).Warn("waiting for AWS", "connection", wait.Connection, "region", wait.Region,
			"operation", wait.Operation, "host", host, "seconds", int(silent.Seconds()))
		if g.waiting != nil {
			g.waiting(wait)
		}
	})
	defer w.end()
	if service == s3Service {
		if in.Request, err = watchedUpload(request, w); err != nil {
			return out, metadata, err
		}
	}

	out, metadata, err = next.HandleDeserialize(attemptCtx, in)
	response, ok := out.RawResponse.(*smithyhttp.Response)
	if err == nil && ok {
		a := answer{response: response, request: headers, host: host, service: service, operation: operation}
		a.most = a.bound(ctx)
		err = g.take(attemptCtx, a, w)
	}
	switch cause := context.Cause(attemptCtx); {
	case err == nil:
	case ctx.Err() != nil:
		err = &smithy.CanceledError{Err: ctx.Err()}
	case cause != nil:
		err = cause // the watch ended the attempt
	}
	return out, metadata, err
}

// answer is an HTTP response on its way to the SDK.
type answer struct {
	response      *smithyhttp.Response
	request       http.Header
	host, service string
	operation     string
	most          bound
}

// take reads and checks an answer and leaves its body in memory for the SDK.
func (g *answerGuard) take(ctx context.Context, a answer, w *watch) error {
	body := a.response.Body
	// The SDK finds no body in an answer that is not good.
	a.response.Body = http.NoBody
	defer func() { _ = body.Close() }()

	if status := a.response.StatusCode; status >= 300 && status < 400 && !a.isWrongRegion() {
		return g.redirected(a)
	}
	content := &content{places: g.large, watch: w}
	err := content.read(ctx, &progressReader{body, w}, a.most.bytes)
	if err == nil && !a.succeeded() {
		content.bytes = withoutTokens(content.bytes, a.request)
	}
	if err == nil {
		err = g.check(ctx, a, content)
	}
	if err != nil {
		content.release()
		return g.tooLong(a, a.repeatable(err))
	}
	noteSize(ctx, len(content.bytes))
	a.response.Body = &inMemory{bytes.NewReader(content.bytes), content}
	return nil
}

// bound returns the bound on the answer.
func (a answer) bound(ctx context.Context) bound {
	switch {
	case !a.succeeded():
		return bound{bytes: maxErrorBytes, values: pageBound.values}
	case a.service == "SSM":
		return boundOf(ctx)
	case a.service == s3Service:
		return a.boundOfS3()
	}
	return bound{bytes: maxXMLBytes}
}

func (a answer) succeeded() bool { return a.response.StatusCode/100 == 2 }

// check returns an error if the answer is not AWS's, or is not complete.
func (g *answerGuard) check(ctx context.Context, a answer, c *content) error {
	var err error
	switch {
	case a.service == s3Service:
		return g.checkS3(a, c.bytes)
	case a.service != "SSM" && a.service != "STS" && a.service != "EC2":
		return nil
	case !a.succeeded():
		if !a.isErrorOfAWS(c.bytes) {
			return g.notAWS(a, c.bytes)
		}
		return nil
	case a.service == "SSM":
		var values int
		values, err = checkJSON(c.bytes, a.most.values)
		switch member, known := answerMembers[a.operation]; {
		case err != nil:
		case isErrorObject(c.bytes):
			c.bytes = withoutTokens(c.bytes, a.request)
			// The SDK reads an error only from an answer with such a status.
			a.response.StatusCode = http.StatusBadRequest
		case known && !member.isIn(c.bytes):
			err = g.notAWS(a, c.bytes)
		case values > ordinaryValues:
			err = c.becomeLarge(ctx)
		}
	default:
		err = checkXML(c.bytes)
	}
	switch {
	case looksLikeHTML(c.bytes): // even if it is well-formed XML
		err = g.notAWS(a, c.bytes)
	case err == nil || errors.Is(err, errTooManyValues) || ctx.Err() != nil:
		return err
	}
	return &smithy.DeserializationError{Err: err} // which is retried
}

// isErrorOfAWS reports whether an error response has the form of AWS's.
func (a answer) isErrorOfAWS(body []byte) bool {
	if a.service == "SSM" {
		if a.response.Header.Get("X-Amzn-Errortype") != "" && len(bytes.TrimSpace(body)) == 0 {
			return true
		}
		_, err := checkJSON(body, a.most.values)
		return err == nil
	}
	var refusal struct {
		Code  string `xml:"Error>Code"`        // of STS
		Codes string `xml:"Errors>Error>Code"` // of EC2
	}
	return xml.Unmarshal(body, &refusal) == nil && refusal.Code+refusal.Codes != ""
}

// notAWS returns the error for an answer that did not come from AWS.
func (g *answerGuard) notAWS(a answer, body []byte) error {
	shown := "and an empty body"
	if text := bytes.TrimSpace(withoutTokens(body, a.request)); len(text) > 0 {
		const most = 60
		shown = fmt.Sprintf("and %.80q", text[:min(len(text), most)])
	}
	status := a.response.StatusCode
	return fmt.Errorf("%s is not AWS, or something on the way answers in its place: "+
		"it answered with HTTP status %d %s %s; %s",
		a.host, status, http.StatusText(status), shown, g.checkEndpoint())
}

// redirected returns the error for a redirect, which AWS never sends.
func (g *answerGuard) redirected(a answer) error {
	to := "nowhere"
	if location := a.response.Header.Get("Location"); location != "" {
		to = "an address that is not valid"
		// The user, the password and the query may be secret.
		if u, err := url.Parse(location); err == nil {
			to = (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
		}
	}
	return fmt.Errorf("%s redirects to %s (HTTP status %d), which AWS does not; %s",
		a.host, to, a.response.StatusCode, g.checkEndpoint())
}

// tooLong turns errTooLong and errTooManyValues into errors that a user can act on. They
// are final: another attempt would read as much again.
func (g *answerGuard) tooLong(a answer, err error) error {
	switch {
	case errors.Is(err, errTooLong):
		err = fmt.Errorf("the answer of %s exceeds %d KB; %s",
			a.host, a.most.bytes>>10, g.checkEndpoint())
	case errors.Is(err, errTooManyValues):
		err = fmt.Errorf("the answer of %s has more than %d values; %s",
			a.host, a.most.values, g.checkEndpoint())
	default:
		return err
	}
	if a.service == "SSM" && a.succeeded() {
		err = &tooLargeError{err}
	}
	return throttle.Final(err)
}

// checkEndpoint returns the advice for an endpoint that is not AWS.
func (g *answerGuard) checkEndpoint() string {
	if g.ownURL {
		return `check the argument "endpoint_url"`
	}
	return "check AWS_ENDPOINT_URL, the profile's endpoint_url, and proxies (HTTPS_PROXY)"
}
