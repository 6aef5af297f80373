package fleet

import "fmt"

// document is an SSM document that associations apply.
type document struct {
	name       string // or ARN
	title      string // begins the names of its associations
	parameters map[string][]string
	content    *string // JSON
}

// newDocuments returns the documents of a region. The associations of its
// catalogue take turns with them.
func newDocuments(r *Region) []document {
	return []document{
		{
			name:       "AWS-GatherSoftwareInventory",
			title:      "inventory",
			parameters: map[string][]string{"applications": {"Enabled"}, "networkConfig": {"Enabled"}, "files": {""}},
			content:    step("aws:softwareInventory", "collectSoftwareInventoryItems"),
		},
		{
			name:       "AWS-UpdateSSMAgent",
			title:      "agent-update",
			parameters: map[string][]string{"version": {""}, "allowDowngrade": {"false"}},
			content:    step("aws:updateSsmAgent", "updateSSMAgent"),
		},
		{
			name:       "AWS-RunPatchBaseline",
			title:      "patch-scan",
			parameters: map[string][]string{"Operation": {"Scan"}, "RebootOption": {"NoReboot"}},
			content:    step("aws:runShellScript", "patchLinux"),
		},
		{
			name:       "AWS-ConfigureAWSPackage",
			title:      "package",
			parameters: map[string][]string{"action": {"Install"}, "name": {"AmazonCloudWatchAgent"}},
			content:    step("aws:configurePackage", "configurePackage"),
		},
		{
			name:       "AWS-RunShellScript",
			title:      "script",
			parameters: map[string][]string{"commands": {"set -e", `echo "baseline"`}},
			content:    step("aws:runShellScript", "runShellScript"),
		},
		{
			name:       "AWS-ApplyAnsiblePlaybooks",
			title:      "playbook",
			parameters: map[string][]string{"SourceType": {"S3"}, "PlaybookFile": {"site.yml"}, "Check": {"False"}},
			content:    step("aws:runShellScript", "runShellScript"),
		},
		{
			name:    fmt.Sprintf("arn:%s:ssm:%s:%s:document/Baseline-Hardening", r.partition, r.region, r.accountID),
			title:   "hardening",
			content: step("aws:runShellScript", "harden"),
		},
	}
}

// step is the content of a document of one step.
func step(action, name string) *string {
	return new(fmt.Sprintf(`{"schemaVersion":"2.2","mainSteps":[{"action":%q,"name":%q}]}`, action, name))
}

// document returns the document of association k.
func (r *Region) document(k int) document { return r.documents[k%len(r.documents)] }
