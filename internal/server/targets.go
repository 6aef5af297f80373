package server

import (
	"context"
	"fmt"

	"steampipe-plugin-ssmassoc/internal/aws/awsconn"
)

// Account is the AWS account that a connection reads.
type Account struct {
	ID        string // twelve digits
	Partition string // aws, aws-cn, aws-us-gov ...
}

// Account returns the account of a connection. It asks AWS (STS GetCallerIdentity) unless
// the account is known from the last hour.
func (s *Server) Account(ctx context.Context, connection string) (Account, error) {
	c, err := s.service.connection(connection)
	if err != nil {
		return Account{}, err
	}
	owner, err := c.Identity(ctx, awsconn.MaxAge)
	if err != nil {
		return Account{}, fmt.Errorf("%s: %w", connection, err)
	}
	return Account{owner.AccountID, owner.Partition}, nil
}

// Regions returns the names of the regions that a connection reads. If its arguments have
// patterns, it asks AWS for the regions (EC2 DescribeRegions) unless they are known from
// the last hour.
func (s *Server) Regions(ctx context.Context, connection string) ([]string, error) {
	c, err := s.service.connection(connection)
	if err != nil {
		return nil, err
	}
	regions, err := c.TargetRegions(ctx, awsconn.MaxAge)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", connection, err)
	}
	return regions, nil
}

// NamedRegions returns the regions that a connection reads, as far as they are known
// without a call: their names or, if its arguments have any pattern, the argument regions
// as it is.
func (s *Server) NamedRegions(ctx context.Context, connection string) (regions, patterns []string, err error) {
	c, err := s.service.connection(connection)
	if err != nil {
		return nil, nil, err
	}
	if patterns := c.RegionPatterns(); patterns != nil {
		return nil, patterns, nil
	}
	regions, err = s.Regions(ctx, connection)
	return regions, nil, err
}

// ReadsFallback reports whether a connection reads us-east-1 only because neither its
// arguments nor the AWS configuration name a region.
func (s *Server) ReadsFallback(ctx context.Context, connection string) (bool, error) {
	c, err := s.service.connection(connection)
	if err != nil {
		return false, err
	}
	return c.ReadsFallback(ctx)
}

// CheckRegion returns an error unless a text is the name of a region, or a pattern with *
// or ? of such names.
func CheckRegion(text string) error { return awsconn.CheckRegion(text) }
