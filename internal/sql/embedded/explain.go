package embedded

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/shared"

	"steampipe-plugin-ssmassoc/internal/sql/sqltimes"
)

// PlannedScan is a scan that a statement makes of a table of the plugin.
type PlannedScan struct {
	Table string
	// Schema is the table's schema, "" for that of all connections, and Connections
	// are those that are read.
	Schema      string
	Connections []string
	// Columns are those that the statement reads.
	Columns    []string
	Conditions []PlannedCondition
	// Limit is the number of rows after which the plugin stops; -1 for none.
	Limit int64
	// Begun is set if the statement makes the scan even if all tables are empty. One that
	// it makes for the rows of another table is not.
	Begun bool
}

// PlannedCondition is a condition that the plugin applies.
type PlannedCondition struct {
	Column, Operator string
	// Values are alternatives, as text. None are known before the statement runs
	// if they come from another table.
	Values []string
}

// DryRun is a plugin's server whose tables have no rows. It notes what it is asked
// for, and never asks the plugin.
type DryRun struct {
	shared.WrapperPluginServer

	mu       sync.Mutex
	requests []*proto.ExecuteRequest
}

// NewDryRun returns a server with the tables of another.
func NewDryRun(server shared.WrapperPluginServer) *DryRun {
	return &DryRun{WrapperPluginServer: server}
}

// Execute notes a scan.
func (d *DryRun) Execute(req *proto.ExecuteRequest, _ proto.WrapperPlugin_ExecuteServer) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.requests = append(d.requests, req)
	return nil
}

// Hints returns those of the other server.
func (d *DryRun) Hints(table, connection string) []string {
	if server, ok := d.WrapperPluginServer.(hintedServer); ok {
		return server.Hints(table, connection)
	}
	return nil
}

// take returns the scans noted so far, and forgets them.
func (d *DryRun) take() []*proto.ExecuteRequest {
	d.mu.Lock()
	defer d.mu.Unlock()
	requests := d.requests
	d.requests = nil
	return requests
}

// Explain passes each statement of a text to explained, with the scans that it
// makes. db must be open on a host of the dry run: statements run on tables without
// rows, which makes the values of conditions known. Those in a join are not.
func (d *DryRun) Explain(ctx context.Context, db *DB, sql string, parameters Parameters,
	explained func(statement string, scans []PlannedScan) error,
) error {
	var statement string
	var planned []PlannedScan
	report := func() error {
		if statement == "" {
			return nil
		}
		for _, req := range d.take() {
			fillIn(planned, req)
		}
		return explained(statement, planned)
	}
	var failed error
	err := db.RunWith(ctx, sql, Handler{
		Parameters: parameters,
		Begin: func(next string) {
			if failed == nil {
				failed = report()
			}
			statement, planned = strings.TrimSpace(next), db.plannedScans(next)
		},
		Result: func(rows *Rows) error {
			for rows.Next() { // which begins the scans
			}
			return rows.Err()
		},
	})
	if err == nil {
		err = failed
	}
	if err == nil {
		err = report()
	}
	return err
}

// plannedScans returns the scans in SQLite's plan of a statement.
//
// See https://sqlite.org/eqp.html.
func (db *DB) plannedScans(statement string) (scans []PlannedScan) {
	as, err := sqltimes.Rewrite(statement, db.timesOf)
	if err != nil {
		return nil
	}
	program, _, err := db.conn.Prepare("EXPLAIN QUERY PLAN " + as.SQL)
	if err != nil || program == nil {
		return nil // such as that of EXPLAIN
	}
	defer func() { _ = program.Close() }()
	for program.Step() {
		const detail = 3
		_, index, _ := strings.Cut(program.ColumnText(detail), " VIRTUAL TABLE INDEX ")
		number, text, _ := strings.Cut(index, ":")
		table, err := strconv.Atoi(number)
		if err != nil || table < 0 || table >= len(db.host.tables) {
			continue
		}
		text = strings.TrimSuffix(text, " LEFT-JOIN") // see explainQueryPlan of SQLite's select.c
		if p, err := decodePlan(text); err == nil {   // not of another virtual table
			scans = append(scans, p.scanOf(db.host.tables[table], db.host))
		}
	}
	return scans
}

// scanOf returns the scan that a plan is for.
func (p *plan) scanOf(t *Table, h *Host) PlannedScan {
	s := PlannedScan{Table: t.Name, Schema: p.Schema, Connections: h.connections, Limit: -1}
	if schema, err := h.schemas.named(p.Schema); p.Schema != "" && err == nil {
		s.Connections = schema.Members
	}
	for _, i := range p.Columns {
		s.Columns = append(s.Columns, t.Columns[i].Name)
	}
	for _, c := range p.Conditions {
		operator := c.Operator
		switch operator {
		case likeOperator:
			operator = "like"
		case ilikeOperator:
			operator = "ilike"
		}
		s.Conditions = append(s.Conditions, PlannedCondition{Column: t.Columns[c.Column].Name, Operator: operator})
	}
	return s
}

// fillIn adds the values of a request to the first scan that it can be of.
func fillIn(scans []PlannedScan, req *proto.ExecuteRequest) {
	for i := range scans {
		s := &scans[i]
		if s.Begun || s.Table != req.Table ||
			!sameMembers(s.Connections, slices.Collect(maps.Keys(req.ExecuteConnectionData))) ||
			!slices.Equal(s.Columns, req.QueryContext.Columns) || !s.conditionsAreOf(req) {
			continue
		}
		given := map[string]int{}
		for j, c := range s.Conditions {
			quals := req.QueryContext.Quals[c.Column].GetQuals()
			if n := given[c.Column]; n < len(quals) {
				s.Conditions[j].Values = textsOf(quals[n].Value)
			}
			given[c.Column]++
		}
		s.Begun = true
		for _, data := range req.ExecuteConnectionData {
			if data.Limit != nil {
				s.Limit = data.Limit.Value
			}
		}
		return
	}
}

// conditionsAreOf reports whether the conditions are those of a request, and have no
// values yet.
func (s *PlannedScan) conditionsAreOf(req *proto.ExecuteRequest) bool {
	columns := map[string]bool{}
	for _, c := range s.Conditions {
		if c.Values != nil {
			return false
		}
		columns[c.Column] = true
	}
	return slices.Equal(slices.Sorted(maps.Keys(columns)), slices.Sorted(maps.Keys(req.QueryContext.Quals)))
}

// textsOf returns the alternatives of a condition's value as text.
func textsOf(value *proto.QualValue) []string {
	switch v := value.GetValue().(type) {
	case *proto.QualValue_ListValue:
		var texts []string
		for _, one := range v.ListValue.Values {
			texts = append(texts, textsOf(one)...)
		}
		return texts
	case *proto.QualValue_StringValue:
		return []string{"'" + v.StringValue + "'"}
	case *proto.QualValue_TimestampValue:
		return []string{"'" + v.TimestampValue.AsTime().Format(time.RFC3339Nano) + "'"}
	case *proto.QualValue_BoolValue:
		return []string{strconv.FormatBool(v.BoolValue)}
	case *proto.QualValue_Int64Value:
		return []string{strconv.FormatInt(v.Int64Value, 10)}
	case *proto.QualValue_DoubleValue:
		return []string{strconv.FormatFloat(v.DoubleValue, 'g', -1, 64)}
	}
	return []string{fmt.Sprint(value)}
}
