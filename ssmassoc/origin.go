package ssmassoc

// The columns of where a row comes from.
const (
	regionColumn         = "region"
	accountColumn        = "account_id"
	partitionColumn      = "partition"
	connectionNameColumn = "sp_connection_name" // the SDK's
)

// identityColumns are the columns whose values contain the account or the partition.
var identityColumns = []string{partitionColumn, accountColumn, "arn", "akas"}
