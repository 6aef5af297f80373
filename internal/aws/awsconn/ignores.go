package awsconn

import (
	"context"
	"fmt"
)

// Ignores reports whether the connection's arguments ignore an error, or returns the
// error to fail with. An error that can mean that a region is not enabled can also mean
// that the credentials are not valid anywhere: it is ignored only if STS accepts them.
func (c *Connection) Ignores(ctx context.Context, err error) (bool, error) {
	if !c.ignored.match(err) {
		return false, err
	}
	if isCredentialsError(err) {
		if _, identityErr := c.identify(ctx); identityErr != nil {
			return false, fmt.Errorf("%w\nnot ignored, since the credentials are not valid at all: %w", err, identityErr)
		}
	}
	return true, err
}
