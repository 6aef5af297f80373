package ssmassoc

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
)

// tableManagedInstance has one row for each managed node that AWS lists.
//
// A region costs one call for every 50 nodes, listed or named. AWS applies the
// conditions on all key columns, as far as it knows the values.
func (s *service) tableManagedInstance() *plugin.Table {
	return &plugin.Table{
		Name: "ssm_managed_instance",
		Description: "The managed nodes of AWS Systems Manager: what they are, whether their agent is online, " +
			"and a summary of what State Manager's associations did there.",
		List: &plugin.ListConfig{
			Hydrate:    s.listManagedInstance,
			KeyColumns: managedInstanceKeyColumns.declare(),
			Tags:       map[string]string{"service": "ssm", "action": "DescribeInstanceInformation"},
		},
		GetMatrixItemFunc: s.targetRegions,
		Cache:             noSDKCache,
		Columns: withOrigin([]*plugin.Column{
			{Name: "instance_id", Type: proto.ColumnType_STRING, Transform: of(func(n *types.InstanceInformation) any { return text(n.InstanceId) }),
				Description: "The ID of the managed node: i-... for an EC2 instance, mi-... for a hybrid one. AWS does not list nodes that are stopped."},
			{Name: "name", Type: proto.ColumnType_STRING, Transform: of(func(n *types.InstanceInformation) any { return text(n.Name) }),
				Description: "The name given to a hybrid node when it was activated. Not the Name tag of an EC2 instance."},
			{Name: "ping_status", Type: proto.ColumnType_STRING, Transform: of(func(n *types.InstanceInformation) any { return orNull(n.PingStatus) }),
				Description: "Whether the agent is heard of: Online, ConnectionLost or, deprecated, Inactive."},
			{Name: "last_ping_date_time", Type: proto.ColumnType_TIMESTAMP, Transform: of(func(n *types.InstanceInformation) any { return timestamp(n.LastPingDateTime) }),
				Description: "The time at which the agent was last heard of."},
			{Name: "association_status", Type: proto.ColumnType_STRING, Transform: of(func(n *types.InstanceInformation) any { return text(n.AssociationStatus) }),
				Description: "The status of the associations on the node taken together: Success, Pending or Failed."},
			{Name: "association_overview_detailed_status", Type: proto.ColumnType_STRING, Transform: of(func(n *types.InstanceInformation) any { return text(nodeOverview(n).DetailedStatus) }),
				Description: "The status of the associations on the node taken together, in more detail (AssociationOverview.DetailedStatus)."},
			{Name: "instance_association_status_aggregated_count", Type: proto.ColumnType_JSON, Transform: of(func(n *types.InstanceInformation) any {
				return mapping(nodeOverview(n).InstanceAssociationStatusAggregatedCount)
			}),
				Description: "The number of associations on the node by status, such as {\"Success\": 4, \"Failed\": 1} (AssociationOverview.InstanceAssociationStatusAggregatedCount)."},
			{Name: "last_association_execution_date", Type: proto.ColumnType_TIMESTAMP, Transform: of(func(n *types.InstanceInformation) any { return timestamp(n.LastAssociationExecutionDate) }),
				Description: "The time at which an association last ran on the node."},
			{Name: "last_successful_association_execution_date", Type: proto.ColumnType_TIMESTAMP, Transform: of(func(n *types.InstanceInformation) any { return timestamp(n.LastSuccessfulAssociationExecutionDate) }),
				Description: "The time at which an association last ran on the node with success."},
			{Name: "agent_version", Type: proto.ColumnType_STRING, Transform: of(func(n *types.InstanceInformation) any { return text(n.AgentVersion) }),
				Description: "The version of the SSM Agent on the node."},
			{Name: "is_latest_version", Type: proto.ColumnType_BOOL, Transform: of(func(n *types.InstanceInformation) any { return boolean(n.IsLatestVersion) }),
				Description: "Whether the agent is the latest version. AWS vouches for it on Linux nodes only."},
			{Name: "platform_type", Type: proto.ColumnType_STRING, Transform: of(func(n *types.InstanceInformation) any { return orNull(n.PlatformType) }),
				Description: "The type of the operating system: Linux, Windows or MacOS."},
			{Name: "platform_name", Type: proto.ColumnType_STRING, Transform: of(func(n *types.InstanceInformation) any { return text(n.PlatformName) }),
				Description: "The name of the operating system, such as Amazon Linux."},
			{Name: "platform_version", Type: proto.ColumnType_STRING, Transform: of(func(n *types.InstanceInformation) any { return text(n.PlatformVersion) }),
				Description: "The version of the operating system."},
			{Name: "resource_type", Type: proto.ColumnType_STRING, Transform: of(func(n *types.InstanceInformation) any { return orNull(n.ResourceType) }),
				Description: "The type of the node: EC2Instance or ManagedInstance."},
			{Name: "computer_name", Type: proto.ColumnType_STRING, Transform: of(func(n *types.InstanceInformation) any { return text(n.ComputerName) }),
				Description: "The fully qualified host name of the node."},
			{Name: "ip_address", Type: proto.ColumnType_STRING, Transform: of(func(n *types.InstanceInformation) any { return text(n.IPAddress) }),
				Description: "The IP address of the node."},
			{Name: "iam_role", Type: proto.ColumnType_STRING, Transform: of(func(n *types.InstanceInformation) any { return text(n.IamRole) }),
				Description: "The IAM role of a hybrid node, or of an instance that Quick Setup configured."},
			{Name: "activation_id", Type: proto.ColumnType_STRING, Transform: of(func(n *types.InstanceInformation) any { return text(n.ActivationId) }),
				Description: "The ID of the activation with which a hybrid node was registered."},
			{Name: "registration_date", Type: proto.ColumnType_TIMESTAMP, Transform: of(func(n *types.InstanceInformation) any { return timestamp(n.RegistrationDate) }),
				Description: "The time at which a hybrid node was registered."},
			{Name: "source_id", Type: proto.ColumnType_STRING, Transform: of(func(n *types.InstanceInformation) any { return text(n.SourceId) }),
				Description: "The ID of the resource behind the node, such as the thing name of an IoT Greengrass device."},
			{Name: "source_type", Type: proto.ColumnType_STRING, Transform: of(func(n *types.InstanceInformation) any { return orNull(n.SourceType) }),
				Description: "The type of the resource behind the node, such as AWS::EC2::Instance."},
			{Name: "source_location", Type: proto.ColumnType_STRING, Transform: of(func(n *types.InstanceInformation) any { return text(n.SourceLocation) }),
				Description: "The location of the resource behind the node, where it is in another cloud."},
			{Name: "title", Type: proto.ColumnType_STRING, Transform: of(func(n *types.InstanceInformation) any { return first(n.Name, n.ComputerName, n.InstanceId) }),
				Description: "A title for the row: the name, else the host name, else the ID of the node."},
		}),
	}
}

