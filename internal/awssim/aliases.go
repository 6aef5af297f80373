package awssim

import "steampipe-plugin-ssmassoc/internal/awssim/fleet"

// What other packages still know under its former name.
type (
	Fleet        = fleet.Fleet
	FleetOptions = fleet.Options
	Node         = fleet.Node
	Timestamp    = fleet.Timestamp
)

// NewFleet is [fleet.New].
var NewFleet = fleet.New
