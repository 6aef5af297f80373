package awsconn

import (
	"slices"
	"strings"
)

// scenario is a configuration of the AWS CLI. In its texts, {a}, {b} and {tls} are URLs of
// the witness's endpoints, {home} is the home directory, {dir} a directory with its files,
// and [KEYS x] stands for the settings of the access key x.
type scenario struct {
	name        string
	config      string // ~/.aws/config
	credentials string // ~/.aws/credentials
	environment string // NAME=value, one a line
	profile     string // --profile
	files       map[string]string
	// key is the key that signs the calls, to be sure that the scenario shows what its
	// name says; "" where both must fail.
	key string
	// differs says why the plugin does not do what the AWS CLI does.
	differs string
}

// expand replaces [KEYS x].
func expand(text string) string {
	for {
		before, rest, found := strings.Cut(text, "[KEYS ")
		if !found {
			return text
		}
		name, after, _ := strings.Cut(rest, "]")
		text = before + "aws_access_key_id = " + name + "\naws_secret_access_key = secret-" + name + after
	}
}

const (
	toA       = "AWS_ENDPOINT_URL={a}\n"
	envKeys   = "AWS_ACCESS_KEY_ID=env\nAWS_SECRET_ACCESS_KEY=s\n"
	roleArn   = "role_arn = arn:aws:iam::111122223333:role/"
	ssoSelf   = "sso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Reader\n"
	ssoCorp   = "[sso-session corp]\nsso_start_url = https://corp.example/start\nsso_region = eu-central-1\n"
	ssoLegacy = "sso_start_url = https://old.example/start\nsso_region = eu-central-1\n" +
		"sso_account_id = 111122223333\nsso_role_name = Reader\n"
	printing = `printf '{"Version":1,"AccessKeyId":"process","SecretAccessKey":"s","SessionToken":"t"%s}'` + "\n"
	process  = "credential_process = sh {dir}/p\n"
)

var (
	prints  = map[string]string{"p": strings.Replace(printing, "%s", "", 1)}
	token   = map[string]string{"token": "jwt1"}
	expires = func(at string) map[string]string {
		return map[string]string{"p": strings.Replace(printing, "%s", `,"Expiration":"`+at+`"`, 1)}
	}
)

// scenarios are the configurations that the plugin must read as the AWS CLI does.
var scenarios = slices.Concat(sourceScenarios, pairScenarios, fileScenarios, endpointScenarios, processScenarios)

