package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/demo"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// startDemo serves a simulated fleet until this process ends, and returns the connection
// to it.
func startDemo(stderr io.Writer) (*source, error) {
	simulated := fleet.New(demo.Options(demo.Nodes, demo.Regions()))
	server := awssim.New(awssim.Options{Latency: 5 * time.Millisecond}, awssim.Account{
		AccessKeyID: awssim.DefaultAccessKeyID,
		Fleet:       simulated,
	})
	listener, err := server.Start("127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the simulated fleet: %w", err)
	}
	fmt.Fprintf(stderr, "demo: a simulated fleet of %d nodes in %s, not AWS\n",
		demo.Nodes, strings.Join(demo.Regions(), ", "))
	return &source{demo: true, connections: []embedded.Connection{{
		Name:   pluginName,
		Config: simulatedArguments(listener.URL(), demo.Regions()),
	}}}, nil
}

// simulatedArguments returns the arguments of a connection to a simulated AWS.
func simulatedArguments(url string, regions []string) string {
	return demo.Arguments(url, awssim.DefaultAccessKeyID, awssim.DefaultSecretAccessKey, regions)
}

// simulateFlags are the flags of the simulate command.
type simulateFlags struct {
	addr    string
	nodes   int
	regions []string
	latency time.Duration
	tps     float64
}

func newSimulateCommand() *cobra.Command {
	var flags simulateFlags
	cmd := &cobra.Command{
		Use:   "simulate [flags]",
		Short: "Serve a simulated AWS, to try the plugin in Steampipe",
		Long: `Serves a simulated AWS with a fleet of managed nodes on a loopback address, until
it is interrupted. Point the argument endpoint_url of a connection at it.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := flags.check(cmd, args); err != nil {
				return err
			}
			return simulate(cmd, flags)
		},
	}
	f := cmd.Flags()
	f.StringVar(&flags.addr, "addr", "127.0.0.1:4566", "`ADDRESS` to listen on; only loopback addresses are accepted")
	f.IntVar(&flags.nodes, "nodes", demo.Nodes, "`NUMBER` of nodes in the fleet, spread evenly over the regions")
	f.StringSliceVar(&flags.regions, "regions", demo.Regions(), "comma-separated `REGIONS` that have nodes")
	f.DurationVar(&flags.latency, "latency", 20*time.Millisecond, "`TIME` that each call takes")
	f.Float64Var(&flags.tps, "tps", 0,
		"`NUMBER` of calls per second that each region allows for each operation before it throttles (0: no limit)")
	return cmd
}

// check rejects values that the simulation does not support.
func (f simulateFlags) check(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) > 0:
		return wrongUsage(cmd, "unexpected argument %q", args[0])
	case f.nodes < 1:
		return wrongUsage(cmd, "--nodes must be at least 1")
	case len(f.regions) == 0:
		return wrongUsage(cmd, "--regions must name at least one region")
	case f.latency < 0:
		return wrongUsage(cmd, "--latency must not be negative")
	case f.tps < 0:
		return wrongUsage(cmd, "--tps must not be negative")
	}
	for _, region := range f.regions {
		if strings.TrimSpace(region) == "" {
			return wrongUsage(cmd, "--regions has an empty entry")
		}
	}
	return nil
}

func simulate(cmd *cobra.Command, flags simulateFlags) error {
	simulated := fleet.New(demo.Options(flags.nodes, flags.regions))
	server := awssim.New(awssim.Options{Latency: flags.latency, TPS: flags.tps}, awssim.Account{
		AccessKeyID: awssim.DefaultAccessKeyID,
		Fleet:       simulated,
	})
	listener, err := server.Start(flags.addr)
	if err != nil {
		return fmt.Errorf("serve a simulated AWS: %w", err)
	}
	if err := printConfig(cmd.OutOrStdout(), listener.URL(), flags); err != nil {
		return errors.Join(err, listener.Close())
	}
	<-cmd.Context().Done()
	fmt.Fprint(cmd.ErrOrStderr(), server.Calls())
	return listener.Close()
}

// printConfig prints a configuration for Steampipe. It uses a file name and a
// connection name of its own: Steampipe reads every file in its folder, and an
// installation already has ssmassoc.spc with a connection of that name.
func printConfig(w io.Writer, url string, flags simulateFlags) error {
	arguments := strings.ReplaceAll(strings.TrimSpace(simulatedArguments(url, flags.regions)), "\n", "\n  ")
	file := filepath.Join(configDirectory(), "ssmassoc_simulated.spc")
	if _, err := fmt.Fprintf(w, `# A simulated AWS with %d nodes in %s.
# Put this into %s
# and select from simulated.ssm_instance_association_status. Press Ctrl-C to stop.
connection "simulated" {
  plugin       = "local/ssmassoc"
  %s
}
`, flags.nodes, strings.Join(flags.regions, ", "), file, arguments); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	return nil
}
