package embedded

import (
	"slices"
	"testing"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
)

// statements is a plugin that asks its host about statements.
type statements struct {
	typedTable
	begun [][]string // the constants of each statement
	given []any      // what each scan was given
}

func (p *statements) Execute(req *proto.ExecuteRequest, stream proto.WrapperPlugin_ExecuteServer) error {
	host := stream.(interface {
		OfStatement(begin func(texts []string) any) any
	})
	p.given = append(p.given, host.OfStatement(func(texts []string) any {
		slices.Sort(texts)
		p.begun = append(p.begun, texts)
		return len(p.begun)
	}))
	return p.typedTable.Execute(req, stream)
}

// TestConstantsOfStatements checks what a plugin learns of a statement, once for all of
// its scans.
func TestConstantsOfStatements(t *testing.T) {
	for name, test := range map[string]struct {
		sql        string
		parameters Parameters
		want       []string
	}{
		"none":            {"select name from thing", nil, nil},
		"anywhere":        {"with w(x) as (values ('a')) select upper('b''c'), name from thing, w where name = x or size > 5", nil, []string{"5", "a", "b'c"}},
		"not in comments": {"select name /* 'a' */ from thing -- 'b'", nil, nil},
		"parameters":      {"select name from thing where name in (:x, :y)", Parameters{"x": "a", "y": int64(5), "z": "other"}, []string{"5", "a"}},
		"those of views":  {"select name from viewed where name <> 'b'", nil, []string{"b", "in a view"}},
		"of two scans":    {"select name from thing where name = 'a' union all select note from thing", nil, []string{"a"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := &statements{}
			db := openPlugin(t, p, Options{MemoryMB: LeastMemoryMB}, "c")
			if name == "those of views" {
				answer(t, db, "create temp view viewed as select * from thing where note is not 'in a view'")
			}
			for run := 1; run <= 2; run++ {
				p.given = nil
				err := db.RunWith(t.Context(), test.sql, Handler{Parameters: test.parameters, Result: func(rows *Rows) error {
					for rows.Next() {
					}
					return rows.Err()
				}})
				if err != nil {
					t.Fatal(err)
				}
				if len(p.begun) != run || !slices.Equal(p.begun[run-1], test.want) {
					t.Errorf("run %d: got %v, want %v", run, p.begun, test.want)
				}
				if slices.ContainsFunc(p.given, func(given any) bool { return given != run }) || len(p.given) == 0 {
					t.Errorf("run %d: the scans were given %v", run, p.given)
				}
			}
		})
	}
}
