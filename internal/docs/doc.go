// Package docs checks the documentation against the code: pages have the form of the
// Steampipe Hub, name only columns, arguments and files that exist, and show what the
// command really prints.
//
// To copy the configuration and the IAM policy into the documents that repeat them, and to
// capture the output of the command anew:
//
//	go test ./internal/docs -update
package docs
