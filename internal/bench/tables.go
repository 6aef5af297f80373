package main

import (
	"context"
	"fmt"
	"time"
)

// table is a table to measure. Each declares its own in a file of its name and has
// a line in tables.
type table struct {
	name string
	// floor reads what the table reads with the AWS SDK alone.
	floor func(*floor, context.Context) error
	// scenarios are those in which it is measured, their table left out.
	scenarios []scenario
}

var tables = []table{
	instanceAssociationStatus,
	managedInstance,
	association,
	effectiveInstanceAssociation,
	associationExecution,
	associationExecutionTarget,
}

// usual is the scenario of a table whose scan costs a call for each node, each
// association or each execution.
var usual = []scenario{{nodes: 1_000, latency: 20 * time.Millisecond}}

// scenario is a simulated AWS, and a table to read there.
type scenario struct {
	table   string
	nodes   int
	rows    int // of each node; 0 for the usual mix
	latency time.Duration
	tps     float64 // 0 for no limit
	burst   int     // calls that get through at once; 0 for a tenth of tps
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
		table = "" // what the plugin is for
	}
	return fmt.Sprintf("%s%d nodes%s, %s, %s", table, s.nodes, rows, s.latency, limit)
}

// scenarios returns those of all tables.
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
