package fleet

import (
	"fmt"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/random"
)

// commandHistory is how long Systems Manager keeps commands and their
// invocations, according to its user guide.
const commandHistory = 30 * 24 * time.Hour

// CommandInvocation is an entry of ListCommandInvocations: the result of a
// command on a node. The tags are the API's names. Nil members are omitted; the
// service sends many others empty.
type CommandInvocation struct {
	CloudWatchOutputConfig *CloudWatchOutputConfig `json:"CloudWatchOutputConfig,omitzero"`
	CommandID              string                  `json:"CommandId"`
	// CommandPlugins are the steps of the document in the order in which they run.
	// They are only sent with details.
	CommandPlugins     []CommandPlugin     `json:"CommandPlugins"`
	Comment            string              `json:"Comment"`
	DocumentName       string              `json:"DocumentName"`
	DocumentVersion    string              `json:"DocumentVersion"`
	InstanceID         string              `json:"InstanceId"`
	InstanceName       string              `json:"InstanceName"`
	NotificationConfig *NotificationConfig `json:"NotificationConfig,omitzero"`
	RequestedDateTime  Timestamp           `json:"RequestedDateTime"`
	ServiceRole        string              `json:"ServiceRole"`
	StandardErrorURL   string              `json:"StandardErrorUrl"`
	StandardOutputURL  string              `json:"StandardOutputUrl"`
	Status             string              `json:"Status"`
	StatusDetails      *string             `json:"StatusDetails,omitzero"`
	TraceOutput        string              `json:"TraceOutput"`
}

// CommandPlugin is a step of a command on a node.
type CommandPlugin struct {
	Name string `json:"Name"`
	// Output is the first 2,500 characters of the step's output.
	Output                 string     `json:"Output"`
	OutputS3BucketName     string     `json:"OutputS3BucketName"`
	OutputS3KeyPrefix      string     `json:"OutputS3KeyPrefix"`
	OutputS3Region         string     `json:"OutputS3Region"`
	ResponseCode           int        `json:"ResponseCode"` // -1 until the step has ended
	ResponseFinishDateTime *Timestamp `json:"ResponseFinishDateTime,omitzero"`
	ResponseStartDateTime  *Timestamp `json:"ResponseStartDateTime,omitzero"`
	StandardErrorURL       string     `json:"StandardErrorUrl"`
	StandardOutputURL      string     `json:"StandardOutputUrl"`
	Status                 string     `json:"Status"`
	StatusDetails          string     `json:"StatusDetails"`
}

// CloudWatchOutputConfig is whether and where the output goes to CloudWatch
// Logs.
type CloudWatchOutputConfig struct {
	CloudWatchLogGroupName  *string `json:"CloudWatchLogGroupName,omitzero"`
	CloudWatchOutputEnabled bool    `json:"CloudWatchOutputEnabled"`
}

// NotificationConfig is who is notified of the command's status.
type NotificationConfig struct {
	NotificationARN    string   `json:"NotificationArn"`
	NotificationEvents []string `json:"NotificationEvents"`
	NotificationType   string   `json:"NotificationType"`
}

// sentCommand locates the origin of an invocation: a target of an execution, or
// a command sent by an operator.
type sentCommand struct {
	requested Timestamp
	// association is the place in the catalogue, or byOperator.
	association int32
	// execution is the place in the association's history, or among the operators'
	// commands.
	execution int32
	// target is the place among the execution's targets, or among the nodes.
	target int32
}

const byOperator = -1

// CommandInvocations returns the invocations of the last 30 days, newest first, with
// their plugins. Each call generates them again, with equal values.
func (r *Region) CommandInvocations() []CommandInvocation {
	invocations := make([]CommandInvocation, r.CommandInvocationCount())
	for i := range invocations {
		invocations[i] = r.CommandInvocation(i)
	}
	return invocations
}

// CommandInvocationCount returns the number of invocations of the last 30 days.
// The first call reads the targets of all executions.
func (r *Region) CommandInvocationCount() int { return len(r.commands().sent) }