// managedInstanceKeyColumns are filters of AWS each. AWS refuses values that it
// does not know for some, and more than one value for ResourceType.
var managedInstanceKeyColumns = keyColumns[types.InstanceInformation]{
	{name: "instance_id",
		value: func(n *types.InstanceInformation) *string { return n.InstanceId }},
	{name: "ping_status", filter: "PingStatus", many: mostFilterValues, takes: oneOf(types.PingStatus("").Values()),
		value: func(n *types.InstanceInformation) *string { return member(n.PingStatus) }},
	{name: "platform_type", filter: "PlatformTypes", many: mostFilterValues, takes: oneOf(types.PlatformType("").Values()),
		value: func(n *types.InstanceInformation) *string { return member(n.PlatformType) }},
	{name: "resource_type", filter: "ResourceType", takes: oneOf(types.ResourceType("").Values()),
		value: func(n *types.InstanceInformation) *string { return member(n.ResourceType) }},
	{name: "association_status", filter: "AssociationStatus", many: mostFilterValues, takes: oneOf(types.AssociationStatusName("").Values()),
		value: func(n *types.InstanceInformation) *string { return n.AssociationStatus }},
	{name: "agent_version", filter: "AgentVersion", many: mostFilterValues,
		value: func(n *types.InstanceInformation) *string { return n.AgentVersion }},
	{name: "activation_id", filter: "ActivationIds", many: mostFilterValues,
		value: func(n *types.InstanceInformation) *string { return n.ActivationId }},
	{name: "iam_role", filter: "IamRole", many: mostFilterValues,
		value: func(n *types.InstanceInformation) *string { return n.IamRole }},
}

// mostFilterValues is how many values a filter of DescribeInstanceInformation
// takes at most.
const mostFilterValues = 100

func (s *service) listManagedInstance(ctx context.Context, d *plugin.QueryData, _ *plugin.HydrateData) (any, error) {
	return nil, s.list(ctx, d, func(ctx context.Context, sc *scan) error {
		row := rowOf[types.InstanceInformation](sc)
		return listNodes(ctx, sc, managedInstanceKeyColumns.selection(sc), func(node *types.InstanceInformation) error {
			if !sc.emit(ctx, row(node)) {
				return errEnough
			}
			return nil
		})
	})
}

// nodeOverview returns the overview of a node's associations, an empty one where
// AWS left it out.
func nodeOverview(n *types.InstanceInformation) types.InstanceAggregatedAssociationOverview {
	if n.AssociationOverview == nil {
		return types.InstanceAggregatedAssociationOverview{}
	}
	return *n.AssociationOverview
}
