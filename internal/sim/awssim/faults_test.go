package awssim_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// statusBody asks for the rows of a node.
func statusBody(n *fleet.Node, token string) string {
	body, _ := json.Marshal(map[string]string{"InstanceId": n.InstanceID, "NextToken": token})
	return string(body)
}

func TestFaultsThatReplaceTheAnswer(t *testing.T) {
	simulated := fleet.New(fleet.Options{})
	server, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: simulated})
	node := simulated.Nodes(region0)[0]
	for _, c := range []struct {
		kind              awssim.FaultKind
		status            int
		code, typ, within string
		outcome           string
	}{
		{awssim.Throttle, 400, "ThrottlingException", "application/x-amz-json-1.1", "Rate exceeded", "ThrottlingException"},
		{awssim.InternalError, 500, "InternalServerError", "application/x-amz-json-1.1", "", "InternalServerError"},
		{awssim.Unavailable, 503, "", "text/html", "<html>", "unavailable"},
		{awssim.MalformedJSON, 200, "", "application/x-amz-json-1.1", `{"`, "malformed"},
		{awssim.InvalidInstanceID, 400, "InvalidInstanceId", "application/x-amz-json-1.1", "", "InvalidInstanceId"},
		{awssim.AccessDenied, 400, "AccessDeniedException", "application/x-amz-json-1.1", "is not authorized to perform: ssm:" + actionStatus, "AccessDeniedException"},
		{awssim.ExpiredToken, 400, "ExpiredTokenException", "application/x-amz-json-1.1", "expired", "ExpiredTokenException"},
	} {
		t.Run(c.kind.String(), func(t *testing.T) {
			server.Reset()
			server.SetFaults(awssim.Fault{Kind: c.kind})
			a := raw(t, endpoint, region0, actionStatus, statusBody(node, ""))
			if a.status != c.status || a.code() != c.code || a.header.Get("Content-Type") != c.typ || !strings.Contains(a.body, c.within) {
				t.Errorf("got %d %s: %s", a.status, a.header.Get("Content-Type"), a.body)
			}
			if c.kind == awssim.MalformedJSON && json.Valid([]byte(a.body)) {
				t.Error("the body is valid")
			}
			if got := server.Calls().Filter(region0, actionStatus, c.outcome).Total(); got != 1 {
				t.Errorf("counted\n%s", server.Calls())
			}
			if _, err := rowsOf(t.Context(), defaultClient(t, endpoint), node.InstanceID, 0); err == nil {
				t.Error("the client library sees no error")
			}
		})
	}
}

func TestFaultsBelowTheProtocol(t *testing.T) {
	simulated := fleet.New(fleet.Options{})
	server, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: simulated})
	node := simulated.Nodes(region0)[2]
	t.Run("a reset is seen as such", func(t *testing.T) {
		server.SetFaults(awssim.Fault{Kind: awssim.ConnReset})
		_, err := send(t, endpoint, ssmHeader(awssim.DefaultAccessKeyID, region0, actionStatus), statusBody(node, ""))
		if !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("got %v", err)
		}
		if server.Calls().Filter("", "", "reset").Total() != 1 {
			t.Errorf("counted\n%s", server.Calls())
		}
	})
	t.Run("a truncated body ends early", func(t *testing.T) {
		server.SetFaults(awssim.Fault{Kind: awssim.TruncatedBody})
		_, err := send(t, endpoint, ssmHeader(awssim.DefaultAccessKeyID, region0, actionStatus), statusBody(node, ""))
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("got %v", err)
		}
		if server.Calls().Filter("", "", "truncated").Total() != 1 {
			t.Errorf("counted\n%s", server.Calls())
		}
	})
	t.Run("a slow body arrives whole", func(t *testing.T) {
		const delay = 100 * time.Millisecond
		server.SetFaults(awssim.Fault{Kind: awssim.SlowBody, Delay: delay, Times: 1})
		begin := time.Now()
		slow := raw(t, endpoint, region0, actionStatus, statusBody(node, ""))
		took := time.Since(begin)
		fast := raw(t, endpoint, region0, actionStatus, statusBody(node, ""))
		if slow.body != fast.body || took < delay {
			t.Errorf("took %s, equal %v", took, slow.body == fast.body)
		}
	})
}

