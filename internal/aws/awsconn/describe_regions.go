package awsconn

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
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"steampipe-plugin-ssmassoc/internal/aws/throttle"
)

// DescribeRegions is the only call of EC2 that the plugin makes, and only for patterns of
// regions. It is built here from the middleware of the AWS SDK's clients, in the query
// protocol: the SDK's module for EC2 would add some 100 CPU seconds to a build.
//
// See https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html.
const (
	describeRegionsOperation = "DescribeRegions"
	describeRegionsBody      = "Action=" + describeRegionsOperation + "&Version=2016-11-15"
)

// describeRegions returns the names of the regions that are enabled for the account.
func (c *Connection) describeRegions(ctx context.Context, cfg aws.Config) ([]string, error) {
	endpoint, err := ec2Endpoint(ctx, cfg)
	if err != nil {
		return nil, err
	}
	stack, err := c.describeRegionsStack(cfg, endpoint)
	if err != nil {
		return nil, err
	}
	ctx = awsmiddleware.SetServiceID(middleware.ClearStackValues(ctx), "EC2")
	ctx = awsmiddleware.SetOperationName(ctx, describeRegionsOperation)
	ctx = awsmiddleware.SetRegion(ctx, cfg.Region)
	handler := middleware.DecorateHandler(smithyhttp.NewClientHandlerWithOptions(cfg.HTTPClient), stack)
	out, _, err := handler.Handle(ctx, nil)
	if err != nil {
		return nil, &smithy.OperationError{ServiceID: "EC2", OperationName: describeRegionsOperation, Err: err}
	}
	return out.([]string), nil
}

// describeRegionsStack returns the steps of the call, in the order of the SDK's
// clients.
func (c *Connection) describeRegionsStack(cfg aws.Config, endpoint string) (*middleware.Stack, error) {
	stack := middleware.NewStack(describeRegionsOperation, smithyhttp.NewStackRequest)
	retryer := c.config.retryPolicy(cfg.RetryMaxAttempts).NewRetryer()
	attempts := retry.NewAttemptMiddleware(retryer, smithyhttp.RequestCloner)
	err := errors.Join(
		stack.Serialize.Add(describeRegionsRequest(endpoint), middleware.After),
		stack.Finalize.Add(attempts, middleware.After),
		stack.Finalize.Add(&ec2Signer{credentials: cfg.Credentials, region: cfg.Region}, middleware.After),
		stack.Deserialize.Add(&awshttp.ResponseErrorWrapper{}, middleware.After),
		stack.Deserialize.Add(
			middleware.DeserializeMiddlewareFunc("OperationDeserializer", readDescribeRegions), middleware.After),
		awsmiddleware.AddRecordResponseTiming(stack),
	)
	for _, option := range cfg.APIOptions {
		err = errors.Join(err, option(stack))
	}
	return stack, err
}

