package awsconn

import (
	"errors"
	"fmt"
	"testing"

	"github.com/aws/smithy-go"
)

func TestIsNoSuchNode(t *testing.T) {
	const atInstanceID = "1 validation error detected: Value 'web-1' at 'instanceId' failed to satisfy constraint: Member must satisfy regular expression pattern: x"
	for name, test := range map[string]struct {
		code, message string
		want          bool
	}{
		"an id that AWS does not know":   {"InvalidInstanceId", "", true},
		"the same, with a namespace":     {"com.amazonaws.ssm#InvalidInstanceId", "", true},
		"an id that is none":             {"ValidationException", atInstanceID, true},
		"another member of the request":  {"ValidationException", "1 validation error detected: Value '51' at 'maxResults' failed to satisfy constraint: x", false},
		"the id and another member":      {"ValidationException", "2 validation errors detected: Value 'x' at 'instanceId' failed; Value '51' at 'maxResults' failed", false},
		"a filter, whose keys AWS names": {"ValidationException", "Invalid filter key IamRole. Valid filter keys: InstanceIds, InstanceId", false},
		"the id, in AWS's own words":     {"ValidationException", "InstanceId web-1 is not valid", true},
		"the id, with another parameter": {"ValidationException", "InstanceId cannot be specified with the status Pending", false},
		"another word that begins alike": {"ValidationException", "instanceIds must not be empty", false},
		"no access":                      {"AccessDeniedException", "not authorized to perform ssm:DescribeInstanceAssociationsStatus on instanceId", false},
		"too many calls":                 {"ThrottlingException", "Rate exceeded", false},
	} {
		t.Run(name, func(t *testing.T) {
			err := fmt.Errorf("wrapped: %w", &smithy.GenericAPIError{Code: test.code, Message: test.message})
			if got := IsNoSuchNode(err); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
	if IsNoSuchNode(errors.New("InvalidInstanceId")) {
		t.Error("an error that is not AWS's was taken for one")
	}
}
