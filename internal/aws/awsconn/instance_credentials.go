package awsconn

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"steampipe-plugin-ssmassoc/internal/aws/awsprofile"
)

// instanceCredentials asks the metadata service of EC2 for the credentials of the
// instance's role. It is the last source of all: without it there are no credentials.
type instanceCredentials struct{ *awsprofile.Instance }

// extension is how long credentials that the service has not renewed in time are used
// before it is asked again, as in the AWS CLI.
const extension = 10 * time.Minute

// errNoSource is the error if no source has credentials.
var errNoSource = &hinted{"no credentials were found", `set "profile", or "access_key" and "secret_key", ` +
	"for the connection, or give the AWS CLI some (aws configure, aws sso login, AWS_PROFILE, " +
	"AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)"}

// Retrieve asks for credentials, in the steps of botocore.utils.InstanceMetadataFetcher.
func (i instanceCredentials) Retrieve(ctx context.Context) (aws.Credentials, error) {
	if i.Disabled {
		return aws.Credentials{}, errNoSource
	}
	client := newMetadataClient(i.Timeout, i.Attempts, 0)
	token, err := i.token(ctx, client)
	if err != nil {
		return aws.Credentials{}, err
	}
	header := http.Header{}
	if token != "" {
		header.Set("X-Aws-Ec2-Metadata-Token", token)
	}
	roles := i.url("latest/meta-data/iam/security-credentials/")
	status, role, err := client.ask(ctx, http.MethodGet, roles, header)
	if err != nil || status != http.StatusOK || len(role) == 0 {
		return aws.Credentials{}, errNoSource
	}
	status, body, err := client.ask(ctx, http.MethodGet, roles+strings.TrimSpace(string(role)), header)
	if err != nil || status != http.StatusOK {
		return aws.Credentials{}, statement("its metadata service has no credentials for its role")
	}
	answer, err := readCredentialAnswer(body)
	if err != nil {
		return aws.Credentials{}, statement("its metadata service " + err.Error())
	}
	found, err := answer.credentials("Token")
	if err == nil && found.CanExpire && time.Until(found.Expires) < extension {
		found.Expires = time.Now().Add(extension)
	}
	return found, err
}

// token returns the token of a session with the service, or "" for version 1 of its
// protocol, which has none.
func (i instanceCredentials) token(ctx context.Context, client metadataClient) (string, error) {
	header := http.Header{"X-Aws-Ec2-Metadata-Token-Ttl-Seconds": {"21600"}}
	status, body, err := client.ask(ctx, http.MethodPut, i.url("latest/api/token"), header)
	switch {
	case err == nil && status == http.StatusOK:
		return strings.TrimSpace(string(body)), nil
	case err != nil || status == http.StatusBadRequest:
		return "", errNoSource
	case i.V2Only:
		return "", statement("its metadata service gives no token, and ec2_metadata_v1_disabled forbids version 1")
	}
	return "", nil
}

func (i instanceCredentials) url(path string) string {
	base := i.Endpoint
	switch {
	case base == "" && i.IPv6:
		base = "http://[fd00:ec2::254]"
	case base == "":
		base = "http://169.254.169.254"
	}
	return strings.TrimSuffix(base, "/") + "/" + path
}
