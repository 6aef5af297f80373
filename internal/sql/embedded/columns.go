package embedded

import "context"

// Columns returns the columns of a table or a view that SQL has made, none where
// there is no such table.
func (db *DB) Columns(ctx context.Context, table string) ([]Column, error) {
	var columns []Column
	err := db.RunWith(ctx, "select name, type from pragma_table_info(:name) order by cid", Handler{
		Parameters: Parameters{"name": table},
		Result: func(rows *Rows) error {
			for rows.Next() {
				columns = append(columns, Column{Name: string(rows.Text(0)), Kind: kindDeclared(string(rows.Text(1)))})
			}
			return rows.Err()
		},
	})
	return columns, err
}
