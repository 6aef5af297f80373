package giants

import (
	"bytes"
	"fmt"
)

// giantTable is a table to read, and the column whose last 12 characters are the number
// of a row.
type giantTable struct {
	name, number string
	// share of the usual rows, for tables whose rows take calls of their own or documents.
	share int
}

var giantTables = []giantTable{
	{name: "ssm_instance_association_status", number: "association_id"},
	{name: "ssm_managed_instance", number: "instance_id"},
	{name: "ssm_association", number: "association_id", share: 10},
	{name: "ssm_effective_instance_association", number: "association_id", share: 10},
	{name: "ssm_association_execution", number: "execution_id"},
	{name: "ssm_association_execution_target", number: "resource_id"},
	{name: "ssm_association_version", number: "name"},
	{name: "ssm_command_invocation", number: "command_id"},
	{name: "ssm_resource_compliance_summary", number: "resource_id"},
	{name: "ssm_compliance_item", number: "id"},
	{name: "ssm_automation_execution", number: "automation_execution_id"},
}

// The sizes of texts. AWS's model leaves most without a limit; these are its limits where
// it has some.
const (
	summaryBytes  = 512    // InstanceAssociationExecutionSummary
	outputBytes   = 2500   // of a step of a command
	nameBytes     = 255    // of a computer
	documentBytes = 48_000 // of an association: a document has at most 64 KB
	freeBytes     = 1000   // without a limit
)

// members appends an object.
func members(w *bytes.Buffer, format string, a ...any) { fmt.Fprintf(w, "{"+format+"}", a...) }

// newGiant returns an AWS with a number of rows of a table, and few of what the table reads
// one by one.
func newGiant(table string, rows int) *giant {
	g := &giant{rows: rows}
	of := func(n int) func(int) int { return func(int) int { return n } }
	all, nodes, associations, executions := of(rows), of(parents), of(parents), g.rowsOf
	switch table {
	case "ssm_managed_instance":
		nodes = all
	case "ssm_association":
		associations = all
	case "ssm_association_execution_target":
		associations, executions = of(1), of(parents)
	}
	const tags = 50 // of a resource at most
	g.answers = map[string]answer{
		"DescribeInstanceAssociationsStatus": {list: "InstanceAssociationStatusInfos", count: g.rowsOf, item: g.status},
		"DescribeEffectiveInstanceAssociations": {list: "Associations", count: g.rowsOf, item: func(w *bytes.Buffer, parent, n int) {
			n = g.number(parent, n)
			members(w, `"AssociationId":%q,"InstanceId":%q,"Content":%q,"AssociationVersion":"1"`,
				uuid(n), node(parent), text(n, documentBytes))
		}},
		"DescribeAssociationExecutions": {list: "AssociationExecutions", count: executions, item: func(w *bytes.Buffer, parent, n int) {
			n = g.number(parent, n)
			members(w, `"AssociationId":%q,"AssociationVersion":"1","ExecutionId":%q,"Status":"Failed","DetailedStatus":%q,`+
				`"CreatedTime":1.7e9,"LastExecutionDate":1.7e9,"ResourceCountByStatus":"{Failed=%d, Success=2}"`,
				uuid(parent), uuid(n), text(n, freeBytes), n)
		}},
		"DescribeAssociationExecutionTargets": {list: "AssociationExecutionTargets", count: g.rowsOf, item: func(w *bytes.Buffer, parent, n int) {
			n = g.number(parent, n)
			members(w, `"AssociationId":%q,"AssociationVersion":"1","ExecutionId":%q,"ResourceId":%q,"ResourceType":"ManagedInstance",`+
				`"Status":"Failed","DetailedStatus":%q,"LastExecutionDate":1.7e9,"OutputSource":{"OutputSourceId":%q,"OutputSourceType":"RunCommand"}`,
				uuid(0), uuid(parent), node(n), text(n, freeBytes), uuid(n))
		}},
		"ListAssociationVersions": {list: "AssociationVersions", count: g.rowsOf, item: func(w *bytes.Buffer, parent, n int) {
			version := n + 1
			n = g.number(parent, n)
			members(w, `"AssociationId":%q,"AssociationVersion":"%d","Name":"%s%012d","Parameters":{"commands":[%q]},"Targets":[{"Key":"tag:x","Values":[%q]}]`,
				uuid(parent), version, text(n, 100), n, text(n, freeBytes), text(n+1, freeBytes))
		}},
		"ListComplianceItems": {list: "ComplianceItems", count: g.rowsOf, item: func(w *bytes.Buffer, parent, n int) {
			n = g.number(parent, n)
			members(w, `"ComplianceType":"Patch","Id":%q,"ResourceId":%q,"ResourceType":"ManagedInstance","Title":%q,"Severity":"CRITICAL",`+
				`"Status":"NON_COMPLIANT","Details":{"CVEIds":%q}`, uuid(n), node(parent), text(n, 500), text(n, freeBytes))
		}},
		"DescribeInstanceInformation":     {list: "InstanceInformationList", count: nodes, item: g.node},
		"ListAssociations":                {list: "Associations", count: associations, item: g.association},
		"ListCommandInvocations":          {list: "CommandInvocations", count: all, item: g.invocation},
		"ListResourceComplianceSummaries": {list: "ResourceComplianceSummaryItems", count: all, item: g.summary},
		"DescribeAutomationExecutions":    {list: "AutomationExecutionMetadataList", count: all, item: g.automation},
		"DescribeAssociation": {list: "AssociationDescription", one: true, item: func(w *bytes.Buffer, _, n int) {
			members(w, `"AssociationId":%q,"Parameters":{"commands":[%q]},"Status":{"Message":%q,"Date":1.7e9,"Name":"Failed"}`,
				uuid(n), text(n, 10*freeBytes), text(n, freeBytes))
		}},
		"ListTagsForResource": {list: "TagList", count: of(tags), item: func(w *bytes.Buffer, _, n int) {
			members(w, `"Key":"%d","Value":%q`, n, text(n, 256)) //nolint:mnd // the limit of a tag
		}},
	}
	return g
}

