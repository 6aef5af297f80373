package fleet

import "steampipe-plugin-ssmassoc/internal/sim/random"

// Tag is an entry of ListTagsForResource.
type Tag struct {
	Key   string `json:"Key"`
	Value string `json:"Value"`
}

// Tags returns the tags of the association in listing order. About one in four
// has none.
func (a Association) Tags() []Tag {
	return drawTags(random.NewStream(a.home.associationKey(a.index) ^ saltTags))
}

// Tags returns the tags of the node in Systems Manager, which keeps those of
// hybrid nodes only; tags of EC2 instances belong to EC2.
func (n *Node) Tags() []Tag {
	if !n.Hybrid() {
		return nil
	}
	return drawTags(random.NewStream(n.home.nodeKey(n.index) ^ saltTags))
}

func drawTags(s *random.Stream) []Tag {
	if s.Permille(250) {
		return nil
	}
	tags := []Tag{{"Environment", []string{"production", "staging", "test"}[s.Below(3)]}}
	if s.Permille(600) {
		tags = append(tags, Tag{"Owner", []string{"operations", "security", "web"}[s.Below(3)]})
	}
	if s.Permille(300) {
		tags = append(tags, Tag{"CostCenter", ""})
	}
	return tags
}