func TestFaultsThatAlterPaging(t *testing.T) {
	simulated := fleet.New(fleet.Options{})
	server, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: simulated})
	client := defaultClient(t, endpoint)
	t.Run("an empty page with a token loses nothing", func(t *testing.T) {
		node := simulated.Nodes(region0)[2]
		for call := 1; call <= 3; call++ {
			server.SetFaults(awssim.Fault{Kind: awssim.EmptyPageWithToken, Call: call})
			rows, err := rowsOf(t.Context(), client, node.InstanceID, 0)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(rowsFromSDK(rows), expected(node.Statuses())) {
				t.Errorf("struck at call %d: %d rows", call, len(rows))
			}
		}
		server.SetFaults(awssim.Fault{Kind: awssim.EmptyPageWithToken})
		a := raw(t, endpoint, region0, actionStatus, statusBody(node, ""))
		if len(a.statuses(t)) != 0 || a.json["NextToken"] == "" {
			t.Errorf("got %s", a.body)
		}
	})
	t.Run("a repeated token does not advance", func(t *testing.T) {
		node := simulated.Nodes(region0)[2]
		server.SetFaults(awssim.Fault{Kind: awssim.RepeatedToken, Call: 2, Times: 100})
		first := raw(t, endpoint, region0, actionStatus, statusBody(node, "")).json["NextToken"].(string)
		second := raw(t, endpoint, region0, actionStatus, statusBody(node, first))
		third := raw(t, endpoint, region0, actionStatus, statusBody(node, first))
		if second.json["NextToken"] != first || second.body != third.body || len(second.statuses(t)) != 50 {
			t.Errorf("asked with %s, got %s and %s", first, second.json["NextToken"], third.json["NextToken"])
		}
	})
	t.Run("a repeated token goes round on the first page too", func(t *testing.T) {
		node := simulated.Nodes(region0)[0]
		server.SetFaults(awssim.Fault{Kind: awssim.RepeatedToken})
		first := raw(t, endpoint, region0, actionStatus, statusBody(node, ""))
		second := raw(t, endpoint, region0, actionStatus, statusBody(node, first.json["NextToken"].(string)))
		if first.body != second.body {
			t.Errorf("got %s and %s", first.body, second.body)
		}
	})
	t.Run("a token is refused where a call carries one", func(t *testing.T) {
		node := simulated.Nodes(region0)[2]
		server.SetFaults(awssim.Fault{Kind: awssim.InvalidNextToken, Call: 1})
		_, err := rowsOf(t.Context(), client, node.InstanceID, 0)
		if _, ok := errors.AsType[*types.InvalidNextToken](err); !ok {
			t.Errorf("got %v", err)
		}
		if rows, err := rowsOf(t.Context(), client, node.InstanceID, 0); err != nil || len(rows) != 120 {
			t.Errorf("got %d rows and %v", len(rows), err)
		}
	})
	t.Run("a token on the last page leads to an empty one", func(t *testing.T) {
		server.SetFaults(awssim.Fault{Kind: awssim.TokenOnLastPage})
		server.Reset()
		node := simulated.Nodes(region0)[3]
		rows, err := rowsOf(t.Context(), client, node.InstanceID, 0)
		if err != nil || !reflect.DeepEqual(rowsFromSDK(rows), expected(node.Statuses())) {
			t.Errorf("%d rows and %v", len(rows), err)
		}
		if calls := server.Calls().Action(actionStatus); calls != 2 {
			t.Errorf("%d calls for 50 rows", calls)
		}
		pages := ssm.NewDescribeInstanceInformationPaginator(client, &ssm.DescribeInstanceInformationInput{})
		sizes := []int{}
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			sizes = append(sizes, len(page.InstanceInformationList))
		}
		if !reflect.DeepEqual(sizes, []int{10, 9, 0}) {
			t.Errorf("pages of %v", sizes)
		}
	})
}

