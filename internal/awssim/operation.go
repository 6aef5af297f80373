package awssim

import "steampipe-plugin-ssmassoc/internal/awssim/fleet"

// operation is one SSM action. Adding an action takes a file that returns an
// operation, and a line in ssmOperations.
type operation struct {
	name string
	// parse decodes and validates a body. Where it returns an error, the
	// request holds whatever was understood, for faults to match on.
	parse func(body object) (request, *apiError)
	// mapMembers names the members of the answer that are maps by the model.
	mapMembers []string
}

// ssmOperations lists the actions in an order that must only ever grow at its
// end: the place of an action decides how its last page looks.
func ssmOperations() []operation {
	return []operation{
		describeInstanceAssociationsStatus(),
		describeInstanceInformation(),
		listAssociations(),
		describeAssociation(),
		describeEffectiveInstanceAssociations(),
		describeAssociationExecutions(),
		describeAssociationExecutionTargets(),
		listCommandInvocations(),
		listAssociationVersions(),
		listComplianceItems(),
		listResourceComplianceSummaries(),
		describeAutomationExecutions(),
		getAutomationExecution(),
		listTagsForResource(),
	}
}

// request is a decoded request.
type request struct {
	instanceIDs []string // the nodes it names
	parameters  string   // all parameters but MaxResults and NextToken, to bind tokens to
	token       string   // NextToken, "" for the first page
	limit       int      // MaxResults or its default
	// answer computes the page of at most limit items that begins at start.
	answer func(r *fleet.Region, start, limit int) (reply, *apiError)
}

// reply is what an operation answers.
type reply struct {
	list  string // name of the list member, "" where the answer has no list
	items []any  // see wire
	next  int    // the place after the last item
	more  bool   // whether there are items from next on
	// members are further top-level members.
	members map[string]any
}
