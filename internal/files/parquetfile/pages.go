package parquetfile

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// The decoders of pages trust what pages say of themselves: a page of a few bytes can
// ask for gigabytes, and one that is damaged can be decompressed for ever. So a file is
// checked before it is read: every page decompresses to the size in its header, and its
// levels and values are as many as the header says.

// errPage is the error of a page that breaks the format.
var errPage = errors.New("it is damaged: a page does not hold what its header says")

// checkFooter checks the size of the footer, which is read as a whole.
func checkFooter(file io.ReaderAt, size int64, memory int) error {
	const frame, tail = 12, 8 // the marks at both ends, and the length of the footer
	if size < frame {
		return shorn(io.ErrUnexpectedEOF)
	}
	var end [tail]byte
	if _, err := file.ReadAt(end[:], size-tail); err != nil {
		return err
	}
	switch length := int64(binary.LittleEndian.Uint32(end[:])); {
	case string(end[4:]) == "PARE":
		return errors.New("it is encrypted; write it without encryption")
	case string(end[4:]) != "PAR1" || length > size-frame:
		return shorn(io.ErrUnexpectedEOF)
	case length > int64(memory):
		return &TooLargeError{fmt.Sprintf("its footer is longer than %d MB", memory>>20)}
	}
	return nil
}

// checkPages checks the pages of a file, and that a page of each column fits into the
// memory together.
func checkPages(file io.ReaderAt, size int64, f *parquet.File, memory int) error {
	leaves := leavesUnder(f.Root())
	codecs := make([]format.CompressionCodec, len(leaves))
	var c pageChecker
	for g, group := range f.Metadata().RowGroups {
		held := 0
		for i := range min(len(group.Columns), len(leaves)) {
			chunk := &group.Columns[i].MetaData
			if g == 0 {
				codecs[i] = chunk.Codec
			}
			c.levels(leaves[i])
			c.codec, c.most = chunk.Codec, memory
			err := c.chunk(file, size, chunk)
			if err == nil && chunk.Codec != codecs[i] {
				err = errors.New("its row groups are compressed in different ways; write them in one")
			}
			if err != nil {
				return fmt.Errorf("column %s: %w", strings.Join(chunk.PathInSchema, "."), err)
			}
			held += c.held
		}
		if held > memory {
			return &TooLargeError{fmt.Sprintf("reading it takes %d MB, for a page of each column", held>>20)}
		}
	}
	return nil
}

func leavesUnder(c *parquet.Column) []*parquet.Column {
	if c.Leaf() {
		return []*parquet.Column{c}
	}
	var leaves []*parquet.Column
	for _, child := range c.Columns() {
		leaves = append(leaves, leavesUnder(child)...)
	}
	return leaves
}

// pageChecker checks the pages of a column.
type pageChecker struct {
	codec                  format.CompressionCodec
	repetition, definition uint // bits of a level
	most                   int  // bytes that a page may take

	held       int // bytes that reading the column takes
	body, data []byte
}

func (c *pageChecker) levels(column *parquet.Column) {
	c.repetition = uint(bits.Len(uint(column.MaxRepetitionLevel())))
	c.definition = uint(bits.Len(uint(column.MaxDefinitionLevel())))
}

// chunk checks the pages of a column in a row group.
func (c *pageChecker) chunk(file io.ReaderAt, size int64, chunk *format.ColumnMetaData) error {
	start := chunk.DataPageOffset
	if chunk.DictionaryPageOffset != 0 {
		start = chunk.DictionaryPageOffset
	}
	length := chunk.TotalCompressedSize
	if start < 0 || length < 0 || start > size || length > size-start {
		return shorn(io.ErrUnexpectedEOF)
	}
	r := bufio.NewReader(io.NewSectionReader(file, start, length))
	decoder := thrift.NewDecoder(new(thrift.CompactProtocol).NewReader(r))
	dictionary, page := 0, 0
	for {
		if _, err := r.Peek(1); errors.Is(err, io.EOF) {
			c.held = dictionary + page
			return nil
		}
		var h format.PageHeader
		if err := decoder.Decode(&h); err != nil {
			return shorn(err)
		}
		takes, err := c.size(&h, length)
		if err != nil {
			return err
		}
		if h.Type == format.DictionaryPage {
			dictionary = max(dictionary, takes)
		} else {
			page = max(page, takes)
		}
		c.body = resized(c.body, int(h.CompressedPageSize))
		if _, err := io.ReadFull(r, c.body); err != nil {
			return shorn(io.ErrUnexpectedEOF)
		}
		if err := c.page(&h); err != nil {
			return err
		}
	}
}

func resized(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}

// size returns how many bytes reading a page takes.
func (c *pageChecker) size(h *format.PageHeader, length int64) (int, error) {
	values := valuesOf(h)
	if h.CompressedPageSize < 0 || int64(h.CompressedPageSize) > length || h.UncompressedPageSize < 0 || values < 0 {
		return 0, errPage
	}
	const perValue = 4 // the offset of a value, or its index in a dictionary
	takes := int(h.CompressedPageSize) + int(h.UncompressedPageSize) + values*perValue
	for _, width := range []uint{c.repetition, c.definition} {
		if width > 0 {
			takes += values
		}
	}
	if takes > c.most {
		return 0, &TooLargeError{fmt.Sprintf("reading a page takes %d MB", takes>>20)}
	}
	return takes, nil
}

