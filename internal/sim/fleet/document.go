package fleet

import (
	"fmt"
	"slices"
	"strings"
)

// document is an SSM document that associations run.
type document struct {
	name       string // or ARN
	title      string // the beginning of its associations' names
	parameters map[string][]string
	content    *string // JSON
	step       string  // the name of its step
	transcript transcript
}

// newDocuments returns the documents of a region. Associations use them in
// turn.
func newDocuments(r *Region) []document {
	return []document{
		{
			name:       "AWS-GatherSoftwareInventory",
			title:      "inventory",
			parameters: map[string][]string{"applications": {"Enabled"}, "networkConfig": {"Enabled"}, "files": {""}},
			content:    step("aws:softwareInventory", "collectSoftwareInventoryItems"),
			step:       "collectSoftwareInventoryItems",
			transcript: transcript{stdout: "collecting AWS:Application, AWS:Network, AWS:Service", errors: []string{
				"AWS:Application: rpm -qa: exit status 1: database disk image is malformed",
				"upload inventory: no space left on device",
			}},
		},
		{
			name:       "AWS-UpdateSSMAgent",
			title:      "agent-update",
			parameters: map[string][]string{"version": {""}, "allowDowngrade": {"false"}},
			content:    step("aws:updateSsmAgent", "updateSSMAgent"),
			step:       "updateSSMAgent",
			transcript: transcript{stdout: "updating amazon-ssm-agent to latest", errors: []string{
				"download manifest: dial tcp: lookup s3: i/o timeout",
				"installation was not successful, rolled back",
			}},
		},
		{
			name:       "AWS-RunPatchBaseline",
			title:      "patch-scan",
			parameters: map[string][]string{"Operation": {"Scan"}, "RebootOption": {"NoReboot"}},
			content:    step("aws:runShellScript", "patchLinux"),
			step:       "patchLinux",
			transcript: transcript{stdout: "scan with baseline pb-0123456789abcdef0", long: true, errors: []string{
				"yum: [Errno 14] HTTPS Error 403 - Forbidden: repository is not reachable",
				"the system is not registered with an entitlement server",
			}},
		},
		{
			name:       "AWS-ConfigureAWSPackage",
			title:      "package",
			parameters: map[string][]string{"action": {"Install"}, "name": {"AmazonCloudWatchAgent"}},
			content:    step("aws:configurePackage", "configurePackage"),
			step:       "configurePackage",
			transcript: transcript{stdout: "installing AmazonCloudWatchAgent", errors: []string{
				"install script: exit status 1: configuration file is not valid JSON",
			}},
		},
		{
			name:       "AWS-RunShellScript",
			title:      "script",
			parameters: map[string][]string{"commands": {"set -e", `echo "baseline"`}},
			content:    step("aws:runShellScript", "runShellScript"),
			step:       "runShellScript",
			transcript: transcript{stdout: "baseline", errors: []string{
				"failed to run commands: exit status 1",
				"/var/lib/amazon/ssm/_script.sh: line 2: systemctl: command not found\nfailed to run commands: exit status 127",
			}},
		},
		{
			name:       "AWS-ApplyAnsiblePlaybooks",
			title:      "playbook",
			parameters: map[string][]string{"SourceType": {"S3"}, "PlaybookFile": {"site.yml"}, "Check": {"False"}},
			content:    step("aws:runShellScript", "runShellScript"),
			step:       "runShellScript",
			transcript: transcript{stdout: "PLAY [all]", errors: []string{
				"fatal: [localhost]: FAILED! => {\"msg\": \"No package matching 'nginx' is available\"}",
			}},
		},
		{
			name:    r.arn("ssm", r.region, "document/Baseline-Hardening"),
			title:   "hardening",
			content: step("aws:runShellScript", "harden"),
			step:    "harden",
			transcript: transcript{stdout: "applying profile cis-level-1", long: true, errors: []string{
				"rule 5.2.4: /etc/ssh/sshd_config is immutable\n" + strings.Repeat("rule 5.2.4: try again\n", 150),
			}},
		},
	}
}

// step returns the content of a document with a single step.
func step(action, name string) *string {
	return new(fmt.Sprintf(`{"schemaVersion":"2.2","mainSteps":[{"action":%q,"name":%q}]}`, action, name))
}

// document returns the document of association k.
func (r *Region) document(k int) document { return r.documents[k%len(r.documents)] }

// documentNamed returns the document with the given name.
func (r *Region) documentNamed(name string) document {
	return r.documents[slices.IndexFunc(r.documents, func(d document) bool { return d.name == name })]
}
