package awsconn

import (
	"context"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/signin"
	signintypes "github.com/aws/aws-sdk-go-v2/service/signin/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"steampipe-plugin-ssmassoc/internal/aws/awsprofile"
	"steampipe-plugin-ssmassoc/internal/sim/rude"
)

// clientsOf calls each client of the product through a configuration: of a connection, and
// of a client that belongs to none.
func clientsOf(connection, none aws.Config) map[string]func(context.Context) error {
	c := &Connection{}
	bucket, key, id := aws.String("bucket"), aws.String("key"), aws.String("id")
	body := func() io.Reader { return strings.NewReader("body") }
	objects := s3.NewFromConfig(none, func(o *s3.Options) { o.UsePathStyle = true })
	return map[string]func(context.Context) error{
		"SSM": func(ctx context.Context) error {
			_, err := ssm.NewFromConfig(connection).DescribeInstanceInformation(ctx, &ssm.DescribeInstanceInformationInput{})
			return err
		},
		"STS": func(ctx context.Context) error {
			_, err := c.config.stsClient(connection).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
			return err
		},
		"STS, for a role": func(ctx context.Context) error {
			_, err := c.config.stsClient(connection).AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: id, RoleSessionName: id})
			return err
		},
		"EC2": func(ctx context.Context) error {
			_, err := c.describeRegions(ctx, connection)
			return err
		},
		"SSO": func(ctx context.Context) error {
			_, err := sso.NewFromConfig(connection).GetRoleCredentials(ctx, &sso.GetRoleCredentialsInput{
				AccessToken: id, AccountId: id, RoleName: id})
			return err
		},
		"SSO OIDC": func(ctx context.Context) error {
			_, err := ssooidc.NewFromConfig(connection).CreateToken(ctx, &ssooidc.CreateTokenInput{
				ClientId: id, ClientSecret: id, GrantType: id})
			return err
		},
		"sign-in": func(ctx context.Context) error {
			_, err := signin.NewFromConfig(connection).CreateOAuth2Token(ctx, &signin.CreateOAuth2TokenInput{
				TokenInput: &signintypes.CreateOAuth2TokenRequestBody{ClientId: id, GrantType: id}})
			return err
		},
		"S3 PutObject": func(ctx context.Context) error {
			_, err := objects.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: key, Body: body()})
			return err
		},
		"S3 GetObject": func(ctx context.Context) error {
			out, err := objects.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: key})
			if err == nil {
				_, err = io.Copy(io.Discard, out.Body)
			}
			return err
		},
		"S3 ListObjectsV2": func(ctx context.Context) error {
			_, err := objects.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: bucket})
			return err
		},
		"S3 CreateMultipartUpload": func(ctx context.Context) error {
			_, err := objects.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: bucket, Key: key})
			return err
		},
		"S3 UploadPart": func(ctx context.Context) error {
			_, err := objects.UploadPart(ctx, &s3.UploadPartInput{
				Bucket: bucket, Key: key, UploadId: id, PartNumber: aws.Int32(1), Body: body()})
			return err
		},
		"S3 CompleteMultipartUpload": func(ctx context.Context) error {
			_, err := objects.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
				Bucket: bucket, Key: key, UploadId: id, MultipartUpload: &types.CompletedMultipartUpload{}})
			return err
		},
		"S3 AbortMultipartUpload": func(ctx context.Context) error {
			_, err := objects.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: bucket, Key: key, UploadId: id})
			return err
		},
	}
}

// metadataClientsOf calls the clients of metadata services.
func metadataClientsOf(url string) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"container": func(ctx context.Context) error {
			_, err := containerCredentials{&awsprofile.Container{URL: url}}.Retrieve(ctx)
			return err
		},
		"instance": func(ctx context.Context) error {
			_, err := instanceCredentials{&awsprofile.Instance{Endpoint: url, Timeout: time.Second, Attempts: 1}}.Retrieve(ctx)
			return err
		},
	}
}

// configurations returns those of a connection, and of clients that belong to none.
func configurations(t *testing.T, url string) (connection, none aws.Config) {
	t.Helper()
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "AWS_") || name == "REQUESTS_CA_BUNDLE" {
			t.Setenv(name, "")
		}
	}
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_MAX_ATTEMPTS": "2",
	} {
		t.Setenv(name, value)
	}
	connection, err := (&Config{}).load("c", NewShared())
	if err != nil {
		t.Fatal(err)
	}
	none, err = Default()
	if err != nil {
		t.Fatal(err)
	}
	return connection, none
}

