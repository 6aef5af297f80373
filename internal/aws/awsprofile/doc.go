// Package awsprofile reads the settings of the AWS CLI: its shared files and its
// environment variables. It decides what the CLI would decide (which credentials, which
// endpoint, which region) and neither fetches anything nor sends any request.
//
// The rules are those of botocore, the library under the AWS CLI; comments name the
// module or class that they come from. Errors name the file, the line, the profile and
// the setting to change. They never repeat a value or a line of a file: it may be secret.
package awsprofile
