package awssim

import "steampipe-plugin-ssmassoc/internal/awssim/fleet"

// statusWire is an AssociationStatus as awsJson1.1 spells it: with the address
// of its output nested.
type statusWire struct {
	fleet.AssociationStatus
	OutputURL any `json:"OutputUrl,omitempty"`
}

// outputURLWire is the outer of the two objects around an output address. The
// inner one has no omitempty: OutputInnerNull needs the null to be written.
type outputURLWire struct {
	S3OutputURL *s3OutputURLWire `json:"S3OutputUrl"`
}

type s3OutputURLWire struct {
	OutputURL *string `json:"OutputUrl,omitempty"`
}

// wire returns an item of a list in the form that encodes as awsJson1.1 has it.
func wire(item any) any {
	if status, ok := item.(fleet.AssociationStatus); ok {
		return statusWire{AssociationStatus: status, OutputURL: outputWire(status)}
	}
	return item
}

func outputWire(a fleet.AssociationStatus) any {
	switch {
	case a.OutputURL != nil:
		return outputURLWire{S3OutputURL: &s3OutputURLWire{OutputURL: a.OutputURL}}
	case a.OutputURLShape == fleet.OutputEmpty:
		return struct{}{}
	case a.OutputURLShape == fleet.OutputInnerEmpty:
		return outputURLWire{S3OutputURL: &s3OutputURLWire{}}
	case a.OutputURLShape == fleet.OutputInnerNull:
		return outputURLWire{}
	default:
		return nil
	}
}
