package awsconn

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/aws/smithy-go"
	"golang.org/x/sync/semaphore"
)

const (
	// An answer with more bytes or values than these is large. A connection holds at
	// most maxLargeAnswers of them at once, so that the memory that an endpoint can
	// take does not grow with the calls in flight.
	ordinaryBytes   = 128 << 10
	ordinaryValues  = 4_096
	maxLargeAnswers = 2
)

// content is the body of an answer, in memory.
type content struct {
	// places bounds the large bodies held at once, each until it is decoded.
	places *semaphore.Weighted
	watch  *watch
	bytes  []byte
	large  bool // whether it holds one of the places
	freed  sync.Once
}

// read reads a body to its end. A body of more than most bytes is errTooLong.
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

// becomeLarge waits for a place among the large answers of the connection. Answers
// leave theirs when they are decoded.
func (c *content) becomeLarge(ctx context.Context) error {
	if c.large {
		return nil
	}
	c.watch.pause()
	defer c.watch.resume()
	if err := c.places.Acquire(ctx, 1); err != nil {
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
			c.places.Release(1)
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

// buffers recycles buffers of the size that most answers fit in.
var buffers = sync.Pool{New: func() any {
	buffer := make([]byte, 0, bufferBytes)
	return &buffer
}}

// inMemory is the body of an answer that the guard has read.
type inMemory struct {
	*bytes.Reader
	content *content
}

// Close releases the body, which the SDK has decoded by then.
func (b *inMemory) Close() error {
	b.Reset(nil)
	b.content.release()
	return nil
}
