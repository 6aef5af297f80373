package ssmassoc

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"

	"steampipe-plugin-ssmassoc/internal/aws/awsconn"
	"steampipe-plugin-ssmassoc/internal/engine"
)

// resourceTags are the tags of a resource, as AWS lists them.
type resourceTags struct{ TagList []types.Tag }

// byKey returns the values of the tags by their keys, or nil where AWS left the tags out.
func (t *resourceTags) byKey() map[string]string {
	if t.TagList == nil {
		return nil
	}
	values := make(map[string]string, len(t.TagList))
	for _, tag := range t.TagList {
		values[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return values
}

// tagColumns are the columns that only ListTagsForResource returns.
func tagColumns() []*plugin.Column {
	return []*plugin.Column{
		jsonColumn("tags_src", func(t *resourceTags) any { return array(t.TagList) },
			`The tags of the association as AWS lists them, such as [{"Key": "Owner", "Value": "web"}].`),
		jsonColumn("tags", func(t *resourceTags) any { return mapping(t.byKey()) },
			`The tags of the association by key, such as {"Owner": "web"}.`),
	}
}

// listAssociationTags is the hydrate function of tagColumns. It returns nil where AWS does
// not list tags: for an association without an ID or deleted since it was listed, and for
// all associations where AWS has refused their type.
func listAssociationTags(ctx context.Context, _ *plugin.QueryData, h *plugin.HydrateData) (any, error) {
	a, ok := h.Item.(*engine.Row[types.Association])
	if !ok {
		return nil, engine.FailureOf(ctx, h.Item)
	}
	id := aws.ToString(a.Item.AssociationId)
	if id == "" || a.TagsRefused.Load() {
		return nil, nil
	}
	read := tagsOf(a.Scan, id)
	read.StillListed = func(ctx context.Context) (bool, error) { return listsAssociation(ctx, a.Scan, a.Item) }
	tags, unknown, err := engine.ReadOne(ctx, a.Scan, read)
	if refusesTags(unknown) {
		a.TagsRefused.Store(true)
	}
	if err != nil || tags == nil {
		return nil, err
	}
	return engine.RowOf[resourceTags](a.Scan)(tags), nil
}

// refusesTags reports whether an error means that no association here has tags to list:
// AWS refuses their type, or the endpoint, a stand-in for AWS, lists no tags at all.
func refusesTags(err error) bool {
	return awsconn.IsRefusedResourceType(err) || awsconn.IsUnknownOperation(err)
}

// tagsOf reads the tags of an association, as a single page.
func tagsOf(sc *engine.Scan, id string) engine.ParentRead[resourceTags] {
	return engine.ParentRead[resourceTags]{
		Operation:  "ListTagsForResource",
		Reads:      "the tags",
		ParentKind: "association",
		ParentID:   id,
		Unknown:    awsconn.IsNoSuchResource,
		Refused:    refusesTags,
		Page: func(ctx context.Context, _ engine.PageRequest) ([]resourceTags, *string, error) {
			out, err := sc.Region.Client.ListTagsForResource(ctx, &ssm.ListTagsForResourceInput{
				ResourceId:   aws.String(id),
				ResourceType: types.ResourceTypeForTaggingAssociation,
			}, sc.Region.Options)
			if err != nil {
				return nil, nil, err
			}
			return []resourceTags{{out.TagList}}, nil, nil
		},
	}
}