func (g *giant) status(w *bytes.Buffer, parent, n int) {
	n = g.number(parent, n)
	members(w, `"AssociationId":%q,"Name":%q,"DocumentVersion":"1","AssociationVersion":"1","InstanceId":%q,"ExecutionDate":1.7e9,`+
		`"Status":"Failed","DetailedStatus":"Failed","ExecutionSummary":%q,"ErrorCode":"ErrorCode1","AssociationName":%q,`+
		`"OutputUrl":{"S3OutputUrl":{"OutputUrl":"https://s3.us-east-1.amazonaws.com/bucket/%s"}}`,
		uuid(n), text(n, 200), node(parent), text(n, summaryBytes), text(n, 128), text(n, 500))
}

func (g *giant) node(w *bytes.Buffer, _, n int) {
	members(w, `"InstanceId":%q,"PingStatus":"Online","LastPingDateTime":1.7e9,"AgentVersion":"3.3.0","PlatformType":"Linux",`+
		`"PlatformName":%q,"ComputerName":%q,"IPAddress":"10.0.0.1","ResourceType":"ManagedInstance","Name":%q,"IamRole":%q,`+
		`"AssociationOverview":{"DetailedStatus":"Failed","InstanceAssociationStatusAggregatedCount":{"Failed":1,"Success":2}}`,
		node(n), text(n, freeBytes), text(n, nameBytes), text(n, 256), text(n, 64))
}

func (g *giant) association(w *bytes.Buffer, _, n int) {
	members(w, `"AssociationId":%q,"Name":%q,"AssociationVersion":"1","Targets":[{"Key":"tag:x","Values":[%q,%q]}],"LastExecutionDate":1.7e9,`+
		`"Overview":{"Status":"Failed","DetailedStatus":"Failed"},"ScheduleExpression":%q,"AssociationName":%q`,
		uuid(n), text(n, 200), text(n, freeBytes), text(n+1, freeBytes), text(n, 256), text(n, 128))
}

func (g *giant) invocation(w *bytes.Buffer, _, n int) {
	members(w, `"CommandId":%q,"InstanceId":%q,"DocumentName":%q,"RequestedDateTime":1.7e9,"Status":"Failed","StatusDetails":"Failed",`+
		`"TraceOutput":%q,"CommandPlugins":[{"Name":"x","Status":"Failed","Output":%q}]`,
		uuid(n), node(n%1000), text(n, 200), text(n, freeBytes), text(n, outputBytes))
}

func (g *giant) summary(w *bytes.Buffer, _, n int) {
	members(w, `"ComplianceType":"Association","ResourceType":"ManagedInstance","ResourceId":%q,"Status":"NON_COMPLIANT","OverallSeverity":"HIGH",`+
		`"ExecutionSummary":{"ExecutionTime":1.7e9,"ExecutionId":%q},"NonCompliantSummary":{"NonCompliantCount":%d,"SeveritySummary":{"HighCount":%[3]d}}`,
		node(n), text(n, freeBytes), n)
}

func (g *giant) automation(w *bytes.Buffer, _, n int) {
	members(w, `"AutomationExecutionId":%q,"DocumentName":%q,"AutomationExecutionStatus":"Success","ExecutionStartTime":1.7e9,`+
		`"Outputs":{"x":[%q,%q]},"Mode":"Auto","ExecutedBy":%q`, uuid(n), text(n, 200), text(n, freeBytes), text(n+1, freeBytes), text(n, 200))
}
