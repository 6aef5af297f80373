package e2e

import (
	"context"
	"testing"

	"steampipe-plugin-ssmassoc/internal/awssim"
	"steampipe-plugin-ssmassoc/internal/embedded"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

// benchmarkWorld serves a fleet of one region with so many rows on each node.
func benchmarkWorld(b *testing.B, nodes, rows int) *embedded.DB {
	b.Helper()
	fleet := awssim.NewFleet(awssim.FleetOptions{Nodes: nodes, Regions: []string{"us-east-1"}, Associations: rows})
	sim := awssim.New(awssim.Options{}, awssim.Account{AccessKeyID: awssim.DefaultAccessKeyID, Fleet: fleet})
	listener, err := sim.Start("127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = listener.Close() })
	host, err := embedded.NewHost(ssmassoc.NewServer(), []embedded.Connection{{
		Name: "c", Config: arguments(listener.URL(), awssim.DefaultAccessKeyID, fleet.Regions()),
	}}, embedded.Options{})
	if err != nil {
		b.Fatal(err)
	}
	db, err := embedded.Open(host, embedded.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	return db
}

// drain runs a query and returns how many rows it has.
func drain(b *testing.B, db *embedded.DB, sql string) (n int) {
	b.Helper()
	err := db.Run(context.Background(), sql, func(rows *embedded.Rows) error {
		for rows.Next() {
			for i := range rows.Columns {
				_ = rows.Text(i)
			}
			n++
		}
		return rows.Err()
	})
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// BenchmarkRows is the cost of a row, with 50 rows to a call. The simulated AWS
// runs in the same process and is part of it.
func BenchmarkRows(b *testing.B) {
	db := benchmarkWorld(b, 200, 50)
	b.ReportAllocs()
	for b.Loop() {
		if n := drain(b, db, "select * from "+table); n != 10_000 {
			b.Fatalf("%d rows", n)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/10_000, "ns/row")
}

// BenchmarkNodes is the cost of a node of one row.
func BenchmarkNodes(b *testing.B) {
	db := benchmarkWorld(b, 1_000, 1)
	b.ReportAllocs()
	for b.Loop() {
		if n := drain(b, db, "select * from "+table); n != 1_000 {
			b.Fatalf("%d rows", n)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1_000, "ns/node")
}
