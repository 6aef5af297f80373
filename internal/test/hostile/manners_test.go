package hostile

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sim/rude"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// rudeWorld is a simulated AWS behind a server with bad manners.
type rudeWorld struct {
	fleet  *fleet.Fleet
	server *rude.Server
	url    string
	// queries maps operations to queries that call them first.
	queries map[string]string
}

func newRudeWorld(t *testing.T) *rudeWorld {
	t.Helper()
	return newRudeWorldOf(t, 12)
}

// newRudeWorldOf returns a world with the given number of nodes.
func newRudeWorldOf(t *testing.T, nodes int) *rudeWorld {
	t.Helper()
	w := &rudeWorld{fleet: fleet.New(fleet.Options{Nodes: nodes, Regions: []string{"us-east-1"}})}
	w.server = rude.New(awssim.New(awssim.Options{}, awssim.Account{
		AccessKeyID: awssim.DefaultAccessKeyID, Fleet: w.fleet, Roles: map[string]awssim.Role{"reader": {}},
	}))
	listener := httptest.NewServer(w.server)
	t.Cleanup(func() {
		listener.CloseClientConnections()
		listener.Close()
	})
	w.url = listener.URL

	ofNode := " where instance_id = '" + rig.NodeOfOnePage(w.fleet, "us-east-1").InstanceID + "'"
	w.queries = map[string]string{
		rig.CallerOp:  "select account_id from " + rig.StatusTable + ofNode,
		rig.RegionsOp: "select instance_id from " + rig.StatusTable + ofNode,
		"AssumeRole":  "select instance_id from " + rig.StatusTable + ofNode,
	}
	for _, c := range rig.TableCases {
		maps.Copy(w.queries, c.Queries(w.fleet, "us-east-1"))
	}
	return w
}

// arguments returns those of a connection that calls the operation.
func (w *rudeWorld) arguments(operation string) string {
	text := rig.Arguments(w.url, awssim.DefaultAccessKeyID, nil) + "min_error_retry_delay = 1\nmax_error_retry_attempts = 2\n"
	regions := "us-east-1"
	switch operation {
	case rig.RegionsOp:
		regions = "us-*"
	case "AssumeRole":
		text += "role_arn = \"arn:aws:iam::" + w.fleet.AccountID() + ":role/reader\"\n"
	}
	return text + "regions = [\"" + regions + "\"]\n"
}

// query runs the query of an operation with a new plugin.
func (w *rudeWorld) query(t *testing.T, operation string, more ...string) ([]rig.Row, error) {
	t.Helper()
	db := rig.Open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: w.arguments(operation) + strings.Join(more, "")})
	return rig.Query(t.Context(), db, w.queries[operation])
}

// isXML reports whether an operation answers in XML.
func isXML(operation string) bool {
	return operation == rig.CallerOp || operation == rig.RegionsOp || operation == "AssumeRole"
}

const (
	anyService = iota
	ofJSON
	ofXML
)

// maxPageSizes is the greatest number of times that a page beyond the bounds is asked for:
// in the read's turn, with 6 items and with 1, and with the bound of one item.
const maxPageSizes = 5

const (
	manyBytes = 1 << 30
	html      = "<!DOCTYPE html>\n<html><body>Welcome to nginx!</body></html>\n"
)

