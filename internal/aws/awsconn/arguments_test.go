package awsconn

import (
	"strings"
	"testing"
)

// TestFunctionsInArguments checks that a mistake in each entry of a list is named once.
func TestFunctionsInArguments(t *testing.T) {
	arguments, err := ParseArguments(`regions = [env("A"), env("B")]`)
	if err != nil {
		t.Fatal(err)
	}
	_, err = arguments.Decode()
	if err == nil || strings.Count(err.Error(), "regions") != 1 || !strings.Contains(err.Error(), "such as env()") {
		t.Errorf("error %v", err)
	}
}
