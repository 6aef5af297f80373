package export

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
)

// The columns that files may be partitioned by.
const (
	accountColumn = "account_id"
	regionColumn  = "region"
	dayColumn     = "dt"
)

// DefaultPartitionBy is how files are partitioned unless asked otherwise.
var DefaultPartitionBy = []string{accountColumn, regionColumn, dayColumn}

// ParsePartitionBy reads a list of partition columns.
func ParsePartitionBy(text string) ([]string, error) {
	columns := strings.Split(text, ",")
	for i, c := range columns {
		if !slices.Contains(DefaultPartitionBy, c) {
			return nil, fmt.Errorf("%q is not a partition column; use some of %s", c, strings.Join(DefaultPartitionBy, ", "))
		}
		if slices.Contains(columns[:i], c) {
			return nil, fmt.Errorf("%q stands twice", c)
		}
	}
	return columns, nil
}

// layout is where files go: DIR/TABLE/COLUMN=VALUE/.../part-0.EXT, Hive's folders.
type layout struct {
	partitionBy []string
	extension   string
}

// file is the path of the file of an account's region.
//
// Where the folder is shared with other accounts or regions, their ids are in the
// file's name: each is read, completed and replaced by itself, maybe on another
// machine.
//
// An account's ID is what the endpoint names, which need not be AWS: one that is not
// of AWS's form is escaped as Hive does.
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
