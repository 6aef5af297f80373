package awssim

// AssociationStatus is one row of DescribeInstanceAssociationsStatus: how one
// association fared on one node. A nil member is left out of the answer. What
// the pointers point at may be shared between rows and must not be changed.
type AssociationStatus struct {
	AssociationID      *string
	AssociationName    *string
	AssociationVersion *string
	DetailedStatus     *string
	DocumentVersion    *string
	ErrorCode          *string
	ExecutionDate      *Timestamp
	ExecutionSummary   *string
	InstanceID         *string
	Name               *string
	// OutputURL is the address of the output in S3, nil where there is none,
	// whatever the reason for there being none is.
	OutputURL *string
	// OutputURLShape tells how a missing OutputURL looks on the wire. It is
	// OutputPlain wherever OutputURL is set.
	OutputURLShape OutputURLShape
	Status         *string
}

// OutputURLShape names the ways in which the nested OutputUrl member of a row
// can be written.
type OutputURLShape uint8

const (
	// OutputPlain writes {"S3OutputUrl":{"OutputUrl":"..."}} where there is an
	// address and leaves OutputUrl out where there is none.
	OutputPlain OutputURLShape = iota
	// OutputEmpty writes "OutputUrl":{}.
	OutputEmpty
	// OutputInnerEmpty writes "OutputUrl":{"S3OutputUrl":{}}.
	OutputInnerEmpty
	// OutputInnerNull writes "OutputUrl":{"S3OutputUrl":null}.
	OutputInnerNull
)

// String names the shape.
func (s OutputURLShape) String() string {
	switch s {
	case OutputEmpty:
		return "empty"
	case OutputInnerEmpty:
		return "inner-empty"
	case OutputInnerNull:
		return "inner-null"
	default:
		return "plain"
	}
}

// statusWire is AssociationStatus as awsJson1.1 spells it.
type statusWire struct {
	AssociationID      *string    `json:"AssociationId,omitempty"`
	AssociationName    *string    `json:"AssociationName,omitempty"`
	AssociationVersion *string    `json:"AssociationVersion,omitempty"`
	DetailedStatus     *string    `json:"DetailedStatus,omitempty"`
	DocumentVersion    *string    `json:"DocumentVersion,omitempty"`
	ErrorCode          *string    `json:"ErrorCode,omitempty"`
	ExecutionDate      *Timestamp `json:"ExecutionDate,omitempty"`
	ExecutionSummary   *string    `json:"ExecutionSummary,omitempty"`
	InstanceID         *string    `json:"InstanceId,omitempty"`
	Name               *string    `json:"Name,omitempty"`
	OutputURL          any        `json:"OutputUrl,omitempty"`
	Status             *string    `json:"Status,omitempty"`
}

// outputURLWire is the outer of the two objects around an output address. The
// inner one has no omitempty: OutputInnerNull needs the null to be written.
type outputURLWire struct {
	S3OutputURL *s3OutputURLWire `json:"S3OutputUrl"`
}

type s3OutputURLWire struct {
	OutputURL *string `json:"OutputUrl,omitempty"`
}

func (a AssociationStatus) wire() any {
	return statusWire{
		AssociationID:      a.AssociationID,
		AssociationName:    a.AssociationName,
		AssociationVersion: a.AssociationVersion,
		DetailedStatus:     a.DetailedStatus,
		DocumentVersion:    a.DocumentVersion,
		ErrorCode:          a.ErrorCode,
		ExecutionDate:      a.ExecutionDate,
		ExecutionSummary:   a.ExecutionSummary,
		InstanceID:         a.InstanceID,
		Name:               a.Name,
		OutputURL:          a.outputWire(),
		Status:             a.Status,
	}
}

func (a AssociationStatus) outputWire() any {
	switch {
	case a.OutputURL != nil:
		return outputURLWire{S3OutputURL: &s3OutputURLWire{OutputURL: a.OutputURL}}
	case a.OutputURLShape == OutputEmpty:
		return struct{}{}
	case a.OutputURLShape == OutputInnerEmpty:
		return outputURLWire{S3OutputURL: &s3OutputURLWire{}}
	case a.OutputURLShape == OutputInnerNull:
		return outputURLWire{}
	default:
		return nil
	}
}
