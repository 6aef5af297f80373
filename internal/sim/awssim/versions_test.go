package awssim_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

func TestPagingYieldsExactlyTheVersions(t *testing.T) {
	simulated := fleet.New(fleet.Options{})
	_, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: simulated})
	client := defaultClient(t, endpoint)
	for _, a := range simulated.Associations(region0) {
		for _, size := range []int32{50, 2} {
			in := &ssm.ListAssociationVersionsInput{AssociationId: aws.String(a.AssociationID), MaxResults: aws.Int32(size)}
			samePlain(t, allOf(t, ssm.NewListAssociationVersionsPaginator(client, in), int(size),
				func(o *ssm.ListAssociationVersionsOutput) []types.AssociationVersionInfo {
					return o.AssociationVersions
				}), a.Versions())
		}
	}
	_, err := client.ListAssociationVersions(t.Context(), &ssm.ListAssociationVersionsInput{AssociationId: aws.String("00000000-0000-4000-8000-000000000000")})
	if unknown := new(types.AssociationDoesNotExist); !errors.As(err, &unknown) {
		t.Errorf("an unknown association: %v", err)
	}
}

func TestTagsOfAResource(t *testing.T) {
	simulated := fleet.New(fleet.Options{})
	_, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: simulated})
	client := defaultClient(t, endpoint)
	read := func(kind types.ResourceTypeForTagging, id string) []types.Tag {
		t.Helper()
		out, err := client.ListTagsForResource(t.Context(), &ssm.ListTagsForResourceInput{ResourceType: kind, ResourceId: aws.String(id)})
		if err != nil {
			t.Fatal(err)
		}
		return out.TagList
	}
	tagged, untagged := 0, 0
	for _, a := range simulated.Associations(region0) {
		samePlain(t, read("Association", a.AssociationID), a.Tags())
		if len(a.Tags()) > 0 {
			tagged++
		} else {
			untagged++
		}
	}
	if tagged == 0 || untagged == 0 {
		t.Errorf("%d associations with tags, %d without", tagged, untagged)
	}
	for _, n := range simulated.Nodes(region0) {
		if n.Hybrid() {
			samePlain(t, read("ManagedInstance", n.InstanceID), n.Tags())
		}
	}
}

func TestRequestsForVersionsAndTagsAreValidated(t *testing.T) {
	simulated := fleet.New(fleet.Options{})
	_, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: simulated})
	for name, test := range map[string]struct{ action, body, code, message string }{
		"no association":           {"ListAssociationVersions", `{}`, "ValidationException", "'associationId'"},
		"a page of 51 versions":    {"ListAssociationVersions", `{"AssociationId":"00000000-0000-4000-8000-000000000000","MaxResults":51}`, "ValidationException", "'maxResults'"},
		"no resource":              {"ListTagsForResource", `{"ResourceType":"Association"}`, "ValidationException", "'resourceId'"},
		"a type without tags":      {"ListTagsForResource", `{"ResourceType":"Node","ResourceId":"x"}`, "ValidationException", "'resourceType'"},
		"an unknown association":   {"ListTagsForResource", `{"ResourceType":"Association","ResourceId":"x"}`, "InvalidResourceId", ""},
		"an EC2 instance":          {"ListTagsForResource", `{"ResourceType":"ManagedInstance","ResourceId":"` + simulated.Nodes(region0)[1].InstanceID + `"}`, "InvalidResourceId", ""},
		"a document of the region": {"ListTagsForResource", `{"ResourceType":"Document","ResourceId":"AWS-RunShellScript"}`, "InvalidResourceId", ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := raw(t, endpoint, region0, test.action, test.body)
			if a.code() != test.code || !strings.Contains(a.body, test.message) {
				t.Errorf("got %s", a.body)
			}
		})
	}
}
