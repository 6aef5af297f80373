package main

import (
	"context"
	"fmt"
	"time"
)

// table is a table to measure. Each is declared in its own file and listed in tables.
type table struct {
	name string
	// floor reads the table's content with the AWS SDK alone.
	floor func(*floor, context.Context) error
	// scenarios are the table's scenarios, without its name.
	scenarios []scenario
}

var tables = []table{
	instanceAssociationStatus,
	managedInstance,
	association,
	effectiveInstanceAssociation,
	associationExecution,
	associationExecutionTarget,
	associationVersion,
	commandInvocation,
	resourceComplianceSummary,
	complianceItem,
	automationExecution,
}

// usual suits tables whose scan makes a call per node, association or execution.
var usual = []scenario{{nodes: 1_000, latency: 20 * time.Millisecond}}

// scenario is a simulated AWS and a table to read.
type scenario struct {
	table   string
	nodes   int
	rows    int // per node; 0 for the usual mix
	latency time.Duration
	tps     float64  // 0 for no limit
	burst   int      // calls allowed at once; 0 for a tenth of tps
	regions []string // us-east-1 if nil
}

// in returns the regions with nodes.
func (s scenario) in() []string {
	if s.regions == nil {
		return []string{"us-east-1"}
	}
	return s.regions
}

func (s scenario) String() string {
	limit := "no limit"
	if s.tps > 0 {
		limit = fmt.Sprintf("%g calls/s", s.tps)
		if s.burst > 0 {
			limit += fmt.Sprintf(" after %d", s.burst)
		}
	}
	rows := ""
	if s.rows > 0 {
		rows = fmt.Sprintf(" of %d rows", s.rows)
	}
	table := s.table + ": "
	if s.table == instanceAssociationStatus.name {
		table = "" // the main table
	}
	return fmt.Sprintf("%s%d nodes%s, %s, %s", table, s.nodes, rows, s.latency, limit)
}

// scenarios returns the scenarios of all tables.
func scenarios() []scenario {
	var all []scenario
	for _, t := range tables {
		for _, s := range t.scenarios {
			s.table = t.name
			all = append(all, s)
		}
	}
	return all
}