// TestBadManners checks, for every operation, that whatever answers instead of
// AWS leads to a helpful error, after no more attempts than it is worth, and
// never to rows.
func TestBadManners(t *testing.T) {
	t.Parallel()
	w := newRudeWorld(t)
	notAWS := []string{"127.0.0.1:", "is not AWS", "endpoint_url"}
	tooLong := []string{"127.0.0.1:", "endpoint_url"}
	for name, test := range map[string]struct {
		manner rude.Manner
		of     int // the answers concerned
		err    []string
		// attempts is the expected number: 2 if a retry is worthwhile.
		attempts int
		// smaller is set if a smaller page is worth more attempts.
		smaller bool
		// xml lists parts of the error for an XML answer, if different.
		xml []string
	}{
		"an empty body":                 {manner: rude.Body(200, "", ""), err: []string{"the answer is empty"}, attempts: 2},
		"white space":                   {manner: rude.Body(200, "", " \n"), err: []string{"the answer is empty"}, attempts: 2},
		"no content":                    {manner: rude.Body(204, "", ""), err: []string{"the answer is empty"}, attempts: 2},
		"garbage after the answer":      {manner: rude.Followed("garbage"), err: []string{"something follows the JSON object"}, xml: []string{"something is outside of the XML document"}, attempts: 2},
		"a second answer":               {manner: rude.Followed("{}"), of: ofJSON, err: []string{"something follows the JSON object"}, attempts: 2},
		"a second document":             {manner: rude.Followed("<a></a>"), of: ofXML, err: []string{"something follows the XML document"}, attempts: 2},
		"an array":                      {manner: rude.Body(200, "", "[]"), of: ofJSON, err: []string{"not a JSON object"}, attempts: 2},
		"null":                          {manner: rude.Body(200, "", "null"), of: ofJSON, err: []string{"not a JSON object"}, attempts: 2},
		"a text":                        {manner: rude.Body(200, "", `"ok"`), err: []string{"not a JSON object"}, xml: []string{"outside of the XML document"}, attempts: 2},
		"half an answer":                {manner: rude.Cut(), err: []string{"unexpected E"}, xml: []string{"deserialization failed"}, attempts: 2},
		"brackets that do not match":    {manner: rude.Body(200, "", `{"NextToken":[}}`), of: ofJSON, err: []string{"closes what it did not open"}, attempts: 2},
		"deep nesting":                  {manner: rude.Repeated(`{"a":`, `{"a":`, 100_000, ``), of: ofJSON, err: []string{"more than 64 levels"}, attempts: 2},
		"deep elements":                 {manner: rude.Repeated(`<a>`, `<a>`, 100_000, ``), of: ofXML, err: []string{"more than 64 levels"}, attempts: 2},
		"a page of HTML":                {manner: rude.Body(200, "text/html", html), err: notAWS, attempts: 2},
		"a web server's 404":            {manner: rude.Body(404, "text/html", html), err: append(notAWS, "404"), attempts: 1},
		"a proxy's 403":                 {manner: rude.Body(403, "text/html", "<html>Forbidden</html>"), err: append(notAWS, "403"), attempts: 1},
		"a balancer's 502":              {manner: rude.Body(502, "", ""), err: append(notAWS, "502"), attempts: 2},
		"an error without a code":       {manner: rude.Body(400, "application/json", `{"error":"no"}`), err: []string{"endpoint_url"}, attempts: 1},
		"a redirect (301)":              {manner: rude.Redirect(301, "https://user:secret@elsewhere.example/there?token=secret"), err: []string{"redirects to https://elsewhere.example/there", "301", "endpoint_url"}, attempts: 1},
		"a redirect (302)":              {manner: rude.Redirect(302, "/login"), err: []string{"redirects to /login", "302", "endpoint_url"}, attempts: 1},
		"a redirect (307)":              {manner: rude.Redirect(307, "http://127.0.0.1:1/"), err: []string{"redirects to http://127.0.0.1:1/", "307", "endpoint_url"}, attempts: 1},
		"a redirect (308) to nowhere":   {manner: rude.Redirect(308, ""), err: []string{"redirects to nowhere", "308", "endpoint_url"}, attempts: 1},
		"an endless body":               {manner: rude.Endless(200, `{"NextToken":"`, "x"), err: tooLong, attempts: 1, smaller: true},
		"an endless error":              {manner: rude.Endless(400, `{"message":"`, "x"), err: tooLong, attempts: 1},
		"a gzip bomb":                   {manner: rude.Bomb(64 << 20), err: tooLong, attempts: 1, smaller: true},
		"more values than bytes allow":  {manner: rude.Repeated(`{"InstanceInformationList":[{}`, `,{}`, 1_000_000, `]}`), of: ofJSON, err: tooLong, attempts: 1, smaller: true},
		"members that no model knows":   {manner: rude.Repeated(`{"a":1`, `,"a":1`, 5_000, `}`), of: ofJSON, err: []string{"more than 1000 members"}, attempts: 2},
		"more headers than any proxy's": {manner: rude.ManyHeaders(256 << 10), err: []string{"headers exceeded"}, attempts: 2},
	} {
		t.Run(name, func(t *testing.T) {
			for operation := range w.queries {
				if test.of == ofJSON && isXML(operation) || test.of == ofXML && !isXML(operation) {
					continue
				}
				w.server.Behave(operation, test.manner)
				rows, err := w.query(t, operation)
				if err == nil {
					t.Errorf("%s: %d rows and no error", operation, len(rows))
					continue
				}
				want := test.err
				if isXML(operation) && test.xml != nil {
					want = test.xml
				}
				want = append(slices.Clip(want), operation)
				if operation == "AssumeRole" { // what a source of credentials answers is not repeated
					want = []string{"assume the role", "the answer is not from AWS, or is incomplete"}
				}
				for _, part := range want {
					if !strings.Contains(err.Error(), part) {
						t.Errorf("%s: the error does not say %q: %v", operation, part, err)
					}
				}
				if text := err.Error(); strings.Contains(text, "secret") || strings.Contains(text, "goroutine") || strings.Contains(text, "\n") {
					t.Errorf("%s: the error says too much: %q", operation, text)
				}
				most := test.attempts
				if test.smaller && !isXML(operation) {
					most = maxPageSizes
				}
				if got := w.server.Attempts()[operation]; got < test.attempts || got > most {
					t.Errorf("%s: %d attempts, want %d", operation, got, test.attempts)
				}
			}
		})
	}
}

