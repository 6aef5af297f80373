package awsconn

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"steampipe-plugin-ssmassoc/internal/aws/throttle"
)

// s3Service is the AWS SDK's ID of S3.
const s3Service = "S3"

const (
	// MaxObjectBytes bounds an object, or a range of one, that a request returns.
	MaxObjectBytes = 64 << 20
	// maxS3Bytes bounds every other answer: a list has up to 1,000 keys of 1 KB, escaped.
	maxS3Bytes = 8 << 20
	// slowestUpload is the least that a connection must carry, in bytes a second.
	slowestUpload = 64 << 10
)

// patienceOfS3 returns the patience for an operation with a body of some bytes. S3 takes
// minutes to put many parts together.
func patienceOfS3(operation string, bytes int64) patience {
	if operation == "CompleteMultipartUpload" {
		return patience{2 * time.Minute, 3 * time.Minute}
	}
	p := usualPatience
	p.attempt += time.Duration(max(0, bytes)/slowestUpload) * time.Second
	return p
}

// watchedUpload returns a request of which each part that is sent counts as progress.
func watchedUpload(r *smithyhttp.Request, w *watch) (*smithyhttp.Request, error) {
	if r.GetStream() == nil {
		return r, nil
	}
	length := r.ContentLength
	watched, err := r.SetStream(io.Reader(&progressReader{r.GetStream(), w}))
	if err != nil {
		return nil, err
	}
	watched.ContentLength = length
	return watched, nil
}

// boundOfS3 returns the bound on an answer.
func (a answer) boundOfS3() bound {
	if a.operation == "GetObject" {
		return bound{bytes: MaxObjectBytes}
	}
	return bound{bytes: maxS3Bytes}
}

// isWrongRegion reports whether S3 refuses a request because the bucket is in another
// region, which it does with the status of a redirect.
func (a answer) isWrongRegion() bool {
	return a.service == s3Service && a.response.Header.Get("X-Amz-Bucket-Region") != ""
}

// checkS3 returns an error if an answer is not S3's, or is not complete.
func (g *answerGuard) checkS3(a answer, body []byte) error {
	switch {
	case a.operation == "GetObject" && a.succeeded():
		return nil // which may hold anything
	case looksLikeHTML(body):
		return g.notAWS(a, body)
	case !a.succeeded():
		return nil
	case slices.Contains([]string{"PutObject", "UploadPart", "HeadObject"}, a.operation):
		if len(body) > 0 || a.response.Header.Get("ETag") == "" {
			return g.notAWS(a, body)
		}
		return nil
	case a.response.StatusCode == http.StatusNoContent:
		return nil
	}
	if err := checkXML(body); err != nil {
		return &smithy.DeserializationError{Err: err}
	}
	return nil
}

// repeatable marks the error of a broken answer of S3 as transient. The AWS SDK does not
// try again after one, and its retries, with which uploads are tuned, are kept for S3.
func (a answer) repeatable(err error) error {
	var broken *smithy.DeserializationError
	if a.service == s3Service && errors.As(err, &broken) {
		return throttle.Repeat(err)
	}
	return err
}