func TestFaultsThatAlterRows(t *testing.T) {
	simulated := fleet.New(fleet.Options{})
	server, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: simulated})
	client := defaultClient(t, endpoint)
	node := simulated.Nodes(region0)[2]
	for _, kind := range []awssim.FaultKind{awssim.NullInnerOutput, awssim.LongErrorCode, awssim.FractionalDates, awssim.NoDates} {
		t.Run(kind.String()+" alters rows as Apply does", func(t *testing.T) {
			server.SetFaults(awssim.Fault{Kind: kind})
			rows, err := rowsOf(t.Context(), client, node.InstanceID, 0)
			if err != nil {
				t.Fatal(err)
			}
			want := expected(node.Statuses(), kind)
			if !reflect.DeepEqual(rowsFromSDK(rows), want) {
				t.Error("rows differ from what was expected")
			}
			if reflect.DeepEqual(want, expected(node.Statuses())) {
				t.Error("nothing was altered")
			}
		})
	}
	t.Run("the inner object is null on the wire", func(t *testing.T) {
		server.SetFaults(awssim.Fault{Kind: awssim.NullInnerOutput})
		for _, item := range raw(t, endpoint, region0, actionStatus, statusBody(node, "")).statuses(t) {
			if !reflect.DeepEqual(item["OutputUrl"], map[string]any{"S3OutputUrl": nil}) {
				t.Fatalf("got %v", item["OutputUrl"])
			}
		}
	})
	t.Run("fractions are below a second and error codes are long", func(t *testing.T) {
		for _, row := range node.Statuses() {
			if code := awssim.LongErrorCode.Apply(row).ErrorCode; len(*code) != 17 {
				t.Fatalf("code %s", *code)
			}
			date := awssim.FractionalDates.Apply(row).ExecutionDate
			if date != nil && (*date%1000 == 0 || *date/1000 != *row.ExecutionDate/1000) {
				t.Fatalf("date %s of %s", date, row.ExecutionDate)
			}
		}
	})
	t.Run("kinds that do not alter data leave rows alone", func(t *testing.T) {
		row := node.Statuses()[0]
		if !reflect.DeepEqual(awssim.Throttle.Apply(row), row) || !reflect.DeepEqual(awssim.UnknownMembers.Apply(row), row) {
			t.Error("row was altered")
		}
	})
	t.Run("several kinds strike together", func(t *testing.T) {
		server.SetFaults(awssim.Fault{Kind: awssim.NoDates}, awssim.Fault{Kind: awssim.LongErrorCode}, awssim.Fault{Kind: awssim.UnknownMembers})
		rows, err := rowsOf(t.Context(), client, node.InstanceID, 0)
		if err != nil || !reflect.DeepEqual(rowsFromSDK(rows), expected(node.Statuses(), awssim.NoDates, awssim.LongErrorCode)) {
			t.Errorf("rows differ, %v", err)
		}
	})
	t.Run("unknown members are added at every level and change nothing", func(t *testing.T) {
		server.SetFaults(awssim.Fault{Kind: awssim.UnknownMembers})
		a := raw(t, endpoint, region0, actionStatus, statusBody(node, ""))
		item := a.statuses(t)[0]
		outer := item["OutputUrl"].(map[string]any)
		for i, level := range []map[string]any{a.json, item, outer, outer["S3OutputUrl"].(map[string]any)} {
			if level["AddedLater"] == nil {
				t.Errorf("level %d has no member added", i)
			}
		}
		rows, err := rowsOf(t.Context(), client, node.InstanceID, 0)
		if err != nil || !reflect.DeepEqual(rowsFromSDK(rows), expected(node.Statuses())) {
			t.Errorf("rows differ, %v", err)
		}
		out, err := client.DescribeInstanceInformation(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, info := range out.InstanceInformationList {
			checkInformation(t, simulated.Node(region0, *info.InstanceId).Information(), info)
		}
	})
}

// struckAt sends calls and returns the numbers of those that were throttled.
func struckAt(t *testing.T, endpoint string, calls int) []int {
	t.Helper()
	var struck []int
	for i := 1; i <= calls; i++ {
		if raw(t, endpoint, region0, actionInformation, `{}`).code() == "ThrottlingException" {
			struck = append(struck, i)
		}
	}
	return struck
}

