package fleet

import (
	"fmt"
	"strings"
)

// tallied are the statuses that are counted, in the order in which the service
// writes their counts.
var tallied = [...]string{"Success", "Failed", "TimedOut", "InProgress", "Pending", "Associated", "Skipped"}

// tally counts by status, in the order of tallied.
type tally [len(tallied)]int

// add counts a status. One that is left out is in no count.
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

// count returns how often any of the statuses was counted.
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

// total returns how many statuses were counted.
func (t *tally) total() int { return t.count(tallied[:]...) }

// counts returns the counts that are not zero.
func (t *tally) counts() map[string]int {
	counts := make(map[string]int)
	for i, name := range tallied {
		if t[i] > 0 {
			counts[name] = t[i]
		}
	}
	return counts
}

// overall is Failed where any failed or timed out, otherwise Pending where any
// has not finished, otherwise Success.
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

// String writes the counts that are not zero as ResourceCountByStatus does:
// {Success=12, Failed=1}.
func (t *tally) String() string {
	var parts []string
	for i, name := range tallied {
		if t[i] > 0 {
			parts = append(parts, fmt.Sprintf("%s=%d", name, t[i]))
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
