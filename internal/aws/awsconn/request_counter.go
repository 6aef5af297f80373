package awsconn

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"

	"steampipe-plugin-ssmassoc/internal/aws/throttle"
)

// requestCounter counts the requests sent to AWS by operation, every attempt included.
type requestCounter struct {
	operations, throttled atomic.Int64

	mu     sync.Mutex
	counts map[string]int
}

func (c *requestCounter) add(operation string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts[operation]++
}

// count is an option for the API clients of a connection.
func (c *requestCounter) count(stack *middleware.Stack) error {
	// Initialize runs once for each operation.
	if err := stack.Initialize.Add(middleware.InitializeMiddlewareFunc("CountOperations", func(
		ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
	) (middleware.InitializeOutput, middleware.Metadata, error) {
		c.operations.Add(1)
		return next.HandleInitialize(ctx, in)
	}), middleware.After); err != nil {
		return err
	}
	// The first of Deserialize sees the error that the last of it was answered with.
	if err := stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("CountThrottled", func(
		ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
	) (middleware.DeserializeOutput, middleware.Metadata, error) {
		out, metadata, err := next.HandleDeserialize(ctx, in)
		if throttle.IsThrottling(err) {
			c.throttled.Add(1)
		}
		return out, metadata, err
	}), middleware.Before); err != nil {
		return err
	}
	// Deserialize runs once for each attempt, after the retryer and the signer.
	return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("CountRequests", func(
		ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
	) (middleware.DeserializeOutput, middleware.Metadata, error) {
		c.add(awsmiddleware.GetOperationName(ctx))
		return next.HandleDeserialize(ctx, in)
	}), middleware.After)
}

// all returns the counts so far, by operation.
func (c *requestCounter) all() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.counts)
}

// total returns the number of requests so far.
func (c *requestCounter) total() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, requests := range c.counts {
		n += requests
	}
	return n
}
