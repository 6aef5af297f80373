package fleet

import "steampipe-plugin-ssmassoc/internal/sim/random"

// outcome is how a run ended: the members of a row that must agree.
type outcome struct {
	status, detailed, summary *string
	ran                       bool // whether it ran: if not, there is no date and no summary
	failed                    bool // whether it failed: if so, there is an error code
}

// vocabulary holds values shared by rows, so that a row needs few allocations.
// The error codes are the agent's.
type vocabulary struct {
	success, failed, timedOut, pending, inProgress, skipped, associated outcome
	errorCodes                                                          []*string
	noError                                                             *string
}

func newVocabulary() *vocabulary {
	return &vocabulary{
		success: outcome{status: new("Success"), detailed: new("Success"), ran: true,
			summary: new("1 out of 1 plugin processed, 1 success, 0 failed, 0 timedout, 0 skipped. ")},
		failed: outcome{status: new("Failed"), detailed: new("Failed"), ran: true, failed: true,
			summary: new("1 out of 1 plugin processed, 0 success, 1 failed, 0 timedout, 0 skipped. ")},
		timedOut: outcome{status: new("TimedOut"), detailed: new("ExecutionTimedOut"), ran: true, failed: true,
			summary: new("1 out of 1 plugin processed, 0 success, 0 failed, 1 timedout, 0 skipped. ")},
		skipped: outcome{status: new("Skipped"), detailed: new("Skipped"), ran: true,
			summary: new("1 out of 1 plugin processed, 0 success, 0 failed, 0 timedout, 1 skipped. ")},
		inProgress: outcome{status: new("InProgress"), detailed: new("InProgress"), ran: true,
			summary: new("0 out of 1 plugin processed, 0 success, 0 failed, 0 timedout, 0 skipped. ")},
		pending:    outcome{status: new("Pending"), detailed: new("Associated")},
		associated: outcome{status: new("Associated"), detailed: new("Associated")},
		errorCodes: []*string{
			new("ExecutionError"),
			new("InvalidAssoc"),
			new("ListAssocError"),
			new("SubmitAssocError"),
			new(LongErrorCode),
		},
		noError: new("NoError"),
	}
}

// LongErrorCode has 17 characters; the service model allows 10.
const LongErrorCode = "StuckAtInProgress"

// all returns every outcome once.
func (v *vocabulary) all() []outcome {
	return []outcome{v.success, v.failed, v.timedOut, v.pending, v.inProgress, v.skipped, v.associated}
}

// draw picks an outcome. A little more than 85 % are successes, to offset the
// failures of the special nodes.
func (v *vocabulary) draw(s *random.Stream) outcome {
	switch p := s.Below(1000); {
	case p < 870:
		return v.success
	case p < 930:
		return v.failed
	case p < 950:
		return v.timedOut
	case p < 965:
		return v.pending
	case p < 980:
		return v.inProgress
	case p < 990:
		return v.skipped
	default:
		return v.associated
	}
}
