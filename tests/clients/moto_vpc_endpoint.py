"""Makes an interface endpoint at moto's EC2: URL, region, service, policy; prints its id."""

import sys

import boto3

url, region, service, policy = sys.argv[1:]
ec2 = boto3.client("ec2", endpoint_url=url, region_name=region)
vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
made = ec2.create_vpc_endpoint(
    VpcId=vpc, ServiceName=service, VpcEndpointType="Interface", PolicyDocument=policy
)
print(made["VpcEndpoint"]["VpcEndpointId"])
