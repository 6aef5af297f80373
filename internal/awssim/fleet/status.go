package fleet

// AssociationStatus is one row of DescribeInstanceAssociationsStatus: how one
// association fared on one node. A nil member is left out of the answer. What
// the pointers point at may be shared between rows and must not be changed. The
// tags are the names on the wire, except for the output's address, which is
// nested there.
type AssociationStatus struct {
	AssociationID      *string    `json:"AssociationId,omitzero"`
	AssociationName    *string    `json:"AssociationName,omitzero"`
	AssociationVersion *string    `json:"AssociationVersion,omitzero"`
	DetailedStatus     *string    `json:"DetailedStatus,omitzero"`
	DocumentVersion    *string    `json:"DocumentVersion,omitzero"`
	ErrorCode          *string    `json:"ErrorCode,omitzero"`
	ExecutionDate      *Timestamp `json:"ExecutionDate,omitzero"`
	ExecutionSummary   *string    `json:"ExecutionSummary,omitzero"`
	InstanceID         *string    `json:"InstanceId,omitzero"`
	Name               *string    `json:"Name,omitzero"`
	// OutputURL is the address of the output in S3, nil where there is none,
	// whatever the reason for there being none is.
	OutputURL *string `json:"-"`
	// OutputURLShape tells how a missing OutputURL looks on the wire. It is
	// OutputPlain wherever OutputURL is set.
	OutputURLShape OutputURLShape `json:"-"`
	Status         *string        `json:"Status,omitzero"`
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
