package ssmassoc

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"

	"steampipe-plugin-ssmassoc/internal/aws/awsconn"
)

// tableManagedInstance has one row for each managed node that AWS lists.
//
// A region costs one call for every 50 nodes, listed or named. AWS applies the
// conditions on every key column whose values it knows.
func tableManagedInstance() table {
	return table{
		name: "ssm_managed_instance",
		description: "Managed nodes in AWS Systems Manager: platform, agent version, connection status " +
			"and a summary of their associations.",
		operation:  "DescribeInstanceInformation",
		keyColumns: managedInstanceKeyColumns.declare(),
		list:       listManagedInstance,
		columns: []*plugin.Column{
			textColumn("instance_id", func(n *types.InstanceInformation) *string { return n.InstanceId },
				"The ID of the managed node: i-... for an EC2 instance, mi-... for a hybrid node. AWS does not list "+
					"stopped nodes."),
			textColumn("name", func(n *types.InstanceInformation) *string { return n.Name },
				"The name given to a hybrid node when it was activated. Not the Name tag of an EC2 instance."),
			nonEmptyColumn("ping_status", func(n *types.InstanceInformation) types.PingStatus { return n.PingStatus },
				"Whether the agent can be reached: Online, ConnectionLost or, deprecated, Inactive."),
			timeColumn("last_ping_date_time", func(n *types.InstanceInformation) *time.Time { return n.LastPingDateTime },
				"The time of the last ping from the agent."),
			textColumn("association_status", func(n *types.InstanceInformation) *string { return n.AssociationStatus },
				"The combined status of the associations on the node: Success, Pending or Failed."),
			textColumn("association_overview_detailed_status",
				func(n *types.InstanceInformation) *string { return nodeOverview(n).DetailedStatus },
				"The combined status of the associations on the node in more detail (AssociationOverview.DetailedStatus)."),
			jsonColumn("instance_association_status_aggregated_count",
				func(n *types.InstanceInformation) any {
					return mapping(nodeOverview(n).InstanceAssociationStatusAggregatedCount)
				},
				`The number of associations on the node by status, such as {"Success": 4, "Failed": 1} `+
					"(AssociationOverview.InstanceAssociationStatusAggregatedCount)."),
			timeColumn("last_association_execution_date",
				func(n *types.InstanceInformation) *time.Time { return n.LastAssociationExecutionDate },
				"The time when an association last ran on the node."),
			timeColumn("last_successful_association_execution_date",
				func(n *types.InstanceInformation) *time.Time { return n.LastSuccessfulAssociationExecutionDate },
				"The time when an association last succeeded on the node."),
			textColumn("agent_version", func(n *types.InstanceInformation) *string { return n.AgentVersion },
				"The version of the SSM Agent on the node."),
			boolColumn("is_latest_version", func(n *types.InstanceInformation) *bool { return n.IsLatestVersion },
				"Whether the agent is the latest version. AWS reports it reliably for Linux nodes only."),
			nonEmptyColumn("platform_type", func(n *types.InstanceInformation) types.PlatformType { return n.PlatformType },
				"The type of the operating system: Linux, Windows or MacOS."),
			textColumn("platform_name", func(n *types.InstanceInformation) *string { return n.PlatformName },
				"The name of the operating system, such as Amazon Linux."),
			textColumn("platform_version", func(n *types.InstanceInformation) *string { return n.PlatformVersion },
				"The version of the operating system."),
			nonEmptyColumn("resource_type", func(n *types.InstanceInformation) types.ResourceType { return n.ResourceType },
				"The type of the node: EC2Instance or ManagedInstance."),
			textColumn("computer_name", func(n *types.InstanceInformation) *string { return n.ComputerName },
				"The fully qualified host name of the node."),
			addressColumn("ip_address", func(n *types.InstanceInformation) *string { return n.IPAddress },
				"The IP address of the node. Null where AWS returns anything else."),
			textColumn("iam_role", func(n *types.InstanceInformation) *string { return n.IamRole },
				"The IAM role of a hybrid node, or of an instance that Quick Setup configured."),
			textColumn("activation_id", func(n *types.InstanceInformation) *string { return n.ActivationId },
				"The ID of the activation with which a hybrid node was registered."),
			timeColumn("registration_date", func(n *types.InstanceInformation) *time.Time { return n.RegistrationDate },
				"The time when a hybrid node was registered."),
			textColumn("source_id", func(n *types.InstanceInformation) *string { return n.SourceId },
				"The ID of the resource behind the node, such as the thing name of an IoT Greengrass device."),
			nonEmptyColumn("source_type", func(n *types.InstanceInformation) types.SourceType { return n.SourceType },
				"The type of the resource behind the node, such as AWS::EC2::Instance."),
			textColumn("source_location", func(n *types.InstanceInformation) *string { return n.SourceLocation },
				"The location of the resource behind the node, if it is in another cloud."),
			textColumn("title",
				func(n *types.InstanceInformation) *string { return first(n.Name, n.ComputerName, n.InstanceId) },
				"The title of the row: the name, the host name or the ID of the node."),
		},
	}
}

