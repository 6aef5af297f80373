package awssim

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"time"
)

// response is an answer ready to be sent.
type response struct {
	status      int
	contentType string
	body        []byte
	outcome     string // for the counters
	immediate   bool   // without Options.Latency
	delivery    delivery
	delay       time.Duration // the duration of deliverSlowly
}

// delivery is how an answer is sent.
type delivery uint8

const (
	deliverWhole  delivery = iota
	deliverHalf            // half of the promised body, then closes the connection
	deliverSlowly          // in small parts
	deliverReset           // nothing, and resets the connection
	deliverNone            // nothing, and closes the connection
)

// Content types of the protocols.
const (
	contentJSON = "application/x-amz-json-1.1"
	contentXML  = "text/xml;charset=UTF-8"
	contentHTML = "text/html"
	contentText = "text/plain; charset=utf-8"
)

// write sends the response. It calls done before the last byte leaves, so that
// a client that has read the answer finds the request no longer in flight.
func (r response) write(ctx context.Context, w http.ResponseWriter, requestID string, done func()) {
	switch r.delivery {
	case deliverReset:
		done()
		reset(w)
		return
	case deliverNone:
		done()
		panic(http.ErrAbortHandler)
	}
	h := w.Header()
	h.Set("Content-Type", r.contentType)
	h.Set("Content-Length", strconv.Itoa(len(r.body)))
	h.Set("X-Amzn-RequestId", requestID)
	if r.delivery == deliverSlowly {
		r.dribble(ctx, w, done)
		return
	}
	done()
	w.WriteHeader(r.status)
	body := r.body
	if r.delivery == deliverHalf {
		// net/http then closes the connection.
		body = body[:len(body)/2]
	}
	// A client that has gone is not an error of the server.
	_, _ = w.Write(body)
}

// dribbles is the number of parts of a slow body.
const dribbles = 10

// dribble sends the headers at once and the body in parts over r.delay.
func (r response) dribble(ctx context.Context, w http.ResponseWriter, done func()) {
	defer done()
	w.WriteHeader(r.status)
	out := http.NewResponseController(w)
	_ = out.Flush() // a writer that cannot flush sends everything at the end
	sent := 0
	for part := 1; part <= dribbles; part++ {
		if sleep(ctx, r.delay/dribbles) != nil {
			return
		}
		if part == dribbles {
			done()
		}
		end := len(r.body) * part / dribbles
		if _, err := w.Write(r.body[sent:end]); err != nil {
			return
		}
		_ = out.Flush()
		sent = end
	}
}

// reset closes the connection with a TCP reset. A writer without a connection
// aborts the request instead.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		// With a linger of zero, Close sends RST.
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// sleep waits for d, or returns the context's error if that comes first.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
