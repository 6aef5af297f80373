package awssim

// newPage collects at most limit items that pass, from place start of total
// places.
func newPage(list string, start, total, limit int, passes func(i int) bool, at func(i int) any) reply {
	p := reply{list: list, next: start}
	for i := start; i < total; i++ {
		if !passes(i) {
			continue
		}
		if len(p.items) == limit {
			p.more = true
			break
		}
		p.items = append(p.items, at(i))
		p.next = i + 1
	}
	return p
}

// newFilteredPage collects those of the next limit places that pass. A page may be
// empty and have a successor.
func newFilteredPage(list string, start, total, limit int, passes func(i int) bool, at func(i int) any) reply {
	end := min(start+limit, total)
	p := reply{list: list, next: end, more: end < total}
	for i := start; i < end; i++ {
		if passes(i) {
			p.items = append(p.items, at(i))
		}
	}
	return p
}

// pageOf collects at most limit of the items, from place start.
func pageOf[Item any](list string, items []Item, start, limit int) reply {
	return newPage(list, start, len(items), limit, everything, func(i int) any { return items[i] })
}

// everything passes all items.
func everything(int) bool { return true }

// parseAssociationPage decodes AssociationId, MaxResults and NextToken.
func parseAssociationPage(body object, req *request, v *validation, maxResults int) (id *string, err *apiError) {
	if err := body.member("AssociationId", &id); err != nil {
		return nil, err
	}
	v.requireMatch(id, "associationId", uuidPattern)
	return id, parsePaging(body, req, v, maxResults)
}

// parsePaging decodes MaxResults and NextToken.
func parsePaging(body object, req *request, v *validation, maxResults int) *apiError {
	var limit *int
	for _, err := range []*apiError{
		body.member("MaxResults", &limit),
		body.member("NextToken", &req.token),
	} {
		if err != nil {
			return err
		}
	}
	v.between(limit, "maxResults", 1, maxResults)
	if limit != nil {
		req.limit = *limit
	}
	return nil
}
