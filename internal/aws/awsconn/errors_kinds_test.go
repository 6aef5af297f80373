package awsconn

import (
	"fmt"
	"testing"

	"github.com/aws/smithy-go"
)

func TestKindsOfErrors(t *testing.T) {
	at := func(member string) string {
		return "1 validation error detected: Value 'x' at '" + member + "' failed to satisfy constraint: Member must satisfy y"
	}
	kinds := map[string]func(error) bool{
		"a refused filter":        IsRefusedFilter,
		"an unknown command":      IsNoSuchCommand,
		"an unknown automation":   IsNoSuchAutomation,
		"an unknown resource":     IsNoSuchResource,
		"a refused resource type": IsRefusedResourceType,
		"an unknown operation":    IsUnknownOperation,
		"an unknown node":         IsNoSuchNode,
	}
	for message, want := range map[string]bool{
		"2 validation errors detected: Value 'x' at 'instanceId' failed; Value 'y' at 'commandId' failed":   true,
		"2 validation errors detected: Value 'x' at 'instanceId' failed; Value '51' at 'maxResults' failed": false,
	} {
		err := &smithy.GenericAPIError{Code: "ValidationException", Message: message}
		if got := IsNoSuchInvocation(err); got != want {
			t.Errorf("%s: %t", message, got)
		}
	}
	for name, test := range map[string]struct{ code, message, kind string }{
		"a filter key":                         {"InvalidFilterKey", "", "a refused filter"},
		"a filter of compliance":               {"InvalidFilter", "", "a refused filter"},
		"a filter value":                       {"com.amazonaws.ssm#InvalidFilterValue", "", "a refused filter"},
		"a filter that is not valid":           {"ValidationException", at("filters.1.member.value"), "a refused filter"},
		"the same in other words":              {"ValidationException", "The value 'x' of filter Status is not a status", "a refused filter"},
		"a filter and another member":          {"ValidationException", at("filters.1.member.key") + "; Value '51' at 'maxResults' failed", ""},
		"a command":                            {"InvalidCommandId", "", "an unknown command"},
		"a command whose ID is not valid":      {"ValidationException", at("commandId"), "an unknown command"},
		"an automation":                        {"AutomationExecutionNotFoundException", "", "an unknown automation"},
		"an automation whose ID is not valid":  {"ValidationException", at("automationExecutionId"), "an unknown automation"},
		"a resource":                           {"InvalidResourceId", "", "an unknown resource"},
		"a resource whose ID is not valid":     {"ValidationException", at("resourceIds"), "an unknown resource"},
		"a type":                               {"InvalidResourceType", "", "a refused resource type"},
		"a type that the model does not have":  {"ValidationException", at("resourceType"), "a refused resource type"},
		"a type, in other words":               {"ValidationException", "Resource type Association is not supported", "a refused resource type"},
		"an operation":                         {"UnknownOperationException", "", "an unknown operation"},
		"a node":                               {"InvalidInstanceId", "", "an unknown node"},
		"no access to a filter or a resource":  {"AccessDeniedException", "not authorized: filter, resourceId, commandId", ""},
		"a page size that AWS does not accept": {"ValidationException", at("maxResults"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := fmt.Errorf("wrapped: %w", &smithy.GenericAPIError{Code: test.code, Message: test.message})
			for kind, is := range kinds {
				if got := is(err); got != (kind == test.kind) {
					t.Errorf("%s: %t", kind, got)
				}
			}
		})
	}
}
