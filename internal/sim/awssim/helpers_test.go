package awssim_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

const (
	actionStatus      = "DescribeInstanceAssociationsStatus"
	actionInformation = "DescribeInstanceInformation"
	actionList        = "ListAssociations"
	actionDescribe    = "DescribeAssociation"
	actionEffective   = "DescribeEffectiveInstanceAssociations"
	actionExecutions  = "DescribeAssociationExecutions"
	actionTargets     = "DescribeAssociationExecutionTargets"
	region0           = "us-east-1"
)

// start serves a simulated cloud during a test.
func start(t *testing.T, opts awssim.Options, accounts ...awssim.Account) (*awssim.Server, string) {
	t.Helper()
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	server := awssim.New(opts, accounts...)
	listener, err := server.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := listener.Close(); err != nil {
			t.Error(err)
		}
	})
	return server, listener.URL()
}

// httpClient returns a client with connections of its own, which the test
// closes.
func httpClient(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: inMemory{transport}}
}

// inMemory hides from the HTTP transport that a body is a stream: a body in
// memory is sent at once, before there can be an answer. The client library
// closes the body on an answer, which breaks the connection if the transport
// has not finished with it.
type inMemory struct{ http.RoundTripper }

func (m inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	return m.RoundTripper.RoundTrip(r)
}

func ssmClient(t *testing.T, endpoint, region, key, token string) *ssm.Client {
	t.Helper()
	return ssm.New(ssm.Options{
		Region:       region,
		BaseEndpoint: aws.String(endpoint),
		Credentials:  credentials.NewStaticCredentialsProvider(key, awssim.DefaultSecretAccessKey, token),
		Retryer:      aws.NopRetryer{},
		HTTPClient:   httpClient(t),
	})
}

func defaultClient(t *testing.T, endpoint string) *ssm.Client {
	t.Helper()
	return ssmClient(t, endpoint, region0, awssim.DefaultAccessKeyID, "")
}

func stsClient(t *testing.T, endpoint, key, token string) *sts.Client {
	t.Helper()
	return sts.New(sts.Options{
		Region:       region0,
		BaseEndpoint: aws.String(endpoint),
		Credentials:  credentials.NewStaticCredentialsProvider(key, awssim.DefaultSecretAccessKey, token),
		Retryer:      aws.NopRetryer{},
		HTTPClient:   httpClient(t),
	})
}

// answer is a raw answer, with its JSON if it is any.
type answer struct {
	status int
	header http.Header
	body   string
	json   map[string]any
}

func (a answer) code() string {
	code, _ := a.json["__type"].(string)
	return code
}

// statuses returns the rows of an answer of DescribeInstanceAssociationsStatus.
func (a answer) statuses(t *testing.T) []map[string]any {
	t.Helper()
	raw, ok := a.json["InstanceAssociationStatusInfos"].([]any)
	if !ok {
		t.Fatalf("no list of statuses in %s", a.body)
	}
	items := make([]map[string]any, len(raw))
	for i := range raw {
		items[i] = raw[i].(map[string]any)
	}
	return items
}

// scope returns an Authorization header for a service in a region.
func scope(key, region, service string) string {
	return "AWS4-HMAC-SHA256 Credential=" + key + "/20260101/" + region + "/" + service +
		"/aws4_request, SignedHeaders=host;x-amz-date, Signature=00"
}

// rawClient keeps connections to the servers of all tests, which are closed
// with their server.
var rawClient = &http.Client{Transport: inMemory{&http.Transport{}}}

func send(t *testing.T, endpoint string, header map[string]string, body string) (answer, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, endpoint, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := rawClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}, err
	}
	a := answer{status: resp.StatusCode, header: resp.Header, body: string(raw)}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	_ = d.Decode(&a.json) // nil unless it is JSON
	return a, nil
}

