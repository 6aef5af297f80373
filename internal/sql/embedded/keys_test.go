package embedded

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
)

// strictTable is a typedTable that sends the rows that meet the conditions alone.
type strictTable struct{ typedTable }

func (p *strictTable) Execute(req *proto.ExecuteRequest, stream proto.WrapperPlugin_ExecuteServer) error {
	for _, r := range p.rows {
		if meets(r, req.QueryContext.Quals) {
			if err := stream.Send(&proto.ExecuteResponse{Row: r}); err != nil {
				return err
			}
		}
	}
	return nil
}

func meets(r *proto.Row, conditions map[string]*proto.Quals) bool {
	for name, quals := range conditions {
		for _, q := range quals.Quals {
			met := false
			for _, value := range alternatives(q.Value) {
				met = met || holds(r.Columns[name], q.GetStringValue(), value)
			}
			if !met {
				return false
			}
		}
	}
	return true
}

func alternatives(v *proto.QualValue) []*proto.QualValue {
	if list := v.GetListValue(); list != nil {
		return list.Values
	}
	return []*proto.QualValue{v}
}

// holds compares values of the same type.
func holds(c *proto.Column, operator string, v *proto.QualValue) bool {
	order := 0
	switch value := v.Value.(type) {
	case *proto.QualValue_StringValue:
		order = strings.Compare(c.GetStringValue(), value.StringValue)
	case *proto.QualValue_Int64Value:
		order = int(max(-1, min(1, c.GetIntValue()-value.Int64Value)))
	case *proto.QualValue_DoubleValue:
		order = int(max(-1, min(1, (c.GetDoubleValue()-value.DoubleValue)*1e9)))
	case *proto.QualValue_BoolValue:
		if c.GetBoolValue() != value.BoolValue {
			order = 1
		}
	default:
		panic(fmt.Sprintf("a value of type %T", value))
	}
	switch operator {
	case "=":
		return order == 0
	case "<>":
		return order != 0
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	}
	return order >= 0
}

// keyTexts are values of the text column, of which many stand for the same numbers.
var keyTexts = []string{
	"012345678901", "12345678901", "123456789012", "123456789012.0", "5", "05", "5.0", " 5", "abc", "ABC", "1e3", "1000", "", "0x5", "-1",
	"9007199254740993", "9007199254740992",
}

// keyValues are values that the columns are compared with, as SQL.
var keyValues = strings.Fields(`'012345678901' 12345678901 '12345678901' 123456789012 123456789012.0 '123456789012.0' 5 '5' 5.0 '05' '5.0'
	'abc' x'61' x'616263' null 1e3 '1e3' 1000 9007199254740993 9007199254740992.0 '' 0 1 2 -1 1.5 '1' true`)

func openKeys(t *testing.T) *DB {
	t.Helper()
	p := &strictTable{}
	for i, text := range keyTexts {
		p.rows = append(p.rows, thing(map[string]*proto.Column{
			"name": textColumn(text), "note": textColumn(text),
			"size":   {Value: &proto.Column_IntValue{IntValue: []int64{5, 1, 0, 1000, 12345678901, 9007199254740993, -1}[i%7]}},
			"hot":    {Value: &proto.Column_BoolValue{BoolValue: i%2 == 0}},
			"weight": {Value: &proto.Column_DoubleValue{DoubleValue: []float64{5, 1.5, 1000, 9007199254740992, 123456789012}[i%5]}},
		}))
	}
	db := openPlugin(t, p, Options{MemoryMB: LeastMemoryMB}, "c")
	answer(t, db, "create table plain_thing(name TEXT, size BIGINT, hot BOOLEAN_INT, weight REAL, note TEXT)")
	answer(t, db, "insert into plain_thing select name, size, hot, weight, note from thing")
	for _, kind := range keyKinds {
		answer(t, db, fmt.Sprintf("create table key_%s(v %[1]s)", kind))
		answer(t, db, fmt.Sprintf("insert into key_%s values (%s)", kind, strings.Join(keyValues, "), (")))
	}
	answer(t, db, "create table key_none(v)")
	answer(t, db, "insert into key_none select v from key_blob")
	answer(t, db, "analyze")
	return db
}