// managedInstanceKeyColumns are the columns that AWS has filters for. For some it refuses
// unknown values, and for ResourceType more than one value.
var managedInstanceKeyColumns = keyColumns[types.InstanceInformation]{
	{name: "instance_id",
		value: func(n *types.InstanceInformation) *string { return n.InstanceId }},
	{name: "ping_status", filter: "PingStatus", many: mostFilterValues, takes: oneOf(types.PingStatus("").Values()),
		value: func(n *types.InstanceInformation) *string { return member(n.PingStatus) }},
	{name: "platform_type", filter: "PlatformTypes", many: mostFilterValues, takes: oneOf(types.PlatformType("").Values()),
		value: func(n *types.InstanceInformation) *string { return member(n.PlatformType) }},
	{name: "resource_type", filter: "ResourceType", takes: oneOf(types.ResourceType("").Values()),
		value: func(n *types.InstanceInformation) *string { return member(n.ResourceType) }},
	{name: "association_status", filter: "AssociationStatus", many: mostFilterValues,
		takes: oneOf(types.AssociationStatusName("").Values()),
		value: func(n *types.InstanceInformation) *string { return n.AssociationStatus }},
	{name: "agent_version", filter: "AgentVersion", many: mostFilterValues,
		value: func(n *types.InstanceInformation) *string { return n.AgentVersion }},
	{name: "activation_id", filter: "ActivationIds", many: mostFilterValues,
		value: func(n *types.InstanceInformation) *string { return n.ActivationId }},
	{name: "iam_role", filter: "IamRole", many: mostFilterValues,
		value: func(n *types.InstanceInformation) *string { return n.IamRole }},
}

// mostFilterValues is the greatest number of values that a filter of
// DescribeInstanceInformation accepts.
const mostFilterValues = 100

