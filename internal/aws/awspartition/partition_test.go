package awspartition

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPartitionsOfTheSDK fails when the AWS SDK has learnt of a partition or a region.
func TestPartitionsOfTheSDK(t *testing.T) {
	module, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/aws/aws-sdk-go-v2").Output()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(strings.TrimSpace(string(module)), "internal/endpoints/awsrulesfn/partitions.json")
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, want) {
		t.Error("partitions.json is not the AWS SDK's; copy it from internal/endpoints/awsrulesfn of the module")
	}
}

// TestMainRegion checks that each region of each partition, and a pattern of them, has
// the main region of its partition.
func TestMainRegion(t *testing.T) {
	for _, partition := range All() {
		want := partition.Outputs.MainRegion
		if partition.ID == "aws" {
			want = ""
		}
		for region := range partition.Regions {
			if strings.HasSuffix(region, "-global") {
				continue // names no region
			}
			start := region[:strings.LastIndexByte(region, '-')] // us-gov-west
			start = start[:strings.LastIndexByte(start, '-')]    // us-gov
			for _, name := range []string{region, start + "-*", start + "-?est-1"} {
				if got := MainRegion(name); got != want {
					t.Errorf("%s: got %q, want %q", name, got, want)
				}
			}
		}
	}
	for _, name := range []string{"*", "us-*", "e*", "", "xx-north-1"} {
		if got := MainRegion(name); got != "" {
			t.Errorf("%q: got %q", name, got)
		}
	}
}