func TestFaultsStrikeWhenTheyAreMeantTo(t *testing.T) {
	server, endpoint := start(t, awssim.Options{Faults: []awssim.Fault{{Kind: awssim.Throttle, Call: 2}}})
	for _, c := range []struct {
		name  string
		fault awssim.Fault
		want  []int
	}{
		{"at one call", awssim.Fault{Call: 2}, []int{2}},
		{"at a number of calls from one on", awssim.Fault{Call: 2, Times: 3}, []int{2, 3, 4}},
		{"at every call", awssim.Fault{}, []int{1, 2, 3, 4, 5, 6}},
		{"at most a number of times", awssim.Fault{Times: 2}, []int{1, 2}},
		{"surely at a probability of one", awssim.Fault{Probability: 1, Times: 2}, []int{1, 2}},
		{"not in another region", awssim.Fault{Region: "eu-west-1"}, nil},
		{"not at another action", awssim.Fault{Action: actionStatus}, nil},
		{"not at another node", awssim.Fault{InstanceID: "i-00000000"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.fault.Kind = awssim.Throttle
			server.SetFaults(c.fault)
			if got := struckAt(t, endpoint, 6); !reflect.DeepEqual(got, c.want) {
				t.Errorf("struck at %v, want %v", got, c.want)
			}
		})
	}
	t.Run("with a probability, at the same calls each time and about so often", func(t *testing.T) {
		server.SetFaults(awssim.Fault{Kind: awssim.Throttle, Probability: 0.3, Seed: 4})
		first := struckAt(t, endpoint, 100)
		server.Reset()
		if second := struckAt(t, endpoint, 100); !reflect.DeepEqual(first, second) {
			t.Errorf("struck at %v, then at %v", first, second)
		}
		if len(first) < 15 || len(first) > 45 {
			t.Errorf("struck %d times of 100", len(first))
		}
		server.SetFaults(awssim.Fault{Kind: awssim.Throttle, Probability: 0.3, Seed: 5})
		if other := struckAt(t, endpoint, 100); reflect.DeepEqual(first, other) {
			t.Error("another seed struck at the same calls")
		}
	})
	t.Run("at a node, counting the calls for that node alone", func(t *testing.T) {
		simulated := fleet.New(fleet.Options{})
		a, b := simulated.Nodes(region0)[0], simulated.Nodes(region0)[1]
		server.SetFaults(awssim.Fault{Kind: awssim.InternalError, InstanceID: b.InstanceID, Call: 2})
		var got []int
		for _, n := range []*fleet.Node{a, b, a, b, b} {
			got = append(got, raw(t, endpoint, region0, actionStatus, statusBody(n, "")).status)
		}
		if !reflect.DeepEqual(got, []int{200, 200, 200, 500, 200}) {
			t.Errorf("got %v", got)
		}
		server.SetFaults(awssim.Fault{Kind: awssim.InternalError, InstanceID: b.InstanceID})
		body := fmt.Sprintf(`{"Filters":[{"Key":"InstanceIds","Values":[%q]}]}`, b.InstanceID)
		if got := raw(t, endpoint, region0, actionInformation, body).status; got != 500 {
			t.Errorf("a filter naming the node got %d", got)
		}
	})
	t.Run("the first of two that replace the answer wins and both are numbered", func(t *testing.T) {
		server.SetFaults(awssim.Fault{Kind: awssim.InternalError, Call: 1}, awssim.Fault{Kind: awssim.Throttle, Call: 1, Times: 2})
		var got []string
		for range 3 {
			got = append(got, raw(t, endpoint, region0, actionInformation, `{}`).code())
		}
		if !reflect.DeepEqual(got, []string{"InternalServerError", "ThrottlingException", ""}) {
			t.Errorf("got %v", got)
		}
	})
}

func TestFaultsOfOtherServicesHaveToBeNamed(t *testing.T) {
	server, endpoint := start(t, awssim.Options{})
	identity := url.Values{"Action": {"GetCallerIdentity"}, "Version": {"2011-06-15"}}
	regions := url.Values{"Action": {"DescribeRegions"}, "Version": {"2016-11-15"}}
	ask := func(service string, form url.Values) answer {
		return query(t, endpoint, awssim.DefaultAccessKeyID, service, form)
	}
	server.SetFaults(awssim.Fault{Kind: awssim.Throttle})
	if a := ask("sts", identity); a.status != 200 {
		t.Errorf("a fault of no action struck: %d %s", a.status, a.body)
	}
	for _, c := range []struct {
		kind           awssim.FaultKind
		sts, ec2       int
		stsHas, ec2Has string
	}{
		{awssim.Throttle, 400, 503, "<Code>Throttling</Code>", "<Code>RequestLimitExceeded</Code>"},
		{awssim.InternalError, 500, 500, "<Code>InternalFailure</Code>", "<Code>InternalError</Code>"},
		{awssim.Unavailable, 503, 503, "<html>", "<html>"},
		{awssim.MalformedJSON, 200, 200, "<Broken", "<Broken"},
		{awssim.AccessDenied, 403, 403, "<Code>AccessDenied</Code>", "<Code>UnauthorizedOperation</Code>"},
		{awssim.ExpiredToken, 403, 400, "<Code>ExpiredToken</Code>", "<Code>RequestExpired</Code>"},
		{awssim.NoDates, 200, 200, "<Account>", "<regionName>"},
		{awssim.SlowBody, 200, 200, "<Account>", "<regionName>"},
	} {
		t.Run(c.kind.String(), func(t *testing.T) {
			server.SetFaults(awssim.Fault{Kind: c.kind, Action: "GetCallerIdentity"}, awssim.Fault{Kind: c.kind, Action: "DescribeRegions"})
			if a := ask("sts", identity); a.status != c.sts || !strings.Contains(a.body, c.stsHas) {
				t.Errorf("sts: %d %s", a.status, a.body)
			}
			if a := ask("ec2", regions); a.status != c.ec2 || !strings.Contains(a.body, c.ec2Has) {
				t.Errorf("ec2: %d %s", a.status, a.body)
			}
		})
	}
}

func TestFaultKindsHaveDistinctNames(t *testing.T) {
	seen := make(map[string]bool)
	for kind := awssim.FaultKind(0); kind <= awssim.TokenOnLastPage; kind++ {
		if seen[kind.String()] {
			t.Errorf("%s occurs twice", kind)
		}
		seen[kind.String()] = true
	}
}
