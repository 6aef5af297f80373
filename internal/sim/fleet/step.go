package fleet

import (
	"fmt"
	"strings"

	"steampipe-plugin-ssmassoc/internal/sim/random"
)

// stepNames are the steps of documents that have more steps in AWS than in the
// content returned by DescribeEffectiveInstanceAssociations.
var stepNames = map[string][]string{
	"patch-scan": {"PatchWindows", "PatchLinux"},
	"playbook":   {"downloadContent", "runShellScript"},
}

// stepsOf generates the steps of a document on a node. All but the last
// succeed: a failing step ends the document.
func stepsOf(d document, node *Node, s *random.Stream, status string, started, finished Timestamp) []CommandPlugin {
	names := stepNames[d.title]
	if names == nil {
		names = []string{d.step}
	}
	steps := make([]CommandPlugin, len(names))
	for i, name := range names {
		steps[i] = CommandPlugin{Name: name, Status: "Success", StatusDetails: "Success",
			ResponseStartDateTime: new(started), ResponseFinishDateTime: new(started)}
		if i == 0 && d.title == "patch-scan" {
			steps[i].Output = skippedOutput(name, "Windows")
		} else {
			steps[i].Output = d.transcript.success(node)
		}
	}
	steps[len(steps)-1].end(d, node, s, status, finished)
	return steps
}

// end sets the outcome of a step.
func (p *CommandPlugin) end(d document, node *Node, s *random.Stream, status string, finished Timestamp) {
	p.Status, p.StatusDetails, p.ResponseFinishDateTime = status, status, new(finished)
	switch status {
	case "Failed":
		p.ResponseCode = 1 + s.Below(3)
		p.Output = d.transcript.failure(node, s)
	case "TimedOut":
		p.ResponseCode, p.StatusDetails = 137, "ExecutionTimedOut"
		p.Output = keptOutput(d.transcript.success(node), "the step exceeded its timeout of 3600 seconds and was ended")
	case "Skipped":
		p.Status, p.StatusDetails = "Success", "Success"
		p.Output = skippedOutput(p.Name, *platformOther(node))
	case "InProgress", "Cancelling":
		p.Status, p.StatusDetails = "InProgress", "InProgress"
		p.ResponseCode, p.ResponseFinishDateTime, p.Output = -1, nil, ""
	case "Cancelled":
		p.ResponseCode, p.Output = 143, ""
	}
}

func skippedOutput(name, platform string) string {
	return fmt.Sprintf(
		`Step execution skipped due to unsatisfied preconditions: '"StringEquals": [platformType, %s]'. Step name: %s`,
		platform,
		name,
	)
}

// platformOther returns a platform type other than the node's.
func platformOther(node *Node) *string {
	if p := node.Identity().PlatformType; p != nil && *p == "Windows" {
		return new("Linux")
	}
	return new("Windows")
}

// transcript is the output of a document's step.
type transcript struct {
	stdout string
	errors []string // one of which ends a failure
	long   bool     // whether it exceeds what is kept
}

func (t transcript) success(node *Node) string { return keptOutput(t.written(node), "") }

func (t transcript) failure(node *Node, s *random.Stream) string {
	return keptOutput(t.written(node), t.errors[s.Below(len(t.errors))])
}

func (t transcript) written(node *Node) string {
	text := fmt.Sprintf("node %s: %s\n", node.InstanceID, t.stdout)
	if !t.long {
		return text
	}
	var b strings.Builder
	b.WriteString(text)
	for i := range 60 {
		fmt.Fprintf(&b, "%04d checked package example-library-%d.x86_64, up to date\n", i+1, i)
	}
	return b.String()
}

// The parts of a step's output that Run Command keeps, as the agent writes
// them.
const (
	keptCharacters  = 2500
	errorHeading    = "\n----------ERROR-------\n"
	outputTruncated = "\n---Output truncated---"
	errorTruncated  = "\n---Error truncated----"
)

// keptOutput returns the output of a step that Run Command keeps: standard
// output and, under a heading, standard error, cut to 2,500 characters
// together. If both are too long, each gets half.
func keptOutput(stdout, stderr string) string {
	if stderr == "" {
		return cutOutput(stdout, keptCharacters, outputTruncated)
	}
	if len(stdout)+len(errorHeading)+len(stderr) <= keptCharacters {
		return stdout + errorHeading + stderr
	}
	room := keptCharacters - len(errorHeading)
	forError := min(len(stderr), max(room/2, room-len(stdout)))
	return cutOutput(stdout, room-forError, outputTruncated) + errorHeading + cutOutput(stderr, forError, errorTruncated)
}

// cutOutput cuts text to the given number of characters, including a mark at
// its end.
func cutOutput(text string, characters int, mark string) string {
	if len(text) <= characters {
		return text
	}
	return text[:characters-len(mark)] + mark
}
