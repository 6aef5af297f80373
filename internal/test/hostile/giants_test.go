package hostile

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// giant is an AWS whose answers have a given number of items, each distinct.
type giant struct {
	operation, list string
	items           int
	item            func(n int) string // in JSON
}

func (g *giant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var request struct {
		MaxResults int
		NextToken  string
	}
	body, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(body, &request)
	if _, action, _ := strings.Cut(r.Header.Get("X-Amz-Target"), "."); action != g.operation {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"__type":"AccessDeniedException"}`) // of the account, which no column needs
		return
	}
	start, _ := strconv.Atoi(request.NextToken)
	end := min(start+request.MaxResults, g.items)
	var page strings.Builder
	fmt.Fprintf(&page, `{%q:[`, g.list)
	for n := start; n < end; n++ {
		if n > start {
			page.WriteByte(',')
		}
		page.WriteString(g.item(n))
	}
	page.WriteString("]")
	if end < g.items {
		fmt.Fprintf(&page, `,"NextToken":"%d"`, end)
	}
	page.WriteString("}")
	_, _ = io.WriteString(w, page.String())
}

// maxGiantMemory bounds the process that reads a giant, in KiB.
const maxGiantMemory = 160 << 10

// TestGiants reads more than memory holds of one thing, with the cache on: every row comes
// once, and memory stays bounded.
func TestGiants(t *testing.T) {
	t.Parallel()
	scale := 10
	if rig.Long() {
		scale = 1
	}
	long := strings.Repeat("x", 512)
	// Texts that compress badly, so that the cache cannot hold them.
	noise := func(n int) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(strconv.Itoa(n)))) }
	const association, command = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
	for name, test := range map[string]struct {
		table, column string
		giant
		where map[string]string
	}{
		"nodes of a region": {table: rig.NodeTable, column: "instance_id", giant: giant{operation: rig.ListingOp, list: "InstanceInformationList", items: 200_000,
			item: func(n int) string {
				return fmt.Sprintf(`{"InstanceId":"i-%017x","ComputerName":"%s","PlatformName":%q}`, n, noise(n), long)
			}}},
		"targets of an execution": {table: rig.TargetTable, column: "resource_id", giant: giant{operation: rig.TargetsOp, list: "AssociationExecutionTargets", items: 90_000,
			item: func(n int) string {
				return fmt.Sprintf(`{"ResourceId":"i-%017x","ResourceType":"ManagedInstance","DetailedStatus":"%s%s"}`, n, noise(n), long)
			}}, where: map[string]string{"association_id": association, "execution_id": command}},
		"invocations of a command": {table: rig.InvocationTable, column: "instance_id", giant: giant{operation: rig.InvocationsOp, list: "CommandInvocations", items: 20_000,
			item: func(n int) string {
				return fmt.Sprintf(`{"CommandId":%q,"InstanceId":"i-%017x","TraceOutput":"%s%s"}`, command, n, strings.Repeat(noise(n), 4), strings.Repeat(long, 4))
			}}, where: map[string]string{"command_id": command}},
	} {
		t.Run(name, func(t *testing.T) {
			test.items /= scale
			listener := httptest.NewServer(&test.giant)
			defer listener.Close()
			p := rig.StartProcess(t)
			p.Connect(map[string]string{"c": rig.Arguments(listener.URL, awssim.DefaultAccessKeyID, []string{"us-east-1"})})
			columns := []string{test.column}
			if test.table == rig.InvocationTable {
				columns = append(columns, "trace_output")
			}
			quals := map[string]*proto.Quals{}
			for column, value := range test.where {
				maps.Copy(quals, rig.Equals(column, value))
			}
			rows := 0
			_, err := p.Execute(rig.Execution{Table: test.table, Connections: []string{"c"}, Columns: columns, Quals: quals,
				Cache: true, Drop: true, Each: func() { rows++ }})
			if err != nil {
				t.Fatal(err)
			}
			if rows != test.items {
				t.Errorf("%d rows, want %d", rows, test.items)
			}
			peak := memoryPeak(t, p)
			t.Logf("%d rows: %d MiB at most", rows, peak>>10)
			if peak > maxGiantMemory {
				t.Errorf("%d KiB at most, want %d", peak, maxGiantMemory)
			}
		})
	}
}
