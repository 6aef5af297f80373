package awsconn

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"golang.org/x/sync/semaphore"
)

// answerGuard stands between the endpoints of a connection and the AWS SDK,
// which reads whatever comes to its end, takes an empty body for an answer
// without members, and waits for as long as the endpoint likes. It reads each
// answer itself, in bounded time and memory, and passes on what is complete.
//
// The guard covers every client made from the connection's AWS configuration,
// those of its credential providers included.
type answerGuard struct {
	connection string // its name
	ownURL     bool   // the connection has the argument endpoint_url
	callTime   time.Duration
	waiting    func(Wait) // nil for nobody
	// large bounds the large answers held at once, each until it is decoded.
	large *semaphore.Weighted
}

// Wait is a call that an endpoint has not answered for some seconds.
type Wait struct {
	Connection, Region, Operation, Host string
	Silent                              time.Duration
}

func newAnswerGuard(connection string, config Config) *answerGuard {
	callTime := defaultMaxCallSeconds
	if n := config.MaxCallSeconds; n != nil {
		callTime = *n
	}
	return &answerGuard{
		connection: connection,
		ownURL:     config.EndpointURL != nil,
		callTime:   time.Duration(callTime) * time.Second,
		large:      semaphore.NewWeighted(mostLargeAnswers),
	}
}

const (
	// mostListBytes bounds an answer of SSM, as decompressed. AWS's pages have
	// at most 50 items; with every list in them as long as AWS allows, the
	// largest (ListAssociations) stays below. Most take 10 to 60 KB.
	mostListBytes = 4 << 20
	// mostRowsBytes bounds one of a read that gathers rows, of which many are in
	// flight: 50 rows of 10 KB. They have 0.5 KB.
	mostRowsBytes = 512 << 10
	// mostValues bounds the values of an answer, by the same measure: a list of
	// empty objects takes a hundred times as much memory decoded as it has
	// bytes.
	mostValues = 50_000
	// mostXMLBytes bounds an answer of STS or EC2, and of what else hands out
	// credentials; mostErrorBytes that of an error.
	mostXMLBytes   = 1 << 20
	mostErrorBytes = 64 << 10

	// An answer is large when it has more bytes or values than these. A
	// connection holds at most mostLargeAnswers of them at once, so that the
	// memory that an endpoint can take does not grow with the calls in flight.
	ordinaryBytes    = 128 << 10
	ordinaryValues   = 4_096
	mostLargeAnswers = 2
)

// install is an option for the API clients of the connection.
func (g *answerGuard) install(stack *middleware.Stack) error {
	err := stack.Initialize.Add(middleware.InitializeMiddlewareFunc("MeasureCall", func(
		ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
	) (middleware.InitializeOutput, middleware.Metadata, error) {
		return next.HandleInitialize(context.WithValue(ctx, callTimeKey{}, &callTime{most: g.callTime}), in)
	}), middleware.Before)
	if err != nil {
		return err
	}
	return stack.Deserialize.Insert(middleware.DeserializeMiddlewareFunc("GuardAnswer", g.attempt), "OperationDeserializer", middleware.After)
}

// attempt makes one attempt of a call: it sends the request and reads the answer.
func (g *answerGuard) attempt(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
) (out middleware.DeserializeOutput, metadata middleware.Metadata, err error) {
	host := ""
	if request, ok := in.Request.(*smithyhttp.Request); ok {
		host = request.URL.Host
	}
	attemptCtx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	w := startWatch(callTimeFrom(ctx), host, cancel, func(silent time.Duration) {
		wait := Wait{g.connection, awsmiddleware.GetRegion(ctx), awsmiddleware.GetOperationName(ctx), host, silent}
		logger(ctx).Warn("waiting for AWS", "connection", wait.Connection, "region", wait.Region,
			"operation", wait.Operation, "host", host, "seconds", int(silent.Seconds()))
		if g.waiting != nil {
			g.waiting(wait)
		}
	})
	defer w.end()

	out, metadata, err = next.HandleDeserialize(attemptCtx, in)
	response, ok := out.RawResponse.(*smithyhttp.Response)
	if err == nil && ok {
		a := answer{response: response, host: host, service: awsmiddleware.GetServiceID(ctx)}
		a.mostBytes = a.bound(ctx)
		err = g.take(attemptCtx, a, w)
	}
	switch cause := context.Cause(attemptCtx); {
	case err == nil:
	case ctx.Err() != nil:
		err = &smithy.CanceledError{Err: ctx.Err()}
	case cause != nil:
		err = cause // the watch ended the attempt
	}
	return out, metadata, err
}

// answer is an HTTP response on its way to the SDK.
type answer struct {
	response      *smithyhttp.Response
	host, service string
	mostBytes     int // that the body may have
}

