// Package rude is a server of bad manners: it stands before a simulated AWS
// and answers in ways that AWS never does and that proxies, captive portals,
// wrong addresses and attackers do.
package rude

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
)

// Server is an [http.Handler] that answers as another one, apart from the
// operations for which it has a manner.
type Server struct {
	next http.Handler

	mu       sync.Mutex
	manners  map[string]Manner // by operation
	attempts map[string]int    // by operation
}

// New returns a server that answers as next does.
func New(next http.Handler) *Server {
	return &Server{next: next, manners: map[string]Manner{}, attempts: map[string]int{}}
}

// Behave sets the manner of an operation and forgets all others, and the
// attempts. A nil manner is that of AWS.
func (s *Server) Behave(operation string, manner Manner) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.manners = map[string]Manner{operation: manner}
	s.attempts = map[string]int{}
}

// Attempts returns how many requests have come since Behave, by operation.
func (s *Server) Attempts() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.attempts)
}

// Manner answers a request. answer makes the answer of AWS.
type Manner func(w http.ResponseWriter, r *http.Request, answer func() *Answer)

// Answer is what AWS answers.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// maxBody is the size in bytes of the largest request that is read.
const maxBody = 1 << 20

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	operation := operationOf(r, body)
	s.mu.Lock()
	s.attempts[operation]++
	manner := s.manners[operation]
	s.mu.Unlock()

	r.Body = io.NopCloser(bytes.NewReader(body))
	if manner == nil {
		s.next.ServeHTTP(w, r)
		return
	}
	manner(w, r, func() *Answer {
		recorded := httptest.NewRecorder()
		s.next.ServeHTTP(recorded, r)
		return &Answer{Status: recorded.Code, Header: recorded.Header(), Body: recorded.Body.Bytes()}
	})
}

// operationOf returns the name of a request's operation.
func operationOf(r *http.Request, body []byte) string {
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		return target[strings.LastIndexByte(target, '.')+1:]
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return ""
	}
	return form.Get("Action")
}

// send sends an answer as it is.
func (a *Answer) send(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.Header)
	w.Header().Del("Content-Length") // it is that of the body
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body)
}
