package awsconn

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// witness stands in for AWS and for everything that gives credentials. It records who
// called what, where: each request as "endpoint service operation key region".
type witness struct {
	endpoints map[string]string // URLs by name: a, b, and tls

	mu       sync.Mutex
	requests []string
	// certificate is that of the endpoint tls.
	tls *httptest.Server
}

func newWitness(t *testing.T) *witness {
	w := &witness{endpoints: map[string]string{}}
	for _, name := range []string{"a", "b", "tls"} {
		server := httptest.NewUnstartedServer(w.handler(name))
		server.Config.ErrorLog = log.New(io.Discard, "", 0) // of certificates that are refused
		if name == "tls" {
			w.tls = server
			server.StartTLS()
		} else {
			server.Start()
		}
		t.Cleanup(server.Close)
		w.endpoints[name] = server.URL
	}
	return w
}

// fill replaces {a}, {b} and {tls} in a text by the endpoints' URLs.
func (w *witness) fill(text string) string {
	for name, endpoint := range w.endpoints {
		text = strings.ReplaceAll(text, "{"+name+"}", endpoint)
	}
	return text
}

// taken returns the requests since it was last called.
func (w *witness) taken() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	requests := w.requests
	w.requests = nil
	return requests
}

var credentialScope = regexp.MustCompile(`Credential=([^/]*)/\d+/([^/]*)/`)

func (w *witness) handler(endpoint string) http.HandlerFunc {
	return func(out http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		key, region := "-", "-"
		if scope := credentialScope.FindStringSubmatch(r.Header.Get("Authorization")); scope != nil {
			key, region = scope[1], scope[2]
		}
		operation := func(service, name string) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.requests = append(w.requests, strings.Join([]string{endpoint, service, name, key, region}, " "))
		}
		switch path := r.URL.Path; {
		case path == "/mark":
			operation("mark", "-")
		case r.Header.Get("X-Amz-Target") != "":
			operation("ssm", strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AmazonSSM."))
			out.Header().Set("Content-Type", "application/x-amz-json-1.1")
			_, _ = fmt.Fprint(out, `{"InstanceAssociationStatusInfos":[]}`)
		case r.Form.Get("Action") != "":
			operation("sts", r.Form.Get("Action"))
			answerSTS(out, r.Form, key)
		case strings.HasPrefix(path, "/federation/credentials"):
			operation("sso", "GetRoleCredentials")
			answerSSO(out, r)
		case path == "/token":
			operation("sso-oidc", "CreateToken")
			_, _ = fmt.Fprint(out, `{"accessToken":"renewed","expiresIn":3600,"tokenType":"Bearer","refreshToken":"next"}`)
		default:
			operation("metadata", r.Method+" "+path)
			answerMetadata(out, r)
		}
	}
}

func in(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339) }

func answerSTS(out http.ResponseWriter, form url.Values, caller string) {
	action := form.Get("Action")
	arn := form.Get("RoleArn")
	name := arn[strings.LastIndexByte(arn, '/')+1:]
	if name == "denied" {
		out.WriteHeader(http.StatusForbidden)
		_, _ = fmt.Fprint(out, `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>`+
			`<Message>not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>`)
		return
	}
	credentials := func(key string) string {
		return fmt.Sprintf("<AssumedRoleUser><Arn>%s</Arn><AssumedRoleId>x</AssumedRoleId></AssumedRoleUser>"+
			"<Credentials><AccessKeyId>%s</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"+
			"<SessionToken>t</SessionToken><Expiration>%s</Expiration></Credentials>", arn, key, in(time.Hour))
	}
	var result string
	switch action {
	case "AssumeRole":
		result = credentials(strings.Join([]string{"role", name, form.Get("ExternalId"), form.Get("DurationSeconds"), caller}, "."))
		// botocore leaves the default duration out, the AWS SDK sends it.
		result = strings.ReplaceAll(result, ".900.", "..")
	case "AssumeRoleWithWebIdentity":
		result = credentials("web." + name + "." + form.Get("WebIdentityToken"))
	default:
		result = "<Account>123456789012</Account><UserId>u</UserId><Arn>arn:aws:iam::123456789012:user/u</Arn>"
	}
	out.Header().Set("Content-Type", "text/xml")
	_, _ = fmt.Fprintf(out, `<%[1]sResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><%[1]sResult>%[2]s</%[1]sResult>`+
		`<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></%[1]sResponse>`, action, result)
}

func answerSSO(out http.ResponseWriter, r *http.Request) {
	token := r.Header.Get("X-Amz-Sso_bearer_token")
	out.Header().Set("Content-Type", "application/json")
	if token == "revoked" {
		out.Header().Set("X-Amzn-Errortype", "UnauthorizedException")
		out.WriteHeader(http.StatusUnauthorized)
		_, _ = fmt.Fprint(out, `{"message":"Session token not found or invalid"}`)
		return
	}
	query := r.URL.Query()
	_ = json.NewEncoder(out).Encode(map[string]any{"roleCredentials": map[string]any{
		"accessKeyId":     strings.Join([]string{"sso", query.Get("account_id"), query.Get("role_name"), token}, "."),
		"secretAccessKey": "s", "sessionToken": "t", "expiration": time.Now().Add(time.Hour).UnixMilli(),
	}})
}

// answerMetadata answers for the services of containers (/container/...) and instances.
func answerMetadata(out http.ResponseWriter, r *http.Request) {
	answer := func(key, expiration string) {
		_, _ = fmt.Fprintf(out, `{"Code":"Success","AccessKeyId":%q,"SecretAccessKey":"s","Token":"t","Expiration":%q}`,
			key, expiration)
	}
	switch r.URL.Path {
	case "/container":
		answer("container"+r.Header.Get("Authorization"), in(time.Hour))
	case "/container/offset":
		answer("container", strings.Replace(in(time.Hour), "Z", "+0000", 1))
	case "/container/utc":
		answer("container", strings.Replace(in(time.Hour), "Z", "UTC", 1))
	case "/container/nothing":
		_, _ = fmt.Fprint(out, "{}")
	case "/latest/api/token", "/v1/latest/api/token":
		if strings.HasPrefix(r.URL.Path, "/v1") {
			out.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = fmt.Fprint(out, "token")
	case "/latest/meta-data/iam/security-credentials/", "/v1/latest/meta-data/iam/security-credentials/":
		_, _ = fmt.Fprint(out, "web")
	case "/latest/meta-data/iam/security-credentials/web", "/v1/latest/meta-data/iam/security-credentials/web":
		answer("instance"+r.Header.Get("X-Aws-Ec2-Metadata-Token"), in(time.Hour))
	case "/norole/latest/api/token":
		_, _ = fmt.Fprint(out, "token")
	default:
		out.WriteHeader(http.StatusNotFound)
	}
}
