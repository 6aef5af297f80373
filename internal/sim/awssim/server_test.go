package awssim_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/smithy-go"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/test/await"
)

func codeOf(err error) string {
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return e.ErrorCode()
	}
	return fmt.Sprint(err)
}

func TestKeysSelectAccounts(t *testing.T) {
	first := fleet.New(fleet.Options{Seed: 1})
	second := fleet.New(fleet.Options{Seed: 2, AccountID: "210987654321", Regions: []string{region0}})
	_, endpoint := start(t, awssim.Options{},
		awssim.Account{Fleet: first, DisabledRegions: []string{"eu-central-2"}},
		awssim.Account{AccessKeyID: "AKIASECOND", Fleet: second, SessionToken: "correct"})
	for _, c := range []struct {
		name, key, token, region, code string
		sees                           *fleet.Fleet
	}{
		{"the default key selects the first account", awssim.DefaultAccessKeyID, "", region0, "", first},
		{"the simple key selects the first account", "test", "", region0, "", first},
		{"another key selects another account", "AKIASECOND", "correct", region0, "", second},
		{"an unknown key is refused", "AKIANOBODY", "", region0, "UnrecognizedClientException", nil},
		{"a missing session token is refused", "AKIASECOND", "", region0, "UnrecognizedClientException", nil},
		{"a wrong session token is refused", "AKIASECOND", "wrong", region0, "UnrecognizedClientException", nil},
		{"a region of another account is refused", "AKIASECOND", "correct", "eu-west-1", "UnrecognizedClientException", nil},
		{"a disabled region is refused", awssim.DefaultAccessKeyID, "", "eu-central-2", "UnrecognizedClientException", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := ssmClient(t, endpoint, c.region, c.key, c.token).DescribeInstanceInformation(t.Context(), nil)
			if c.code != "" {
				if codeOf(err) != c.code {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if id := *out.InstanceInformationList[0].InstanceId; id != c.sees.Nodes(c.region)[0].InstanceID {
				t.Errorf("first node is %s", id)
			}
		})
	}
}

func TestCredentialScopeIsRequired(t *testing.T) {
	server, endpoint := start(t, awssim.Options{})
	for _, c := range []struct {
		name, authorization, code string
	}{
		{"none at all", "", "MissingAuthenticationTokenException"},
		{"of another scheme", "Bearer abc", "IncompleteSignatureException"},
		{"without a credential", "AWS4-HMAC-SHA256 Signature=00", "IncompleteSignatureException"},
		{"with a part missing", "AWS4-HMAC-SHA256 Credential=K/20260101/us-east-1/aws4_request, Signature=00", "IncompleteSignatureException"},
		{"for another service", scope(awssim.DefaultAccessKeyID, region0, "sts"), "InvalidSignatureException"},
	} {
		t.Run(c.name, func(t *testing.T) {
			header := ssmHeader("", "", actionInformation)
			header["Authorization"] = c.authorization
			a, err := send(t, endpoint, header, `{}`)
			if err != nil || a.status != 400 || a.code() != c.code {
				t.Errorf("got %d %s, %v", a.status, a.body, err)
			}
		})
	}
	t.Run("is never counted with its key", func(t *testing.T) {
		raw(t, endpoint, region0, actionInformation, `{}`)
		if _, err := send(t, endpoint, ssmHeader("AKIANOBODY", region0, "Made.Up/Name"), `{}`); err != nil {
			t.Fatal(err)
		}
		if table := server.Calls().String(); strings.Contains(table, "AKIA") || strings.Contains(table, "Made") {
			t.Errorf("counted\n%s", table)
		}
	})
}

func TestOtherRequestsAreTurnedAway(t *testing.T) {
	server, endpoint := start(t, awssim.Options{})
	for _, c := range []struct{ method, path string }{{http.MethodGet, "/"}, {http.MethodPost, "/other"}} {
		req, err := http.NewRequestWithContext(t.Context(), c.method, endpoint+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := httpClient(t).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s %s: %d", c.method, c.path, resp.StatusCode)
		}
	}
	huge := `{"InstanceId":"` + strings.Repeat("x", 2<<20) + `"}`
	if a, err := send(t, endpoint, ssmHeader(awssim.DefaultAccessKeyID, region0, actionStatus), huge); err == nil && a.code() != "SerializationException" {
		t.Errorf("huge body: %d %s", a.status, a.body)
	}
	if n := server.Calls().Filter("", "", awssim.OutcomeOK).Total(); n != 0 {
		t.Errorf("%d calls went through", n)
	}
}

func TestPermissionsAreEnforced(t *testing.T) {
	server, endpoint := start(t, awssim.Options{Allow: map[string]bool{"ssm:" + actionStatus: true}})
	regions := url.Values{"Action": {"DescribeRegions"}, "Version": {"2016-11-15"}}
	role := url.Values{"Action": {"AssumeRole"}, "Version": {"2011-06-15"}, "RoleArn": {"arn:aws:iam::123456789012:role/reader"}, "RoleSessionName": {"test"}}
	identity := url.Values{"Action": {"GetCallerIdentity"}, "Version": {"2011-06-15"}}

	a := raw(t, endpoint, region0, actionInformation, `{"MaxResults":-1}`)
	want := "User: arn:aws:iam::123456789012:user/simulated is not authorized to perform: ssm:DescribeInstanceInformation on resource: arn:aws:ssm:us-east-1:123456789012:*"
	if a.status != 400 || a.code() != "AccessDeniedException" || !strings.HasPrefix(a.json["message"].(string), want) {
		t.Errorf("ssm: %d %s", a.status, a.body)
	}
	if a := raw(t, endpoint, region0, actionStatus, `{"InstanceId":"i-00000000"}`); a.code() != "InvalidInstanceId" {
		t.Errorf("an allowed action: %d %s", a.status, a.body)
	}
	if a := query(t, endpoint, "test", "ec2", regions); a.status != 403 || !strings.Contains(a.body, "<Code>UnauthorizedOperation</Code>") {
		t.Errorf("ec2: %d %s", a.status, a.body)
	}
	if a := query(t, endpoint, "test", "sts", role); a.status != 403 || !strings.Contains(a.body, "on resource: arn:aws:iam::123456789012:role/reader") {
		t.Errorf("sts: %d %s", a.status, a.body)
	}
	if a := query(t, endpoint, "test", "sts", identity); a.status != 200 {
		t.Errorf("identity: %d %s", a.status, a.body)
	}
	if n := server.Calls().Filter("", actionInformation, "AccessDeniedException").Total(); n != 1 {
		t.Errorf("counted\n%s", server.Calls())
	}
}

func TestRateLimitAppliesToEachActionOfARegion(t *testing.T) {
	// So slow a rate that no token comes back while the test runs.
	server, endpoint := start(t, awssim.Options{TPS: 0.001, Burst: 3, Latency: 50 * time.Millisecond})
	node := fleet.New(fleet.Options{}).Nodes(region0)[0]
	var codes []string
	var took time.Duration
	for range 5 {
		begin := time.Now()
		codes = append(codes, raw(t, endpoint, region0, actionInformation, `{}`).code())
		took = time.Since(begin)
	}
	if got := strings.Join(codes, ","); got != ",,,ThrottlingException,ThrottlingException" {
		t.Errorf("got %s", got)
	}
	if took >= 50*time.Millisecond {
		t.Errorf("a throttled call took %s", took)
	}
	if a := raw(t, endpoint, region0, actionStatus, statusBody(node, "")); a.status != 200 {
		t.Errorf("another action: %s", a.body)
	}
	if a := raw(t, endpoint, "eu-west-1", actionInformation, `{}`); a.status != 200 {
		t.Errorf("another region: %s", a.body)
	}
	if n := server.Calls().Filter(region0, actionInformation, "ThrottlingException").Total(); n != 2 {
		t.Errorf("counted\n%s", server.Calls())
	}
	server.Reset()
	if a := raw(t, endpoint, region0, actionInformation, `{}`); a.status != 200 {
		t.Errorf("after a reset: %s", a.body)
	}
}

func TestLatencyEndsWhenTheClientLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := awssim.New(awssim.Options{Latency: time.Minute})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		func() {
			// As net/http closes a connection.
			defer func() {
				if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) {
					t.Errorf("the handler ended with %v", err)
				}
			}()
			server.ServeHTTP(httptest.NewRecorder(), ssmRequest(awssim.DefaultAccessKeyID, actionInformation, `{}`).WithContext(ctx))
		}()
		if took := time.Since(begin); took != time.Second {
			t.Errorf("it took %s", took)
		}
		if server.Calls().Filter("", "", "canceled").Total() != 1 {
			t.Errorf("counted\n%s", server.Calls())
		}
	})
}

