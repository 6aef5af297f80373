package fleet

import (
	"fmt"
	"strings"
)

// tallied lists the counted statuses in the order in which the service writes
// them.
var tallied = [...]string{"Success", "Failed", "TimedOut", "InProgress", "Pending", "Associated", "Skipped"}

// tally counts by status, in the order of tallied.
type tally [len(tallied)]int

// add counts a status. A nil status is not counted.
func (t *tally) add(status *string) {
	if status == nil {
		return
	}
	for i, name := range tallied {
		if name == *status {
			t[i]++
			return
		}
	}
}

// count returns the sum of the counts of the given statuses.
func (t *tally) count(statuses ...string) int {
	total := 0
	for i, name := range tallied {
		for _, status := range statuses {
			if name == status {
				total += t[i]
			}
		}
	}
	return total
}

// total returns the sum of all counts.
func (t *tally) total() int { return t.count(tallied[:]...) }

// counts returns the non-zero counts.
func (t *tally) counts() map[string]int {
	counts := make(map[string]int)
	for i, name := range tallied {
		if t[i] > 0 {
			counts[name] = t[i]
		}
	}
	return counts
}

// overall returns Failed if any failed or timed out, else Pending if any has
// not finished, else Success.
func (t *tally) overall() string {
	switch {
	case t.count("Failed", "TimedOut") > 0:
		return "Failed"
	case t.count("Pending", "InProgress", "Associated") > 0:
		return "Pending"
	default:
		return "Success"
	}
}

// String formats the non-zero counts like ResourceCountByStatus: {Success=12,
// Failed=1}.
func (t *tally) String() string {
	var parts []string
	for i, name := range tallied {
		if t[i] > 0 {
			parts = append(parts, fmt.Sprintf("%s=%d", name, t[i]))
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
