package demo_test

import (
	"fmt"

	"steampipe-plugin-ssmassoc/internal/sim/demo"
)

func ExampleArguments() {
	fmt.Print(demo.Arguments("http://127.0.0.1:4566", "test", "test", []string{"us-east-1", "eu-west-1"}))
	// Output:
	// endpoint_url = "http://127.0.0.1:4566"
	// access_key   = "test"
	// secret_key   = "test"
	// regions      = ["us-east-1", "eu-west-1"]
}
