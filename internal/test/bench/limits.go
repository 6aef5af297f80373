package main

import (
	"fmt"
	"regexp"
	"time"
)

// compareLimits compares the calls for the first rows of a table: of the embedded engine,
// which tells the plugin the LIMIT of a scan, and of Steampipe, where the plugin does not
// believe it and PostgreSQL ends the scan.
func compareLimits(bin string, only *regexp.Regexp) error {
	s := scenario{table: instanceAssociationStatus.name, nodes: 2_000, latency: 20 * time.Millisecond}
	fmt.Println("\n| scenario | way | rows | calls |")
	fmt.Println("| --- | --- | --- | --- |")
	for _, limit := range []int{3, 1_000} {
		name := fmt.Sprintf("%d nodes, %s, the first %d rows", s.nodes, s.latency, limit)
		if !only.MatchString(name) {
			continue
		}
		for _, way := range []struct {
			name string
			run  func(bin, url, table string) (measurement, error)
		}{
			{"plugin, gRPC, the scan cancelled", func(bin, url, table string) (measurement, error) {
				return readPlugin(bin, url, table, limit)
			}},
			{"embedded, the limit pushed down", func(bin, url, table string) (measurement, error) {
				return runQuery(bin, url, fmt.Sprintf("select * from %s limit %d", table, limit))
			}},
		} {
			m, err := measure(bin, s, way.run)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", name, way.name, err)
			}
			fmt.Printf("| %s | %s | %d | %d |\n", name, way.name, m.rows, m.calls)
		}
	}
	return nil
}
