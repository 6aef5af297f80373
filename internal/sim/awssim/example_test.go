package awssim_test

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

func ExampleNew() {
	server := awssim.New(
		awssim.Options{Faults: []awssim.Fault{{Kind: awssim.Throttle, Action: "ListAssociations", Call: 1}}},
		awssim.Account{Fleet: fleet.New(fleet.Options{Nodes: 20, Regions: []string{"eu-west-1"}})})
	listener, err := server.Start("127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = listener.Close() }()

	client := ssm.New(ssm.Options{
		Region:       "eu-west-1",
		BaseEndpoint: aws.String(listener.URL()),
		Credentials:  credentials.NewStaticCredentialsProvider(awssim.DefaultAccessKeyID, awssim.DefaultSecretAccessKey, ""),
	})
	out, err := client.ListAssociations(context.Background(), &ssm.ListAssociationsInput{MaxResults: aws.Int32(3)})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, a := range out.Associations {
		fmt.Println(*a.Name, *a.Overview.Status)
	}
	fmt.Println("throttled:", server.Calls().Filter("", "ListAssociations", "ThrottlingException").Total())
	// Output:
	// AWS-GatherSoftwareInventory Failed
	// AWS-UpdateSSMAgent Pending
	// AWS-RunPatchBaseline Success
	// throttled: 1
}