// TestGoodManners checks that every delivery of AWS's answer is accepted.
func TestGoodManners(t *testing.T) {
	w := newRudeWorld(t)
	for operation := range w.queries {
		w.server.Behave(operation, nil)
		want, err := w.query(t, operation)
		if err != nil || len(want) == 0 {
			t.Fatalf("%s: %d rows, error %v", operation, len(want), err)
		}
		for name, manner := range map[string]rude.Manner{
			"labelled as HTML":  rude.Labelled("text/html"),
			"without a label":   rude.Labelled(""),
			"with white space":  rude.Followed(" \r\n\t"),
			"with more headers": rude.ManyHeaders(16 << 10),
		} {
			w.server.Behave(operation, manner)
			got, err := w.query(t, operation)
			if err != nil {
				t.Errorf("%s, %s: %v", operation, name, err)
				continue
			}
			if g, w := rig.Lines(got), rig.Lines(want); strings.Join(g, "\n") != strings.Join(w, "\n") {
				t.Errorf("%s, %s: %d other rows", operation, name, len(got))
			}
		}
	}
}

// answerMember maps operations to the member of their answers that has what was asked for.
var answerMember = map[string]string{
	rig.StatusOp: "InstanceAssociationStatusInfos", rig.ListingOp: "InstanceInformationList", rig.AssociationsOp: "Associations",
	rig.DescriptionOp: "AssociationDescription", rig.TagsOp: "TagList", rig.EffectiveOp: "Associations",
	rig.ExecutionsOp: "AssociationExecutions", rig.TargetsOp: "AssociationExecutionTargets", rig.VersionsOp: "AssociationVersions",
	rig.InvocationsOp: "CommandInvocations", rig.ItemsOp: "ComplianceItems", rig.SummariesOp: "ResourceComplianceSummaryItems",
	rig.AutomationsOp: "AutomationExecutionMetadataList", rig.StepsOp: "AutomationExecution",
}

