package awsconn

import "bytes"

// answerMembers holds the member of an operation's answer that has what was asked for. AWS
// sends it even if it is empty, which tells its answer from that of a proxy or a portal.
//
// Sources for the empty list, as of 2026: the AWS Systems Manager User Guide (checking that
// a registration has completed) shows
//
//	{"InstanceAssociationStatusInfos": []}
//
// and outputs of the AWS CLI, which prints the members that AWS sent, show
//
//	{"InstanceInformationList": []}
//	{"CommandInvocations": []}
//
// For the others there is no capture of an empty answer, with the list or without, in public
// sources. AWS is not known to leave a list out of any.
var answerMembers = map[string]answerMember{
	"DescribeAssociation":                   {"AssociationDescription", '{'},
	"DescribeAssociationExecutionTargets":   {"AssociationExecutionTargets", '['},
	"DescribeAssociationExecutions":         {"AssociationExecutions", '['},
	"DescribeAutomationExecutions":          {"AutomationExecutionMetadataList", '['},
	"DescribeAutomationStepExecutions":      {"StepExecutions", '['},
	"DescribeEffectiveInstanceAssociations": {"Associations", '['},
	"DescribeInstanceAssociationsStatus":    {"InstanceAssociationStatusInfos", '['},
	"DescribeInstanceInformation":           {"InstanceInformationList", '['},
	"GetAutomationExecution":                {"AutomationExecution", '{'},
	"ListAssociationVersions":               {"AssociationVersions", '['},
	"ListAssociations":                      {"Associations", '['},
	"ListCommandInvocations":                {"CommandInvocations", '['},
	"ListComplianceItems":                   {"ComplianceItems", '['},
	"ListResourceComplianceSummaries":       {"ResourceComplianceSummaryItems", '['},
	"ListTagsForResource":                   {"TagList", '['},
}

// answerMember is a member and the first byte of its value.
type answerMember struct {
	name   string
	opener byte
}

// errorMember is the member of AWS's errors that has their code.
const errorMember = "__type"

// isIn reports whether a checked JSON object has the member.
func (m answerMember) isIn(body []byte) bool { return openerOf(body, m.name) == m.opener }

// isErrorObject reports whether a checked JSON object is an error of AWS.
func isErrorObject(body []byte) bool {
	return bytes.Contains(body, []byte(errorMember)) && openerOf(body, errorMember) == '"'
}

// openerOf returns the first byte of the value of a member of a JSON object that checkJSON
// has accepted, or 0 if the object has no such member.
func openerOf(body []byte, name string) byte {
	depth := 0
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case '"':
			end := endOfString(body, i+1)
			if end < 0 {
				return 0
			}
			after := skipSpace(body, end+1)
			if depth == 1 && after < len(body) && body[after] == ':' && string(body[i+1:end]) == name {
				if value := skipSpace(body, after+1); value < len(body) {
					return body[value]
				}
				return 0
			}
			i = end
		}
	}
	return 0
}
