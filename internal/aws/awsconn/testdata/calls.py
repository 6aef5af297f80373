"""Makes the calls of the test TestLikeTheAWSCLI with botocore, the library under the AWS
CLI: one line of JSON for each scenario on standard input."""

import json
import os
import sys
import urllib.request

import botocore.config
import botocore.loaders
import botocore.session

loader = botocore.loaders.create_loader()
config = botocore.config.Config(connect_timeout=2, read_timeout=2)


def call(scenario):
    os.environ.clear()
    os.environ.update(scenario["environment"])
    session = botocore.session.Session(profile=scenario["profile"] or None)
    session.register_component("data_loader", loader)
    session.create_client("sts", config=config).get_caller_identity()
    session.create_client("ssm", config=config).describe_instance_associations_status(InstanceId="i-1")


def main():
    for scenario in json.load(sys.stdin):
        failure = ""
        with urllib.request.urlopen(scenario["mark"]):
            pass
        try:
            call(scenario)
        except Exception as e:  # whatever it is, its class is what the test compares
            failure = f"{type(e).__name__}: {e}"
        print(json.dumps(failure), flush=True)


main()
