package ssmassoc_test

import (
	"context"
	"fmt"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"google.golang.org/grpc"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/demo"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

// printer is the side of a host that takes the rows of a scan.
type printer struct{ grpc.ServerStream }

func (printer) Context() context.Context { return context.Background() }

func (printer) Send(response *proto.ExecuteResponse) error {
	columns := response.Row.Columns
	fmt.Println(columns["ping_status"].GetStringValue(), columns["region"].GetStringValue())
	return nil
}

// A host in process sets the arguments of a connection, and scans a table.
func ExampleNewServer() {
	simulated := awssim.New(awssim.Options{}, awssim.Account{
		Fleet: fleet.New(fleet.Options{Nodes: 3, Associations: 1, Regions: []string{"eu-west-1"}}),
	})
	aws, err := simulated.Start("127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = aws.Close() }()

	server := ssmassoc.NewServer()
	defer server.Close()
	_, err = server.SetAllConnectionConfigs(&proto.SetAllConnectionConfigsRequest{
		Configs: []*proto.ConnectionConfig{{
			Connection: "aws",
			Config:     demo.Arguments(aws.URL(), "test", "secret", []string{"eu-west-1"}),
		}},
		MaxCacheSizeMb: -1,
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	err = server.Execute(&proto.ExecuteRequest{
		Table:                 "ssm_managed_instance",
		QueryContext:          &proto.QueryContext{Columns: []string{"ping_status", "region"}},
		ExecuteConnectionData: map[string]*proto.ExecuteConnectionData{"aws": {}},
	}, printer{})
	fmt.Println("error:", err)
	fmt.Println("requests:", server.Calls()["DescribeInstanceInformation"])
	// Output:
	// Online eu-west-1
	// ConnectionLost eu-west-1
	// Online eu-west-1
	// error: <nil>
	// requests: 1
}
