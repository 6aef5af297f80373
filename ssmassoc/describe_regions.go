package ssmassoc

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/smithy-go"
)

// The one call of EC2 that the plugin makes, and only for patterns of regions:
// DescribeRegions, in the query protocol, put together here from the AWS SDK's
// signer, credentials and HTTP client. The SDK's module for EC2 would do it too,
// and take some 100 CPU seconds more to build.
//
// See https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html.
const (
	describeRegionsOperation = "DescribeRegions"
	describeRegionsBody      = "Action=" + describeRegionsOperation + "&Version=2016-11-15"
	mostRegionsBody          = 1 << 20 // bytes of an answer
)

// describeRegions returns the names of the regions that are enabled for the
// account.
func (c *connection) describeRegions(ctx context.Context, cfg aws.Config) ([]string, error) {
	endpoint, err := c.ec2Endpoint(ctx, cfg)
	if err != nil {
		return nil, err
	}
	retryer := c.newRetryer(cfg.RetryMaxAttempts)
	for attempt := 1; ; attempt++ {
		names, err := c.sendDescribeRegions(ctx, cfg, endpoint)
		if err == nil {
			return names, nil
		}
		err = &smithy.OperationError{ServiceID: "EC2", OperationName: describeRegionsOperation, Err: err}
		if attempt >= retryer.MaxAttempts() || !retryer.IsErrorRetryable(err) || ctx.Err() != nil {
			return nil, err
		}
		delay, _ := retryer.RetryDelay(attempt, err)
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (c *connection) sendDescribeRegions(ctx context.Context, cfg aws.Config, endpoint string) ([]string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(describeRegionsBody))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	credentials, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, fmt.Errorf("get credentials: %w", err)
	}
	hash := sha256.Sum256([]byte(describeRegionsBody))
	if err := v4.NewSigner().SignHTTP(ctx, credentials, request, hex.EncodeToString(hash[:]), "ec2", cfg.Region, time.Now()); err != nil {
		return nil, fmt.Errorf("sign the request: %w", err)
	}
	c.calls.add(describeRegionsOperation)
	response, err := cfg.HTTPClient.Do(request)
	if err != nil {
		return nil, &retryableError{err}
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, mostRegionsBody))
	if err != nil {
		return nil, &retryableError{fmt.Errorf("read the answer: %w", err)}
	}
	return readRegions(response.StatusCode, body)
}

// readRegions reads the answer to DescribeRegions.
func readRegions(status int, body []byte) ([]string, error) {
	if status != http.StatusOK {
		var refusal struct {
			Code    string `xml:"Errors>Error>Code"`
			Message string `xml:"Errors>Error>Message"`
		}
		err := xml.Unmarshal(body, &refusal)
		if err != nil || refusal.Code == "" {
			err = fmt.Errorf("http status %d", status)
		} else {
			err = &smithy.GenericAPIError{Code: refusal.Code, Message: refusal.Message}
		}
		if status >= http.StatusInternalServerError {
			return nil, &retryableError{err}
		}
		return nil, err
	}
	var answer struct {
		XMLName xml.Name `xml:"DescribeRegionsResponse"`
		Names   []string `xml:"regionInfo>item>regionName"`
	}
	if err := xml.Unmarshal(body, &answer); err != nil {
		return nil, &retryableError{fmt.Errorf("read the answer: %w", err)}
	}
	return answer.Names, nil
}

// ec2Endpoint returns the URL of EC2: as the connection or the environment says,
// or else beside that of Systems Manager, whose rules for regions and partitions
// the SDK has at hand.
func (c *connection) ec2Endpoint(ctx context.Context, cfg aws.Config) (string, error) {
	configured := c.config.EndpointURL
	if configured == nil {
		configured = cfg.BaseEndpoint // AWS_ENDPOINT_URL, or the profile's
		if fromEnvironment := os.Getenv("AWS_ENDPOINT_URL_EC2"); fromEnvironment != "" {
			configured = &fromEnvironment
		}
	}
	if configured != nil {
		u, err := url.Parse(*configured)
		if err != nil {
			return "", errors.New("the endpoint of EC2 is no URL")
		}
		if u.Path == "" {
			u.Path = "/"
		}
		return u.String(), nil
	}
	beside, err := ssm.NewDefaultEndpointResolverV2().ResolveEndpoint(ctx, ssm.EndpointParameters{Region: aws.String(cfg.Region)})
	if err != nil {
		return "", fmt.Errorf("find the endpoint of EC2: %w", err)
	}
	u := beside.URI
	u.Host, u.Path = "ec2"+strings.TrimPrefix(u.Host, "ssm"), "/"
	return u.String(), nil
}

// retryableError is a failure to get an answer, or AWS's own.
type retryableError struct{ error }

func (e *retryableError) Unwrap() error { return e.error }

// RetryableError tells the retryer (retry.RetryableError) to try again, unless
// the query has ended.
func (e *retryableError) RetryableError() bool {
	return !errors.Is(e.error, context.Canceled) && !errors.Is(e.error, context.DeadlineExceeded)
}
