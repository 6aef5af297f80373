package embedded_test

import (
	"context"
	"fmt"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/shared"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// planets is a plugin of one table. Real plugins come from plugin.Server of the
// Steampipe SDK, or have a server of their own.
type planets struct{ shared.WrapperPluginServer }

func (planets) SetAllConnectionConfigs(*proto.SetAllConnectionConfigsRequest) (*proto.SetConnectionConfigResponse, error) {
	return nil, nil
}

func (planets) SetCacheOptions(*proto.SetCacheOptionsRequest) (*proto.SetCacheOptionsResponse, error) {
	return nil, nil
}

func (planets) GetSchema(*proto.GetSchemaRequest) (*proto.GetSchemaResponse, error) {
	return &proto.GetSchemaResponse{Schema: &proto.Schema{Schema: map[string]*proto.TableSchema{"planet": {
		Columns: []*proto.ColumnDefinition{
			{Name: "name", Type: proto.ColumnType_STRING},
			{Name: "moons", Type: proto.ColumnType_INT},
		},
	}}}}, nil
}

func (planets) Execute(_ *proto.ExecuteRequest, stream proto.WrapperPlugin_ExecuteServer) error {
	for name, moons := range map[string]int64{"Mercury": 0, "Earth": 1, "Mars": 2} {
		if err := stream.Send(&proto.ExecuteResponse{Row: &proto.Row{Columns: map[string]*proto.Column{
			"name":  {Value: &proto.Column_StringValue{StringValue: name}},
			"moons": {Value: &proto.Column_IntValue{IntValue: moons}},
		}}}); err != nil {
			return err
		}
	}
	return nil
}

func ExampleOpen() {
	host, err := embedded.NewHost(planets{}, []embedded.Connection{{Name: "sol"}}, embedded.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	db, err := embedded.Open(host, embedded.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = db.Close() }()

	err = db.Run(context.Background(), "select name, moons from planet where moons > 0 order by moons desc",
		func(rows *embedded.Rows) error {
			for rows.Next() {
				fmt.Printf("%s has %d\n", rows.Text(0), rows.Int(1))
			}
			return rows.Err()
		})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// Mars has 2
	// Earth has 1
}