// take reads and checks an answer and leaves its body in memory for the SDK.
func (g *answerGuard) take(ctx context.Context, a answer, w *watch) error {
	body := a.response.Body
	// Whatever the SDK does with an answer that is not good, it finds no body.
	a.response.Body = http.NoBody
	defer func() { _ = body.Close() }()

	if status := a.response.StatusCode; status >= 300 && status < 400 {
		return g.redirected(a)
	}
	content := &content{guard: g, watch: w}
	err := content.read(ctx, &progressReader{body, w}, a.mostBytes)
	if err == nil {
		err = g.check(ctx, a, content)
	}
	if err != nil {
		content.release()
		return g.tooLong(a, err)
	}
	noteSize(ctx, len(content.bytes))
	a.response.Body = &inMemory{bytes.NewReader(content.bytes), content}
	return nil
}

// bound returns the most bytes that the body may have.
func (a answer) bound(ctx context.Context) int {
	switch {
	case !a.succeeded():
		return mostErrorBytes
	case a.service == "SSM" && isGathered(ctx):
		return mostRowsBytes
	case a.service == "SSM":
		return mostListBytes
	}
	return mostXMLBytes
}

func (a answer) succeeded() bool { return a.response.StatusCode/100 == 2 }

// check returns why the answer is not one of AWS, or not a whole one.
func (g *answerGuard) check(ctx context.Context, a answer, c *content) error {
	var err error
	switch {
	case a.service != "SSM" && a.service != "STS" && a.service != "EC2":
		return nil
	case !a.succeeded():
		if !a.isErrorOfAWS(c.bytes) {
			return g.notAWS(a, c.bytes)
		}
		return nil
	case a.service == "SSM":
		var values int
		if values, err = checkJSON(c.bytes); err == nil && values > ordinaryValues {
			err = c.becomeLarge(ctx)
		}
	default:
		err = checkXML(c.bytes)
	}
	switch {
	case looksLikeHTML(c.bytes): // which may be XML
		err = g.notAWS(a, c.bytes)
	case err == nil || errors.Is(err, errTooManyValues) || ctx.Err() != nil:
		return err
	}
	return &smithy.DeserializationError{Err: err} // which is retried
}

// content is the body of an answer, in memory.
type content struct {
	guard *answerGuard
	watch *watch
	bytes []byte
	large bool // it holds one of the guard's large answers
	freed sync.Once
}

// read reads a body to its end. One of more than most bytes is errTooLong.
func (c *content) read(ctx context.Context, body io.Reader, most int) error {
	buffer := buffers.Get().(*[]byte)
	c.bytes = (*buffer)[:0]
	for {
		if len(c.bytes) == cap(c.bytes) {
			if err := c.grow(ctx, most); err != nil {
				return err
			}
		}
		n, err := body.Read(c.bytes[len(c.bytes):cap(c.bytes)])
		c.bytes = c.bytes[:len(c.bytes)+n]
		switch {
		case len(c.bytes) > most:
			return errTooLong
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return &smithy.DeserializationError{Err: fmt.Errorf("read the answer: %w", err)}
		}
	}
}

func (c *content) grow(ctx context.Context, most int) error {
	size := 2 * cap(c.bytes)
	if size > ordinaryBytes {
		if err := c.becomeLarge(ctx); err != nil {
			return err
		}
		size = min(2*size, most+1)
	}
	grown := make([]byte, len(c.bytes), max(size, len(c.bytes)+1))
	copy(grown, c.bytes)
	c.putBack()
	c.bytes = grown
	return nil
}

// becomeLarge waits until the connection may hold one more large answer, which
// others give up when they are decoded.
func (c *content) becomeLarge(ctx context.Context) error {
	if c.large {
		return nil
	}
	c.watch.pause()
	defer c.watch.resume()
	if err := c.guard.large.Acquire(ctx, 1); err != nil {
		return err
	}
	c.large = true
	return nil
}

// release gives up the memory.
func (c *content) release() {
	c.freed.Do(func() {
		c.putBack()
		c.bytes = nil
		if c.large {
			c.guard.large.Release(1)
		}
	})
}

func (c *content) putBack() {
	if cap(c.bytes) == bufferBytes {
		buffer := c.bytes[:0]
		buffers.Put(&buffer)
	}
}

const bufferBytes = 64 << 10

// buffers are those that most answers fit in.
var buffers = sync.Pool{New: func() any {
	buffer := make([]byte, 0, bufferBytes)
	return &buffer
}}

// inMemory is the body of an answer that the guard has read.
type inMemory struct {
	*bytes.Reader
	content *content
}

// Close releases the body, which the SDK then has decoded.
func (b *inMemory) Close() error {
	b.Reset(nil)
	b.content.release()
	return nil
}
