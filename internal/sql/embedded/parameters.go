package embedded

import (
	"fmt"

	"github.com/ncruces/go-sqlite3"
)

// Parameters are the values of a statement's parameters, by name without the
// colon: nil, int64, float64 or string each.
type Parameters map[string]any

// ParameterError is the error of a statement with a parameter that has no value.
type ParameterError struct {
	Name string // with the colon
}

func (e *ParameterError) Error() string { return fmt.Sprintf("parameter %s has no value", e.Name) }

// Advice says what the user can change, with the settings in braces.
func (e *ParameterError) Advice() string { return "give it one with {param}" }

// bind gives a statement the values of its parameters. One that has no value is
// an error: SQLite would take it for NULL.
func (p Parameters) bind(stmt *sqlite3.Stmt) error {
	for i := 1; i <= stmt.BindCount(); i++ {
		name := stmt.BindName(i)
		if name == "" {
			return fmt.Errorf("parameter %d has no name; write :name for a parameter", i)
		}
		value, ok := p[name[1:]]
		if !ok {
			return &ParameterError{Name: name}
		}
		if err := bindValue(stmt, i, value); err != nil {
			return fmt.Errorf("parameter %s: %w", name, err)
		}
	}
	return nil
}

func bindValue(stmt *sqlite3.Stmt, i int, value any) error {
	switch v := value.(type) {
	case nil:
		return stmt.BindNull(i)
	case int64:
		return stmt.BindInt64(i, v)
	case float64:
		return stmt.BindFloat(i, v)
	case string:
		return stmt.BindText(i, v)
	default:
		return fmt.Errorf("a value of type %T cannot be bound", v)
	}
}
