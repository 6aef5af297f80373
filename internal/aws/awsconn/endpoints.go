package awsconn

import (
	"reflect"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"steampipe-plugin-ssmassoc/internal/aws/awsprofile"
)

// endpoints gives each client of a connection, whatever its service, the endpoint of the
// argument endpoint_url, of the environment or of the profile.
type endpoints struct {
	argument *string // nil for none
	settings *awsprofile.Settings
}

// of returns the URL that is configured for a service, or nil for AWS's own.
func (e endpoints) of(serviceID string) (*string, error) {
	if e.argument != nil {
		return e.argument, nil
	}
	url, err := e.settings.Endpoint(serviceID)
	switch {
	case err != nil:
		return nil, statement("load the AWS configuration: " + err.Error())
	case url == "":
		return nil, nil
	}
	return &url, nil
}

// configure sets the endpoint in the options of a client. It is one of the ServiceOptions
// of an aws.Config, so the types of the options are many, with these fields in common.
func (e endpoints) configure(serviceID string, options any) {
	fields := reflect.ValueOf(options).Elem()
	url, err := e.of(serviceID)
	if err != nil {
		fail := func(*middleware.Stack) error { return err }
		all := fields.FieldByName("APIOptions")
		all.Set(reflect.Append(reflect.AppendSlice(reflect.Zero(all.Type()), all), reflect.ValueOf(fail)))
		return
	}
	fields.FieldByName("BaseEndpoint").Set(reflect.ValueOf(url))
	// AWS's rules for endpoints refuse a configured endpoint with these.
	variants := fields.FieldByName("EndpointOptions")
	fips, dualStack := aws.FIPSEndpointStateDisabled, aws.DualStackEndpointStateDisabled
	if url == nil && e.settings.UseFIPS() {
		fips = aws.FIPSEndpointStateEnabled
	}
	if url == nil && e.settings.UseDualStack() {
		dualStack = aws.DualStackEndpointStateEnabled
	}
	variants.FieldByName("UseFIPSEndpoint").Set(reflect.ValueOf(fips))
	variants.FieldByName("UseDualStackEndpoint").Set(reflect.ValueOf(dualStack))
}

// endpointsOf returns the endpoints that load has put into a configuration.
func endpointsOf(cfg aws.Config) endpoints {
	for _, source := range cfg.ConfigSources {
		if e, ok := source.(endpoints); ok {
			return e
		}
	}
	return endpoints{settings: &awsprofile.Settings{}}
}
