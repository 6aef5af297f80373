package parquetfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"
)

// decompressed returns the contents of a page, valid until the next call. More than size
// bytes are an error.
func (c *pageChecker) decompressed(page []byte, size int) ([]byte, error) {
	if c.codec == format.Uncompressed || len(page) == 0 {
		return page, nil
	}
	c.data = resized(c.data, size)
	switch c.codec {
	case format.Snappy:
		n, err := snappy.DecodedLen(page)
		if err != nil || n > size {
			return nil, errPage
		}
		data, err := snappy.Decode(c.data, page)
		if err != nil {
			return nil, errPage
		}
		return data, nil
	case format.Lz4Raw:
		n, err := lz4.UncompressBlock(page, c.data)
		if err != nil {
			return nil, errPage
		}
		return c.data[:n], nil
	case format.Gzip:
		r, err := gzip.NewReader(bytes.NewReader(page))
		if err != nil {
			return nil, errPage
		}
		return readAtMost(r, c.data)
	case format.Brotli:
		return readAtMost(brotli.NewReader(bytes.NewReader(page)), c.data)
	case format.Zstd:
		r, err := zstd.NewReader(bytes.NewReader(page), zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderMaxWindow(uint64(max(c.most, zstd.MinWindowSize))))
		if err != nil {
			return nil, errPage
		}
		defer r.Close()
		return readAtMost(r, c.data)
	}
	return nil, fmt.Errorf("it is compressed with %s, which is not supported; write it with zstd or snappy", c.codec)
}

// readAtMost reads all of r into data.
func readAtMost(r io.Reader, data []byte) ([]byte, error) {
	n, err := io.ReadFull(r, data)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return data[:n], nil
	case err != nil:
		return nil, errPage
	}
	if n, err := r.Read(make([]byte, 1)); n > 0 || !errors.Is(err, io.EOF) {
		return nil, errPage
	}
	return data, nil
}