var sourceScenarios = []scenario{
	{name: "keys of the environment", environment: toA + envKeys, key: "env"},
	{name: "with a session token", environment: toA + envKeys + "AWS_SESSION_TOKEN=t", key: "env"},
	{name: "an access key alone", environment: toA + "AWS_ACCESS_KEY_ID=env"},
	{name: "an access key alone, with keys in a file", environment: toA + "AWS_ACCESS_KEY_ID=env", credentials: "[default]\n[KEYS file]\n"},
	{name: "a secret key alone", environment: toA + "AWS_SECRET_ACCESS_KEY=s", credentials: "[default]\n[KEYS file]\n", key: "file"},
	{name: "names of old tools", environment: toA + "AWS_ACCESS_KEY=old\nAWS_SECRET_KEY=s", credentials: "[default]\n[KEYS file]\n", key: "file"},
	{name: "names of old tools alone", environment: toA + "AWS_ACCESS_KEY=old\nAWS_SECRET_KEY=s"},
	{name: "keys that have not expired", environment: toA + envKeys + "AWS_CREDENTIAL_EXPIRATION=2099-01-01T00:00:00Z", key: "env"},
	{name: "keys that have expired", environment: toA + envKeys + "AWS_CREDENTIAL_EXPIRATION=2001-01-01T00:00:00Z"},
	{name: "nothing", environment: toA},
	{name: "keys of the credentials file", environment: toA, credentials: "[default]\n[KEYS file]\n", key: "file"},
	{name: "keys of the configuration file", environment: toA, config: "[default]\n[KEYS config]\n", key: "config"},
	{name: "keys of both files", environment: toA, config: "[default]\n[KEYS config]\n", credentials: "[default]\n[KEYS file]\n", key: "file"},
	{name: "half of the keys in each file", environment: toA, config: "[default]\naws_secret_access_key = s\n", credentials: "[default]\naws_access_key_id = half\n"},
	{name: "a profile of the environment", environment: toA + "AWS_PROFILE=p", credentials: "[p]\n[KEYS p]\n[default]\n[KEYS file]\n", key: "p"},
	{name: "a profile by its old variable", environment: toA + "AWS_DEFAULT_PROFILE=p", credentials: "[p]\n[KEYS p]\n", key: "p"},
	{name: "a profile that does not exist", environment: toA + "AWS_PROFILE=q", credentials: "[p]\n[KEYS p]\n"},
	{name: "a profile that does not exist, beside keys", environment: toA + envKeys + "AWS_PROFILE=q"},
	{name: "a profile argument that does not exist", environment: toA + envKeys, profile: "q"},
	{name: "a role of another profile", environment: toA, config: "[default]\n" + roleArn + "r\nsource_profile = base\n[profile base]\n[KEYS base]\n", key: "role.r...base"},
	{name: "a role of itself", environment: toA, config: "[default]\n" + roleArn + "r\nsource_profile = default\n[KEYS config]\n", key: "role.r...config"},
	{name: "a role with an external ID", environment: toA, config: "[default]\n" + roleArn + "r\nexternal_id = xy\nduration_seconds = 1800\nsource_profile = base\n[profile base]\n[KEYS base]\n", key: "role.r.xy.1800.base"},
	{name: "a role of a role", environment: toA, config: "[default]\n" + roleArn + "r\nsource_profile = mid\n[profile mid]\n" + roleArn + "m\nsource_profile = base\n[profile base]\n[KEYS base]\n", key: "role.r...role.m...base"},
	{name: "a role of a role with keys", environment: toA, config: "[default]\n" + roleArn + "r\nsource_profile = mid\n[profile mid]\n" + roleArn + "m\nsource_profile = base\n[KEYS mid]\n[profile base]\n[KEYS base]\n", key: "role.r...mid"},
	{name: "roles in a circle", environment: toA, config: "[default]\n" + roleArn + "r\nsource_profile = mid\n[profile mid]\n" + roleArn + "m\nsource_profile = default\n"},
	{name: "a role without a source", environment: toA, config: "[default]\n" + roleArn + "r\n"},
	{name: "a role with keys but without a source", environment: toA, config: "[default]\n" + roleArn + "r\n[KEYS config]\n"},
	{name: "a role of a profile that does not exist", environment: toA, config: "[default]\n" + roleArn + "r\nsource_profile = q\n"},
	{name: "a role of a profile without credentials", environment: toA, config: "[default]\n" + roleArn + "r\nsource_profile = q\n[profile q]\nregion = eu-west-1\n"},
	{name: "a role with two sources", environment: toA + envKeys, config: "[default]\n" + roleArn + "r\nsource_profile = base\ncredential_source = Environment\n[profile base]\n[KEYS base]\n", profile: "default"},
	{name: "a role of the environment's keys", environment: toA + envKeys, profile: "default", config: "[default]\n" + roleArn + "r\ncredential_source = Environment\n", key: "role.r...env"},
	{name: "a role of the environment without keys", environment: toA, config: "[default]\n" + roleArn + "r\ncredential_source = Environment\n"},
	{name: "a role of a source that does not exist", environment: toA, config: "[default]\n" + roleArn + "r\ncredential_source = environment\n"},
	{name: "a role of the container", environment: toA + "AWS_CONTAINER_CREDENTIALS_FULL_URI={b}/container", config: "[default]\n" + roleArn + "r\ncredential_source = EcsContainer\n", key: "role.r...container"},
	{name: "a role of the instance", environment: toA + "AWS_EC2_METADATA_DISABLED=false\nAWS_EC2_METADATA_SERVICE_ENDPOINT={b}", config: "[default]\n" + roleArn + "r\ncredential_source = Ec2InstanceMetadata\n", key: "role.r...instancetoken"},
	{name: "a role that may not be assumed", environment: toA, config: "[default]\n" + roleArn + "denied\nsource_profile = base\n[profile base]\n[KEYS base]\n"},
	{name: "a role of SSO", environment: toA, config: "[default]\n" + roleArn + "r\nsource_profile = base\n[profile base]\n" + ssoSelf + ssoCorp, key: "role.r...sso.111122223333.Reader.good"},
	{name: "a web identity of the environment", environment: toA + "AWS_WEB_IDENTITY_TOKEN_FILE={dir}/token\nAWS_ROLE_ARN=arn:aws:iam::1:role/w", files: token, key: "web.w.jwt1"},
	{name: "a web identity of the profile", environment: toA, config: "[default]\nweb_identity_token_file = {dir}/token\n" + roleArn + "w\n", files: token, key: "web.w.jwt1"},
	{name: "a web identity without a role", environment: toA, config: "[default]\nweb_identity_token_file = {dir}/token\n", files: token},
	{name: "a web identity whose token is missing", environment: toA, config: "[default]\nweb_identity_token_file = {dir}/none\n" + roleArn + "w\n"},
	{name: "a role of a web identity", environment: toA, config: "[default]\n" + roleArn + "r\nsource_profile = w\n[profile w]\nweb_identity_token_file = {dir}/token\n" + roleArn + "w\n", files: token, key: "role.r...web.w.jwt1"},
	{name: "SSO", environment: toA, config: "[default]\n" + ssoSelf + ssoCorp, key: "sso.111122223333.Reader.good"},
	{name: "SSO whose token must be renewed", environment: toA, config: strings.ReplaceAll("[default]\n"+ssoSelf+ssoCorp, "corp", "stale"), key: "sso.111122223333.Reader.renewed"},
	{name: "SSO that was revoked", environment: toA, config: strings.ReplaceAll("[default]\n"+ssoSelf+ssoCorp, "corp", "revoked")},
	{name: "SSO without a login", environment: toA, config: strings.ReplaceAll("[default]\n"+ssoSelf+ssoCorp, "corp", "never")},
	{name: "SSO without a session section", environment: toA, config: "[default]\n" + ssoSelf},
	{name: "SSO without an account", environment: toA, config: "[default]\nsso_session = corp\nsso_role_name = Reader\n" + ssoCorp},
	{name: "SSO in the old form", environment: toA, config: "[default]\n" + ssoLegacy, key: "sso.111122223333.Reader.good"},
	{name: "SSO with a role in its session", environment: toA, config: "[default]\nsso_session = corp\nsso_account_id = 111122223333\n" + ssoCorp + "sso_role_name = Shared\n", key: "sso.111122223333.Shared.good"},
	{name: "SSO that contradicts its session", environment: toA, config: "[default]\n" + ssoSelf + "sso_region = us-east-1\n" + ssoCorp},
	{name: "the container", environment: toA + "AWS_CONTAINER_CREDENTIALS_FULL_URI={b}/container", key: "container"},
	{name: "the container with a token", environment: toA + "AWS_CONTAINER_CREDENTIALS_FULL_URI={b}/container\nAWS_CONTAINER_AUTHORIZATION_TOKEN=-t", key: "container-t"},
	{name: "the container with a token in a file", environment: toA + "AWS_CONTAINER_CREDENTIALS_FULL_URI={b}/container\nAWS_CONTAINER_AUTHORIZATION_TOKEN=-t\nAWS_CONTAINER_AUTHORIZATION_TOKEN_FILE={dir}/token", files: token, key: "containerjwt1"},
	{name: "the container with an offset", environment: toA + "AWS_CONTAINER_CREDENTIALS_FULL_URI={b}/container/offset", key: "container"},
	{name: "the container with UTC", environment: toA + "AWS_CONTAINER_CREDENTIALS_FULL_URI={b}/container/utc", key: "container"},
	{name: "a container that says nothing", environment: toA + "AWS_CONTAINER_CREDENTIALS_FULL_URI={b}/container/nothing"},
	{name: "a container elsewhere", environment: toA + "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://192.0.2.1/container"},
	{name: "the instance", environment: toA + "AWS_EC2_METADATA_DISABLED=false\nAWS_EC2_METADATA_SERVICE_ENDPOINT={b}", key: "instancetoken"},
	{name: "the instance, version 1", environment: toA + "AWS_EC2_METADATA_DISABLED=false\nAWS_EC2_METADATA_SERVICE_ENDPOINT={b}/v1", key: "instance"},
	{name: "the instance, version 1 forbidden", environment: toA + "AWS_EC2_METADATA_DISABLED=false\nAWS_EC2_METADATA_V1_DISABLED=true\nAWS_EC2_METADATA_SERVICE_ENDPOINT={b}/v1"},
	{name: "an instance without a role", environment: toA + "AWS_EC2_METADATA_DISABLED=false\nAWS_EC2_METADATA_SERVICE_ENDPOINT={b}/norole"},
}

