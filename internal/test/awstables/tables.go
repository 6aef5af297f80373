package awstables

import (
	"fmt"
	"strings"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// UnmanagedInstanceID is a running instance in the fleet's first region that
// Systems Manager does not manage.
const UnmanagedInstanceID = "i-0ffffffffffffffff"

// UnknownInstance returns the instance that is missing from aws_ec2_instance,
// as if it were in an account that the AWS plugin does not read: the last in
// the fleet's first region, nil if there are no nodes.
func UnknownInstance(simulated *fleet.Fleet) *fleet.Node {
	nodes := simulated.Nodes(simulated.Regions()[0])
	for i := len(nodes) - 1; i >= 0; i-- {
		if isInstance(nodes[i]) {
			return nodes[i]
		}
	}
	return nil
}

func isInstance(node *fleet.Node) bool { return !strings.HasPrefix(node.InstanceID, "mi-") }

// instances returns the fleet's EC2 instances, without UnknownInstance, and an
// unmanaged one.
func instances(simulated *fleet.Fleet) table {
	t := table{name: "aws_ec2_instance", columns: []string{
		"instance_id text",
		"arn text",
		"instance_type text",
		"instance_state text",
		"tags jsonb",
		"title text",
		"partition text",
		"region text",
		"account_id text",
	}}
	add := func(id, instanceType, state, name, region string) {
		arn := fmt.Sprintf("arn:%s:ec2:%s:%s:instance/%s", simulated.Partition(), region, simulated.AccountID(), id)
		t.rows = append(t.rows, []any{
			id, arn, instanceType, state, jsonb{"Name": name, "Environment": "production"}, name,
			simulated.Partition(), region, simulated.AccountID(),
		})
	}
	types := []string{"t3.micro", "m7g.large", "c7i.xlarge"}
	unknown := UnknownInstance(simulated)
	for _, region := range simulated.Regions() {
		for i, node := range simulated.Nodes(region) {
			if !isInstance(node) || node == unknown {
				continue
			}
			state := "running"
			if !node.Listed {
				state = "stopped"
			}
			add(node.InstanceID, types[i%len(types)], state, fmt.Sprintf("web-%d", i), region)
		}
	}
	add(UnmanagedInstanceID, "t3.micro", "running", "unmanaged", simulated.Regions()[0])
	return t
}

// managedInstances returns the nodes that Systems Manager lists.
func managedInstances(simulated *fleet.Fleet) table {
	t := table{name: "aws_ssm_managed_instance", columns: []string{
		"instance_id text",
		"arn text",
		"name text",
		"resource_type text",
		"ping_status text",
		"activation_id text",
		"agent_version text",
		"association_status text",
		"computer_name text",
		"ip_address inet",
		"is_latest_version boolean",
		"last_association_execution_date timestamptz",
		"last_ping_date_time timestamptz",
		"last_successful_association_execution_date timestamptz",
		"platform_name text",
		"platform_type text",
		"platform_version text",
		"registration_date timestamptz",
		"title text",
		"partition text",
		"region text",
		"account_id text",
	}}
	for _, region := range simulated.Regions() {
		for _, node := range simulated.Nodes(region) {
			if !node.Listed {
				continue
			}
			info := node.Information()
			arn := fmt.Sprintf(
				"arn:%s:ssm:%s:%s:managed-instance/%s",
				simulated.Partition(),
				region,
				simulated.AccountID(),
				node.InstanceID,
			)
			t.rows = append(t.rows, []any{
				info.InstanceID, arn, info.Name, info.ResourceType, info.PingStatus, info.ActivationID,
				info.AgentVersion, info.AssociationStatus, info.ComputerName, info.IPAddress,
				info.IsLatestVersion, info.LastAssociationExecutionDate, info.LastPingDateTime,
				info.LastSuccessfulAssociationExecutionDate, info.PlatformName, info.PlatformType,
				info.PlatformVersion, info.RegistrationDate, info.InstanceID,
				simulated.Partition(), region, simulated.AccountID(),
			})
		}
	}
	return t
}

// buckets returns the bucket for associations' output, without versioning or
// lifecycle, and one without output. The bucket with dots in its name, to which
// associations also write, belongs to another account.
func buckets(simulated *fleet.Fleet) table {
	t := table{name: "aws_s3_bucket", columns: []string{
		"name text",
		"arn text",
		"bucket_policy_is_public boolean",
		"versioning_enabled boolean",
		"block_public_acls boolean",
		"block_public_policy boolean",
		"server_side_encryption_configuration jsonb",
		"lifecycle_rules jsonb",
		"tags jsonb",
		"title text",
		"partition text",
		"region text",
		"account_id text",
	}}
	encrypted := jsonb{"Rules": []any{map[string]any{
		"ApplyServerSideEncryptionByDefault": map[string]any{"SSEAlgorithm": "AES256"},
	}}}
	add := func(name string, versioned bool, tags any) {
		t.rows = append(t.rows, []any{
			name, "arn:" + simulated.Partition() + ":s3:::" + name, false, versioned, true, true,
			encrypted, nil, tags, name, simulated.Partition(), simulated.Regions()[0], simulated.AccountID(),
		})
	}
	add(fleet.OutputBucket, false, jsonb{"Owner": "operations"})
	add("example-website", true, nil)
	return t
}
