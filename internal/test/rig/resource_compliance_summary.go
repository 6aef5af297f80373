package rig

import "steampipe-plugin-ssmassoc/internal/sim/fleet"

// The table of compliance summaries, and the operation that it calls.
const (
	SummaryTable = "ssm_resource_compliance_summary"
	SummariesOp  = "ListResourceComplianceSummaries"
)

// ResourceComplianceSummaryCase is the case of SummaryTable.
var ResourceComplianceSummaryCase = TableCase{
	Name: SummaryTable,
	Keys: "compliance_type resource_id status",
	Read: func(simulated *fleet.Fleet, region string) ([]Row, Calls) {
		var rows []Row
		for _, node := range simulated.Nodes(region) {
			rows = append(rows, expectedSummaries(simulated, node)...)
		}
		return rows, Calls{SummariesOp: Pages(len(rows), 50)}
	},
	Queries: func(*fleet.Fleet, string) map[string]string {
		return map[string]string{SummariesOp: "select * from " + SummaryTable}
	},
}

func expectedSummaries(simulated *fleet.Fleet, node *fleet.Node) []Row {
	var rows []Row
	for _, s := range node.ComplianceSummaries() {
		rows = append(rows, readIn(simulated, node.Region, Row{
			"resource_id":           s.ResourceID,
			"resource_type":         s.ResourceType,
			"compliance_type":       s.ComplianceType,
			"status":                s.Status,
			"overall_severity":      s.OverallSeverity,
			"compliant_count":       int64(s.CompliantSummary.CompliantCount),
			"non_compliant_count":   int64(s.NonCompliantSummary.NonCompliantCount),
			"execution_time":        captured(s.ExecutionSummary),
			"execution_summary":     summaryText(s.ExecutionSummary),
			"compliant_summary":     jsonText(s.CompliantSummary),
			"non_compliant_summary": jsonText(s.NonCompliantSummary),
			"title":                 s.ResourceID,
		}))
	}
	return rows
}
