package export

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"steampipe-plugin-ssmassoc/internal/aws/awsconn"
	"steampipe-plugin-ssmassoc/internal/files/atomicfile"
)

const (
	// partBytes is the size of an upload's parts. S3 allows 10,000 of them.
	partBytes = 16 << 20
	// maxPages bounds the pages of a list of manifests, of 1,000 each.
	maxPages = 1_000
)

// bucket is a prefix of an S3 bucket used as a store. A file is first written to a
// temporary file on this machine: memory stays flat with many open files, and the SDK
// can retry a part.
type bucket struct {
	client *s3.Client
	name   string
	prefix string
}

// IsS3 reports whether a destination has the form s3://BUCKET/PREFIX.
func IsS3(destination string) bool { return strings.HasPrefix(destination, "s3://") }

// OpenS3 returns s3://BUCKET/PREFIX as a store. Credentials, region and endpoint are
// those of the AWS CLI (AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL_S3 ...), not those of a
// connection.
func OpenS3(_ context.Context, destination string) (Store, error) {
	name, prefix, _ := strings.Cut(strings.TrimPrefix(destination, "s3://"), "/")
	if name == "" {
		return nil, fmt.Errorf("%s names no bucket; it is of the form s3://BUCKET/PREFIX", destination)
	}
	cfg, err := awsconn.Default()
	if err != nil {
		return nil, fmt.Errorf("configure S3: %w", err)
	}
	client := s3.NewFromConfig(cfg, func(o *s3.Options) {
		// Self-hosted servers seldom have a host name for each bucket.
		o.UsePathStyle = o.BaseEndpoint != nil
		o.DisableLogOutputChecksumValidationSkipped = true // for objects uploaded in parts
	})
	atomicfile.Sweep(os.TempDir())
	return &bucket{client, name, strings.Trim(prefix, "/")}, nil
}

func (b *bucket) String() string { return "s3://" + path.Join(b.name, b.prefix) }

func (b *bucket) key(name string) *string { return aws.String(path.Join(b.prefix, name)) }

func (b *bucket) Read(ctx context.Context, name string) ([]byte, error) {
	out, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: b.key(name)})
	if err != nil {
		if isNoSuchKey(err) {
			return nil, fs.ErrNotExist
		}
		return nil, b.explain(err)
	}
	defer func() { _ = out.Body.Close() }()
	return io.ReadAll(out.Body)
}

// Compare compares an object's size and ETag, at one request. It reads the object only
// if the ETag is another, as after a copy, or unknown.
func (b *bucket) Compare(ctx context.Context, name string, recorded Contents) (string, error) {
	head, err := b.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &b.name, Key: b.key(name)})
	if err != nil {
		if isNoSuchKey(err) {
			return missing, nil
		}
		return "", b.explain(err)
	}
	difference := recorded.otherSize(aws.ToInt64(head.ContentLength))
	if difference != "" || recorded.SHA256 == "" || recorded.ETag != "" && recorded.ETag == aws.ToString(head.ETag) {
		return difference, nil
	}
	return recorded.otherDigest(&object{ctx: ctx, bucket: b, key: b.key(name), etag: head.ETag, size: recorded.Bytes})
}

func (b *bucket) Manifests(ctx context.Context) ([]string, error) {
	var names []string
	pages := s3.NewListObjectsV2Paginator(b.client, &s3.ListObjectsV2Input{
		Bucket: &b.name, Prefix: b.key(manifestPrefix), Delimiter: aws.String("/"),
	})
	for n := 0; pages.HasMorePages(); n++ {
		if n == maxPages {
			return nil, fmt.Errorf("%s lists more than %d pages of manifests; check the endpoint of S3", b, maxPages)
		}
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, b.explain(err)
		}
		for _, object := range page.Contents {
			if name := path.Base(aws.ToString(object.Key)); strings.HasSuffix(name, manifestSuffix) {
				names = append(names, name)
			}
		}
	}
	return names, nil
}

// isNoSuchKey reports whether an object does not exist in an existing bucket. A response
// to HEAD has no body that would distinguish the two.
func isNoSuchKey(err error) bool {
	var noKey *types.NoSuchKey
	var response *awshttp.ResponseError
	return errors.As(err, &noKey) ||
		errors.As(err, &response) && response.HTTPStatusCode() == http.StatusNotFound && !isNoSuchBucket(err)
}

func isNoSuchBucket(err error) bool {
	var e smithy.APIError // GetObject's model lacks a type for it
	return errors.As(err, &e) && e.ErrorCode() == "NoSuchBucket"
}

