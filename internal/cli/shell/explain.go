package shell

import (
	"context"
	"strings"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/sql/sqltext"
)

// cutExplain returns the statement that EXPLAIN precedes. It leaves EXPLAIN QUERY PLAN
// to SQLite.
func cutExplain(sql string) (statement string, ok bool) {
	rest, found := sql, false
	for token := range sqltext.Tokens(sql) {
		if token.Kind == sqltext.Space || token.Kind == sqltext.Comment {
			rest = rest[len(token.Text):]
			continue
		}
		if found {
			return rest, !strings.EqualFold(token.Text, "query")
		}
		if !strings.EqualFold(token.Text, "explain") {
			return "", false
		}
		found = true
		rest = rest[len(token.Text):]
	}
	return "", false
}

// explain prints what SQL would read from AWS.
func (s *Session) explain(ctx context.Context, sql string) error {
	// SQLite keeps the text of CREATE TEMP VIEW without TEMP.
	const schema = `select sql from sqlite_schema where type in ('table', 'view') and sql not like 'create virtual table%'
		union all
		select 'CREATE TEMP ' || substr(sql, length('CREATE ') + 1) from sqlite_temp_schema where type in ('table', 'view')`
	var made []string
	s.each(ctx, schema, func(rows *embedded.Rows) { made = append(made, string(rows.Text(0))) })
	var b strings.Builder
	if err := s.backend.Explain(ctx, &b, made, sql, s.Parameters); err != nil {
		return err
	}
	return s.print(b.String())
}