func listManagedInstance(ctx context.Context, sc *scan) error {
	row := rowOf[types.InstanceInformation](sc)
	return listNodes(ctx, sc, managedInstanceKeyColumns.selection(sc), func(node *types.InstanceInformation) error {
		sc.statement.note(sc.place(), aws.ToString(node.InstanceId))
		if !sc.emit(ctx, row(node)) {
			return errEnough
		}
		return nil
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

// listsNode returns a function that reports whether AWS lists a node now.
func listsNode(sc *scan) func(ctx context.Context, id string) (bool, error) {
	return func(ctx context.Context, id string) (bool, error) {
		return isListed(ctx, sc, nodeListing(sc, selection[types.InstanceInformation]{
			filters: []filter{{key: "InstanceIds", operator: "EQUAL", values: []string{id}}},
			meets:   func(node *types.InstanceInformation) bool { return aws.ToString(node.InstanceId) == id },
		}))
	}
}

// nodeListing lists the managed nodes of a scan's region. AWS does not list stopped
// nodes.
func nodeListing(sc *scan, selected selection[types.InstanceInformation]) listing[types.InstanceInformation] {
	return listing[types.InstanceInformation]{
		operation:   "DescribeInstanceInformation",
		minPageSize: 5,
		maxPageSize: nodesAtOnce,
		kind:        "managed node",
		id:          func(node *types.InstanceInformation) string { return aws.ToString(node.InstanceId) },
		selection:   selected,
		page: func(ctx context.Context, request pageRequest) ([]types.InstanceInformation, *string, error) {
			var filters []types.InstanceInformationStringFilter
			for _, f := range request.filters {
				filters = append(filters, types.InstanceInformationStringFilter{Key: aws.String(f.key), Values: f.values})
			}
			out, err := sc.region.Client.DescribeInstanceInformation(ctx, &ssm.DescribeInstanceInformationInput{
				Filters:    filters,
				MaxResults: aws.Int32(request.size),
				NextToken:  request.token,
			}, sc.region.Options)
			if err != nil {
				return nil, nil, err
			}
			return out.InstanceInformationList, out.NextToken, nil
		},
	}
}

const (
	// nodesAtOnce is the greatest number of nodes that one call returns, listed or
	// named.
	nodesAtOnce = 50
	// nodesOneByOne is the greatest number of nodes that are asked for one by one,
	// after AWS refused to be asked for all of them.
	nodesOneByOne = 3
)

// listNodes sends the selected nodes. As many named nodes as fit on a page cost one
// call. More are picked from a listing of the region: its pages cost no more than those
// of named nodes, and serve later queries too.
//
// AWS does not document whether it leaves out an unknown ID or refuses the call. If it
// refuses, a few IDs are asked for one by one, and more are picked from a listing.
func listNodes(
	ctx context.Context, sc *scan, selected selection[types.InstanceInformation],
	send func(*types.InstanceInformation) error,
) error {
	ids, given := sc.conditions.equalTo("instance_id")
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == "" }) // AWS refuses it
	switch {
	case !given:
		return list(ctx, sc, nodeListing(sc, selected).forRowsOf(sc), send)
	case len(ids) > nodesAtOnce:
		return list(ctx, sc, nodeListing(sc, selected), send)
	case len(ids) == 0:
		return nil
	}

	sent := false
	err := listNamedNodes(ctx, sc, ids, selected, func(node *types.InstanceInformation) error {
		sent = true
		return send(node)
	})
	switch {
	case err == nil || sent || !isRefusedNode(err):
		return err
	case len(ids) == 1:
		plugin.Logger(ctx).Debug("no row: AWS knows no such node here",
			"node", ids[0], "region", sc.region.Name, "connection", sc.connection.Name, "error", err)
		return nil
	case len(ids) > nodesOneByOne:
		return list(ctx, sc, nodeListing(sc, selected), send)
	}
	for _, id := range ids {
		if err := listNamedNodes(ctx, sc, []string{id}, selected, send); err != nil && !isRefusedNode(err) {
			return err
		}
	}
	return nil
}

// listNamedNodes sends the selected nodes of the given IDs, which take one call. If AWS
// refuses the IDs, isRefusedNode reports true for its error.
func listNamedNodes(
	ctx context.Context, sc *scan, ids []string, selected selection[types.InstanceInformation],
	send func(*types.InstanceInformation) error,
) error {
	byID := []filter{{key: "InstanceIds", operator: "EQUAL", values: ids}}
	isNamed := func(node *types.InstanceInformation) bool { return slices.Contains(ids, aws.ToString(node.InstanceId)) }
	for {
		l := nodeListing(sc, selected.and(byID, isNamed))
		l.handles = isRefusedNode
		err := list(ctx, sc, l, send)
		if awsconn.IsRefusedFilter(err) && selected.filtered() {
			selected = selected.unfiltered() // it may be another filter that AWS refuses
			continue
		}
		return err
	}
}

// isRefusedNode reports whether AWS refused a call for the IDs of its nodes.
func isRefusedNode(err error) bool {
	return err != nil && (awsconn.IsNoSuchNode(err) || awsconn.IsRefusedFilter(err))
}
