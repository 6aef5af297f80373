package fleet

import "slices"

// ResourceComplianceSummary is an entry of ListResourceComplianceSummaries: the
// compliance of a node for a type. The tags are the API's names.
type ResourceComplianceSummary struct {
	ComplianceType      string                      `json:"ComplianceType"`
	CompliantSummary    CompliantSummary            `json:"CompliantSummary"`
	ExecutionSummary    *ComplianceExecutionSummary `json:"ExecutionSummary,omitzero"`
	NonCompliantSummary NonCompliantSummary         `json:"NonCompliantSummary"`
	// OverallSeverity is the highest severity of the items that are not compliant,
	// or UNSPECIFIED.
	OverallSeverity string `json:"OverallSeverity"`
	ResourceID      string `json:"ResourceId"`
	ResourceType    string `json:"ResourceType"`
	// Status is NON_COMPLIANT if any item is.
	Status string `json:"Status"`
}

// CompliantSummary counts compliant items.
type CompliantSummary struct {
	CompliantCount  int             `json:"CompliantCount"`
	SeveritySummary SeveritySummary `json:"SeveritySummary"`
}

// NonCompliantSummary counts items that are not compliant.
type NonCompliantSummary struct {
	NonCompliantCount int             `json:"NonCompliantCount"`
	SeveritySummary   SeveritySummary `json:"SeveritySummary"`
}

// SeveritySummary counts items by severity.
type SeveritySummary struct {
	CriticalCount      int `json:"CriticalCount"`
	HighCount          int `json:"HighCount"`
	InformationalCount int `json:"InformationalCount"`
	LowCount           int `json:"LowCount"`
	MediumCount        int `json:"MediumCount"`
	UnspecifiedCount   int `json:"UnspecifiedCount"`
}

// severities lists the severities, highest first.
var severities = []string{"CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNSPECIFIED"}

func (s *SeveritySummary) add(severity string) {
	switch severity {
	case "CRITICAL":
		s.CriticalCount++
	case "HIGH":
		s.HighCount++
	case "MEDIUM":
		s.MediumCount++
	case "LOW":
		s.LowCount++
	case "INFORMATIONAL":
		s.InformationalCount++
	default:
		s.UnspecifiedCount++
	}
}

// ComplianceSummaries returns a summary for each type of the node's items, in
// the order of the items. Items that are not applicable are not counted.
func (n *Node) ComplianceSummaries() []ResourceComplianceSummary {
	var summaries []ResourceComplianceSummary
	for _, item := range n.ComplianceItems() {
		if last := len(summaries) - 1; last < 0 || summaries[last].ComplianceType != item.ComplianceType {
			summaries = append(summaries, ResourceComplianceSummary{
				ComplianceType:   item.ComplianceType,
				ExecutionSummary: item.ExecutionSummary,
				OverallSeverity:  "UNSPECIFIED",
				ResourceID:       n.InstanceID,
				ResourceType:     resourceType,
				Status:           compliant,
			})
		}
		summaries[len(summaries)-1].add(item)
	}
	return summaries
}

func (s *ResourceComplianceSummary) add(item ComplianceItem) {
	switch item.Status {
	case compliant:
		s.CompliantSummary.CompliantCount++
		s.CompliantSummary.SeveritySummary.add(item.Severity)
	case nonCompliant:
		s.Status = nonCompliant
		s.NonCompliantSummary.NonCompliantCount++
		s.NonCompliantSummary.SeveritySummary.add(item.Severity)
		if slices.Index(severities, item.Severity) < slices.Index(severities, s.OverallSeverity) {
			s.OverallSeverity = item.Severity
		}
	}
}