// explain adds the usual cause to an error of S3.
func (b *bucket) explain(err error) error {
	var response *awshttp.ResponseError
	switch {
	case isNoSuchBucket(err):
		return fmt.Errorf("%w; make the bucket %s, or set AWS_REGION to its region", err, b.name)
	case errors.As(err, &response) && response.HTTPStatusCode() == http.StatusForbidden:
		return fmt.Errorf("%w; allow s3:PutObject, s3:GetObject and s3:AbortMultipartUpload on %s/*, and s3:ListBucket "+
			"on the bucket", err, b)
	case errors.As(err, &response) && response.HTTPStatusCode() == http.StatusMovedPermanently:
		return fmt.Errorf("%w; set AWS_REGION to the region of the bucket %s", err, b.name)
	}
	return err
}

func (b *bucket) Begin(_ context.Context, name string) (Upload, error) {
	f, err := atomicfile.NewSpool(os.TempDir())
	if err != nil {
		return nil, err
	}
	return &bucketUpload{counted: counted{to: f, sum: sha256.New()}, spool: f, bucket: b, key: b.key(name)}, nil
}

// bucketUpload is a temporary file that Commit uploads.
type bucketUpload struct {
	counted
	spool  *atomicfile.Spool
	bucket *bucket
	key    *string
	etag   string
}

// Contents identifies what was written and uploaded.
func (u *bucketUpload) Contents() Contents {
	c := u.counted.Contents()
	c.ETag = u.etag
	return c
}

// Abandon drops the file.
func (u *bucketUpload) Abandon() { u.spool.Remove() }

// Commit uploads the file: in one request if it fits in a part, otherwise in parts. S3
// shows neither until complete.
func (u *bucketUpload) Commit(ctx context.Context) error {
	defer u.Abandon()
	put := u.put
	if u.bytes > partBytes {
		put = u.putParts
	}
	if err := put(ctx); err != nil {
		return u.bucket.explain(err)
	}
	return nil
}

func (u *bucketUpload) put(ctx context.Context) error {
	out, err := u.bucket.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &u.bucket.name, Key: u.key,
		Body: io.NewSectionReader(u.spool, 0, u.bytes), ContentLength: aws.Int64(u.bytes),
	})
	if err == nil {
		u.etag = aws.ToString(out.ETag)
	}
	return err
}

// putParts uploads the file in parts, each read from the file. The SDK's transfer manager
// (v0.5.7) would hold parts in memory, log for itself, and hide the cause of an error.
func (u *bucketUpload) putParts(ctx context.Context) (err error) {
	begun, err := u.bucket.client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{
		Bucket: &u.bucket.name, Key: u.key,
		ChecksumAlgorithm: types.ChecksumAlgorithmCrc32, // the SDK's choice for parts
	})
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, u.abort(ctx, begun.UploadId))
		}
	}()
	var parts []types.CompletedPart
	for offset := int64(0); offset < u.bytes; offset += partBytes {
		size := min(partBytes, u.bytes-offset)
		number := aws.Int32(int32(len(parts) + 1)) //nolint:gosec // at most 10,000
		out, err := u.bucket.client.UploadPart(ctx, &s3.UploadPartInput{
			Bucket: &u.bucket.name, Key: u.key, UploadId: begun.UploadId, PartNumber: number,
			Body: io.NewSectionReader(u.spool, offset, size), ContentLength: aws.Int64(size),
		})
		if err != nil {
			return fmt.Errorf("part %d: %w", *number, err)
		}
		parts = append(parts, types.CompletedPart{
			ETag: out.ETag, PartNumber: number, ChecksumCRC32: out.ChecksumCRC32,
		})
	}
	out, err := u.bucket.client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &u.bucket.name, Key: u.key, UploadId: begun.UploadId,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
	})
	if err == nil {
		u.etag = aws.ToString(out.ETag)
	}
	return err
}

// abort drops the uploaded parts, which S3 would otherwise keep and charge for.
func (u *bucketUpload) abort(ctx context.Context, id *string) error {
	ctx, cancel := afterwards(ctx)
	defer cancel()
	_, err := u.bucket.client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &u.bucket.name,
		Key: u.key, UploadId: id})
	if err != nil {
		return fmt.Errorf("the parts of %s stay in the bucket until its lifecycle rule for incomplete uploads removes "+
			"them: %w", *u.key, err)
	}
	return nil
}
