package awssim

import (
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// Fault is a deliberate failure.
//
// A fault matches calls of SSM operations. To match a call of another service
// it must name the Action; kinds that concern pages, rows or nodes have no
// effect there.
//
// Every matching call counts, whether or not this fault or another strikes.
// Calls refused for their credentials or by the rate limit match no fault. If
// several faults strike a call, the first that replaces the answer wins;
// otherwise all alterations apply.
type Fault struct {
	Kind FaultKind
	// Region, Action and InstanceID restrict the fault; empty matches any.
	// InstanceID matches a call that names the node, also in an InstanceIds
	// filter.
	Region, Action, InstanceID string
	// Call is the number, from 1, of the first matching call to strike. 0 means
	// every matching call, subject to Probability.
	Call int
	// Times is the number of strikes. With Call it counts consecutive calls and
	// defaults to 1; without Call it is an upper bound, and 0 means no bound.
	Times int
	// Probability, without Call, is the chance that a matching call is struck; 0
	// means always. Draws depend on Seed and the number of the call.
	Probability float64
	Seed        uint64
	// Delay is the duration of SlowBody.
	Delay time.Duration
}

// FaultKind is a kind of failure.
type FaultKind uint8

const (
	// Throttle answers 400 ThrottlingException, at once.
	Throttle FaultKind = iota + 1
	// InternalError answers 500 InternalServerError.
	InternalError
	// Unavailable answers 503 with a page of HTML, as a load balancer does.
	Unavailable
	// ConnReset resets the TCP connection instead of answering.
	ConnReset
	// TruncatedBody promises the whole answer, sends half and closes.
	TruncatedBody
	// MalformedJSON answers 200 with a body that breaks off within a value.
	MalformedJSON
	// SlowBody sends the headers, then the body in small parts over Delay.
	SlowBody
	// EmptyPageWithToken answers an empty page whose token continues at the same
	// place, so that no item is lost.
	EmptyPageWithToken
	// RepeatedToken answers the requested page with a token that leads to the same
	// page again: the request's own, if it had one.
	RepeatedToken
	// InvalidNextToken answers 400 InvalidNextToken. It matches only calls with a
	// token.
	InvalidNextToken
	// InvalidInstanceID answers 400 InvalidInstanceId.
	InvalidInstanceID
	// AccessDenied answers 400 AccessDeniedException.
	AccessDenied
	// ExpiredToken answers 400 ExpiredTokenException.
	ExpiredToken
	// UnknownMembers adds members unknown to the model to the objects of the
	// answer, at every level.
	UnknownMembers
	// NullInnerOutput makes the S3OutputUrl of every row null.
	NullInnerOutput
	// LongErrorCode gives every row an error code of 17 characters; the service
	// model allows 10.
	LongErrorCode
	// FractionalDates gives every row's date a fraction of a second.
	FractionalDates
	// NoDates omits the date of every row.
	NoDates
	// TokenOnLastPage gives the last page a token, too, which leads to an empty
	// page without one.
	TokenOnLastPage
)

// String returns the name of the kind, which is also the outcome of a call
// whose answer has no error code.
func (k FaultKind) String() string {
	switch k {
	case Throttle:
		return "throttle"
	case InternalError:
		return "internal-error"
	case Unavailable:
		return "unavailable"
	case ConnReset:
		return "reset"
	case TruncatedBody:
		return "truncated"
	case MalformedJSON:
		return "malformed"
	case SlowBody:
		return "slow"
	case EmptyPageWithToken:
		return "empty-page-with-token"
	case RepeatedToken:
		return "repeated-token"
	case InvalidNextToken:
		return "invalid-next-token"
	case InvalidInstanceID:
		return "invalid-instance-id"
	case AccessDenied:
		return "access-denied"
	case ExpiredToken:
		return "expired-token"
	case UnknownMembers:
		return "unknown-members"
	case NullInnerOutput:
		return "null-inner-output"
	case LongErrorCode:
		return "long-error-code"
	case FractionalDates:
		return "fractional-dates"
	case NoDates:
		return "no-dates"
	case TokenOnLastPage:
		return "token-on-last-page"
	default:
		return "none"
	}
}

// Apply returns the row as altered by a fault of the kind; kinds that do not
// alter rows return it unchanged.
func (k FaultKind) Apply(a fleet.AssociationStatus) fleet.AssociationStatus {
	switch k {
	case NullInnerOutput:
		a.OutputURL, a.OutputURLShape = nil, fleet.OutputInnerNull
	case LongErrorCode:
		a.ErrorCode = new(fleet.LongErrorCode)
	case FractionalDates:
		if a.ExecutionDate != nil && *a.ExecutionDate%1000 == 0 {
			// 1 to 999 ms, varying from row to row.
			seconds := *a.ExecutionDate / 1000
			a.ExecutionDate = new(*a.ExecutionDate + 1 + seconds%999)
		}
	case NoDates:
		a.ExecutionDate = nil
	}
	return a
}

// replaces reports whether the kind replaces the answer, which then need not be
// computed.
func (k FaultKind) replaces() bool {
	switch k {
	case Throttle, InternalError, Unavailable, ConnReset, MalformedJSON,
		InvalidNextToken, InvalidInstanceID, AccessDenied, ExpiredToken:
		return true
	default:
		return false
	}
}

// ssmOnly reports whether the kind has an effect in SSM only.
func (k FaultKind) ssmOnly() bool {
	switch k {
	case EmptyPageWithToken, RepeatedToken, InvalidNextToken, InvalidInstanceID, UnknownMembers,
		NullInnerOutput, LongErrorCode, FractionalDates, NoDates, TokenOnLastPage:
		return true
	default:
		return false
	}
}
