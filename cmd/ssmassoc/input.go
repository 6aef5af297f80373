package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// errTooLong is the error for input beyond its size limit.
var errTooLong = errors.New("too long")

// readFile reads a file of at most mb MB, possibly a device or a pipe. It returns when
// ctx ends, even if opening or reading blocks.
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

// limited reads at most mb MB, and one byte more to detect excess.
func limited(r io.Reader, mb int) io.Reader { return io.LimitReader(r, int64(mb)<<20+1) }

// readInput returns the result of read, or earlier if ctx ends: a blocked read cannot
// be cancelled and lasts until the process exits.
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
