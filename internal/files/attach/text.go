package attach

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"

	"steampipe-plugin-ssmassoc/internal/files/formats"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// errEncoding is the error of text in an encoding that tables do not have.
var errEncoding = errors.New("it is not UTF-8; convert it, as with iconv -f LATIN1 -t UTF-8")

// withText calls read with a file's text, decompressed and without a byte-order mark.
func (in input) withText(read func(*bufio.Reader) error) error {
	return in.withFile(func(r io.Reader) error {
		text := bufio.NewReader(wantedReader{in.ctx, r})
		start, _ := text.Peek(len("\ufeff")) // fewer bytes if the file is shorter
		switch {
		case bytes.HasPrefix(start, []byte("\xff\xfe")), bytes.HasPrefix(start, []byte("\xfe\xff")):
			return errors.New("it is UTF-16; convert it, as with iconv -f UTF-16 -t UTF-8")
		case string(start) == "\ufeff":
			_, _ = text.Discard(len(start))
		}
		return read(text)
	})
}

// withFile calls read with a file's uncompressed contents.
func (in input) withFile(read func(io.Reader) error) error {
	file, err := os.Open(in.File)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	switch _, compression := formats.Compression(in.File); compression {
	case ".gz":
		r, err := gzip.NewReader(file)
		if err != nil {
			return err
		}
		return read(r)
	case ".zst":
		r, err := zstd.NewReader(file, zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderMaxWindow(uint64(max(zstdWindow, in.limits.memory/2))))
		if err != nil {
			return err
		}
		defer r.Close()
		err = read(r)
		if errors.Is(err, zstd.ErrWindowSizeExceeded) {
			return &embedded.MemoryError{What: fmt.Sprintf("its compression refers back further than %d MB",
				max(zstdWindow, in.limits.memory/2)>>20)}
		}
		return err
	}
	return read(file)
}

// zstdWindow is the window that every decoder has to support
// (https://www.rfc-editor.org/rfc/rfc8878, 3.1.1.1.2).
const zstdWindow = 8 << 20

// readLine appends a line, with its line break, to line, and fails if it then exceeds
// the limit of a row. The last line may have no line break; after it is io.EOF.
func (l limits) readLine(r *bufio.Reader, line []byte) ([]byte, error) {
	before := len(line)
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > l.row:
			return nil, l.tooLong()
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(line) > before:
			return line, nil
		default:
			return line, err
		}
	}
}