// TestEveryClientBoundsAnswers has every client ask an endpoint that answers without an end.
// Each gives up with an error before it has taken much memory.
func TestEveryClientBoundsAnswers(t *testing.T) {
	var manner atomic.Pointer[rude.Manner]
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		(*manner.Load())(w, r, func() *rude.Answer { return &rude.Answer{Status: http.StatusOK, Header: http.Header{}} })
	}))
	defer server.Close()
	clients := clientsOf(configurations(t, server.URL))
	for name, client := range metadataClientsOf(server.URL) {
		clients[name] = client
	}
	const maxBytes = 4 * MaxObjectBytes // allocated in all, by the server too
	for what, m := range map[string]rude.Manner{
		"an endless body":  rude.Endless(http.StatusOK, `<x a="`, "x"),
		"an endless error": rude.Endless(http.StatusInternalServerError, `<Error><Code>x</Code><Message>`, "x"),
		"endless headers":  rude.ManyHeaders(1 << 20),
		"a gzip bomb":      rude.Bomb(128 << 20),
		"HTML":             rude.Body(http.StatusOK, "text/html", "<!DOCTYPE html><html><body>Please sign in</body></html>"),
	} {
		manner.Store(&m)
		for name, call := range clients {
			if name == "S3 GetObject" && (what == "HTML" || what == "a gzip bomb") {
				continue // an object may hold it: its reader compares the digest
			}
			t.Run(name+"/"+what, func(t *testing.T) {
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
				defer cancel()
				if err := call(ctx); err == nil || ctx.Err() != nil {
					t.Errorf("error %v, %v", err, ctx.Err())
				}
				runtime.ReadMemStats(&after)
				if took := after.TotalAlloc - before.TotalAlloc; took > maxBytes {
					t.Errorf("took %d MB", took>>20)
				}
			})
		}
	}
}

// slowEndpoint answers in simulated time, in which there are no sockets.
type slowEndpoint struct {
	silent bool // or else a byte now and then
}

func (e slowEndpoint) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
	}
	if e.silent {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Etag": {"x"}}, Request: r,
		Body: io.NopCloser(drip{r.Context()}), ContentLength: -1}, nil
}

type drip struct{ ctx context.Context }

func (d drip) Read(p []byte) (int, error) {
	select {
	case <-time.After(time.Second):
		p[0] = ' '
		return 1, nil
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	}
}

// TestEveryClientEndsWaits has every client ask an endpoint that is silent, or sends a byte a
// second, without an end.
func TestEveryClientEndsWaits(t *testing.T) {
	const most, maxOfCompletion = 3 * time.Minute, 10 * time.Minute
	connection, none := configurations(t, "http://127.0.0.1:9")
	for _, silent := range []bool{true, false} {
		connection.HTTPClient, none.HTTPClient = slowEndpoint{silent}, slowEndpoint{silent}
		for name, call := range clientsOf(connection, none) {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					start := time.Now()
					err := call(t.Context())
					took, bound := time.Since(start), most
					if name == "S3 CompleteMultipartUpload" {
						bound = maxOfCompletion
					}
					if err == nil || took > bound {
						t.Errorf("silent: %t: %s, error %v", silent, took, err)
					}
				})
			})
		}
	}
}

// makesClient finds the places where the product makes a client.
var makesClient = regexp.MustCompile(`\b(\w+\.NewFromConfig\(|http\.Client\{|http\.(?:Get|Post|Head|DefaultClient)\b)`)

// TestEveryClientIsKnown has clients to come added to those above.
func TestEveryClientIsKnown(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	var found []string
	for _, directory := range []string{"cmd", "internal", "ssmassoc"} {
		err := filepath.WalkDir(filepath.Join(root, directory), func(path string, entry fs.DirEntry, err error) error {
			name, _ := filepath.Rel(root, path)
			switch {
			case err != nil:
				return err
			case entry.IsDir() && (name == filepath.Join("internal", "test") || name == filepath.Join("internal", "sim")):
				return fs.SkipDir
			case !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
				return nil
			}
			source, err := os.ReadFile(path)
			for _, match := range makesClient.FindAllSubmatch(source, -1) {
				found = append(found, filepath.Base(name)+" "+strings.TrimRight(string(match[1]), "({"))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(found)
	known := []string{
		"aws_config.go sts.NewFromConfig",
		"connection.go ssm.NewFromConfig",
		"credential_sources.go signin.NewFromConfig",
		"credential_sources.go sso.NewFromConfig",
		"credential_sources.go ssooidc.NewFromConfig",
		"http_client.go http.Client",
		"metadata_client.go http.Client",
		"s3.go s3.NewFromConfig",
	}
	if !slices.Equal(found, known) {
		t.Errorf("clients are made at %q, known are %q; add new ones to clientsOf", found, known)
	}
}
