package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"steampipe-plugin-ssmassoc/internal/server"
	"steampipe-plugin-ssmassoc/internal/sim/demo"
)

// connectionFlags choose the connections to read, and their regions.
type connectionFlags struct {
	config     string
	connection string
	demo       bool
	profile    string
	regions    []string
	triage     triageFlag
}

// registerConnections registers the flags; verb is what the command does.
func (f *connectionFlags) registerConnections(flags *pflag.FlagSet, verb string) {
	flags.StringVar(&f.config, "config", "",
		"read the connections from this Steampipe `FILE.spc`, or from all such files of a folder (default: "+
			"$STEAMPIPE_INSTALL_DIR/config if it has any for this plugin, else the AWS CLI's credentials)")
	flags.StringVar(&f.connection, "connection", "",
		verb+" the connection of this `NAME` alone, or the members of an aggregator")
	flags.BoolVar(&f.demo, "demo", false, verb+" a simulated fleet instead of AWS")
	flags.StringVar(&f.profile, "profile", "",
		verb+" with the credentials of this `PROFILE` of the AWS CLI instead of the configured connections")
	flags.StringSliceVar(&f.regions, "region", nil, regionUsage)
}

// registerTriage registers the flag of commands that run SQL.
func (f *connectionFlags) registerTriage(flags *pflag.FlagSet) {
	flags.Var(&f.triage, "triage",
		"for conditions on the status of associations, read only the nodes of which AWS's listing counts such a "+
			"status; AWS does not promise that the counts are up to date")
	flags.Lookup("triage").NoOptDefVal = "true"
}

// triageFlag is --triage; nil leaves it to each connection.
type triageFlag struct{ *bool }

func (f *triageFlag) String() string {
	if f.bool == nil {
		return ""
	}
	return strconv.FormatBool(*f.bool)
}

// Type names no value: the flag is a switch.
func (*triageFlag) Type() string     { return "bool" }
func (*triageFlag) IsBoolFlag() bool { return true }

// Set takes true and false.
func (f *triageFlag) Set(value string) error {
	on, err := strconv.ParseBool(value)
	if err != nil {
		return fmt.Errorf("%q is not valid; use true or false", value)
	}
	f.bool = &on
	return nil
}

const regionUsage = "read these comma-separated `REGIONS` instead of those of the connections; * and ? are " +
	"wildcards; may be repeated"

// checkConnections rejects flags that exclude each other, and unknown regions.
func (f *connectionFlags) checkConnections(cmd *cobra.Command) error {
	given := cmd.Flags().Changed
	switch {
	case f.demo && (f.config != "" || f.connection != ""):
		return wrongUsage(cmd, "--demo and --config or --connection exclude each other")
	case f.demo && given("profile"):
		return wrongUsage(cmd, "--demo and --profile exclude each other")
	case given("profile") && strings.TrimSpace(f.profile) == "":
		return wrongUsage(cmd, "--profile is empty; name a profile of the AWS CLI, or leave it out")
	case f.profile != "" && (f.config != "" || f.connection != ""):
		return wrongUsage(cmd, "--profile and --config or --connection exclude each other: a profile takes the place "+
			"of the configured connections")
	case given("region") && len(f.regions) == 0:
		return wrongUsage(cmd, "--region is empty; name regions as in us-east-1, or leave it out")
	}
	for i, region := range f.regions {
		f.regions[i] = strings.TrimSpace(region)
		if err := server.CheckRegion(f.regions[i]); err != nil {
			return wrongUsage(cmd, "--region: %w", err)
		}
		isPattern := strings.ContainsAny(f.regions[i], "*?")
		if f.demo && !isPattern && !slices.Contains(demo.Regions(), f.regions[i]) {
			return wrongUsage(cmd, "--region %s: the simulated fleet is in %s", f.regions[i],
				strings.Join(demo.Regions(), ", "))
		}
	}
	return nil
}
