package rude

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
)

// Body answers with status and a body of its own, of AWS's content type or none.
func Body(status int, contentType, body string) Manner {
	return func(w http.ResponseWriter, _ *http.Request, _ func() *Answer) {
		if contentType != "" {
			w.Header().Set("Content-Type", contentType)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// Altered answers as AWS does, with another body.
func Altered(alter func(body []byte) []byte) Manner {
	return func(w http.ResponseWriter, _ *http.Request, answer func() *Answer) {
		a := answer()
		a.Body = alter(a.Body)
		a.send(w)
	}
}

// Followed answers as AWS does, with something after the end.
func Followed(by string) Manner {
	return Altered(func(body []byte) []byte { return append(bytes.Clone(body), by...) })
}

// Cut answers as AWS does up to the middle, and says that this is all.
func Cut() Manner {
	return Altered(func(body []byte) []byte { return body[:len(body)/2] })
}

// Labelled answers as AWS does, with another content type.
func Labelled(contentType string) Manner {
	return func(w http.ResponseWriter, _ *http.Request, answer func() *Answer) {
		a := answer()
		a.Header.Set("Content-Type", contentType)
		a.send(w)
	}
}

// Redirect answers with a redirect, without a Location where that is "".
func Redirect(status int, location string) Manner {
	return func(w http.ResponseWriter, _ *http.Request, _ func() *Answer) {
		if location != "" {
			w.Header().Set("Location", location)
		}
		w.WriteHeader(status)
	}
}

// Endless answers with status and a body that begins with start and then
// repeats filler until the client has enough.
func Endless(status int, start, filler string) Manner {
	block := []byte(strings.Repeat(filler, 1+(64<<10)/len(filler)))
	return func(w http.ResponseWriter, _ *http.Request, _ func() *Answer) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, start)
		for {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	}
}

// Bomb answers with a compressed body of so many bytes.
func Bomb(bytesLong int) Manner {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	block := make([]byte, 1<<20)
	for i := range block {
		block[i] = ' '
	}
	for written := 0; written < bytesLong; written += len(block) {
		_, _ = z.Write(block) // a buffer takes all
	}
	_ = z.Close()
	return func(w http.ResponseWriter, _ *http.Request, _ func() *Answer) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed.Bytes())
	}
}

// Repeated answers with start, then count times item, then end.
func Repeated(start, item string, count int, end string) Manner {
	body := start + strings.Repeat(item, count) + end
	return func(w http.ResponseWriter, _ *http.Request, _ func() *Answer) {
		_, _ = io.WriteString(w, body)
	}
}

// Silent does not answer.
func Silent() Manner {
	return func(_ http.ResponseWriter, r *http.Request, _ func() *Answer) { <-r.Context().Done() }
}

// HeadersOnly answers with headers and never with the body that they promise.
func HeadersOnly() Manner {
	return func(w http.ResponseWriter, r *http.Request, _ func() *Answer) {
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
}

// Drip answers with white space, a byte whenever next gives leave.
func Drip(next <-chan struct{}) Manner {
	return func(w http.ResponseWriter, r *http.Request, _ func() *Answer) {
		for {
			_, _ = io.WriteString(w, " ")
			_ = http.NewResponseController(w).Flush()
			select {
			case <-next:
			case <-r.Context().Done():
				return
			}
		}
	}
}

// ManyHeaders answers as AWS does, with so many bytes of headers before.
func ManyHeaders(bytesLong int) Manner {
	return func(w http.ResponseWriter, _ *http.Request, answer func() *Answer) {
		line := strings.Repeat("x", 1000)
		for i := 0; i < bytesLong; i += len(line) {
			w.Header().Set(fmt.Sprintf("X-Filler-%d", i), line)
		}
		answer().send(w)
	}
}

var dates = regexp.MustCompile(`("[A-Za-z]*(?:Date|Time|ExecutionDate)":)-?[0-9][0-9.]*`)

// Dated answers as AWS does, with each date of SSM replaced by date.
func Dated(date string) Manner {
	return Altered(func(body []byte) []byte { return dates.ReplaceAll(body, []byte("${1}"+date)) })
}

var names = regexp.MustCompile(`("(?:ComputerName|AssociationName|ExecutionSummary|Status|Key)":")`)

// Named answers as AWS does, with what is given put before names and other
// texts of SSM.
func Named(prefix string) Manner {
	return Altered(func(body []byte) []byte { return names.ReplaceAll(body, []byte("${1}"+prefix)) })
}

// EmptyPages answers with an empty page and a new token each time.
func EmptyPages() Manner {
	return pages(func(p page) {
		for name, value := range p {
			if bytes.HasPrefix(value, []byte("[")) {
				p[name] = json.RawMessage("[]")
			}
		}
	}, "")
}

// SamePages answers each request with the page that AWS has for the first, and
// a new token each time.
func SamePages() Manner { return pages(func(page) {}, "") }

// LongToken answers as AWS does, with a pagination token of so many bytes.
func LongToken(bytesLong int) Manner {
	return pages(func(page) {}, strings.Repeat("x", bytesLong))
}

func pages(alter func(page), filler string) Manner {
	var number atomic.Int64
	return func(w http.ResponseWriter, r *http.Request, answer func() *Answer) {
		request, _ := io.ReadAll(r.Body)
		request = edited(request, func(p page) { delete(p, nextToken) }) // AWS would not know it
		r.Body = io.NopCloser(bytes.NewReader(request))
		r.ContentLength = int64(len(request))
		a := answer()
		a.Body = edited(a.Body, func(p page) {
			alter(p)
			p[nextToken] = json.RawMessage(fmt.Sprintf(`"%d%s"`, number.Add(1), filler))
		})
		a.send(w)
	}
}

// page holds the members of a request or an answer by name.
type page map[string]json.RawMessage

const nextToken = "NextToken"

// edited returns a body with its members edited. A body that is not a JSON object has
// none.
func edited(body []byte, edit func(page)) []byte {
	members := page{}
	_ = json.Unmarshal(body, &members)
	edit(members)
	after, _ := json.Marshal(members)
	return after
}

// NewPages answers each request with a page of count items, each with a member
// of its own, and a new token. After so many pages, answers break off.
func NewPages(list, member string, count, bytesLong, pages int) Manner {
	var number atomic.Int64
	filler := strings.Repeat("x", bytesLong)
	return func(w http.ResponseWriter, _ *http.Request, _ func() *Answer) {
		n := number.Add(1)
		_, _ = fmt.Fprintf(w, `{%q:[`, list)
		if n > int64(pages) {
			return
		}
		for i := range count {
			if i > 0 {
				_, _ = io.WriteString(w, ",")
			}
			_, _ = fmt.Fprintf(w, `{%q:"%d-%d%s"}`, member, n, i, filler)
		}
		_, _ = fmt.Fprintf(w, `],"NextToken":"%d"}`, n)
	}
}

// Circle answers with pages that repeat after the second, and a new token each
// time, whatever is asked for: nodes of which each has a name of its own.
func Circle(list, member string) Manner {
	var number atomic.Int64
	return func(w http.ResponseWriter, _ *http.Request, _ func() *Answer) {
		n := number.Add(1)
		_, _ = fmt.Fprintf(w, `{%q:[{%q:"%d"}],"NextToken":"%d"}`, list, member, n%2, n)
	}
}
