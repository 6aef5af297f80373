package server

import (
	"google.golang.org/protobuf/encoding/protowire"
)

// The numbers of the fields in plugin.proto of the Steampipe SDK, in
// google/protobuf/timestamp.proto and of the entries of any map.
const (
	rowColumns = protowire.Number(1) // Row.columns

	entryKey   = protowire.Number(1)
	entryValue = protowire.Number(2)

	columnString    = protowire.Number(5) // Column.string_value
	columnTimestamp = protowire.Number(8) // Column.timestamp_value

	timestampSeconds = protowire.Number(1)
	timestampNanos   = protowire.Number(2)
)

// encodedKey returns the name of a column as the key of a map's entry.
func encodedKey(name string) string {
	return string(protowire.AppendString(protowire.AppendTag(nil, entryKey, protowire.BytesType), name))
}
