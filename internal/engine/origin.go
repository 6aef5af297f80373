package engine

// The columns of where a row comes from.
const (
	RegionColumn         = "region"
	AccountColumn        = "account_id"
	PartitionColumn      = "partition"
	ConnectionNameColumn = "sp_connection_name" // the SDK's
)

// IdentityColumns are the columns whose values contain the account or the partition.
var IdentityColumns = []string{PartitionColumn, AccountColumn, "arn", "akas"}
