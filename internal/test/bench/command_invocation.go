package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

var commandInvocation = table{
	name:      "ssm_command_invocation",
	floor:     (*floor).invocations,
	scenarios: usual,
}

func (f *floor) invocations(ctx context.Context) error {
	pages := ssm.NewListCommandInvocationsPaginator(f.client, &ssm.ListCommandInvocationsInput{
		Details: true, MaxResults: pageSize,
	})
	return eachPage(ctx, pages, func(out *ssm.ListCommandInvocationsOutput) error {
		return write(f, out.CommandInvocations)
	})
}
