package ssmassoc

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/aws/smithy-go"
	smithytime "github.com/aws/smithy-go/time"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// exactDates is the protocol of the SSM client, which refuses dates that the
// AWS SDK would get wrong. The SDK counts them in nanoseconds in 64 bits and
// does not look whether they fit (year 10000 becomes 1816), and panics for NaN.
type exactDates struct {
	smithyhttp.ClientProtocol
}

// DeserializeResponse reads an answer into out.
func (p exactDates) DeserializeResponse(ctx context.Context, schema *smithy.OperationSchema, types *smithy.TypeRegistry, response *smithyhttp.Response, out smithy.Deserializable) error {
	return p.ClientProtocol.DeserializeResponse(ctx, schema, types, response, withExactDates{out})
}

type withExactDates struct {
	smithy.Deserializable
}

// Deserialize reads the members of an answer.
func (w withExactDates) Deserialize(d smithy.ShapeDeserializer) error {
	return w.Deserializable.Deserialize(dateReader{d})
}

// dateReader reads the dates of an answer itself and leaves the rest to the SDK.
type dateReader struct {
	smithy.ShapeDeserializer
}

// The dates that fit, in seconds since the Unix epoch: from the year 1677 to
// 2262.
const (
	mostDate  = math.MaxInt64 / int64(time.Second)
	leastDate = -mostDate
)

// ReadTime reads a date, which awsJson1.1 writes in seconds since the epoch.
func (r dateReader) ReadTime(schema *smithy.Schema, t *time.Time) error {
	var seconds float64
	if err := r.ReadFloat64(schema, &seconds); err != nil {
		return fmt.Errorf("read the date %s: %w", schema.MemberName(), err)
	}
	if !(seconds >= float64(leastDate) && seconds < float64(mostDate)) { // so that NaN is not
		return &dateError{schema.MemberName(), seconds}
	}
	*t = smithytime.ParseEpochSeconds(seconds)
	return nil
}

// dateError is the error of an answer with a date that does not fit.
type dateError struct {
	member  string
	seconds float64
}

func (e *dateError) Error() string {
	return fmt.Sprintf("the date in %s is not valid: %g seconds since 1970 are outside of the years 1678 to 2261", e.member, e.seconds)
}

// RetryableError keeps the retryer (retry.RetryableError) from trying again: the
// answer is whole, and the next one will have the same date.
func (*dateError) RetryableError() bool { return false }
