package awssim

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
)

// serviceSSM is the name of Systems Manager in credential scopes and actions.
const serviceSSM = "ssm"

// targetSSM precedes the name of the action in X-Amz-Target.
const targetSSM = "AmazonSSM."

// answerJSON answers an awsJson1.1 request.
func (s *Server) answerJSON(c *call, target string, bodyErr, credErr error) response {
	name, isSSM := strings.CutPrefix(target, targetSSM)
	op, known := s.operations[name]
	known = known && isSSM
	if known {
		c.action = name
	} else {
		c.action = actionUnknown
	}
	if err := s.admitJSON(c, bodyErr, credErr); err != nil {
		return s.jsonError(err)
	}
	c.leave = s.inflight.enter(c.region)
	if !known {
		return s.jsonError(common("UnknownOperationException", ""))
	}
	if !s.limiter.allow(bucketKey{account: c.who.accountID(), region: c.region, action: name}) {
		return s.jsonThrottled()
	}
	var req request
	parsed, err := parseObject(c.body)
	if err == nil {
		req, err = op.parse(parsed)
	}
	struck := s.faults.strike(occasion{
		service:     serviceSSM,
		region:      c.region,
		action:      name,
		instanceIDs: req.instanceIDs,
		hasToken:    req.token != "",
	})
	if f, ok := struck.replacement(); ok {
		return s.jsonFault(c, f.Kind)
	}
	resp := s.answerSSM(c, op, req, err, struck)
	struck.alterDelivery(&resp)
	return resp
}

// admitJSON identifies the caller and checks that it may use SSM in the region.
func (s *Server) admitJSON(c *call, bodyErr, credErr error) *apiError {
	switch {
	case errors.Is(credErr, errNoAuthorization):
		return common("MissingAuthenticationTokenException", "Missing Authentication Token")
	case credErr != nil:
		return common("IncompleteSignatureException", "Authorization header is not of AWS Signature Version 4")
	case c.cred.service != serviceSSM:
		return common("InvalidSignatureException", "Credential should be scoped to correct service: 'ssm'.")
	}
	who, ok := s.directory.lookup(c.cred)
	if !ok {
		return unrecognizedClient()
	}
	c.who = who
	if who.account.Fleet.Region(c.region) == nil || slices.Contains(who.account.DisabledRegions, c.region) {
		return unrecognizedClient()
	}
	if bodyErr != nil {
		return common("SerializationException", "request body cannot be read")
	}
	return nil
}

// answerSSM answers a call, whose request may be invalid. As in the service,
// permissions come first.
func (s *Server) answerSSM(c *call, op numberedOperation, req request, invalid *apiError, struck strikes) response {
	if action := "ssm:" + op.name; !s.allowed(action) {
		return s.jsonError(accessDenied(c.who.arn, action, c.resource(serviceSSM)))
	}
	if invalid != nil {
		return s.jsonError(invalid)
	}
	scope := tokenScope{account: c.who.accountID(), region: c.region, action: op.name, parameters: req.parameters}
	start := 0
	if req.token != "" {
		var ok bool
		if start, ok = s.tokens.open(scope, req.token); !ok {
			return s.jsonError(modelled("InvalidNextToken"))
		}
	}
	region := c.who.account.Fleet.Region(c.region)
	page, err := req.answer(region, start, req.limit)
	if err != nil {
		return s.jsonError(err)
	}
	struck.alterRows(&page)
	struck.alterPage(&page, start)

	members := make(map[string]any, len(page.members)+2)
	for name, value := range page.members {
		members[name] = value
	}
	if page.list != "" {
		items := make([]any, len(page.items))
		for i, it := range page.items {
			items[i] = wire(it)
		}
		members[page.list] = items
		switch {
		case page.more:
			members["NextToken"] = s.tokens.seal(scope, page.next)
		case (region.Position()+op.number)%2 == 0:
			// The service ends some lists with an empty token and others with none. Here
			// it varies by operation and region.
			members["NextToken"] = ""
		}
	}
	body, failure := json.Marshal(members)
	if failure == nil && struck.has(UnknownMembers) {
		body, failure = addUnknownMembers(body, op.mapMembers)
	}
	if failure != nil {
		return s.jsonError(internalError())
	}
	return response{status: http.StatusOK, contentType: contentJSON, body: body, outcome: OutcomeOK}
}

// jsonError encodes an error in awsJson1.1.
func (s *Server) jsonError(e *apiError) response {
	code := e.code
	if s.namespaced && e.namespace != "" {
		code = e.namespace + "#" + code
	}
	// Two strings always encode.
	body, _ := json.Marshal(struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}{code, e.message})
	return response{status: e.status, contentType: contentJSON, body: body, outcome: e.code}
}

func (s *Server) jsonThrottled() response {
	r := s.jsonError(throttled())
	r.immediate = true
	return r
}

// jsonFault returns the answer of a fault that replaces the operation's.
func (s *Server) jsonFault(c *call, kind FaultKind) response {
	switch kind {
	case Throttle:
		return s.jsonThrottled()
	case InvalidNextToken:
		return s.jsonError(modelled("InvalidNextToken"))
	case InvalidInstanceID:
		return s.jsonError(modelled("InvalidInstanceId"))
	case AccessDenied:
		return s.jsonError(accessDenied(c.who.arn, "ssm:"+c.action, c.resource(serviceSSM)))
	case ExpiredToken:
		return s.jsonError(expiredToken())
	case MalformedJSON:
		return response{status: http.StatusOK, contentType: contentJSON, outcome: kind.String(),
			body: []byte(`{"NextToken":"","InstanceAssociationStatusInfos":[{"AssociationId":"`)}
	case InternalError:
		return s.jsonError(internalError())
	default:
		return brokenTransport(kind)
	}
}

// brokenTransport returns the answer of a fault below any protocol.
func brokenTransport(kind FaultKind) response {
	if kind == ConnReset {
		return response{delivery: deliverReset, outcome: kind.String()}
	}
	return response{status: http.StatusServiceUnavailable, contentType: contentHTML, outcome: kind.String(),
		body: []byte("<html><body><b>Http/1.1 Service Unavailable</b></body> </html>\n")}
}
