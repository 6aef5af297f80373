package ssmassoc

import (
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
)

// row is a row of a table: an item of an answer of AWS, and the scan that read it.
type row[Item any] struct {
	*scan
	item *Item
}

func (sc *scan) readBy() *scan { return sc }

// rowOf returns the function that makes rows of the items that a scan reads.
func rowOf[Item any](sc *scan) func(*Item) any {
	return func(item *Item) any { return &row[Item]{sc, item} }
}

// of makes a column's transform of a function of the row's item.
func of[Item any](value func(*Item) any) columnTransforms {
	return from(func(r *row[Item]) any { return value(r.item) })
}

// withOrigin appends to a table's own columns those that tell where a row comes
// from.
func withOrigin(columns []*plugin.Column) []*plugin.Column {
	return append(columns,
		&plugin.Column{Name: "partition", Type: proto.ColumnType_STRING, Transform: fromScan(func(sc *scan) any { return orNull(sc.caller.partition) }),
			Description: "The AWS partition of the account, such as aws, aws-cn or aws-us-gov."},
		&plugin.Column{Name: regionColumn, Type: proto.ColumnType_STRING, Transform: fromScan(func(sc *scan) any { return sc.region.name }),
			Description: "The AWS region that the row was read in. With a condition on it only the regions named are read."},
		&plugin.Column{Name: "account_id", Type: proto.ColumnType_STRING, Transform: fromScan(func(sc *scan) any { return orNull(sc.caller.accountID) }),
			Description: "The ID of the AWS account that the row was read in. With a condition on it only the connections to the accounts named are read."},
	)
}

// noSDKCache is of every table: the SDK's query cache ends the plugin's process
// when a scan fails after its first rows.
var noSDKCache = &plugin.TableCacheOptions{Enabled: false}

// setMissing sets a member that AWS left out.
func setMissing(member **string, value string) {
	if *member == nil {
		*member = &value
	}
}
