// Package docs checks the documentation against the code: pages follow the format of the
// Steampipe Hub, name only existing columns, arguments and files, and show the command's
// actual output.
//
// To copy the configuration and the IAM policy into the documents that repeat them, and to
// capture the command's output again:
//
//	go test ./internal/test/docs -update
package docs
