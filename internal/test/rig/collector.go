package rig

import (
	"context"
	"errors"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"google.golang.org/grpc"
)

// Collector is a host's stream of rows. It calls Away after Most rows, unless Most is 0.
type Collector struct {
	grpc.ServerStream // nil: no headers, no other messages

	Ctx  context.Context
	Away func()
	Most int
	Rows []Row
}

// Context returns Ctx.
func (c *Collector) Context() context.Context { return c.Ctx }

// Send keeps a row.
func (c *Collector) Send(r *proto.ExecuteResponse) error {
	if len(r.GetRow().GetColumns()) == 0 {
		return errors.New("a row without columns, which the host takes for the end")
	}
	one := Row{}
	for name, value := range r.Row.Columns {
		one[name] = columnValue(value)
	}
	c.Rows = append(c.Rows, one)
	if c.Most > 0 && len(c.Rows) >= c.Most {
		c.Away()
	}
	return nil
}
