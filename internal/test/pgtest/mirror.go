package pgtest

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/ncruces/go-sqlite3"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// connectionColumn is a hidden column that Steampipe's users do name: the
// connection of a row.
const connectionColumn = "sp_connection_name"

// Mirror creates each table of the plugin, with Steampipe's column types, and
// fills it with all of its rows.
func (db *DB) Mirror(ctx context.Context, plugin *embedded.DB) error {
	for _, table := range plugin.Tables() {
		if err := db.mirror(ctx, plugin, table); err != nil {
			return fmt.Errorf("copy table %s to PostgreSQL: %w", table.Name, err)
		}
	}
	return nil
}

func (db *DB) mirror(ctx context.Context, plugin *embedded.DB, table *embedded.Table) error {
	var names, definitions []string
	for _, c := range table.Columns {
		if c.Hidden && c.Name != connectionColumn {
			continue
		}
		names = append(names, quoted(c.Name))
		definitions = append(definitions, quoted(c.Name)+" "+columnType(c.Type))
	}
	create := fmt.Sprintf("create table %s (%s)", quoted(table.Name), strings.Join(definitions, ", "))
	if err := db.Exec(ctx, create); err != nil {
		return err
	}

	var csv bytes.Buffer
	query := fmt.Sprintf("select %s from %s", strings.Join(names, ", "), quoted(table.Name))
	err := plugin.Run(ctx, query, func(rows *embedded.Rows) error {
		for rows.Next() {
			writeRow(&csv, rows)
		}
		return rows.Err()
	})
	if err != nil {
		return err
	}
	return db.copy(ctx, table.Name, &csv)
}

// columnType returns Steampipe's type of a column; text for types of extensions
// (ltree).
func columnType(t proto.ColumnType) string {
	switch t {
	case proto.ColumnType_BOOL:
		return "boolean"
	case proto.ColumnType_INT:
		return "bigint"
	case proto.ColumnType_DOUBLE:
		return "double precision"
	case proto.ColumnType_JSON:
		return "jsonb"
	case proto.ColumnType_TIMESTAMP, proto.ColumnType_DATETIME: //nolint:staticcheck // older plugins declare it
		return "timestamptz"
	case proto.ColumnType_IPADDR, proto.ColumnType_INET:
		return "inet"
	case proto.ColumnType_CIDR:
		return "cidr"
	default:
		return "text"
	}
}

// writeRow writes a row in the CSV format of PostgreSQL's COPY: quoted text is
// a value, even if empty, and an empty field is null. encoding/csv cannot write
// both.
func writeRow(csv *bytes.Buffer, rows *embedded.Rows) {
	for i := range rows.Columns {
		if i > 0 {
			csv.WriteByte(',')
		}
		switch rows.Type(i) {
		case sqlite3.NULL:
		case sqlite3.FLOAT: // SQLite rounds its text
			csv.WriteString(strconv.FormatFloat(rows.Float(i), 'g', -1, 64))
		default:
			csv.WriteByte('"')
			csv.Write(bytes.ReplaceAll(rows.Text(i), []byte(`"`), []byte(`""`)))
			csv.WriteByte('"')
		}
	}
	csv.WriteByte('\n')
}
