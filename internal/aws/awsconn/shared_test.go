package awsconn

import (
	"fmt"
	"strings"
	"testing"
)

// TestMaxConcurrentRequestsOfTheProcess checks that a number of requests that is not one is
// an error of every query, and not the default.
func TestMaxConcurrentRequestsOfTheProcess(t *testing.T) {
	for value, valid := range map[string]bool{
		"": true, "1": true, "300": true, "abc": false, "0": false, "-1": false, "1.5": false, "1e3": false, "99999999999999999999": false,
	} {
		t.Run(fmt.Sprintf("%q", value), func(t *testing.T) {
			t.Setenv(maxRequestsVariable, value)
			config := Config{Regions: []string{"us-east-1"}, AccessKey: new("key"), SecretKey: new("secret")}
			_, err := New("c", config, NewShared(), nil).open(t.Context())
			switch {
			case valid && err != nil:
				t.Error(err)
			case !valid && (err == nil || !strings.Contains(err.Error(), maxRequestsVariable) || !strings.Contains(err.Error(), value)):
				t.Errorf("the error is %v", err)
			}
		})
	}
}