// CommandInvocation generates invocation i of CommandInvocationCount.
func (r *Region) CommandInvocation(i int) CommandInvocation {
	sent := r.commands().sent[i]
	if sent.association == byOperator {
		return r.operatorInvocation(sent)
	}
	return r.targetInvocation(sent)
}

// InvocationsOfCommand returns the places of a command's invocations, or false
// if no command of the last 30 days has the id. A command whose targets matched
// no node has no invocations.
func (r *Region) InvocationsOfCommand(id string) ([]int32, bool) {
	places, ok := r.commands().byID[id]
	return places, ok
}

// targetInvocation generates the invocation behind a target of an execution.
func (r *Region) targetInvocation(sent sentCommand) CommandInvocation {
	k, e, t := int(sent.association), int(sent.execution), int(sent.target)
	target, document := r.target(k, e, t), r.document(k)
	node := &r.nodes[r.reports(k).runs[t].node]
	s := random.NewStream(commandKey(r, sent))
	c := r.plainInvocation(*target.OutputSource.OutputSourceID, document.name, node, sent.requested)
	c.DocumentVersion = "1"
	c.Comment = *r.catalogue[k].id
	finished := sent.requested.add(commandDuration(r, sent))
	status := r.targetStatus(k, e, t)
	if status == nil { // omitted in the target
		status = new("Success")
	}
	c.CommandPlugins = stepsOf(document, node, s, *status, sent.requested, finished)
	c.Status, c.StatusDetails = invocationStatus(*status)
	return c
}

// plainInvocation returns the parts of an invocation that do not depend on its
// outcome.
func (r *Region) plainInvocation(id, document string, node *Node, requested Timestamp) CommandInvocation {
	c := CommandInvocation{
		CloudWatchOutputConfig: &CloudWatchOutputConfig{},
		CommandID:              id,
		DocumentName:           document,
		InstanceID:             node.InstanceID,
		NotificationConfig:     &NotificationConfig{NotificationEvents: []string{}},
		RequestedDateTime:      requested,
	}
	if name := node.Identity().Name; name != nil {
		c.InstanceName = *name
	}
	return c
}

// invocationStatus translates the status of a target. Run Command has no
// Skipped: a step whose precondition fails succeeds.
func invocationStatus(target string) (status string, details *string) {
	switch target {
	case "TimedOut":
		return "TimedOut", new("ExecutionTimedOut")
	case "Skipped":
		return "Success", new("Success")
	default:
		return target, new(target)
	}
}

// commandDuration is the duration of an invocation, below longestRun.
func commandDuration(r *Region, sent sentCommand) time.Duration {
	s := random.NewStream(commandKey(r, sent) ^ saltDuration)
	return time.Duration(1+s.Below(int(longestRun.Seconds())-1)) * time.Second
}

// commandKey is the root of an invocation's randomness.
func commandKey(r *Region, sent sentCommand) uint64 {
	key := random.Keyed(r.key^saltCommand, uint64(sent.association+1))
	return random.Keyed(random.Keyed(key, uint64(sent.execution)), uint64(sent.target))
}

// operatorCommand is a command that an operator sent to the first nodes of the
// region, one for each outcome as far as there are nodes.
type operatorCommand struct {
	document, comment string
	ago               time.Duration
	outcomes          []operatorOutcome
}

// operatorOutcome is the outcome of an operator's command on a node.
type operatorOutcome struct{ status, details string }

