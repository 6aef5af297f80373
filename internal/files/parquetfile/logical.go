package parquetfile

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// leaf is what a column's values mean.
type leaf struct {
	kind embedded.Kind
	// value converts a value that is not null to nil, bool, int64, uint64, float64,
	// string, []byte or number.
	value func(parquet.Value) any
	// fits reports whether the kind holds a value exactly; nil if it holds all.
	fits func(any) bool
}

// number is a decimal with all its digits.
type number string

// leafOf returns what the values of an element of the schema mean, or an error for types
// that it does not know.
//
// See https://github.com/apache/parquet-format/blob/master/LogicalTypes.md.
func leafOf(e *format.SchemaElement) (*leaf, error) {
	physical := parquet.Kind(e.Type.V)
	if l, ok, err := annotated(e, physical); ok || err != nil {
		return l, err
	}
	switch physical {
	case parquet.Boolean:
		return &leaf{kind: embedded.Bool, value: func(v parquet.Value) any { return v.Boolean() }}, nil
	case parquet.Int32, parquet.Int64:
		return &leaf{kind: embedded.Int, value: func(v parquet.Value) any { return integer(v) }}, nil
	case parquet.Int96:
		return &leaf{kind: embedded.Timestamp, value: int96}, nil
	case parquet.Float:
		return &leaf{kind: embedded.Double, value: func(v parquet.Value) any { return float64(v.Float()) }}, nil
	case parquet.Double:
		return &leaf{kind: embedded.Double, value: func(v parquet.Value) any { return v.Double() }}, nil
	case parquet.ByteArray, parquet.FixedLenByteArray:
		return &leaf{kind: embedded.Text, value: text}, nil
	}
	return nil, fmt.Errorf("it is of the type %d, which the format did not have when this program was made", e.Type.V)
}

// annotated returns what values mean that have a logical type, or the one of older
// versions of the format.
func annotated(e *format.SchemaElement, physical parquet.Kind) (l *leaf, ok bool, err error) {
	switch t := e.LogicalType.Value.(type) {
	case nil:
		l, ok = converted(e, physical)
		return l, ok, nil
	case *format.StringType, *format.EnumType:
		return &leaf{kind: embedded.Text, value: text}, true, nil
	case *format.JsonType:
		return &leaf{kind: embedded.JSON, value: text}, true, nil
	case *format.BsonType, *format.GeometryType, *format.GeographyType:
		return &leaf{kind: embedded.Text, value: blob}, true, nil
	case *format.UUIDType:
		return &leaf{kind: embedded.Text, value: uuid}, true, nil
	case *format.Float16Type:
		return &leaf{kind: embedded.Double, value: float16}, true, nil
	case *format.DateType:
		return &leaf{kind: embedded.Timestamp, value: date}, true, nil
	case *format.TimeType:
		if t.Unit.Value != nil {
			return &leaf{kind: embedded.Text, value: timeOfDay(t.Unit.Value.Duration())}, true, nil
		}
	case *format.TimestampType:
		if t.Unit.Value != nil {
			return &leaf{kind: embedded.Timestamp, value: timestamp(t.Unit.Value.Duration())}, true, nil
		}
	case *format.IntType:
		return whole(!t.IsSigned, physical), true, nil
	case *format.DecimalType:
		return decimal(int(t.Precision), int(t.Scale)), true, nil
	case *format.NullType:
		return &leaf{kind: embedded.Text, value: func(parquet.Value) any { return nil }}, true, nil
	}
	return nil, false, fmt.Errorf("it is of the logical type %s, which SQL has no value for; "+
		"write it as another, such as a string", e.LogicalType.String())
}

// converted is annotated for what was there before logical types.
func converted(e *format.SchemaElement, physical parquet.Kind) (l *leaf, ok bool) {
	if !e.ConvertedType.Valid {
		return nil, false
	}
	switch e.ConvertedType.V {
	case deprecated.UTF8, deprecated.Enum:
		return &leaf{kind: embedded.Text, value: text}, true
	case deprecated.Json:
		return &leaf{kind: embedded.JSON, value: text}, true
	case deprecated.Bson:
		return &leaf{kind: embedded.Text, value: blob}, true
	case deprecated.Decimal:
		return decimal(int(e.Precision.V), int(e.Scale.V)), true
	case deprecated.Date:
		return &leaf{kind: embedded.Timestamp, value: date}, true
	case deprecated.TimeMillis:
		return &leaf{kind: embedded.Text, value: timeOfDay(time.Millisecond)}, true
	case deprecated.TimeMicros:
		return &leaf{kind: embedded.Text, value: timeOfDay(time.Microsecond)}, true
	case deprecated.TimestampMillis:
		return &leaf{kind: embedded.Timestamp, value: timestamp(time.Millisecond)}, true
	case deprecated.TimestampMicros:
		return &leaf{kind: embedded.Timestamp, value: timestamp(time.Microsecond)}, true
	case deprecated.Uint8, deprecated.Uint16, deprecated.Uint32, deprecated.Uint64:
		return whole(true, physical), true
	case deprecated.Interval:
		return &leaf{kind: embedded.Text, value: interval}, true
	}
	return nil, false
}

func integer(v parquet.Value) int64 {
	if v.Kind() == parquet.Int32 {
		return int64(v.Int32())
	}
	return v.Int64()
}

// whole returns what integers mean.
func whole(unsigned bool, physical parquet.Kind) *leaf {
	switch {
	case !unsigned:
		return &leaf{kind: embedded.Int, value: func(v parquet.Value) any { return integer(v) }}
	case physical == parquet.Int32:
		return &leaf{kind: embedded.Int, value: func(v parquet.Value) any { return int64(v.Uint32()) }}
	}
	return &leaf{
		kind:  embedded.Int,
		value: func(v parquet.Value) any { return v.Uint64() },
		fits:  func(v any) bool { return v.(uint64) <= math.MaxInt64 },
	}
}

