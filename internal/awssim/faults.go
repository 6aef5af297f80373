package awssim

import (
	"time"

	"steampipe-plugin-ssmassoc/internal/awssim/fleet"
)

// Fault is something that goes wrong on purpose.
//
// A fault is matched against the calls of SSM actions. One for another service
// has to name its Action; the kinds that concern pages, rows or nodes do
// nothing there.
//
// Every call that matches a fault advances the numbering of that fault,
// whether or not it strikes and whether or not other faults strike too. Calls
// refused for their credentials or by the rate limit match no fault. Of the
// striking faults, the first in order that replaces the answer wins; where
// none does, those that alter it all take effect.
type Fault struct {
	Kind FaultKind
	// Region, Action and InstanceID restrict the fault; empty means any. A
	// call matches an InstanceID that it names, in an InstanceIds filter too.
	Region, Action, InstanceID string
	// Call is the number, from 1, of the matching call at which the fault
	// strikes first. 0 is every matching call, subject to Probability.
	Call int
	// Times is how often the fault strikes: with Call, at Call and those right
	// after it, 1 where 0; without Call, at most so often, unlimited where 0.
	Times int
	// Probability, without Call, is that of each matching call to be struck.
	// 0 means always. The draw depends on Seed and the number of the call.
	Probability float64
	Seed        uint64
	// Delay is how long SlowBody takes.
	Delay time.Duration
}

// FaultKind is what goes wrong.
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
	// MalformedJSON answers 200 with a body that breaks off in mid-value.
	MalformedJSON
	// SlowBody sends the headers, then the body in small parts over Delay.
	SlowBody
	// EmptyPageWithToken answers no items and a token that continues where the
	// request was, so no item is lost.
	EmptyPageWithToken
	// RepeatedToken answers the page asked for with a token that leads to that
	// same page: the request's own token where it had one.
	RepeatedToken
	// InvalidNextToken answers 400 InvalidNextToken. Only calls that carry a
	// token match.
	InvalidNextToken
	// InvalidInstanceID answers 400 InvalidInstanceId.
	InvalidInstanceID
	// AccessDenied answers 400 AccessDeniedException.
	AccessDenied
	// ExpiredToken answers 400 ExpiredTokenException.
	ExpiredToken
	// UnknownMembers adds members that no model knows to the objects of the
	// answer, at every level.
	UnknownMembers
	// NullInnerOutput makes the S3OutputUrl of every row null.
	NullInnerOutput
	// LongErrorCode gives every row an error code of 17 characters, more than
	// the service model allows.
	LongErrorCode
	// FractionalDates gives every row's date a fraction of a second.
	FractionalDates
	// NoDates leaves the date out of every row.
	NoDates
	// TokenOnLastPage gives the last page a token too, which leads to an empty
	// page without one.
	TokenOnLastPage
)

// String names the kind. For kinds whose answer carries no error code it is
// the outcome that calls are counted under.
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

// Apply returns what a fault of the kind makes of a row. Kinds that do not
// alter data return the row as it is.
func (k FaultKind) Apply(a fleet.AssociationStatus) fleet.AssociationStatus {
	switch k {
	case NullInnerOutput:
		a.OutputURL, a.OutputURLShape = nil, fleet.OutputInnerNull
	case LongErrorCode:
		a.ErrorCode = new(fleet.LongErrorCode)
	case FractionalDates:
		if a.ExecutionDate != nil && *a.ExecutionDate%1000 == 0 {
			// 1 to 999 ms, different from row to row.
			seconds := *a.ExecutionDate / 1000
			a.ExecutionDate = new(*a.ExecutionDate + 1 + seconds%999)
		}
	case NoDates:
		a.ExecutionDate = nil
	}
	return a
}

// replaces tells whether the kind takes the place of the answer, so that it
// need not be computed.
func (k FaultKind) replaces() bool {
	switch k {
	case Throttle, InternalError, Unavailable, ConnReset, MalformedJSON,
		InvalidNextToken, InvalidInstanceID, AccessDenied, ExpiredToken:
		return true
	default:
		return false
	}
}

// ssmOnly tells whether the kind has no meaning outside SSM.
func (k FaultKind) ssmOnly() bool {
	switch k {
	case EmptyPageWithToken, RepeatedToken, InvalidNextToken, InvalidInstanceID, UnknownMembers,
		NullInnerOutput, LongErrorCode, FractionalDates, NoDates, TokenOnLastPage:
		return true
	default:
		return false
	}
}
