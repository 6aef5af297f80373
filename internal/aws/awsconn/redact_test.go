package awsconn

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestRepeatedTokens has each operation refused with an answer that repeats the session
// token of the request, as AWS does where a signature does not match. No error repeats it.
func TestRepeatedTokens(t *testing.T) {
	const token = "IQoJb3JpZ2luX2VjE/" + canary + "+//=="
	const canonical = "The Canonical String for this request should have been 'POST\n/\n\nx-amz-security-token:" + token + "\n'"
	inJSON, err := json.Marshal(canonical)
	if err != nil {
		t.Fatal(err)
	}
	ofSSM := `{"__type":"InvalidSignatureException","message":` + string(inJSON) + `}`
	ofSTS := "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>" + canonical + "</Message></Error></ErrorResponse>"
	for name, test := range map[string]struct {
		ssm    bool // the call that is refused; else that of STS
		status int
		body   string
	}{
		"Systems Manager":                      {true, 403, ofSSM},
		"Systems Manager, with a good status":  {true, 200, ofSSM},
		"Systems Manager, with escapes":        {true, 400, strings.NewReplacer("/", `\/`, "=", `\u003d`).Replace(ofSSM)},
		"Systems Manager, as in a URL":         {true, 400, strings.NewReplacer("/", "%2F", "=", "%3d", "+", "%2B").Replace(ofSSM)},
		"Systems Manager, something else":      {true, 200, "<html>" + token + "</html>"},
		"Systems Manager, an error of no form": {true, 500, token},
		"STS":                                  {false, 403, ofSTS},
		"STS, something else":                  {false, 403, token},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("X-Amz-Security-Token") != token {
					t.Error("the request has no token: the test shows nothing")
				}
				if ofOther := r.Header.Get("X-Amz-Target") == ""; ofOther == test.ssm {
					_, _ = io.WriteString(w, "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account>"+
						"<Arn>arn:aws:iam::123456789012:user/u</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>")
					return
				}
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			}))
			defer server.Close()
			c := New("c", Config{
				EndpointURL: &server.URL, AccessKey: new("k"), SecretKey: new("s"), SessionToken: new(token),
				Regions: []string{"eu-west-1"}, MaxErrorRetryAttempts: new(1),
			}, NewShared(), nil)
			err := callOnce(t.Context(), c)
			if err == nil || strings.Contains(fmt.Sprint(err), canary) {
				t.Errorf("error %v", err)
			}
		})
	}
}
