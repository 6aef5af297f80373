package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// errTooLong is the error of an input that does not end where it should.
var errTooLong = errors.New("too long")

// readFile reads a file of at most mb MB, which may be a device or a pipe: it
// returns when ctx ends, though opening or reading blocks.
func readFile(ctx context.Context, name string, mb int) ([]byte, error) {
	return readInput(ctx, mb, func() ([]byte, error) {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer func() { _ = file.Close() }()
		return io.ReadAll(limited(file, mb))
	})
}

// limited reads at most mb MB, and a byte more where there are more.
func limited(r io.Reader, mb int) io.Reader { return io.LimitReader(r, int64(mb)<<20+1) }

// readInput returns what read returns, or when ctx ends: what blocks in a read
// cannot be woken, and ends with the process.
func readInput(ctx context.Context, mb int, read func() ([]byte, error)) ([]byte, error) {
	type result struct {
		text []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		text, err := read()
		done <- result{text, err}
	}()
	select {
	case r := <-done:
		if r.err == nil && len(r.text) > mb<<20 {
			return nil, fmt.Errorf("%w: more than %d MB", errTooLong, mb)
		}
		return r.text, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
