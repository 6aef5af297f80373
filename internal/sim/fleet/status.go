package fleet

// AssociationStatus is a row of DescribeInstanceAssociationsStatus: the status
// of an association on a node. Nil members are omitted. Values behind pointers
// may be shared between rows and must not be changed. The tags are the API's
// names; the API nests the output URL.
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
	// OutputURL is the URL of the output in S3, nil if there is none for whatever
	// reason.
	OutputURL *string `json:"-"`
	// OutputURLShape is how the API encodes a missing OutputURL. It is OutputPlain
	// if OutputURL is set.
	OutputURLShape OutputURLShape `json:"-"`
	Status         *string        `json:"Status,omitzero"`
}

// OutputURLShape is a way to encode the nested OutputUrl member of a row.
type OutputURLShape uint8

const (
	// OutputPlain writes {"S3OutputUrl":{"OutputUrl":"..."}}, and omits OutputUrl
	// if there is no URL.
	OutputPlain OutputURLShape = iota
	// OutputEmpty writes "OutputUrl":{}.
	OutputEmpty
	// OutputInnerEmpty writes "OutputUrl":{"S3OutputUrl":{}}.
	OutputInnerEmpty
	// OutputInnerNull writes "OutputUrl":{"S3OutputUrl":null}.
	OutputInnerNull
)

// String returns the name of the shape.
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
