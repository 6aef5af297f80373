package export

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// rangeBytes is the size of the ranges in which objects are read: an answer is held in
// memory until it is complete.
const rangeBytes = 8 << 20

// object reads an object of known size and ETag, range by range.
type object struct {
	ctx    context.Context //nolint:containedctx // an io.Reader has no other
	bucket *bucket
	key    *string
	etag   *string
	size   int64

	begun int64 // bytes of the ranges so far
	part  io.ReadCloser
	left  int64 // bytes of part
}

// Read reads the next bytes.
func (o *object) Read(p []byte) (int, error) {
	for o.left == 0 {
		if o.begun == o.size {
			return 0, io.EOF
		}
		if err := o.next(); err != nil {
			return 0, err
		}
	}
	n, err := o.part.Read(p[:min(int64(len(p)), o.left)])
	o.left -= int64(n)
	switch {
	case o.left == 0:
		return n, o.part.Close()
	case errors.Is(err, io.EOF):
		return n, fmt.Errorf("read %s of %s: a range ends early", *o.key, o.bucket)
	}
	return n, err
}

// next asks for the next range.
func (o *object) next() error {
	length := min(rangeBytes, o.size-o.begun)
	out, err := o.bucket.client.GetObject(o.ctx, &s3.GetObjectInput{
		Bucket: &o.bucket.name, Key: o.key, IfMatch: o.etag,
		Range: aws.String(fmt.Sprintf("bytes=%d-%d", o.begun, o.begun+length-1)),
	})
	if err != nil {
		return o.bucket.explain(err)
	}
	o.part, o.left = out.Body, length
	o.begun += length
	return nil
}
