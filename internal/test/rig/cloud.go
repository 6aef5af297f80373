package rig

import (
	"testing"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// Cloud is a simulated AWS with several accounts.
type Cloud struct {
	Sim    *awssim.Server
	fleets map[string]*fleet.Fleet // by access key
	URL    string
}

// NewCloud serves a simulated AWS with the given accounts.
func NewCloud(t *testing.T, options awssim.Options, accounts ...awssim.Account) *Cloud {
	t.Helper()
	c := &Cloud{Sim: awssim.New(options, accounts...), fleets: map[string]*fleet.Fleet{}}
	for _, a := range accounts {
		c.fleets[a.AccessKeyID] = a.Fleet
	}
	c.URL = Serve(t, c.Sim)
	return c
}
