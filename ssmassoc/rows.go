package ssmassoc

// row is a row of a table: an item that AWS returned, and the scan that read it.
type row[Item any] struct {
	*scan
	item *Item
}

// scanned is implemented by every row.
type scanned interface{ readBy() *scan }

func (sc *scan) readBy() *scan { return sc }

// rowOf returns a function that makes a row of an item that a scan has read.
func rowOf[Item any](sc *scan) func(*Item) any {
	return func(item *Item) any { return &row[Item]{sc, item} }
}

// setMissing sets a member that AWS left out.
func setMissing(member **string, value string) {
	if *member == nil {
		*member = &value
	}
}
