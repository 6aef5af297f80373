package awssim_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

func TestGetCallerIdentityTellsWhoseKeyItIs(t *testing.T) {
	_, endpoint := start(t, awssim.Options{},
		awssim.Account{},
		awssim.Account{AccessKeyID: "AKIASECOND", UserARN: "arn:aws:iam::210987654321:user/somebody", DisabledRegions: []string{region0},
			Fleet: fleet.New(fleet.Options{AccountID: "210987654321", Nodes: 1})},
		awssim.Account{AccessKeyID: "AKIATHIRD", UserARN: "arn:aws-cn:iam::333333333333:user/somebody",
			Fleet: fleet.New(fleet.Options{AccountID: "333333333333", Nodes: 1})})
	for _, c := range []struct{ name, key, arn, account, code string }{
		{"the default account", awssim.DefaultAccessKeyID, "arn:aws:iam::123456789012:user/simulated", "123456789012", ""},
		{"an account with a name of its own", "AKIATHIRD", "arn:aws-cn:iam::333333333333:user/somebody", "333333333333", ""},
		{"an unknown key", "AKIANOBODY", "", "", "InvalidClientTokenId"},
		{"a key in a region it may not use", "AKIASECOND", "", "", "InvalidClientTokenId"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := stsClient(t, endpoint, c.key, "").GetCallerIdentity(t.Context(), nil)
			if c.code != "" {
				if codeOf(err) != c.code {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if *out.Arn != c.arn || *out.Account != c.account || !strings.HasPrefix(*out.UserId, "AIDA") || len(*out.UserId) != 20 {
				t.Errorf("got %s %s %s", *out.Arn, *out.Account, *out.UserId)
			}
		})
	}
}

func TestAssumeRoleOpensAnotherAccount(t *testing.T) {
	target := fleet.New(fleet.Options{Seed: 9, AccountID: "210987654321"})
	server, endpoint := start(t, awssim.Options{},
		awssim.Account{},
		awssim.Account{Fleet: target, Roles: map[string]awssim.Role{"reader": {}, "guarded": {ExternalID: "agreed"}}})
	client := stsClient(t, endpoint, awssim.DefaultAccessKeyID, "")
	in := func(arn, external string) *sts.AssumeRoleInput {
		i := &sts.AssumeRoleInput{RoleArn: new(arn), RoleSessionName: new("session")}
		if external != "" {
			i.ExternalId = new(external)
		}
		return i
	}
	for _, c := range []struct{ name, arn, external, code string }{
		{"a role that asks for nothing", "arn:aws:iam::210987654321:role/reader", "", ""},
		{"a role with a path", "arn:aws:iam::210987654321:role/some/path/reader", "", ""},
		{"a role with its external id", "arn:aws:iam::210987654321:role/guarded", "agreed", ""},
		{"a role without its external id", "arn:aws:iam::210987654321:role/guarded", "", "AccessDenied"},
		{"a role with another external id", "arn:aws:iam::210987654321:role/guarded", "other", "AccessDenied"},
		{"a role there is not", "arn:aws:iam::210987654321:role/writer", "", "AccessDenied"},
		{"an account there is not", "arn:aws:iam::999999999999:role/reader", "", "AccessDenied"},
		{"an ARN that is not a role's", "arn:aws:iam::210987654321:user/somebody", "", "ValidationError"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := client.AssumeRole(t.Context(), in(c.arn, c.external))
			if c.code != "" {
				if codeOf(err) != c.code {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if left := time.Until(*out.Credentials.Expiration); left < 50*time.Minute || left > 61*time.Minute {
				t.Errorf("%s left", left)
			}
			key, token := *out.Credentials.AccessKeyId, *out.Credentials.SessionToken
			who, err := stsClient(t, endpoint, key, token).GetCallerIdentity(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if *who.Account != "210987654321" || *who.Arn != *out.AssumedRoleUser.Arn || !strings.HasPrefix(*who.Arn, "arn:aws:sts::210987654321:assumed-role/") {
				t.Errorf("is %s of %s", *who.Arn, *who.Account)
			}
			nodes, err := ssmClient(t, endpoint, region0, key, token).DescribeInstanceInformation(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if *nodes.InstanceInformationList[0].InstanceId != target.Nodes(region0)[0].InstanceID {
				t.Error("sees another fleet")
			}
			if _, err := ssmClient(t, endpoint, region0, key, "").DescribeInstanceInformation(t.Context(), nil); codeOf(err) != "UnrecognizedClientException" {
				t.Errorf("without the session token: %v", err)
			}
			if table := server.Calls().String(); strings.Contains(table, key) || strings.Contains(table, token) {
				t.Errorf("counted\n%s", table)
			}
		})
	}
	t.Run("and checks the session's name and length", func(t *testing.T) {
		bad := in("arn:aws:iam::210987654321:role/reader", "")
		bad.RoleSessionName = new("no spaces")
		if _, err := client.AssumeRole(t.Context(), bad); codeOf(err) != "ValidationError" {
			t.Errorf("got %v", err)
		}
		bad = in("arn:aws:iam::210987654321:role/reader", "")
		bad.DurationSeconds = new(int32(60))
		if _, err := client.AssumeRole(t.Context(), bad); codeOf(err) != "ValidationError" {
			t.Errorf("got %v", err)
		}
		good := in("arn:aws:iam::210987654321:role/reader", "")
		good.DurationSeconds = new(int32(900))
		if out, err := client.AssumeRole(t.Context(), good); err != nil || time.Until(*out.Credentials.Expiration) > 16*time.Minute {
			t.Errorf("got %v", err)
		}
	})
}

func TestQueryRequestsAreChecked(t *testing.T) {
	_, endpoint := start(t, awssim.Options{})
	for _, c := range []struct {
		name, key, service string
		form               url.Values
		status             int
		code               string
	}{
		{"an unknown action", "test", "sts", url.Values{"Action": {"GetFederationToken"}, "Version": {"2011-06-15"}}, 400, "InvalidAction"},
		{"an unknown version", "test", "sts", url.Values{"Action": {"GetCallerIdentity"}, "Version": {"2010-01-01"}}, 400, "InvalidAction"},
		{"an action of another service", "test", "ec2", url.Values{"Action": {"GetCallerIdentity"}, "Version": {"2011-06-15"}}, 400, "InvalidAction"},
		{"an unknown service", "test", "s3", url.Values{"Action": {"GetCallerIdentity"}, "Version": {"2011-06-15"}}, 400, "InvalidAction"},
		{"an unknown key at sts", "AKIANOBODY", "sts", url.Values{"Action": {"GetCallerIdentity"}, "Version": {"2011-06-15"}}, 403, "InvalidClientTokenId"},
		{"an unknown key at ec2", "AKIANOBODY", "ec2", url.Values{"Action": {"DescribeRegions"}, "Version": {"2016-11-15"}}, 401, "AuthFailure"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := query(t, endpoint, c.key, c.service, c.form)
			if a.status != c.status || !strings.Contains(a.body, "<Code>"+c.code+"</Code>") {
				t.Errorf("got %d %s", a.status, a.body)
			}
		})
	}
	for name, want := range map[string]struct {
		header map[string]string
		body   string
		status int
		code   string
	}{
		"no authorization":   {nil, "Action=GetCallerIdentity&Version=2011-06-15", 403, "MissingAuthenticationToken"},
		"odd authorization":  {map[string]string{"Authorization": "Basic x"}, "Action=GetCallerIdentity&Version=2011-06-15", 400, "IncompleteSignature"},
		"no form in a query": {map[string]string{"Authorization": scope("test", region0, "sts")}, "%zz", 400, "MalformedQueryString"},
	} {
		a, err := send(t, endpoint, want.header, want.body)
		if err != nil || a.status != want.status || !strings.Contains(a.body, "<Code>"+want.code+"</Code>") {
			t.Errorf("%s: %d %s %v", name, a.status, a.body, err)
		}
	}
}
