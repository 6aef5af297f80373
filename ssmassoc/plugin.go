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
	"cmp"
	"context"
	"slices"

	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"

	"steampipe-plugin-ssmassoc/internal/engine"
	"steampipe-plugin-ssmassoc/internal/server"
)

// Name is the name by which Steampipe knows the plugin.
const Name = "steampipe-plugin-ssmassoc"

// Plugin defines the plugin for a host that is built from the Steampipe SDK alone.
//
// Prefer [NewServer], which serves the same plugin: the SDK alone can lose an error
// that comes after the first rows (see [Server]).
func Plugin(context.Context) *plugin.Plugin { return server.Plugin(Name, tables()) }

// NewServer returns a server to call in process. It shares nothing with other servers.
func NewServer() *server.Server { return server.New(Name, tables()) }

// Serve serves the plugin to the Steampipe process that started it, until Steampipe
// ends it.
func Serve() { server.Serve(Name, tables()) }

// tables returns every table of the plugin, with all of its columns in order.
func tables() []engine.Table {
	all := []engine.Table{
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
	for i, t := range all {
		all[i].Columns = slices.Concat(orderedColumns(t), originColumns())
	}
	return all
}

// orderedColumns returns the columns in the order of Steampipe's standards: key columns,
// others by name, then the title.
//
// See https://steampipe.io/docs/develop/standards.
func orderedColumns(t engine.Table) []*plugin.Column {
	place := func(c *plugin.Column) int {
		if c.Name == "title" {
			return len(t.KeyColumns) + 1
		}
		isColumn := func(key *plugin.KeyColumn) bool { return key.Name == c.Name }
		if i := slices.IndexFunc(t.KeyColumns, isColumn); i >= 0 {
			return i
		}
		return len(t.KeyColumns)
	}
	return slices.SortedFunc(slices.Values(t.AllColumns()), func(a, b *plugin.Column) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a.Name, b.Name))
	})
}