// TestAnswersWithoutItems checks, for every operation, that a 200 without what was asked for
// is an error, and that only an empty list is no rows.
func TestAnswersWithoutItems(t *testing.T) {
	t.Parallel()
	w := newRudeWorld(t)
	notAWS := []string{"127.0.0.1:", "is not AWS", "endpoint_url"}
	for operation := range w.queries {
		if isXML(operation) {
			continue
		}
		member := answerMember[operation]
		if member == "" {
			t.Fatalf("no member of %s", operation)
		}
		single := operation == rig.DescriptionOp || operation == rig.StepsOp
		empty := "[]"
		if single {
			empty = "{}"
		}
		for name, test := range map[string]struct {
			body     string
			err      []string // nil for no rows
			attempts int
		}{
			"an empty object":          {"{}", notAWS, 2},
			"a portal's message":       {`{"status":"error","message":"Session expired, please sign in"}`, notAWS, 2},
			"only a token":             {`{"NextToken":"x"}`, notAWS, 2},
			"a list that is null":      {`{"` + member + `":null}`, notAWS, 2},
			"a list that is a text":    {`{"` + member + `":"[]"}`, notAWS, 2},
			"a name in another case":   {`{"` + strings.ToLower(member[:1]) + member[1:] + `":` + empty + `}`, notAWS, 2},
			"a list of another object": {`{"data":{"` + member + `":` + empty + `}}`, notAWS, 2},
			"a name as a value":        {`{"data":"` + member + `","more":[]}`, notAWS, 2},
			"a throttled call":         {`{"__type":"ThrottlingException","message":"Rate exceeded"}`, []string{"ThrottlingException", "Rate exceeded", "even after retries"}, 2},
			"a denied call":            {`{"__type":"com.amazonaws.ssm#AccessDeniedException","Message":"no","` + member + `":` + empty + `}`, []string{"AccessDeniedException", "IAM policy"}, 1},
			"an empty list":            {` { "` + member + `" : ` + empty + `, "NextToken":"" }`, nil, 1},
		} {
			if single && name == "a list that is a text" {
				continue
			}
			w.server.Behave(operation, rude.Body(http.StatusOK, "", test.body))
			rows, err := w.query(t, operation)
			if test.err == nil {
				if err != nil || operation == rig.ListingOp && len(rows) > 0 {
					t.Errorf("%s, %s: %d rows, error %v", operation, name, len(rows), err)
				}
				continue
			}
			if err == nil {
				t.Errorf("%s, %s: %d rows and no error", operation, name, len(rows))
				continue
			}
			for _, part := range append(test.err, operation) {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%s, %s: the error does not say %q: %v", operation, name, part, err)
				}
			}
			if got := w.server.Attempts()[operation]; got != test.attempts {
				t.Errorf("%s, %s: %d attempts, want %d", operation, name, got, test.attempts)
			}
		}
	}
}

// dated maps operations with dates in their answers to such a member.
var dated = map[string]string{
	rig.StatusOp:                          "ExecutionDate",
	rig.ListingOp:                         "",
	"DescribeAssociation":                 "",
	"DescribeAssociationExecutions":       "CreatedTime",
	"DescribeAssociationExecutionTargets": "LastExecutionDate",
}

// TestDatesOutOfRange checks that a date that the AWS SDK would misread is an
// error that names it.
func TestDatesOutOfRange(t *testing.T) {
	w := newRudeWorld(t)
	for operation, member := range dated {
		for name, date := range map[string]string{
			"not a number":       `"NaN"`,
			"infinite":           `"Infinity"`,
			"of the year 10000":  "253402300800",
			"of the year 2264":   "9280000000.5",
			"of the year 1600":   "-11676096000",
			"beyond all numbers": "1e300",
		} {
			w.server.Behave(operation, rude.Dated(date))
			rows, err := w.query(t, operation)
			if err == nil {
				t.Errorf("%s, %s: %d rows and no error", operation, name, len(rows))
				continue
			}
			for _, part := range []string{operation, cmp.Or(member, "Date"), "is not valid", "in us-east-1"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%s, %s: the error does not say %q: %v", operation, name, part, err)
				}
			}
			if got := w.server.Attempts()[operation]; got != 1 {
				t.Errorf("%s, %s: %d attempts", operation, name, got)
			}
		}
		// The extremes that fit are right.
		w.server.Behave(operation, rude.Dated("9214646399.999"))
		rows, err := w.query(t, operation)
		if err != nil || !strings.Contains(strings.Join(rig.Lines(rows), "\n"), "2261-12-31T23:59:59.999Z") {
			t.Errorf("%s: error %v, rows %.300v", operation, err, rows)
		}
	}
}

