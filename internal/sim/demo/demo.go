// Package demo is the simulated fleet that ssmassoc --demo queries and that the
// documentation's examples take their ids from, and the arguments of a connection
// to a simulated AWS.
package demo

import (
	"fmt"
	"strings"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// Nodes is the number of nodes of the demonstration.
const Nodes = 300

const seed = 1

// Regions returns the regions of the demonstration.
func Regions() []string { return []string{"us-east-1", "eu-west-1", "ap-southeast-2"} }

// Options returns those of the demonstration's fleet with the given number of nodes
// in the given regions, as it looks at the beginning of the day in UTC: its dates
// are recent, and the same all day.
func Options(nodes int, regions []string) fleet.Options {
	return fleet.Options{
		Seed:    seed,
		Regions: regions,
		Nodes:   nodes,
		Now:     time.Now().UTC().Truncate(24 * time.Hour),
	}
}

// Arguments returns the arguments, in HCL, of a connection to the simulated AWS at
// url. Without regions the connection has those that the plugin chooses.
func Arguments(url, accessKey, secretKey string, regions []string) string {
	text := fmt.Sprintf("endpoint_url = %q\naccess_key   = %q\nsecret_key   = %q\n", url, accessKey, secretKey)
	if len(regions) > 0 {
		text += fmt.Sprintf("regions      = [\"%s\"]\n", strings.Join(regions, `", "`))
	}
	return text
}
