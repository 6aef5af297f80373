package awssim

import (
	"fmt"
	"strconv"
)

// commonAssociations is the number of associations from which ordinary nodes
// draw theirs. It is prime, so stepping through them by any stride meets each
// one once before any repeats.
const commonAssociations = 13

// association is what all nodes an association applies to share.
type association struct {
	id              *string
	name            *string // nil: the association was not given a name
	version         *string
	document        *string
	documentVersion *string
	output          outputHabit
}

// outputHabit is where an association is configured to put its output.
type outputHabit uint8

const (
	outputNowhere outputHabit = iota
	outputBucket
	outputMixed
)

// newCatalogue generates the associations of a region. Number k depends on the
// region's key and k alone.
func newCatalogue(r *regionFleet, size int) []association {
	documents := []string{
		"AWS-GatherSoftwareInventory",
		"AWS-UpdateSSMAgent",
		"AWS-RunPatchBaseline",
		"AWS-ConfigureAWSPackage",
		"AWS-RunShellScript",
		"AWS-ApplyAnsiblePlaybooks",
		fmt.Sprintf("arn:%s:ssm:%s:%s:document/Baseline-Hardening", r.partition, r.region, r.accountID),
	}
	titles := []string{"inventory", "agent-update", "patch-scan", "package", "script", "playbook", "hardening"}
	catalogue := make([]association, size)
	for k := range catalogue {
		key := keyed(r.key^saltAssociation, uint64(k))
		s := newStream(key)
		kind := k % len(documents)
		a := association{
			id:              new(uuid(key)),
			version:         new(strconv.Itoa(1 + s.below(9))),
			document:        new(documents[kind]),
			documentVersion: new("1"),
			output:          outputHabit(k % 3),
		}
		if s.permille(700) {
			a.name = new(titles[kind] + "-" + strconv.Itoa(k))
		}
		if s.permille(300) {
			a.documentVersion = new("$DEFAULT")
		}
		catalogue[k] = a
	}
	return catalogue
}
