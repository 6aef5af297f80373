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
	"steampipe-plugin-ssmassoc/internal/engine"
)

// tableManagedInstance has one row for each managed node that AWS lists.
//
// A region costs one call for every 50 nodes, listed or named. AWS applies the
// conditions on every key column whose values it knows.
func tableManagedInstance() engine.Table {
	return engine.Table{
		Name: "ssm_managed_instance",
		Description: "Managed nodes in AWS Systems Manager: platform, agent version, connection status " +
			"and a summary of their associations.",
		Reads: engine.Reads{
			Operation: "DescribeInstanceInformation", PageSize: 50, ByID: []string{"instance_id"},
		},
		KeyColumns: managedInstanceKeyColumns.Declare(),
		List:       listManagedInstance,
		Columns: []*plugin.Column{
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
var managedInstanceKeyColumns = engine.KeyColumns[types.InstanceInformation]{
	{Name: "instance_id",
		Value: func(n *types.InstanceInformation) *string { return n.InstanceId }},
	{Name: "ping_status", Filter: "PingStatus", Many: maxFilterValues, Takes: engine.OneOf(types.PingStatus("").Values()),
		Value: func(n *types.InstanceInformation) *string { return engine.Member(n.PingStatus) }},
	{Name: "platform_type", Filter: "PlatformTypes", Many: maxFilterValues,
		Takes: engine.OneOf(types.PlatformType("").Values()),
		Value: func(n *types.InstanceInformation) *string { return engine.Member(n.PlatformType) }},
	{Name: "resource_type", Filter: "ResourceType", Takes: engine.OneOf(types.ResourceType("").Values()),
		Value: func(n *types.InstanceInformation) *string { return engine.Member(n.ResourceType) }},
	{Name: "association_status", Filter: "AssociationStatus", Many: maxFilterValues,
		Takes: engine.OneOf(types.AssociationStatusName("").Values()),
		Value: func(n *types.InstanceInformation) *string { return n.AssociationStatus }},
	{Name: "agent_version", Filter: "AgentVersion", Many: maxFilterValues,
		Value: func(n *types.InstanceInformation) *string { return n.AgentVersion }},
	{Name: "activation_id", Filter: "ActivationIds", Many: maxFilterValues,
		Value: func(n *types.InstanceInformation) *string { return n.ActivationId }},
	{Name: "iam_role", Filter: "IamRole", Many: maxFilterValues,
		Value: func(n *types.InstanceInformation) *string { return n.IamRole }},
}

// maxFilterValues is the greatest number of values that a filter of
// DescribeInstanceInformation accepts.
const maxFilterValues = 100

func listManagedInstance(ctx context.Context, sc *engine.Scan) error {
	row := engine.RowOf[types.InstanceInformation](sc)
	return listNodes(ctx, sc, managedInstanceKeyColumns.Selection(sc), func(node *types.InstanceInformation) error {
		sc.Statement.Note(sc.Place(), aws.ToString(node.InstanceId))
		if !sc.Emit(ctx, row(node)) {
			return engine.ErrEnough
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
func listsNode(sc *engine.Scan) func(ctx context.Context, id string) (bool, error) {
	return func(ctx context.Context, id string) (bool, error) {
		return engine.IsListed(ctx, sc, nodeListing(sc, engine.Selection[types.InstanceInformation]{
			Filters: []engine.Filter{{Key: "InstanceIds", Operator: "EQUAL", Values: []string{id}}},
			Meets:   func(node *types.InstanceInformation) bool { return aws.ToString(node.InstanceId) == id },
		}))
	}
}

// nodeListing lists the managed nodes of a scan's region. AWS does not list stopped
// nodes.
func nodeListing(
	sc *engine.Scan, selected engine.Selection[types.InstanceInformation],
) engine.Listing[types.InstanceInformation] {
	return engine.Listing[types.InstanceInformation]{
		Operation:   "DescribeInstanceInformation",
		MinPageSize: 5,
		MaxPageSize: nodesAtOnce,
		Kind:        "managed node",
		ID:          func(node *types.InstanceInformation) string { return aws.ToString(node.InstanceId) },
		Selection:   selected,
		Page: func(ctx context.Context, request engine.PageRequest) ([]types.InstanceInformation, *string, error) {
			var filters []types.InstanceInformationStringFilter
			for _, f := range request.Filters {
				filters = append(filters, types.InstanceInformationStringFilter{Key: aws.String(f.Key), Values: f.Values})
			}
			out, err := sc.Region.Client.DescribeInstanceInformation(ctx, &ssm.DescribeInstanceInformationInput{
				Filters:    filters,
				MaxResults: aws.Int32(request.Size),
				NextToken:  request.Token,
			}, sc.Region.Options)
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
	nodesOneByOne = engine.OneByOne
)

// listNodes sends the selected nodes. As many named nodes as fit on a page cost one
// call. More are picked from a listing of the region: its pages cost no more than those
// of named nodes, and serve later queries too.
//
// AWS does not document whether it leaves out an unknown ID or refuses the call. If it
// refuses, a few IDs are asked for one by one, and more are picked from a listing.
func listNodes(
	ctx context.Context, sc *engine.Scan, selected engine.Selection[types.InstanceInformation],
	send func(*types.InstanceInformation) error,
) error {
	ids, given := sc.Conditions.EqualTo("instance_id")
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == "" }) // AWS refuses it
	switch {
	case !given:
		return engine.List(ctx, sc, nodeListing(sc, selected).ForRowsOf(sc), send)
	case len(ids) > nodesAtOnce:
		return engine.List(ctx, sc, nodeListing(sc, selected), send)
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
			"node", ids[0], "region", sc.Region.Name, "connection", sc.Connection.Name, "error", err)
		return nil
	case len(ids) > nodesOneByOne:
		return engine.List(ctx, sc, nodeListing(sc, selected), send)
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
	ctx context.Context, sc *engine.Scan, ids []string, selected engine.Selection[types.InstanceInformation],
	send func(*types.InstanceInformation) error,
) error {
	byID := []engine.Filter{{Key: "InstanceIds", Operator: "EQUAL", Values: ids}}
	isNamed := func(node *types.InstanceInformation) bool { return slices.Contains(ids, aws.ToString(node.InstanceId)) }
	for {
		l := nodeListing(sc, selected.And(byID, isNamed))
		l.Handles = isRefusedNode
		err := engine.List(ctx, sc, l, send)
		if awsconn.IsRefusedFilter(err) && selected.Filtered() {
			selected = selected.Unfiltered() // it may be another filter that AWS refuses
			continue
		}
		return err
	}
}

// isRefusedNode reports whether AWS refused a call for the IDs of its nodes.
func isRefusedNode(err error) bool {
	return err != nil && (awsconn.IsNoSuchNode(err) || awsconn.IsRefusedFilter(err))
}
