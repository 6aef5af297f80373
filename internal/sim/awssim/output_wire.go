package awssim

import "steampipe-plugin-ssmassoc/internal/sim/fleet"

// statusWire is an AssociationStatus in awsJson1.1: its output URL is nested.
type statusWire struct {
	fleet.AssociationStatus
	OutputURL any `json:"OutputUrl,omitempty"`
}

// outputURLWire is the outer object of an output URL. Without omitempty, since
// OutputInnerNull needs an explicit null.
type outputURLWire struct {
	S3OutputURL *s3OutputURLWire `json:"S3OutputUrl"`
}

type s3OutputURLWire struct {
	OutputURL *string `json:"OutputUrl,omitempty"`
}

// wire returns the form of an item that encodes as awsJson1.1.
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
