package awsconn

import (
	"cmp"

	"github.com/aws/aws-sdk-go-v2/aws"

	"steampipe-plugin-ssmassoc/internal/aws/awspartition"
)

// chooseRegion returns the default region, given the one of the environment or the
// profile, which may be "". A region of another partition than that of the argument regions is not meant for
// this connection.
func (c *Config) chooseRegion(found string) string {
	guess := c.guessRegion()
	switch {
	case c.DefaultRegion != nil:
		return *c.DefaultRegion
	case found == "":
		return cmp.Or(guess, "us-east-1")
	case guess != "" && awspartition.MainRegion(guess) != awspartition.MainRegion(found):
		return guess
	}
	return found
}

// guessRegion returns the first region that the argument regions names or, if it has only
// patterns, the main region of the partition that the first clear one belongs to; or "".
func (c *Config) guessRegion() string {
	for _, name := range c.Regions {
		if !isPattern(name) {
			return name
		}
	}
	for _, name := range c.Regions {
		if main := awspartition.MainRegion(name); main != "" {
			return main
		}
	}
	return ""
}

// isFallback reports whether a connection reads the default region only because nothing
// names a region: no argument, nor the environment or the profile.
func (c *Config) isFallback(loaded aws.Config) bool {
	return c.Regions == nil && c.DefaultRegion == nil && endpointsOf(loaded).settings.Region() == ""
}
