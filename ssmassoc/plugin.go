// Package ssmassoc is a Steampipe plugin that answers, in SQL, what AWS Systems
// Manager's State Manager did on each managed node.
//
// AWS tells the status of associations one node and one page at a time
// (DescribeInstanceAssociationsStatus). The package's tables read as many of
// those pages as a query needs and no more, and answer with the exact rows or
// with an error, never with fewer rows.
//
// A row travels one way: an AWS page is read by a list function, whose rows
// leave through the scan's emit to the host, which is Steampipe (through [Serve])
// or any program that holds a [Server].
package ssmassoc

import (
	"context"

	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"

	"steampipe-plugin-ssmassoc/internal/awsconn"
)

// Name is the plugin's name, as Steampipe knows it.
const Name = "steampipe-plugin-ssmassoc"

// Plugin defines the plugin for a host of the Steampipe SDK's own making.
//
// Prefer [NewServer], which serves the same plugin: the SDK alone can lose an
// error that comes after the first rows (see [Server]).
func Plugin(context.Context) *plugin.Plugin {
	return newService().plugin()
}

// tables returns every table of the plugin.
func tables() []table {
	return []table{
		tableAssociation(),
		tableAssociationExecution(),
		tableAssociationExecutionTarget(),
		tableEffectiveInstanceAssociation(),
		tableInstanceAssociationStatus(),
		tableManagedInstance(),
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
