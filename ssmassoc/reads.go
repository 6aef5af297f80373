package ssmassoc

// Reads describes the operations that a scan of a table uses in each target region.
type Reads struct {
	// Operation returns the rows; each page of at most PageSize rows costs one call.
	Operation string
	PageSize  int
	// Parent is the kind of thing, such as a node, that Operation is called for one by
	// one, at one or more calls each. It is "" if the operation lists the rows of a
	// region.
	Parent string
	// Key are the columns whose conditions name the parents. Without such conditions
	// the Listing operations find the parents, at one call for every 50 of each.
	Key     []string
	Listing []string
	// ByID are the columns whose conditions limit a listing to named rows, 50 per call.
	ByID []string
}

// readsOf maps table names to their reads.
var readsOf = map[string]Reads{
	"ssm_instance_association_status": {
		Operation: "DescribeInstanceAssociationsStatus", PageSize: 50,
		Parent: "node", Key: []string{"instance_id"}, Listing: []string{"DescribeInstanceInformation"},
	},
	"ssm_effective_instance_association": {
		Operation: "DescribeEffectiveInstanceAssociations", PageSize: 5,
		Parent: "node", Key: []string{"instance_id"}, Listing: []string{"DescribeInstanceInformation"},
	},
	"ssm_association_execution": {
		Operation: "DescribeAssociationExecutions", PageSize: 50,
		Parent: "association", Key: []string{"association_id"}, Listing: []string{"ListAssociations"},
	},
	"ssm_association_execution_target": {
		Operation: "DescribeAssociationExecutionTargets", PageSize: 50,
		Parent: "execution", Key: []string{"association_id", "execution_id"},
		Listing: []string{"ListAssociations", "DescribeAssociationExecutions"},
	},
	"ssm_managed_instance": {
		Operation: "DescribeInstanceInformation", PageSize: 50, ByID: []string{"instance_id"},
	},
	"ssm_association": {Operation: "ListAssociations", PageSize: 50},
	"ssm_association_version": {
		Operation: "ListAssociationVersions", PageSize: 50,
		Parent: "association", Key: []string{"association_id"}, Listing: []string{"ListAssociations"},
	},
	"ssm_automation_execution": {Operation: "DescribeAutomationExecutions", PageSize: 50},
	"ssm_command_invocation":   {Operation: "ListCommandInvocations", PageSize: 50},
	"ssm_compliance_item": {
		Operation: "ListComplianceItems", PageSize: 50,
		Parent: "node", Key: []string{"resource_id"}, Listing: []string{"DescribeInstanceInformation"},
	},
	"ssm_resource_compliance_summary": {Operation: "ListResourceComplianceSummaries", PageSize: 50},
}

// ReadsOf returns the operations that a scan of a table uses. It makes no call.
func ReadsOf(table string) (Reads, bool) {
	r, ok := readsOf[table]
	return r, ok
}
