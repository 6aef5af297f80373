package engine

import (
	"errors"
	"testing"

	"github.com/aws/smithy-go"
)

func TestSkips(t *testing.T) {
	s := NewSkips()
	if got := s.String(); got != "" {
		t.Errorf("nothing was skipped, and the text is %q", got)
	}
	denied := &smithy.GenericAPIError{Code: "AccessDeniedException"}
	unknown := &smithy.GenericAPIError{Code: "InvalidInstanceId"}
	for _, skip := range []struct {
		Skip
		err error
	}{
		{Skip{Connection: "a", Region: "eu-south-2", Kind: skippedRegion}, denied},
		{Skip{Connection: "b", Region: "eu-south-2", Kind: skippedRegion}, denied},
		{Skip{Connection: "a", Region: "af-south-1", Kind: skippedRegion}, denied},
		{Skip{Connection: "a", Region: "us-east-1", Kind: "node"}, unknown},
		{Skip{Connection: "a", Region: "us-west-2", Kind: "node"}, unknown},
		{Skip{Connection: "a", Region: "us-east-1", Kind: "association"}, errors.New("broken")},
	} {
		s.add(skip.Skip, skip.err)
	}
	const want = "af-south-1, eu-south-2 AccessDeniedException (2 regions); " +
		"2 nodes InvalidInstanceId; 1 association error"
	if got := s.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	s.add(Skip{Connection: "a", Region: "us-east-1", Kind: "node"}, unknown)
	one := Skip{Connection: "a", Region: "us-east-1", Kind: "node", Code: "InvalidInstanceId"}
	if n := s.All()[one]; n != 2 {
		t.Errorf("counted %d nodes, want 2", n)
	}
}