// pairScenarios have two sources, of which the first of the AWS CLI's order counts.
var pairScenarios = []scenario{
	{name: "environment before profile of the environment", environment: toA + envKeys + "AWS_PROFILE=p", credentials: "[p]\n[KEYS p]\n", key: "env"},
	{name: "profile argument before environment", environment: toA + envKeys, profile: "p", credentials: "[p]\n[KEYS p]\n", key: "p"},
	{name: "profile argument before web identity of the environment", environment: toA + "AWS_WEB_IDENTITY_TOKEN_FILE={dir}/token\nAWS_ROLE_ARN=arn:aws:iam::1:role/w", files: token, profile: "p", credentials: "[p]\n[KEYS p]\n", key: "p"},
	{name: "environment before web identity", environment: toA + envKeys + "AWS_WEB_IDENTITY_TOKEN_FILE={dir}/token\nAWS_ROLE_ARN=arn:aws:iam::1:role/w", files: token, key: "env"},
	{name: "web identity of the environment before keys", environment: toA + "AWS_WEB_IDENTITY_TOKEN_FILE={dir}/token\nAWS_ROLE_ARN=arn:aws:iam::1:role/w", files: token, credentials: "[default]\n[KEYS file]\n", key: "web.w.jwt1"},
	{name: "role before web identity of the environment", environment: toA + "AWS_WEB_IDENTITY_TOKEN_FILE={dir}/token\nAWS_ROLE_ARN=arn:aws:iam::1:role/w", files: token, config: "[default]\n" + roleArn + "r\nsource_profile = base\n[profile base]\n[KEYS base]\n", key: "role.r...base"},
	{name: "web identity before role", environment: toA, files: token, config: "[default]\nweb_identity_token_file = {dir}/token\n" + roleArn + "r\nsource_profile = base\n[profile base]\n[KEYS base]\n", key: "web.r.jwt1"},
	{name: "web identity before keys", environment: toA, files: token, config: "[default]\nweb_identity_token_file = {dir}/token\n" + roleArn + "r\n[KEYS config]\n", key: "web.r.jwt1"},
	{name: "web identity before SSO", environment: toA, files: token, config: "[default]\nweb_identity_token_file = {dir}/token\n" + roleArn + "r\n" + ssoSelf + ssoCorp, key: "web.r.jwt1"},
	{name: "role before keys", environment: toA, config: "[default]\n" + roleArn + "r\nsource_profile = base\n[KEYS config]\n[profile base]\n[KEYS base]\n", key: "role.r...base"},
	{name: "role before SSO", environment: toA, config: "[default]\n" + roleArn + "r\nsource_profile = base\n" + ssoSelf + "[profile base]\n[KEYS base]\n" + ssoCorp, key: "role.r...base"},
	{name: "role before process", environment: toA, files: prints, config: "[default]\n" + process + roleArn + "r\nsource_profile = base\n[profile base]\n[KEYS base]\n", key: "role.r...base"},
	{name: "SSO before keys of the credentials file", environment: toA, config: "[default]\n" + ssoSelf + ssoCorp, credentials: "[default]\n[KEYS old]\n", key: "sso.111122223333.Reader.good"},
	{name: "SSO before keys of the configuration file", environment: toA, config: "[default]\n[KEYS old]\n" + ssoSelf + ssoCorp, key: "sso.111122223333.Reader.good"},
	{name: "SSO before process", environment: toA, files: prints, config: "[default]\n" + process + ssoSelf + ssoCorp, key: "sso.111122223333.Reader.good"},
	{name: "keys of the credentials file before process", environment: toA, files: prints, config: "[default]\n" + process, credentials: "[default]\n[KEYS file]\n", key: "file"},
	{name: "process before keys of the configuration file", environment: toA, files: prints, config: "[default]\n[KEYS config]\n" + process, key: "process"},
	{name: "process in the credentials file before its role's keys", environment: toA, files: prints, credentials: "[default]\n" + process, config: "[default]\n[KEYS config]\n", key: "process"},
	{name: "process before container", environment: toA + "AWS_CONTAINER_CREDENTIALS_FULL_URI={b}/container", files: prints, config: "[default]\n" + process, key: "process"},
	{name: "keys before container", environment: toA + "AWS_CONTAINER_CREDENTIALS_FULL_URI={b}/container", config: "[default]\n[KEYS config]\n", key: "config"},
	{name: "container before instance", environment: toA + "AWS_CONTAINER_CREDENTIALS_FULL_URI={b}/container\nAWS_EC2_METADATA_DISABLED=false\nAWS_EC2_METADATA_SERVICE_ENDPOINT={b}", key: "container"},
	{name: "the role of the source profile, not its SSO", environment: toA, config: "[default]\n" + roleArn + "r\nsource_profile = mid\n[profile mid]\n" + roleArn + "m\nsource_profile = base\n" + ssoSelf + "[profile base]\n[KEYS base]\n" + ssoCorp, key: "role.r...role.m...base"},
	{name: "a source profile's SSO before its keys", environment: toA, config: "[default]\n" + roleArn + "r\nsource_profile = base\n[profile base]\n[KEYS base]\n" + ssoSelf + ssoCorp, key: "role.r...sso.111122223333.Reader.good"},
}
