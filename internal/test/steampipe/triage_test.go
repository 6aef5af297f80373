package steampipe

import (
	"fmt"
	"slices"
	"testing"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/test/fdwquals"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// TestTriageInSteampipe sends every condition of the foreign data wrapper on the status to
// the built plugin, with triage and without. The wrapper applies the condition to the rows
// that it gets: with triage these are some of the same, among them all that meet it.
func TestTriageInSteampipe(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{Fleet: fleet.Options{Nodes: 90}})
	var log rig.LogBuffer
	p := rig.StartProcessLogging(t, &log, "STEAMPIPE_LOG_LEVEL=WARN")
	arguments := rig.Arguments(w.URL, awssim.DefaultAccessKeyID, w.Fleet.Regions())
	p.Connect(map[string]string{"plain": arguments, "triage": arguments + "triage = true\n"})
	columns := []string{"instance_id", "association_id", "status", "region"}
	read := func(c fdwquals.Case, connection string, cached bool) (all []rig.Row, meeting []string, calls int) {
		t.Helper()
		w.Sim.Reset()
		all, err := p.Execute(rig.Execution{Connections: []string{connection}, Columns: columns, Cache: cached,
			Quals: map[string]*proto.Quals{"status": {Quals: []*proto.Qual{c.Qual}}}})
		if err != nil {
			t.Fatalf("%s: %v", c, err)
		}
		for _, r := range all {
			if c.Meets(r["status"]) {
				meeting = append(meeting, fmt.Sprint(r))
			}
		}
		slices.Sort(meeting)
		return all, meeting, w.Calls()[rig.StatusOp]
	}
	left := 0
	for _, c := range fdwquals.Text("status", "Failed", "TimedOut", "Pending") {
		every, want, plain := read(c, "plain", false)
		if len(every) < 500 {
			t.Fatalf("%s: %d rows without triage, want those of the whole fleet", c, len(every))
		}
		for _, cached := range []bool{false, true, true} {
			_, got, calls := read(c, "triage", cached)
			if !slices.Equal(got, want) {
				t.Errorf("%s: %d rows that meet it, want %d", c, len(got), len(want))
			}
			if calls > plain {
				t.Errorf("%s: %d reads, and without triage %d", c, calls, plain)
			}
			if calls < plain && !cached {
				left++
			}
		}
	}
	if left < 5 {
		t.Errorf("triage left out nodes for %d conditions, want more", left)
	}
	log.Await(t, "triage: nodes were left out because of their counts")
}
