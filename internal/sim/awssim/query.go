package awssim

import (
	"encoding/xml"
	"errors"
	"net/http"
	"net/url"
	"slices"
)

// actionUnknown counts calls of unknown actions, whose names could be anything.
const actionUnknown = "unknown"

// queryOperation is an operation of a service that speaks the query protocol: a
// form in, XML out.
type queryOperation struct {
	service, name, version string
	// free operations need no permission.
	free bool
	// resource returns the ARN that needs permission; nil for everything.
	resource func(form url.Values) string
	// answer returns a value to be encoded as XML.
	answer func(s *Server, c *call, form url.Values) (any, *apiError)
}

// queryDialect is how services that speak the query protocol differ.
type queryDialect struct {
	service string
	// renderError returns a value to be encoded as XML.
	renderError  func(e *apiError, requestID string) any
	missingToken *apiError
	unknownKey   *apiError
	throttled    *apiError
	expired      *apiError
	internal     *apiError
	denied       func(userARN, action, resource string) *apiError
}

func dialectOf(service string) queryDialect {
	if service == serviceEC2 {
		return ec2Dialect()
	}
	return stsDialect()
}

// answerQuery answers a request of the query protocol.
func (s *Server) answerQuery(c *call, bodyErr, credErr error) response {
	d := dialectOf(c.cred.service)
	form, formErr := url.ParseQuery(string(c.body))
	op, known := s.queries[c.cred.service+":"+form.Get("Action")]
	c.action = actionUnknown
	if known {
		c.action = op.name
	}
	switch {
	case errors.Is(credErr, errNoAuthorization):
		return xmlError(c, d, d.missingToken)
	case credErr != nil:
		return xmlError(c, d, badQuery("IncompleteSignature", "Authorization header is not of AWS Signature Version 4"))
	case bodyErr != nil || formErr != nil:
		return xmlError(c, d, badQuery("MalformedQueryString", "the request body is not a form"))
	}
	who, ok := s.directory.lookup(c.cred)
	if !ok {
		return xmlError(c, d, d.unknownKey)
	}
	c.who = who
	if slices.Contains(who.account.DisabledRegions, c.region) {
		return xmlError(c, d, d.unknownKey)
	}
	if !known || form.Get("Version") != op.version {
		return xmlError(c, d, badQuery("InvalidAction", "Could not find the operation for the version"))
	}
	struck := s.faults.strike(occasion{service: op.service, region: c.region, action: op.name})
	if f, ok := struck.replacement(); ok {
		return xmlFault(c, d, f.Kind)
	}
	resp := s.answerQueryOperation(c, d, op, form)
	struck.alterDelivery(&resp)
	return resp
}

func (s *Server) answerQueryOperation(c *call, d queryDialect, op queryOperation, form url.Values) response {
	if action := op.service + ":" + op.name; !op.free && !s.allowed(action) {
		resource := c.resource(op.service)
		if op.resource != nil {
			resource = op.resource(form)
		}
		return xmlError(c, d, d.denied(c.who.arn, action, resource))
	}
	answer, err := op.answer(s, c, form)
	if err != nil {
		return xmlError(c, d, err)
	}
	return xmlResponse(http.StatusOK, answer, OutcomeOK)
}

func badQuery(code, message string) *apiError {
	return &apiError{status: http.StatusBadRequest, code: code, message: message}
}

func xmlError(c *call, d queryDialect, e *apiError) response {
	return xmlResponse(e.status, d.renderError(e, c.requestID), e.code)
}

// xmlFault returns the answer of a fault that replaces the operation's.
func xmlFault(c *call, d queryDialect, kind FaultKind) response {
	switch kind {
	case Throttle:
		r := xmlError(c, d, d.throttled)
		r.immediate = true
		return r
	case AccessDenied:
		return xmlError(c, d, d.denied(c.who.arn, d.service+":"+c.action, c.resource(d.service)))
	case ExpiredToken:
		return xmlError(c, d, d.expired)
	case InternalError:
		return xmlError(c, d, d.internal)
	case MalformedJSON:
		return response{status: http.StatusOK, contentType: contentXML, outcome: kind.String(),
			body: []byte("<Response><Result><Broken")}
	default:
		return brokenTransport(kind)
	}
}

func xmlResponse(status int, v any, outcome string) response {
	body, err := xml.Marshal(v)
	if err != nil {
		return response{status: http.StatusInternalServerError, contentType: contentText, outcome: "InternalFailure",
			body: []byte("encode answer: " + err.Error())}
	}
	return response{status: status, contentType: contentXML, outcome: outcome, body: append([]byte(xml.Header), body...)}
}