func TestCallsAreCountedExactly(t *testing.T) {
	server, endpoint := start(t, awssim.Options{Latency: 5 * time.Millisecond})
	const workers, each = 8, 25
	regions := []string{region0, "eu-west-1"}
	var wg sync.WaitGroup
	for w := range workers {
		client := ssmClient(t, endpoint, regions[w%2], awssim.DefaultAccessKeyID, "")
		wg.Go(func() {
			for i := range each {
				if i == 0 {
					_, _ = client.DescribeInstanceAssociationsStatus(t.Context(), &ssm.DescribeInstanceAssociationsStatusInput{InstanceId: new("i-00000000")})
					continue
				}
				if _, err := client.DescribeInstanceInformation(t.Context(), nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	calls := server.Calls()
	for name, pair := range map[string][2]int{
		"total":            {calls.Total(), workers * each},
		"by action":        {calls.Action(actionInformation), workers * (each - 1)},
		"by region":        {calls.Filter(region0, "", "").Total(), workers * each / 2},
		"by outcome":       {calls.Filter("", "", "InvalidInstanceId").Total(), workers},
		"by key":           {calls[awssim.CountKey{Account: fleet.DefaultAccountID, Region: region0, Action: actionStatus, Outcome: "InvalidInstanceId"}], workers / 2},
		"tcp connections":  {server.Connections(), workers},
		"of nothing there": {calls.Action("Nothing"), 0},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %d, want %d", name, pair[0], pair[1])
		}
	}
	if most := server.MaxInFlightIn(region0); most < 1 || most > workers/2 || server.MaxInFlight() < most {
		t.Errorf("%d at once in one region, %d in any", most, server.MaxInFlight())
	}
	if most := server.MaxInFlightOverall(); most < server.MaxInFlight() || most > workers {
		t.Errorf("%d at once in all", most)
	}
	table := calls.String()
	if lines := strings.Split(strings.TrimSpace(table), "\n"); len(lines) != 5 || !strings.HasPrefix(lines[0], "ACCOUNT") || !strings.Contains(lines[1], "eu-west-1") {
		t.Errorf("table\n%s", table)
	}
	server.Reset()
	if server.Calls().Total() != 0 || server.MaxInFlight() != 0 || server.MaxInFlightIn("nowhere") != 0 || server.MaxInFlightOverall() != 0 || server.Connections() != 0 {
		t.Error("a reset left something")
	}
}

func TestRequestsOfASequentialClientNeverOverlap(t *testing.T) {
	server, endpoint := start(t, awssim.Options{})
	client := defaultClient(t, endpoint)
	node := fleet.New(fleet.Options{}).Nodes(region0)[2]
	for range 30 {
		if _, err := rowsOf(t.Context(), client, node.InstanceID, 0); err != nil {
			t.Fatal(err)
		}
	}
	if most := server.MaxInFlight(); most != 1 {
		t.Errorf("%d at once", most)
	}
}

func TestListenersAreForLoopbackOnly(t *testing.T) {
	server := awssim.New(awssim.Options{})
	for _, addr := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:0", "example.com:0", "127.0.0.1"} {
		l, err := server.Start(addr)
		if err == nil {
			_ = l.Close()
			t.Errorf("%s was accepted", addr)
		} else if !strings.Contains(err.Error(), addr) {
			t.Errorf("%s: %v", addr, err)
		}
	}
	for _, addr := range []string{"127.0.0.1:0", "localhost:0"} {
		l, err := server.Start(addr)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(l.URL(), "http://127.0.0.1:") {
			t.Errorf("%s is at %s", addr, l.URL())
		}
		if err := errors.Join(l.Close(), l.Close()); err != nil {
			t.Error(err)
		}
		if _, err := send(t, l.URL(), nil, ""); err == nil {
			t.Errorf("%s still answers", addr)
		}
	}
}

func TestClosingAListenerDoesNotWaitForSlowRequests(t *testing.T) {
	server := awssim.New(awssim.Options{Latency: time.Minute})
	l, err := server.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	failed := make(chan error, 1)
	client := defaultClient(t, l.URL())
	go func() {
		_, err := client.DescribeInstanceInformation(context.Background(), nil)
		failed <- err
	}()
	await.Until(t, func() bool { return server.MaxInFlight() > 0 }, func() string { return "no request arrived" })
	begin := time.Now()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
	if <-failed == nil {
		t.Error("the request was answered")
	}
}

func TestHandlerWorksWithoutAListener(t *testing.T) {
	server := awssim.New(awssim.Options{}, awssim.Account{AccessKeyID: "AKIAONE"}, awssim.Account{})
	rec := httptest.NewRecorder()
	server.ServeHTTP(rec, ssmRequest("AKIAONE", actionInformation, `{}`))
	if rec.Code != http.StatusOK || rec.Header().Get("X-Amzn-Requestid") == "" {
		t.Errorf("got %d %s", rec.Code, rec.Body)
	}
}
