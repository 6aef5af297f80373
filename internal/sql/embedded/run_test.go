package embedded

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestParameters(t *testing.T) {
	db := (&fakeFleet{listed: []fakeNode{{id: "a", zone: "x"}, {id: "b", zone: "y"}}}).open(t)
	values := Parameters{"id": "b", "n": int64(3), "f": 1.5, "none": nil}
	for name, test := range map[string]struct {
		sql, want, err string
	}{
		"a condition":  {sql: "select zone from node where id = :id", want: "y"},
		"numbers":      {sql: "select (:n + 1) || ' ' || typeof(:f)", want: "4 real"},
		"null":         {sql: "select :none is null", want: "1"},
		"other styles": {sql: "select @id || $id", want: "bb"},
		"a limit":      {sql: "select count(*) from (select * from node limit :n)", want: "2"},
		"no value":     {sql: "select :nothing", err: "parameter :nothing has no value"},
		"no name":      {sql: "select ?", err: "parameter 1 has no name; write :name for a parameter"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			err := db.RunWith(t.Context(), test.sql, Handler{Parameters: values, Result: func(rows *Rows) error {
				for rows.Next() {
					got = append(got, string(rows.Text(0)))
				}
				return rows.Err()
			}})
			if message := errorText(err); message != test.err {
				t.Fatalf("got error %q, want %q", message, test.err)
			}
			if strings.Join(got, ",") != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestStatementsBeginInTurn(t *testing.T) {
	db := (&fakeFleet{}).open(t)
	var begun []string
	err := db.RunWith(t.Context(), "select 1; -- one\ncreate table t(a); /* nothing */", Handler{
		Begin:  func(statement string) { begun = append(begun, statement) },
		Result: func(rows *Rows) error { rows.Next(); return rows.Err() },
	})
	if want := []string{"select 1;", " -- one\ncreate table t(a);"}; err != nil || !slices.Equal(begun, want) {
		t.Errorf("got %q (%v), want %q", begun, err, want)
	}
}

func TestErrorsHaveAPlace(t *testing.T) {
	db := (&fakeFleet{}).open(t)
	err := db.RunWith(t.Context(), "select 1;\nselect zone, colour from node", Handler{
		Result: func(rows *Rows) error { rows.Next(); return rows.Err() },
	})
	var place *SQLError
	if !errors.As(err, &place) || place.Message != "no such column: colour" || !strings.HasPrefix(place.Statement[place.Offset:], "colour from") {
		t.Errorf("got %#v", err)
	}
}
