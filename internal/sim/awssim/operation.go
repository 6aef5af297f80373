package awssim

import "steampipe-plugin-ssmassoc/internal/sim/fleet"

// operation is an SSM operation. To add one, write a file that returns it and
// list it in ssmOperations.
type operation struct {
	name string
	// parse decodes and validates a request body. On error, the request holds what
	// was decoded, for faults to match.
	parse func(body object) (request, *apiError)
	// mapMembers names the members of the answer that the model defines as maps.
	mapMembers []string
}

// ssmOperations lists the operations. Append only: the position of an operation
// decides how its last page ends.
func ssmOperations(opts Options) []operation {
	return []operation{
		describeInstanceAssociationsStatus(),
		describeInstanceInformation(opts),
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
		describeAutomationStepExecutions(),
	}
}

// Operations returns the names of the operations of SSM that are simulated.
func Operations() []string {
	var names []string
	for _, op := range ssmOperations(Options{}) {
		names = append(names, op.name)
	}
	return names
}

// request is a decoded request.
type request struct {
	instanceIDs []string // the nodes that it names
	parameters  string   // everything but MaxResults and NextToken, to bind tokens to
	token       string   // NextToken, "" for the first page
	limit       int      // MaxResults or its default
	// answer returns the page of at most limit items that begins at start.
	answer func(r *fleet.Region, start, limit int) (reply, *apiError)
}

// reply is the answer of an operation.
type reply struct {
	list  string // the name of the list member, "" for an answer without a list
	items []any  // see wire
	next  int    // the place after the last item
	more  bool   // whether there are items from next on
	// members are further top-level members.
	members map[string]any
}
