package rig

import "steampipe-plugin-ssmassoc/internal/sim/fleet"

// NodeTable is the table of nodes.
const NodeTable = "ssm_managed_instance"

var managedInstanceCase = TableCase{
	Name: NodeTable,
	Keys: "activation_id agent_version association_status iam_role instance_id ping_status platform_type resource_type",
	Read: func(simulated *fleet.Fleet, region string) ([]Row, Calls) {
		var rows []Row
		for _, node := range listedNodes(simulated, region) {
			rows = append(rows, ExpectedNode(simulated, node))
		}
		return rows, Calls{ListingOp: Pages(len(rows), 50)}
	},
	Queries: func(*fleet.Fleet, string) map[string]string {
		return map[string]string{ListingOp: "select * from " + NodeTable}
	},
}

// ExpectedNode returns the row of a node.
func ExpectedNode(simulated *fleet.Fleet, node *fleet.Node) Row {
	i := node.Information()
	r := Row{
		"instance_id":                                i.InstanceID,
		"name":                                       Value(i.Name),
		"ping_status":                                Value(i.PingStatus),
		"last_ping_date_time":                        Date(i.LastPingDateTime),
		"association_status":                         Value(i.AssociationStatus),
		"association_overview_detailed_status":       nil,
		"last_association_execution_date":            Date(i.LastAssociationExecutionDate),
		"last_successful_association_execution_date": Date(i.LastSuccessfulAssociationExecutionDate),
		"agent_version":                              Value(i.AgentVersion),
		"is_latest_version":                          Boolean(i.IsLatestVersion),
		"platform_type":                              Value(i.PlatformType),
		"platform_name":                              Value(i.PlatformName),
		"platform_version":                           Value(i.PlatformVersion),
		"resource_type":                              Value(i.ResourceType),
		"computer_name":                              Value(i.ComputerName),
		"ip_address":                                 Value(i.IPAddress),
		"iam_role":                                   Value(i.IamRole),
		"activation_id":                              Value(i.ActivationID),
		"registration_date":                          Date(i.RegistrationDate),
		"source_id":                                  Value(i.SourceID),
		"source_type":                                Value(i.SourceType),
		"source_location":                            Value(i.SourceLocation),
		"title":                                      FirstOf(i.Name, i.ComputerName, &i.InstanceID),
		"instance_association_status_aggregated_count": nil,
	}
	if o := i.AssociationOverview; o != nil {
		r["association_overview_detailed_status"] = o.DetailedStatus
		r["instance_association_status_aggregated_count"] = jsonText(o.Counts)
	}
	return readIn(simulated, node.Region, r)
}