// raw sends an SSM request that no client library would send.
func raw(t *testing.T, endpoint, region, action, body string) answer {
	t.Helper()
	a, err := send(t, endpoint, ssmHeader(awssim.DefaultAccessKeyID, region, action), body)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func ssmHeader(key, region, action string) map[string]string {
	return map[string]string{
		"Content-Type":  "application/x-amz-json-1.1",
		"X-Amz-Target":  "AmazonSSM." + action,
		"Authorization": scope(key, region, "ssm"),
	}
}

// ssmRequest returns a request to be served without a network.
func ssmRequest(key, action, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	for name, value := range ssmHeader(key, region0, action) {
		r.Header.Set(name, value)
	}
	return r
}

// query sends a request of the query protocol.
func query(t *testing.T, endpoint, key, service string, form url.Values) answer {
	t.Helper()
	a, err := send(t, endpoint, map[string]string{
		"Content-Type":  "application/x-www-form-urlencoded",
		"Authorization": scope(key, region0, service),
	}, form.Encode())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// paginator is a paginator of the client library.
type paginator[Output any] interface {
	HasMorePages() bool
	NextPage(context.Context, ...func(*ssm.Options)) (*Output, error)
}

// allOf reads all pages, each of at most size items, and returns their items.
func allOf[Output, Item any](t *testing.T, pages paginator[Output], size int, items func(*Output) []Item) []Item {
	t.Helper()
	var all []Item
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n := len(items(page)); n > size {
			t.Errorf("a page of %d items, at most %d were asked for", n, size)
		}
		all = append(all, items(page)...)
	}
	return all
}

// samePlain compares two lists by the plain forms of their items.
func samePlain[Got, Want any](t *testing.T, got []Got, want []Want) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %d items, want %d", len(got), len(want))
	}
	for i := range want {
		if g, w := plain(got[i]), plain(want[i]); !reflect.DeepEqual(g, w) {
			t.Fatalf("item %d: got %v, want %v", i, g, w)
		}
	}
}

// rowsOf reads all rows of a node. It gives up after 20 pages.
func rowsOf(ctx context.Context, c *ssm.Client, id string, pageSize int32) ([]types.InstanceAssociationStatusInfo, error) {
	in := &ssm.DescribeInstanceAssociationsStatusInput{InstanceId: aws.String(id)}
	if pageSize > 0 {
		in.MaxResults = aws.Int32(pageSize)
	}
	var rows []types.InstanceAssociationStatusInfo
	for range 20 {
		out, err := c.DescribeInstanceAssociationsStatus(ctx, in)
		if err != nil {
			return nil, err
		}
		rows = append(rows, out.InstanceAssociationStatusInfos...)
		if aws.ToString(out.NextToken) == "" {
			break
		}
		in.NextToken = out.NextToken
	}
	return rows, nil
}

// rowFromSDK converts a row of the client library to the fleet's form. The
// library does not show how a missing output URL was encoded.
func rowFromSDK(r types.InstanceAssociationStatusInfo) fleet.AssociationStatus {
	a := fleet.AssociationStatus{
		AssociationID:      r.AssociationId,
		AssociationName:    r.AssociationName,
		AssociationVersion: r.AssociationVersion,
		DetailedStatus:     r.DetailedStatus,
		DocumentVersion:    r.DocumentVersion,
		ErrorCode:          r.ErrorCode,
		ExecutionSummary:   r.ExecutionSummary,
		InstanceID:         r.InstanceId,
		Name:               r.Name,
		Status:             r.Status,
	}
	if r.ExecutionDate != nil {
		a.ExecutionDate = new(fleet.Timestamp(r.ExecutionDate.UnixMilli()))
	}
	if r.OutputUrl != nil && r.OutputUrl.S3OutputUrl != nil {
		a.OutputURL = r.OutputUrl.S3OutputUrl.OutputUrl
	}
	return a
}

func rowsFromSDK(rows []types.InstanceAssociationStatusInfo) []fleet.AssociationStatus {
	out := make([]fleet.AssociationStatus, len(rows))
	for i, r := range rows {
		out[i] = rowFromSDK(r)
	}
	return out
}

// expected returns the rows as a client library shows them, altered by faults
// of the given kinds.
func expected(rows []fleet.AssociationStatus, kinds ...awssim.FaultKind) []fleet.AssociationStatus {
	out := make([]fleet.AssociationStatus, len(rows))
	for i, r := range rows {
		for _, k := range kinds {
			r = k.Apply(r)
		}
		r.OutputURLShape = fleet.OutputPlain
		out[i] = r
	}
	return out
}
