package engine

// Row is a row of a table: an item that AWS returned, and the scan that read it.
type Row[Item any] struct {
	*Scan
	Item *Item
}

// Scanned is implemented by every row.
type Scanned interface{ ReadBy() *Scan }

// ReadBy returns the scan.
func (sc *Scan) ReadBy() *Scan { return sc }

// RowOf returns a function that makes a row of an item that a scan has read.
func RowOf[Item any](sc *Scan) func(*Item) any {
	return func(item *Item) any { return &Row[Item]{sc, item} }
}

// SetMissing sets a member that AWS left out.
func SetMissing(member **string, value string) {
	if *member == nil {
		*member = &value
	}
}
