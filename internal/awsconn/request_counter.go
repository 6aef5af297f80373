package awsconn

import (
	"context"
	"maps"
	"sync"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
)

// requestCounter counts the requests sent to AWS by operation, every attempt included.
type requestCounter struct {
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
