package awsconn

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"steampipe-plugin-ssmassoc/internal/aws/awsprofile"
)

// containerCredentials asks the service that gives containers their credentials.
type containerCredentials struct{ *awsprofile.Container }

// Retrieve asks for credentials. Times and attempts are those of the AWS CLI
// (botocore.utils.ContainerMetadataFetcher).
func (c containerCredentials) Retrieve(ctx context.Context) (aws.Credentials, error) {
	header := http.Header{"Accept": {"application/json"}}
	token := c.Token
	if c.TokenFile != "" {
		content, err := os.ReadFile(c.TokenFile)
		if err != nil {
			return aws.Credentials{}, err // which names the file
		}
		token = string(content)
	}
	if strings.ContainsAny(token, "\r\n") {
		return aws.Credentials{}, statement("the authorization token has more than one line; " +
			"check AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE and AWS_CONTAINER_AUTHORIZATION_TOKEN")
	}
	if token != "" {
		header.Set("Authorization", token)
	}
	client := newMetadataClient(2*time.Second, 3, time.Second)
	status, body, err := client.ask(ctx, http.MethodGet, c.URL, header)
	switch {
	case err != nil:
		return aws.Credentials{}, err
	case status != http.StatusOK:
		return aws.Credentials{}, statement(fmt.Sprintf("its credentials service answered with HTTP status %d", status))
	}
	answer, err := readCredentialAnswer(body)
	if err != nil {
		return aws.Credentials{}, statement("its credentials service " + err.Error())
	}
	return answer.credentials("Token")
}
