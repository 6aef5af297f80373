package export

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
)

// The possible partition columns.
const (
	accountColumn = "account_id"
	regionColumn  = "region"
	dayColumn     = "dt"
)

// DefaultPartitionBy lists the default partition columns.
var DefaultPartitionBy = []string{accountColumn, regionColumn, dayColumn}

// ParsePartitionBy parses a list of partition columns.
func ParsePartitionBy(text string) ([]string, error) {
	columns := strings.Split(text, ",")
	for i, c := range columns {
		if !slices.Contains(DefaultPartitionBy, c) {
			return nil, fmt.Errorf("%q is not a partition column; use some of %s", c, strings.Join(DefaultPartitionBy, ", "))
		}
		if slices.Contains(columns[:i], c) {
			return nil, fmt.Errorf("%q is listed twice", c)
		}
	}
	return columns, nil
}

// layout places files in Hive's folders: DIR/TABLE/COLUMN=VALUE/.../part-0.EXT.
type layout struct {
	partitionBy []string
	extension   string
}

// file returns the path of the file for an account's region.
//
// If the folder is shared with other accounts or regions, the file's name contains
// their IDs: each file is read, completed and replaced independently, perhaps on
// another machine.
//
// The endpoint supplies the account ID and need not be AWS: an ID of another form is
// escaped as in Hive.
func (l layout) file(table, account, region, day string) string {
	account = url.PathEscape(account)
	elements := []string{table}
	name := "part"
	if account != "" && !slices.Contains(l.partitionBy, accountColumn) {
		name += "-" + account
	}
	if region != "" && !slices.Contains(l.partitionBy, regionColumn) {
		name += "-" + region
	}
	if name == "part" {
		name = "part-0"
	}
	for _, column := range l.partitionBy {
		value := map[string]string{accountColumn: account, regionColumn: region, dayColumn: day}[column]
		elements = append(elements, column+"="+value)
	}
	return path.Join(append(elements, name+"."+l.extension)...)
}