// TestEndlessPages checks that endless pages without progress end with an
// error.
func TestEndlessPages(t *testing.T) {
	t.Parallel()
	w := newRudeWorld(t)
	for operation := range w.queries {
		switch operation {
		case rig.CallerOp, rig.RegionsOp, "AssumeRole", rig.DescriptionOp, rig.TagsOp, rig.StepsOp:
			continue // one answer
		}
		for name, test := range map[string]struct {
			manner rude.Manner
			err    string
			most   int
		}{
			"empty pages":        {rude.EmptyPages(), "500 empty pages in a row", 500},
			"the same page":      {rude.SamePages(), "a page that it had returned before", 10},
			"a token beyond all": {rude.LongToken(20_000), "a pagination token of 2000", 1},
			"a token of 100 KB":  {rude.LongToken(100_000), "a pagination token of 1000", 1},
		} {
			w.server.Behave(operation, test.manner)
			rows, err := w.query(t, operation)
			if err == nil {
				t.Errorf("%s, %s: %d rows and no error", operation, name, len(rows))
				continue
			}
			for _, part := range []string{operation + " in us-east-1: ", test.err} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%s, %s: the error does not say %q: %v", operation, name, part, err)
				}
			}
			if got := w.server.Attempts()[operation]; got > test.most {
				t.Errorf("%s, %s: %d attempts", operation, name, got)
			}
		}
	}
	w.server.Behave(rig.StatusOp, rude.Circle("InstanceAssociationStatusInfos", "AssociationId"))
	if rows, err := w.query(t, rig.StatusOp); err == nil || !strings.Contains(err.Error(), "that it had returned before") {
		t.Errorf("pages in a circle: %d rows, error %v", len(rows), err)
	}
}

// TestStalls checks that a stalled call fails within the connection's
// max_call_seconds.
func TestStalls(t *testing.T) {
	for name, manner := range map[string]rude.Manner{
		"silence":               rude.Silent(),
		"silence after headers": rude.HeadersOnly(),
	} {
		for _, operation := range []string{rig.StatusOp, rig.CallerOp, rig.RegionsOp} {
			t.Run(name+" of "+operation, func(t *testing.T) {
				t.Parallel()
				w := newRudeWorld(t)
				w.server.Behave(operation, manner)
				_, err := w.query(t, operation, "max_call_seconds = 1\n")
				if err == nil {
					t.Fatal("no error")
				}
				for _, part := range []string{operation, "no whole answer from 127.0.0.1:", "within 1s", "max_call_seconds"} {
					if !strings.Contains(err.Error(), part) {
						t.Errorf("the error does not say %q: %v", part, err)
					}
				}
				if got := w.server.Attempts()[operation]; got != 1 {
					t.Errorf("%d attempts", got)
				}
			})
		}
	}
}

// TestInterruptedStalls checks that a query on a stalled or endless answer ends
// as soon as it is interrupted.
func TestInterruptedStalls(t *testing.T) {
	w := newRudeWorld(t)
	for name, manner := range map[string]rude.Manner{
		"silence":               rude.Silent(),
		"silence after headers": rude.HeadersOnly(),
		"a drip":                rude.Drip(nil),
	} {
		w.server.Behave(rig.StatusOp, manner)
		db := rig.Open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: w.arguments(rig.StatusOp)})
		ctx, interrupt := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() {
			_, err := rig.Query(ctx, db, w.queries[rig.StatusOp])
			ended <- err
		}()
		for w.server.Attempts()[rig.StatusOp] == 0 {
			runtime.Gosched()
		}
		interrupted := time.Now()
		interrupt()
		if err := <-ended; err == nil {
			t.Errorf("%s: no error", name)
		}
		if took := time.Since(interrupted); took > 2*time.Second {
			t.Errorf("%s: it took %s to end", name, took)
		}
	}
}
