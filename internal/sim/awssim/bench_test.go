package awssim_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

func BenchmarkNewFleet(b *testing.B) {
	for b.Loop() {
		fleet.New(fleet.Options{Nodes: 10_000})
	}
}

// BenchmarkAnswer measures the cost of a request to a fleet of 100,000 nodes.
func BenchmarkAnswer(b *testing.B) {
	simulated := fleet.New(fleet.Options{Nodes: 100_000, Associations: 5})
	server := awssim.New(awssim.Options{}, awssim.Account{Fleet: simulated})
	association := simulated.Associations(region0)[0]
	for _, c := range []struct{ action, body string }{
		{actionStatus, statusBody(simulated.Nodes(region0)[20_000], "")},
		{actionInformation, `{"MaxResults":50}`},
		{actionList, `{}`},
		{actionEffective, statusBody(simulated.Nodes(region0)[20_000], "")},
		{actionExecutions, fmt.Sprintf(`{"AssociationId":%q}`, association.AssociationID)},
		{actionSummaries, `{}`},
		{actionInvocations, `{}`},
		{actionItems, fmt.Sprintf(`{"ResourceIds":[%q]}`, simulated.Nodes(region0)[20_000].InstanceID)},
		{actionTargets, fmt.Sprintf(`{"AssociationId":%q,"ExecutionId":%q}`, association.AssociationID, association.Executions()[1].ExecutionID)},
	} {
		b.Run(c.action, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				rec := httptest.NewRecorder()
				server.ServeHTTP(rec, ssmRequest(awssim.DefaultAccessKeyID, c.action, c.body))
				if _, err := io.Copy(io.Discard, rec.Result().Body); err != nil || rec.Code != http.StatusOK {
					b.Fatalf("%d %v", rec.Code, err)
				}
			}
		})
	}
}