// text returns bytes as a string if they are text, otherwise as bytes.
func text(v parquet.Value) any {
	if b := v.ByteArray(); utf8.Valid(b) {
		return string(b)
	}
	return blob(v)
}

func blob(v parquet.Value) any { return append([]byte{}, v.ByteArray()...) }

func uuid(v parquet.Value) any {
	b := v.ByteArray()
	if len(b) != 16 {
		return blob(v)
	}
	s := hex.EncodeToString(b)
	return strings.Join([]string{s[:8], s[8:12], s[12:16], s[16:20], s[20:]}, "-")
}

// float16 converts a half-precision number (IEEE 754 binary16).
func float16(v parquet.Value) any {
	b := v.ByteArray()
	if len(b) != 2 {
		return blob(v)
	}
	bits := binary.LittleEndian.Uint16(b)
	const exponentBits, fractionBits, bias = 5, 10, 15
	exponent, fraction := int(bits>>fractionBits)&(1<<exponentBits-1), float64(bits&(1<<fractionBits-1))/(1<<fractionBits)
	var f float64
	switch exponent {
	case 0:
		f = math.Ldexp(fraction, 1-bias)
	case 1<<exponentBits - 1:
		if f = math.Inf(1); fraction != 0 {
			f = math.NaN()
		}
	default:
		f = math.Ldexp(1+fraction, exponent-bias)
	}
	if bits>>(exponentBits+fractionBits) != 0 {
		f = -f
	}
	return f
}

const secondsOfDay = 86_400

func formatTime(seconds, nanoseconds int64) string {
	return time.Unix(seconds, nanoseconds).UTC().Format(time.RFC3339Nano)
}

func date(v parquet.Value) any { return formatTime(integer(v)*secondsOfDay, 0) }

func timestamp(unit time.Duration) func(parquet.Value) any {
	perSecond := int64(time.Second / unit)
	return func(v parquet.Value) any {
		n := v.Int64()
		return formatTime(n/perSecond, n%perSecond*int64(unit))
	}
}

// int96 converts a timestamp as Impala, Hive and older versions of Spark write it: the
// nanoseconds of a day, and its Julian number.
func int96(v parquet.Value) any {
	const epoch = 2_440_588 // the Julian number of 1970-01-01
	n := v.Int96()
	nanoseconds := int64(n[1])<<32 | int64(n[0])
	return formatTime((int64(int32(n[2]))-epoch)*secondsOfDay, nanoseconds)
}

// timeOfDay converts times of day to HH:MM:SS with a fraction, the end of a day to
// 24:00:00.
func timeOfDay(unit time.Duration) func(parquet.Value) any {
	return func(v parquet.Value) any {
		n := integer(v)
		perSecond := int64(time.Second / unit)
		seconds := n / perSecond
		clock := fmt.Sprintf("%02d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
		return clock + fraction(n%perSecond*int64(unit))
	}
}

// fraction formats nanoseconds as the fraction of a second.
func fraction(nanoseconds int64) string {
	if nanoseconds == 0 {
		return ""
	}
	return "." + strings.TrimRight(fmt.Sprintf("%09d", nanoseconds), "0")
}

// interval converts months, days and milliseconds to a duration of ISO 8601.
func interval(v parquet.Value) any {
	b := v.ByteArray()
	if len(b) != 12 {
		return blob(v)
	}
	text := "P"
	if months := binary.LittleEndian.Uint32(b); months > 0 {
		text += strconv.FormatUint(uint64(months), 10) + "M"
	}
	if days := binary.LittleEndian.Uint32(b[4:]); days > 0 {
		text += strconv.FormatUint(uint64(days), 10) + "D"
	}
	if ms := int64(binary.LittleEndian.Uint32(b[8:])); ms > 0 || text == "P" {
		text += "T" + strconv.FormatInt(ms/1000, 10) + fraction(ms%1000*int64(time.Millisecond)) + "S"
	}
	return text
}

// decimal returns what decimals mean. A double holds 15 digits; more are a double only
// if all values are.
func decimal(precision, scale int) *leaf {
	const doubleDigits = 15
	l := &leaf{kind: embedded.Double, value: func(v parquet.Value) any { return decimalOf(v, scale) }}
	if precision > doubleDigits || precision <= 0 {
		l.fits = func(v any) bool {
			text := string(v.(number))
			f, err := strconv.ParseFloat(text, 64)
			return err == nil && strconv.FormatFloat(f, 'f', -1, 64) == withoutZeros(text)
		}
	}
	return l
}

// withoutZeros returns a decimal without the zeros that end its fraction.
func withoutZeros(text string) string {
	if strings.Contains(text, ".") {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// decimalOf returns a decimal from its unscaled value.
func decimalOf(v parquet.Value, scale int) number {
	var n big.Int
	switch v.Kind() {
	case parquet.Int32, parquet.Int64:
		n.SetInt64(integer(v))
	default: // two's complement, the highest byte first
		b := v.ByteArray()
		if n.SetBytes(b); len(b) > 0 && b[0]&0x80 != 0 {
			n.Sub(&n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
		}
	}
	const maxScale = 1000 // far beyond every writer's
	if scale <= 0 || scale > maxScale {
		return number(n.String())
	}
	digits := new(big.Int).Abs(&n).String()
	if len(digits) <= scale {
		digits = strings.Repeat("0", scale-len(digits)+1) + digits
	}
	sign := ""
	if n.Sign() < 0 {
		sign = "-"
	}
	return number(sign + digits[:len(digits)-scale] + "." + digits[len(digits)-scale:])
}
