package awssim

import "steampipe-plugin-ssmassoc/internal/awssim/fleet"

// Fleet is [fleet.Fleet].
type Fleet = fleet.Fleet

// FleetOptions is [fleet.Options].
type FleetOptions = fleet.Options

// Node is [fleet.Node].
type Node = fleet.Node

// Timestamp is [fleet.Timestamp].
type Timestamp = fleet.Timestamp

// NewFleet returns [fleet.New].
func NewFleet(o FleetOptions) *Fleet { return fleet.New(o) }
