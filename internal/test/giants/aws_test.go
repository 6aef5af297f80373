package giants

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// giant is an AWS that makes its items from their numbers.
type giant struct {
	rows    int
	answers map[string]answer // by operation
}

// answer is the answer of an operation: a list of items, or a single item.
type answer struct {
	list  string
	one   bool
	count func(parent int) int
	item  func(w *bytes.Buffer, parent, n int)
}

// request has the members of requests that matter.
type request struct {
	InstanceId, AssociationId, ExecutionId, ResourceId string
	ResourceIds                                        []string
	MaxResults                                         int
	NextToken                                          string
}

// digits is the length of the number in an ID.
const digits = 12

// parent returns the number of what a request reads, from the digits of its ID.
func (r request) parent() int {
	for _, id := range append(r.ResourceIds, r.ExecutionId, r.InstanceId, r.AssociationId, r.ResourceId) {
		if id != "" {
			return numberOf(id)
		}
	}
	return 0
}

// numberOf returns the number in an ID.
func numberOf(id string) int {
	n, _ := strconv.Atoi(id[max(0, len(id)-digits):])
	return n
}

func (g *giant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in request
	body, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(body, &in)
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	a, known := g.answers[operation]
	switch {
	case bytes.Contains(body, []byte("Action=GetCallerIdentity")):
		_, _ = io.WriteString(w, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>`+
			`<Arn>arn:aws:iam::123456789012:user/x</Arn><UserId>AIDA</UserId><Account>123456789012</Account>`+
			`</GetCallerIdentityResult></GetCallerIdentityResponse>`)
		return
	case !known:
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"__type":"UnknownOperationException"}`)
		return
	}
	parent := in.parent()
	var page bytes.Buffer
	fmt.Fprintf(&page, `{%q:`, a.list)
	if a.one {
		a.item(&page, parent, parent)
	} else {
		start, _ := strconv.Atoi(in.NextToken)
		end := min(start+in.MaxResults, a.count(parent))
		page.WriteByte('[')
		for n := start; n < end; n++ {
			if n > start {
				page.WriteByte(',')
			}
			a.item(&page, parent, n)
		}
		page.WriteByte(']')
		if end < a.count(parent) {
			fmt.Fprintf(&page, `,"NextToken":"%d"`, end)
		}
	}
	page.WriteByte('}')
	_, _ = w.Write(page.Bytes())
}

// parents is the number of nodes, associations or executions whose rows are read one by
// one. The first has half of all rows.
const parents = 200

func (g *giant) rowsOf(parent int) int {
	others := g.rows / 2 / (parents - 1)
	if parent == 0 {
		return g.rows - others*(parents-1)
	}
	return others
}

// number returns the number of a row over all parents, of which every table has each from 0
// on once.
func (g *giant) number(parent, n int) int {
	if parent == 0 {
		return n
	}
	return g.rowsOf(0) + (parent-1)*g.rowsOf(1) + n
}

func uuid(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }
func node(n int) string { return fmt.Sprintf("i-%017d", n) }

// noise is text that does not compress.
var noise = func() string {
	const size = 3 << 18
	content := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{}).Read(content)
	return base64.RawURLEncoding.EncodeToString(content)
}()

// text returns a text of a size that belongs to a number.
func text(n, size int) string {
	const prime = 7919
	start := n * prime % (len(noise) - size)
	return noise[start : start+size]
}

// startGiant starts a giant in a process of its own, until the test ends.
func startGiant(t *testing.T, table string, rows int) (url string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestBeAGiant$", "-test.count=1")
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d", beGiant, table, rows))
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait()
	})
	if _, err := fmt.Fscanf(stdout, "giant %s\n", &url); err != nil {
		t.Fatal(err)
	}
	return url
}

const beGiant = "SSMASSOC_TEST_GIANT"

// TestBeAGiant is not a test but the AWS that others start.
func TestBeAGiant(t *testing.T) {
	var table string
	var rows int
	if _, err := fmt.Sscan(os.Getenv(beGiant), &table, &rows); err != nil {
		t.Skip("a process that other tests start")
	}
	server := httptest.NewServer(newGiant(table, rows))
	fmt.Printf("giant %s\n", server.URL)
	_, _ = io.Copy(io.Discard, os.Stdin) // until the test has ended
}
