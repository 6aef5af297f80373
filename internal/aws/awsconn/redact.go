package awsconn

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
)

// tokenHeaders are the headers of a request that hold a token of the credentials.
var tokenHeaders = []string{"X-Amz-Security-Token", "X-Amz-Sso_bearer_token"}

// shortestToken is the length from which a token is looked for. AWS's have hundreds of
// characters; a few could be part of any answer.
const shortestToken = 16

// withoutTokens returns an error answer without the tokens of its request. AWS repeats the
// signed headers of a request, with the session token, when the signature does not match.
func withoutTokens(answer []byte, request http.Header) []byte {
	for _, name := range tokenHeaders {
		if token := request.Get(name); len(token) >= shortestToken {
			answer = escapedForms(token).ReplaceAll(answer, []byte("***"))
		}
	}
	return answer
}

// escapedForms matches a token as it is, and as it is escaped in JSON, XML and URLs.
func escapedForms(token string) *regexp.Regexp {
	var pattern strings.Builder
	for _, b := range []byte(token) {
		c := regexp.QuoteMeta(string(rune(b)))
		switch {
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9':
			pattern.WriteString(c)
		default:
			fmt.Fprintf(&pattern, `(?:\\?%[1]s|(?i:\\u00%02[2]x|%%%02[2]x|&#x%02[2]x;)|&#%[2]d;)`, c, b)
		}
	}
	return regexp.MustCompile(pattern.String())
}
