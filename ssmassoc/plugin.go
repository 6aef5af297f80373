// Package ssmassoc is a Steampipe plugin for querying the associations of AWS Systems
// Manager's State Manager, and their status on each managed node, with SQL.
//
// AWS reports association status one node and one page at a time
// (DescribeInstanceAssociationsStatus). The tables read the pages that a query needs
// and no others. They answer with the exact rows or with an error, never with fewer
// rows.
//
// A row travels one way: from a page of AWS through the list function of a table and
// the scan's emit to the host, which is Steampipe (see [Serve]) or any program that
// has a [Server].
package ssmassoc

import (
	"context"

	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"

	"steampipe-plugin-ssmassoc/internal/aws/awsconn"
)

// Name is the name by which Steampipe knows the plugin.
const Name = "steampipe-plugin-ssmassoc"

// Plugin defines the plugin for a host that is built from the Steampipe SDK alone.
//
// Prefer [NewServer], which serves the same plugin: the SDK alone can lose an error
// that comes after the first rows (see [Server]).
func Plugin(context.Context) *plugin.Plugin {
	return newService().plugin()
}

// tables returns every table of the plugin.
func tables() []table {
	return []table{
		tableAssociation(),
		tableAssociationExecution(),
		tableAssociationExecutionTarget(),
		tableAssociationVersion(),
		tableAutomationExecution(),
		tableCommandInvocation(),
		tableComplianceItem(),
		tableEffectiveInstanceAssociation(),
		tableInstanceAssociationStatus(),
		tableManagedInstance(),
		tableResourceComplianceSummary(),
	}
}

// plugin describes the service to the Steampipe SDK.
func (s *service) plugin() *plugin.Plugin {
	described := map[string]*plugin.Table{}
	for _, t := range tables() {
		described[t.name] = t.describe(s)
	}
	return &plugin.Plugin{
		Name: Name,
		ConnectionConfigSchema: &plugin.ConnectionConfigSchema{
			NewInstance: func() any { return &awsconn.Arguments{} },
		},
		TableMap: described,
	}
}