// operatorCommands returns the operators' commands of the varied mix. They
// cover every status of an invocation, and a command that matched no node.
func (r *Region) operatorCommands() []operatorCommand {
	if r.fixedRows != 0 || len(r.nodes) == 0 {
		return nil
	}
	return []operatorCommand{
		{document: "AWS-RunShellScript", comment: "restart web servers", ago: 50 * time.Hour, outcomes: []operatorOutcome{
			{"Success", "Success"}, {"Failed", "Failed"}, {"TimedOut", "ExecutionTimedOut"}, {"TimedOut", "DeliveryTimedOut"},
			{"Cancelled", "Cancelled"}, {"Cancelled", "Terminated"}, {"Failed", "Undeliverable"},
		}},
		{document: "AWS-RunShellScript", comment: "collect diagnostics", ago: 7 * time.Minute, outcomes: []operatorOutcome{
			{"InProgress", "InProgress"}, {"Pending", "Pending"}, {"Delayed", "Delayed"}, {"Cancelling", "Cancelling"},
			{"Success", ""},
		}},
		{document: "AWS-RunPatchBaseline", comment: "patch now", ago: 9 * 24 * time.Hour, outcomes: []operatorOutcome{
			{"Success", "Success"}, {"Failed", "Failed"},
		}},
		{document: "AWS-RunShellScript", comment: "nobody is tagged so", ago: 30 * time.Hour},
		{document: "AWS-RunShellScript", comment: "too old", ago: commandHistory + time.Hour, outcomes: []operatorOutcome{
			{"Success", "Success"},
		}},
	}
}

// operatorCommandID returns the id of an operator's command.
func (r *Region) operatorCommandID(n int) string {
	return random.UUID(random.Keyed(r.key^saltCommand, uint64(n)))
}

// EmptyCommandID returns the id of a command whose targets matched no node, or
// "" outside the varied mix.
func (r *Region) EmptyCommandID() string {
	for n, command := range r.operatorCommands() {
		if len(command.outcomes) == 0 {
			return r.operatorCommandID(n)
		}
	}
	return ""
}

// operatorInvocation generates an invocation of an operator's command. Its
// output also goes to S3 and CloudWatch Logs.
func (r *Region) operatorInvocation(sent sentCommand) CommandInvocation {
	command := r.operatorCommands()[sent.execution]
	outcome := command.outcomes[sent.target]
	node := &r.nodes[sent.target]
	c := r.plainInvocation(r.operatorCommandID(int(sent.execution)), command.document, node, sent.requested)
	c.Comment, c.Status = command.comment, outcome.status
	c.CloudWatchOutputConfig = &CloudWatchOutputConfig{
		CloudWatchLogGroupName:  new("/aws/ssm/" + command.document),
		CloudWatchOutputEnabled: true,
	}
	c.ServiceRole = r.arn("iam", "", "role/CommandNotifications")
	c.NotificationConfig = &NotificationConfig{
		NotificationARN:    r.arn("sns", r.region, "commands"),
		NotificationEvents: []string{"TimedOut", "Failed"},
		NotificationType:   "Invocation",
	}
	if outcome.details == "" {
		c.NotificationConfig, c.CloudWatchOutputConfig = nil, nil
	} else {
		c.StatusDetails = new(outcome.details)
	}
	if outcome.status == "Pending" || outcome.details == "Undeliverable" || outcome.status == "Delayed" {
		c.CommandPlugins = []CommandPlugin{}
		return c
	}
	s := random.NewStream(commandKey(r, sent))
	finished := sent.requested.add(commandDuration(r, sent))
	c.CommandPlugins = stepsOf(r.documentNamed(command.document), node, s, outcome.status, sent.requested, finished)
	for i := range c.CommandPlugins {
		r.putPluginOutput(&c.CommandPlugins[i], c.CommandID, node)
	}
	if len(c.CommandPlugins) == 1 {
		c.StandardOutputURL, c.StandardErrorURL = c.CommandPlugins[0].StandardOutputURL, c.CommandPlugins[0].StandardErrorURL
	}
	return c
}

// putPluginOutput sets where in S3 the whole output of a step is.
func (r *Region) putPluginOutput(p *CommandPlugin, commandID string, node *Node) {
	const prefix = "commands"
	at := fmt.Sprintf("https://s3.%s.%s/%s/%s/%s/%s/%s",
		r.region, DNSSuffix(r.partition), OutputBucket, prefix, commandID, node.InstanceID, p.Name)
	p.OutputS3BucketName, p.OutputS3KeyPrefix, p.OutputS3Region = OutputBucket, prefix, r.region
	p.StandardOutputURL, p.StandardErrorURL = at+"/stdout", at+"/stderr"
}
