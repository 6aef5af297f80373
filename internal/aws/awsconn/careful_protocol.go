package awsconn

import (
	"context"
	"fmt"
	"math"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go"
	smithytime "github.com/aws/smithy-go/time"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"steampipe-plugin-ssmassoc/internal/aws/throttle"
)

// carefulProtocol is the protocol of the SSM client with checks that the AWS SDK lacks.
//
// It refuses dates that the SDK would get wrong: the SDK counts nanoseconds in 64 bits,
// without a check (year 10000 becomes 1816), and panics for NaN. And it cleans texts
// (see cleanText).
type carefulProtocol struct {
	smithyhttp.ClientProtocol
}

// DeserializeResponse reads an answer into out.
func (p carefulProtocol) DeserializeResponse(
	ctx context.Context, schema *smithy.OperationSchema, types *smithy.TypeRegistry,
	response *smithyhttp.Response, out smithy.Deserializable,
) error {
	careful := carefulOutput{Deserializable: out}
	err := p.ClientProtocol.DeserializeResponse(ctx, schema, types, response, &careful)
	if careful.cleaned {
		logger(ctx).Warn("AWS answered with texts that PostgreSQL does not take: NUL and invalid UTF-8 in them became U+FFFD",
			"operation", awsmiddleware.GetOperationName(ctx), "region", awsmiddleware.GetRegion(ctx))
	}
	return err
}

type carefulOutput struct {
	smithy.Deserializable
	cleaned bool // whether any text had to be cleaned
}

// Deserialize reads the members of an answer.
func (o *carefulOutput) Deserialize(d smithy.ShapeDeserializer) error {
	reader := &carefulReader{ShapeDeserializer: d}
	err := o.Deserializable.Deserialize(reader)
	o.cleaned = reader.cleaned
	return err
}

// carefulReader reads the dates and texts of an answer, and leaves the rest to the SDK.
type carefulReader struct {
	smithy.ShapeDeserializer
	cleaned bool
}

// ReadString reads a text.
func (r *carefulReader) ReadString(schema *smithy.Schema, s *string) error {
	if err := r.ShapeDeserializer.ReadString(schema, s); err != nil {
		return err
	}
	*s = r.clean(*s)
	return nil
}

// ReadMapKey reads the next key of a map.
func (r *carefulReader) ReadMapKey(schema *smithy.Schema) (key string, more bool, err error) {
	key, more, err = r.ShapeDeserializer.ReadMapKey(schema)
	return r.clean(key), more, err
}

func (r *carefulReader) clean(s string) string {
	s, unchanged := cleanText(s)
	r.cleaned = r.cleaned || !unchanged
	return s
}

// The dates that fit, in seconds since the Unix epoch: from the year 1677 to
// 2262.
const (
	maxDate   = math.MaxInt64 / int64(time.Second)
	leastDate = -maxDate
)

// ReadTime reads a date, which awsJson1.1 writes in seconds since the epoch.
func (r *carefulReader) ReadTime(schema *smithy.Schema, t *time.Time) error {
	var seconds float64
	if err := r.ReadFloat64(schema, &seconds); err != nil {
		return fmt.Errorf("read the date %s: %w", schema.MemberName(), err)
	}
	if !(seconds >= float64(leastDate) && seconds < float64(maxDate)) { // true for NaN too
		// The answer is whole, and the next one will have the same date.
		return throttle.Final(fmt.Errorf(
			"the date in %s is not valid: %g seconds since 1970 are outside of the years 1678 to 2261",
			schema.MemberName(), seconds))
	}
	*t = smithytime.ParseEpochSeconds(seconds)
	return nil
}