// describeRegionsRequest makes the request.
func describeRegionsRequest(endpoint string) middleware.SerializeMiddleware {
	return middleware.SerializeMiddlewareFunc("OperationSerializer", func(
		ctx context.Context, in middleware.SerializeInput, next middleware.SerializeHandler,
	) (out middleware.SerializeOutput, metadata middleware.Metadata, err error) {
		request := in.Request.(*smithyhttp.Request)
		request.Method = http.MethodPost
		if request.URL, err = url.Parse(endpoint); err != nil {
			return out, metadata, errors.New("the endpoint of EC2 is not a URL")
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
		if request, err = request.SetStream(strings.NewReader(describeRegionsBody)); err != nil {
			return out, metadata, err
		}
		request.ContentLength = int64(len(describeRegionsBody))
		in.Request = request
		return next.HandleSerialize(ctx, in)
	})
}

// ec2Signer signs each attempt, by the clock of the endpoint once an earlier attempt has
// shown it.
type ec2Signer struct {
	credentials aws.CredentialsProvider
	region      string
	skew        time.Duration
}

// ID identifies the middleware.
func (*ec2Signer) ID() string { return "Signing" }

// HandleFinalize signs and sends a request.
func (s *ec2Signer) HandleFinalize(
	ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
) (out middleware.FinalizeOutput, metadata middleware.Metadata, err error) {
	credentials, err := s.credentials.Retrieve(ctx)
	if err != nil {
		return out, metadata, fmt.Errorf("get credentials: %w", err)
	}
	hash := sha256.Sum256([]byte(describeRegionsBody))
	request := in.Request.(*smithyhttp.Request)
	now := time.Now().Add(s.skew)
	err = v4.NewSigner().SignHTTP(
		ctx, credentials, request.Request, hex.EncodeToString(hash[:]), "ec2", s.region, now)
	if err != nil {
		return out, metadata, fmt.Errorf("sign the request: %w", err)
	}
	out, metadata, err = next.HandleFinalize(ctx, in)
	if skew, known := awsmiddleware.GetAttemptSkew(metadata); known {
		// EC2's code for a clock that is wrong. The SDK knows the other codes.
		if code, _ := apiError(err); code == "RequestExpired" && (skew-s.skew).Abs() > skewThreshold {
			err = throttle.Repeat(err)
		}
		s.skew = skew
	}
	return out, metadata, err
}

// skewThreshold is the difference between clocks above which the SDK takes it for the
// cause of an error.
const skewThreshold = 4 * time.Minute

// readDescribeRegions reads the answer to an attempt.
func readDescribeRegions(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
) (out middleware.DeserializeOutput, metadata middleware.Metadata, err error) {
	out, metadata, err = next.HandleDeserialize(ctx, in)
	response, ok := out.RawResponse.(*smithyhttp.Response)
	if err != nil || !ok {
		return out, metadata, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return out, metadata, &smithy.DeserializationError{Err: err}
	}
	names, err := readRegions(response.StatusCode, body)
	out.Result = names
	return out, metadata, err
}

// readRegions reads the answer to DescribeRegions.
func readRegions(status int, body []byte) ([]string, error) {
	if status != http.StatusOK {
		var refusal struct {
			Code    string `xml:"Errors>Error>Code"`
			Message string `xml:"Errors>Error>Message"`
		}
		if err := xml.Unmarshal(body, &refusal); err != nil || refusal.Code == "" {
			return nil, &smithy.DeserializationError{Err: fmt.Errorf("http status %d", status)}
		}
		return nil, &smithy.GenericAPIError{Code: refusal.Code, Message: refusal.Message}
	}
	var answer struct {
		XMLName xml.Name `xml:"DescribeRegionsResponse"`
		Names   []string `xml:"regionInfo>item>regionName"`
	}
	if err := xml.Unmarshal(body, &answer); err != nil {
		return nil, &smithy.DeserializationError{Err: err}
	}
	for _, name := range answer.Names {
		// It becomes part of the host that signed requests go to.
		if !regionPattern.MatchString(name) || isPattern(name) {
			return nil, &smithy.DeserializationError{Err: fmt.Errorf("%.40q is not a valid region", name)}
		}
	}
	return answer.Names, nil
}

// ec2Endpoint returns the URL of EC2: the configured one, or else the one beside Systems
// Manager, for which the SDK has the rules for regions, partitions, FIPS and dual-stack
// endpoints.
func ec2Endpoint(ctx context.Context, cfg aws.Config) (string, error) {
	endpoints := endpointsOf(cfg)
	configured, err := endpoints.of("EC2")
	if err != nil {
		return "", err
	}
	if configured != nil {
		u, err := url.Parse(*configured)
		if err != nil {
			return "", errors.New("the endpoint of EC2 is not a URL")
		}
		if u.Path == "" {
			u.Path = "/"
		}
		return u.String(), nil
	}
	beside, err := ssm.NewDefaultEndpointResolverV2().ResolveEndpoint(ctx, ssm.EndpointParameters{
		Region:       aws.String(cfg.Region),
		UseFIPS:      aws.Bool(endpoints.settings.UseFIPS()),
		UseDualStack: aws.Bool(endpoints.settings.UseDualStack()),
	})
	if err != nil {
		return "", fmt.Errorf("find the endpoint of EC2: %w", err)
	}
	u := beside.URI
	u.Host, u.Path = "ec2"+strings.TrimPrefix(u.Host, "ssm"), "/"
	return u.String(), nil
}
