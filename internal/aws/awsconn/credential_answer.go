package awsconn

import (
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"steampipe-plugin-ssmassoc/internal/aws/awsprofile"
)

// credentialAnswer is what a program or a metadata service says its credentials are.
type credentialAnswer map[string]any

// readCredentialAnswer reads an answer in JSON. Its errors repeat nothing of it.
func readCredentialAnswer(body []byte) (credentialAnswer, error) {
	var answer credentialAnswer
	if err := json.Unmarshal(body, &answer); err != nil || answer == nil {
		return nil, statement("did not print valid JSON")
	}
	return answer, nil
}

// text returns a member that is a text, or "".
func (a credentialAnswer) text(name string) string {
	text, _ := a[name].(string)
	return text
}

// credentials returns the credentials of an answer. token is the name of the member with
// the token of the session.
func (a credentialAnswer) credentials(token string) (aws.Credentials, error) {
	found := aws.Credentials{
		AccessKeyID: a.text("AccessKeyId"), SecretAccessKey: a.text("SecretAccessKey"), SessionToken: a.text(token),
		AccountID: a.text("AccountId"),
	}
	for _, name := range []string{"AccessKeyId", "SecretAccessKey"} {
		if a.text(name) == "" {
			return aws.Credentials{}, statement(fmt.Sprintf("its JSON has no %s", name))
		}
	}
	if a["Expiration"] == nil {
		return found, nil
	}
	expires, err := awsprofile.ParseTime(a.text("Expiration"))
	if err != nil {
		return aws.Credentials{}, statement(fmt.Sprintf("the Expiration in its JSON: %v", err))
	}
	found.CanExpire, found.Expires = true, expires
	return found, nil
}
