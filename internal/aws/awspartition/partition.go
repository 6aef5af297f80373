// Package awspartition knows AWS's partitions: groups of regions with accounts, ARNs and
// hosts of their own, such as China.
//
// partitions.json is the AWS SDK's own file, internal/endpoints/awsrulesfn/partitions.json
// of github.com/aws/aws-sdk-go-v2, which does not export it. A test compares the two.
package awspartition

import (
	_ "embed"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"
)

//go:embed partitions.json
var data []byte

// Partition is a partition.
type Partition struct {
	ID          string                    `json:"id"`          // aws, aws-cn ...
	RegionRegex string                    `json:"regionRegex"` // of the names of regions, even later ones
	Regions     map[string]map[string]any `json:"regions"`     // that are known, by name
	Outputs     struct {
		DNSSuffix          string `json:"dnsSuffix"`
		DualStackDNSSuffix string `json:"dualStackDnsSuffix"`
		MainRegion         string `json:"implicitGlobalRegion"`
	} `json:"outputs"`

	regions *regexp.Regexp
	prefix  string // of the names of its regions, such as us-gov; "" if they have none in common
}

// All returns the partitions.
var All = sync.OnceValue(func() []Partition {
	var file struct{ Partitions []Partition }
	if err := json.Unmarshal(data, &file); err != nil {
		panic(err)
	}
	for i := range file.Partitions {
		p := &file.Partitions[i]
		p.regions = regexp.MustCompile(p.RegionRegex)
		literal := strings.ReplaceAll(strings.TrimPrefix(p.RegionRegex, "^"), `\-`, "-")
		p.prefix = strings.TrimRight(literal[:strings.IndexAny(literal, `(\`)], "-")
	}
	return file.Partitions
})

// MainRegion returns the main region of the partition that a region, or a pattern of
// regions, clearly belongs to. It returns "" for the partition aws, and for a pattern of
// no clear partition.
func MainRegion(name string) string {
	main, longest := "", 0
	literal, isPattern := name, false
	if i := strings.IndexAny(name, "*?"); i >= 0 {
		literal, isPattern = name[:i], true
	}
	for _, p := range All() {
		switch {
		case p.prefix == "":
		case !isPattern && p.regions.MatchString(name):
			return p.Outputs.MainRegion
		case isPattern && strings.HasPrefix(literal, p.prefix) && len(p.prefix) > longest:
			main, longest = p.Outputs.MainRegion, len(p.prefix)
		}
	}
	return main
}

// direction ends the names of all regions.
var direction = regexp.MustCompile(`-(central|(north|south)?(east|west)|north|south)-[1-9][0-9]?$`)

// HasRegion reports whether a name has the form of a region of some partition. It may be
// newer than partitions.json.
func HasRegion(name string) bool {
	return direction.MatchString(name) && slices.ContainsFunc(All(), func(p Partition) bool {
		return p.regions.MatchString(name)
	})
}
