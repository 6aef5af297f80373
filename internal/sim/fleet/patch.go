package fleet

import (
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/random"
)

// patchBaselineID is the account's patch baseline.
const patchBaselineID = "pb-0123456789abcdef0"

// patch is a patch that scans look for.
type patch struct{ id, title, classification, severity string }

var linuxPatches = []patch{
	{"kernel.x86_64:0:6.1.115-126.197.amzn2023", "Kernel", "Security", "Important"},
	{"openssl.x86_64:1:3.0.8-1.amzn2023.0.18", "OpenSSL", "Security", "Critical"},
	{"curl.x86_64:0:8.5.0-1.amzn2023.0.4", "curl", "Security", "Moderate"},
	{"tzdata.noarch:0:2024b-1.amzn2023.0.1", "Time zones", "Bugfix", "None"},
}

// removalTool is a patch that does not apply to the fleet's servers.
const removalTool = "KB890830"

var windowsPatches = []patch{
	{"KB5048654", "2024-12 Cumulative Update for Windows Server 2022 (KB5048654)", "SecurityUpdates", "Critical"},
	{"KB5046547", "2024-11 Cumulative Update for .NET Framework (KB5046547)", "SecurityUpdates", "Important"},
	{removalTool, "Windows Malicious Software Removal Tool (KB890830)", "UpdateRollups", "Unspecified"},
}

// patchCompliance returns the result of the last patch scan. No scan has
// reached one in three nodes without Windows.
func (n *Node) patchCompliance() []ComplianceItem {
	s := random.NewStream(n.home.nodeKey(n.index) ^ saltPatch)
	patches, missed := linuxPatches, s.Below(3) == 0
	if p := n.Identity().PlatformType; p != nil && *p == "Windows" {
		patches, missed = windowsPatches, false
	}
	if missed || roleOf(n.index) == roleBare {
		return nil
	}
	scan := &ComplianceExecutionSummary{
		ExecutionID:   new(random.UUID(s.Next())),
		ExecutionTime: n.home.now.add(-time.Duration(1+s.Below(7*24)) * time.Hour),
		ExecutionType: new("Command"),
	}
	items := make([]ComplianceItem, len(patches))
	for i, p := range patches {
		items[i] = n.patchItem(p, scan, s)
	}
	return items
}

func (n *Node) patchItem(p patch, scan *ComplianceExecutionSummary, s *random.Stream) ComplianceItem {
	state, status := "Installed", compliant
	switch d := s.Below(20); {
	case p.id == removalTool:
		state, status = "NotApplicable", notApplicable
	case d < 3:
		state, status = "Missing", nonCompliant
	case d < 4:
		state, status = "Failed", nonCompliant
	case d < 7:
		state = "InstalledOther"
	}
	details := map[string]string{
		"Classification":  p.classification,
		"DocumentName":    "",
		"DocumentVersion": "",
		"PatchBaselineId": patchBaselineID,
		"PatchGroup":      "",
		"PatchSeverity":   p.severity,
		"PatchState":      state,
	}
	if state == "Installed" {
		details["InstalledTime"] = scan.ExecutionTime.add(-24 * time.Hour).Time().Format(time.RFC3339)
	}
	return ComplianceItem{
		ComplianceType:   patchCompliance,
		Details:          details,
		ExecutionSummary: scan,
		ID:               p.id,
		ResourceID:       n.InstanceID,
		ResourceType:     resourceType,
		Severity:         []string{"CRITICAL", "HIGH", "MEDIUM", "UNSPECIFIED"}[s.Below(4)],
		Status:           status,
		Title:            p.title,
	}
}
