package ssmassoc

import (
	"context"
	"fmt"

	"steampipe-plugin-ssmassoc/internal/awsconn"
)

// Account is the AWS account that a connection reads.
type Account struct {
	ID        string // twelve digits
	Partition string // aws, aws-cn, aws-us-gov ...
}

// Account asks AWS for the account of a connection (STS GetCallerIdentity), unless
// it is known from the last hour.
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

// Regions returns the names of the regions that a connection reads. Patterns in its
// arguments cost a call (EC2 DescribeRegions), unless they are known from the last
// hour.
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

// NamedRegions returns what is known without a call of the regions that a
// connection reads: their names, or the patterns in its arguments, one of which at
// least AWS would have to resolve.
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