var keyKinds = []string{"text", "integer", "real", "blob", "numeric"}

// TestKeysAreComparedAsSQLiteDoes checks that conditions on columns of every type,
// with values of every type, have the rows that they have on plain tables, whatever
// the plan.
func TestKeysAreComparedAsSQLiteDoes(t *testing.T) {
	db := openKeys(t)
	random := rand.New(rand.NewPCG(5, 6))
	one := func(choices ...string) string { return choices[random.IntN(len(choices))] }
	answered := 0
	for range 3000 {
		column := one("name", "name", "name", "note", "size", "hot", "weight")
		form := one(
			"select {t}.* from key_K k join {t} on k.v O {t}.C", "select {t}.* from {t} join key_K k on {t}.C O k.v",
			"select {t}.* from key_K k cross join {t} on {t}.C = k.v", "select {t}.* from {t} cross join key_K k where k.v = {t}.C",
			"select {t}.*, k.v from key_K k left join {t} on {t}.C = k.v", "select {t}.*, k.v from {t} left join key_K k on {t}.C = k.v",
			"select * from {t} where C in (select v from key_K)", "select * from {t} where C not in (select v from key_K where v is not null)",
			"select * from {t} where exists (select 1 from key_K where v O C)", "select * from {t} where not exists (select 1 from key_K where C = v)",
			"select * from {t} where C O V", "select * from {t} where V O C", "select * from {t} where C in (V, V, V)",
			"select * from {t} where C = V or C = V", "select * from {t} where C in (V) and note = V", "select * from {t} where C is V",
			"select * from {t} where C = (select v from key_K limit 1 offset 3)", "select * from {t} where C = cast(V as K)",
			"select * from {t} where C in (select cast(v as K) from key_K)", "select * from {t} where C between V and V",
			"with w as materialized (select v from key_K) select {t}.* from w join {t} on {t}.C = w.v",
			"select a.*, b.name from {t} a join {t} b on a.C = b.D", "select * from {t} where C in (select D from {t})",
			"select {t}.* from key_K k join {t} on {t}.C = +k.v", "select {t}.* from key_K k join {t} on {t}.C = k.v || ''",
			"select count(*) from {t} where C = V", "select * from {t} where C O V limit 100", "select * from {t} where V in (C, D)",
			"select * from {t} where (C, D) = (V, V)",
			"select * from {t} where (C, D) in (select v, v from key_K)", "select * from {t} where (C, D) = (select v, v from key_K limit 1)",
		)
		sql := strings.NewReplacer("C", column, "D", one("name", "note", "size", "weight"), "K", one(append(keyKinds, "text")...),
			"O", one("=", "=", "=", "<>", "<", ">", "<=", ">=")).Replace(form)
		for strings.Contains(sql, "V") {
			sql = strings.Replace(sql, "V", one(keyValues...), 1)
		}
		if random.IntN(6) == 0 {
			sql = strings.ReplaceAll(sql, "key_text", "key_none")
		}
		got, err := tryAnswer(t.Context(), db, strings.ReplaceAll(stars(sql), "{t}", "thing"))
		want, plainErr := tryAnswer(t.Context(), db, strings.ReplaceAll(stars(sql), "{t}", "plain_thing"))
		if err != nil || plainErr != nil {
			if (err == nil) != (plainErr == nil) {
				t.Errorf("%s: %v, plain: %v", sql, err, plainErr)
			}
			continue
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n%d rows, want %d", sql, len(got), len(want))
		}
		if len(want) > 0 {
			answered++
		}
	}
	if answered < 1000 {
		t.Errorf("only %d statements had rows", answered)
	}
}

// stars names the columns that both copies have.
func stars(sql string) string {
	return strings.NewReplacer("select *", "select name, note, size, hot, weight", "{t}.*", "{t}.name, {t}.note, {t}.size", "a.*", "a.name, a.note").Replace(sql)
}
