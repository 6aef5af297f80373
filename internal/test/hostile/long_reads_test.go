package hostile

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/rig"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

// expiring is a giant whose tokens beyond a number of items expire a number of times.
type expiring struct {
	giant
	beyond, times int

	mu      sync.Mutex
	expired int
}

func (e *expiring) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	e.mu.Lock()
	stale := e.expired < e.times && bytes.Contains(body, fmt.Appendf(nil, `"NextToken":"%d"`, e.beyond))
	if stale {
		e.expired++
	}
	e.mu.Unlock()
	if stale {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"__type":"InvalidNextToken"}`)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	e.giant.ServeHTTP(w, r)
}

// TestTokensOfLongReadsExpire has the token of a read expire after its first rows have left:
// each row comes once, or the query fails.
func TestTokensOfLongReadsExpire(t *testing.T) {
	const association, execution, items = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222", 8000
	filler := strings.Repeat("x", 600)
	for times, fails := range map[int]bool{0: false, 1: false, 3: false, 4: true} {
		t.Run(fmt.Sprintf("%d times", times), func(t *testing.T) {
			aws := &expiring{beyond: 7500, times: times, giant: giant{operation: rig.TargetsOp, list: "AssociationExecutionTargets", items: items,
				item: func(n int) string {
					return fmt.Sprintf(`{"ResourceId":"i-%017x","ResourceType":"ManagedInstance","DetailedStatus":%q}`, n, filler)
				}}}
			listener := httptest.NewServer(aws)
			t.Cleanup(listener.Close)
			cached := embedded.Options{CacheTTLSeconds: 300}
			db := rig.OpenOn(t, ssmassoc.NewServer(), cached, cached, embedded.Connection{
				Name: "c", Config: rig.Arguments(listener.URL, awssim.DefaultAccessKeyID, []string{"us-east-1"}) + rig.FastRetries,
			})
			one := fmt.Sprintf("select resource_id from %s where association_id = '%s' and execution_id = '%s'",
				rig.TargetTable, association, execution)
			count := "select count(*) as all_rows, count(distinct resource_id) as ids from (" + one + ")"
			for range 2 { // from AWS and from what was kept
				rows, err := rig.Query(t.Context(), db, count)
				switch {
				case fails:
					if err == nil {
						t.Errorf("%v and no error", rows)
					}
					return
				case err != nil:
					t.Error(err)
				case rows[0]["all_rows"] != int64(items) || rows[0]["ids"] != int64(items):
					t.Errorf("%v", rows)
				}
			}
			if aws.expired != times {
				t.Errorf("the token expired %d times", aws.expired)
			}
		})
	}
}