// valuesOf returns how many values a page has.
func valuesOf(h *format.PageHeader) int {
	switch {
	case h.DataPageHeader.Valid:
		return int(h.DataPageHeader.V.NumValues)
	case h.DataPageHeaderV2.Valid:
		return int(h.DataPageHeaderV2.V.NumValues)
	case h.DictionaryPageHeader.Valid:
		return int(h.DictionaryPageHeader.V.NumValues)
	}
	return 0
}

// page checks the body of a page.
func (c *pageChecker) page(h *format.PageHeader) (err error) {
	values := valuesOf(h)
	switch {
	case h.Type == format.DictionaryPage:
		_, err = c.decompressed(c.body, int(h.UncompressedPageSize))
	case h.Type == format.DataPage && h.DataPageHeader.Valid:
		var data []byte
		if data, err = c.decompressed(c.body, int(h.UncompressedPageSize)); err != nil {
			return err
		}
		err = c.first(data, values, &h.DataPageHeader.V)
	case h.Type == format.DataPageV2 && h.DataPageHeaderV2.Valid:
		err = c.second(values, int(h.UncompressedPageSize), &h.DataPageHeaderV2.V)
	}
	return err
}

// first checks a page of the first version.
func (c *pageChecker) first(data []byte, values int, h *format.DataPageHeader) error {
	for _, level := range []struct {
		width    uint
		encoding format.Encoding
	}{{c.repetition, h.RepetitionLevelEncoding}, {c.definition, h.DefinitionLevelEncoding}} {
		if level.width == 0 {
			continue
		}
		if level.encoding != format.RLE {
			return nil // the deprecated encoding has no runs that could swell
		}
		var runs []byte
		var ok bool
		if runs, data, ok = prefixed(data); !ok {
			return errPage
		}
		if err := checkRuns(runs, level.width, values); err != nil {
			return err
		}
	}
	return checkValues(data, values, h.Encoding, c.most)
}

// second checks a page of the second version, whose levels are not compressed.
func (c *pageChecker) second(values, size int, h *format.DataPageHeaderV2) error {
	data := c.body
	for _, level := range []struct {
		width  uint
		length int
	}{{c.repetition, int(h.RepetitionLevelsByteLength)}, {c.definition, int(h.DefinitionLevelsByteLength)}} {
		if level.length < 0 || level.length > len(data) {
			return errPage
		}
		if level.width > 0 {
			if err := checkRuns(data[:level.length], level.width, values); err != nil {
				return err
			}
		}
		data = data[level.length:]
	}
	if !h.IsCompressed.Valid || h.IsCompressed.V {
		var err error
		if data, err = c.decompressed(data, size); err != nil {
			return err
		}
	}
	return checkValues(data, values, h.Encoding, c.most)
}

// prefixed separates bytes that begin with their length from the rest.
func prefixed(data []byte) (part, rest []byte, ok bool) {
	const prefix = 4
	if len(data) < prefix {
		return nil, nil, false
	}
	n, data := uint64(binary.LittleEndian.Uint32(data)), data[prefix:]
	if n > uint64(len(data)) {
		return nil, nil, false
	}
	return data[:n], data[n:], true
}

// checkValues checks that values do not swell beyond their number.
func checkValues(data []byte, values int, encoding format.Encoding, most int) error {
	switch encoding {
	case format.PlainDictionary, format.RLEDictionary: //nolint:staticcheck // deprecated, but in files
		if len(data) == 0 {
			return nil // all are null
		}
		return checkRuns(data[1:], uint(data[0]), values)
	case format.RLE:
		if runs, _, ok := prefixed(data); ok {
			return checkRuns(runs, 1, values)
		}
	case format.DeltaBinaryPacked, format.DeltaLengthByteArray:
		return checkDeltas(data, values)
	case format.DeltaByteArray:
		if err := checkDeltas(data, values); err != nil {
			return err
		}
		return checkPrefixes(data, most)
	}
	return nil
}

// checkDeltas checks how many differences of numbers a page says that it has
// (https://parquet.apache.org/docs/file-format/data-pages/encodings/#DELTAENC).
func checkDeltas(data []byte, values int) error {
	for range 2 { // the size of a block, and how many parts it has
		_, n := binary.Uvarint(data)
		if n <= 0 {
			return nil // which is an error if there are values
		}
		data = data[n:]
	}
	if total, n := binary.Uvarint(data); n > 0 && total > uint64(values) {
		return errPage
	}
	return nil
}

// checkPrefixes checks that texts, of each of which a page has what differs from the one
// before, take no more memory than there is.
func checkPrefixes(data []byte, most int) error {
	prefixes, _ := new(delta.BinaryPackedEncoding).DecodeInt32(nil, data) // lengths follow
	total := int64(len(data))
	for _, n := range prefixes {
		if total += int64(n); n < 0 || total > int64(most) {
			return &TooLargeError{fmt.Sprintf("the texts of a page take more than %d MB", most>>20)}
		}
	}
	return nil
}

// checkRuns checks that runs of equal and of packed values
// (https://parquet.apache.org/docs/file-format/data-pages/encodings/#RLE) are at most as
// many values as there are, but for those that fill up the last run.
func checkRuns(data []byte, width uint, values int) error {
	const filling = 1 << 16
	most := uint64(values) + filling
	for total := uint64(0); len(data) > 0; {
		header, n := binary.Uvarint(data)
		if n <= 0 {
			return errPage
		}
		data = data[n:]
		count, length := header>>1, uint64(width+7)/8
		if header > most<<1 {
			return errPage
		}
		if header&1 != 0 {
			count, length = 8*count, count*uint64(width)
		}
		if total += count; total > most {
			return errPage
		}
		data = data[min(length, uint64(len(data))):]
	}
	return nil
}
