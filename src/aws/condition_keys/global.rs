//! The global and cross-service condition keys.
//!
//! Source: IAM User Guide, "AWS global condition context keys": the names are those of its table of keys, and
//! `because` summarises the "Availability" line of each. Where that line does not settle whether a call sent by this
//! proxy has the key, the source is [`Source::NotKnown`].

use super::{
    KnownKey,
    Source::{Absent, AbsentThroughEndpoint, Caller, Constant, Direct, Endpoint, NotKnown, Request, Resource, Session},
    ValueKind::{Address, Arn, Bool, Date, Number, Text},
};

const fn one(name: &'static str, kind: super::ValueKind, source: super::Source, because: &'static str) -> KnownKey {
    KnownKey { name, kind, multivalued: false, source, because }
}

const fn several(name: &'static str, source: super::Source, because: &'static str) -> KnownKey {
    KnownKey { name, kind: Text, multivalued: true, source, because }
}

/// The keys, in the order of AWS's page.
pub static GLOBAL: &[KnownKey] = &[
    one("aws:PrincipalArn", Arn, Caller, "included for all signed requests; of a role it is the role's ARN"),
    one("aws:PrincipalAccount", Text, Caller, "included for all requests"),
    several("aws:PrincipalOrgPaths", NotKnown, "included only if the principal is a member of an organization"),
    one("aws:PrincipalOrgID", Text, NotKnown, "included only if the principal is a member of an organization"),
    one(
        "aws:PrincipalTag/${TagKey}",
        Text,
        Caller,
        "included for users and roles with tags, and for sessions with session tags",
    ),
    one("aws:PrincipalIsAWSService", Bool, Constant("false"), "true only when a service uses a service principal"),
    one(
        "aws:PrincipalServiceName",
        Text,
        Absent,
        "present when the call is made by an AWS service principal, and in no other situation",
    ),
    several(
        "aws:PrincipalServiceNamesList",
        Absent,
        "present when the call is made by an AWS service principal, and in no other situation",
    ),
    one("aws:PrincipalType", Text, Caller, "included for all requests"),
    one("aws:userid", Text, Caller, "included for all requests"),
    one("aws:username", Text, Caller, "included for IAM users; not for the root user or roles"),
    one("aws:AssumedRoot", Text, NotKnown, "only available for role sessions and federated users"),
    one("aws:FederatedProvider", Text, Session, "only available for role sessions and federated users"),
    one("aws:TokenIssueTime", Date, Session, "included only when the principal uses temporary credentials"),
    one("aws:SignInSessionArn", Arn, NotKnown, "only available for role sessions and federated users"),
    one(
        "aws:MultiFactorAuthAge",
        Number,
        Session,
        "included only if the principal was authenticated using MFA; not for long-term credentials",
    ),
    one("aws:MultiFactorAuthPresent", Bool, Session, "included only when the principal uses temporary credentials"),
    one("aws:ChatbotSourceArn", Arn, NotKnown, "only available for role sessions and federated users"),
    one("aws:Ec2InstanceSourceVpc", Text, NotKnown, "only available for role sessions and federated users"),
    one("aws:Ec2InstanceSourcePrivateIPv4", Address, NotKnown, "only available for role sessions and federated users"),
    one("aws:SourceIdentity", Text, NotKnown, "only available for role sessions and federated users"),
    one("ec2:RoleDelivery", Number, NotKnown, "a cross-service key, embedded in the token of a role session"),
    one("ec2:SourceInstanceArn", Arn, NotKnown, "a cross-service key, embedded in the token of a role session"),
    one("glue:RoleAssumedBy", Text, NotKnown, "a cross-service key, embedded in the token of a role session"),
    one(
        "glue:CredentialIssuingService",
        Text,
        NotKnown,
        "a cross-service key, embedded in the token of a role session",
    ),
    one("codebuild:BuildArn", Arn, NotKnown, "a cross-service key, embedded in the token of a role session"),
    one("codebuild:ProjectArn", Arn, NotKnown, "a cross-service key, embedded in the token of a role session"),
    one("lambda:SourceFunctionArn", Arn, NotKnown, "a cross-service key, embedded in the token of a role session"),
    one("ssm:SourceInstanceArn", Arn, NotKnown, "a cross-service key, embedded in the token of a role session"),
    one("identitystore:UserId", Text, NotKnown, "a cross-service key, embedded in the token of a role session"),
    one(
        "aws:SourceIp",
        Address,
        AbsentThroughEndpoint,
        "included, except when the requester uses a VPC endpoint to make the request",
    ),
    one("aws:SourceVpc", Text, Endpoint, "included only if the requester uses a VPC endpoint to make the request"),
    one(
        "aws:SourceVpcArn",
        Arn,
        NotKnown,
        "included only if the requester uses a VPC endpoint to make the request, by the services that support it",
    ),
    one("aws:SourceVpce", Text, Endpoint, "included only if the requester uses a VPC endpoint to make the request"),
    one(
        "aws:VpceAccount",
        Text,
        NotKnown,
        "included for requests through a VPC endpoint, by the services that support it",
    ),
    one(
        "aws:VpceOrgID",
        Text,
        NotKnown,
        "included for requests through a VPC endpoint, by the services that support it",
    ),
    several(
        "aws:VpceOrgPaths",
        NotKnown,
        "included for requests through a VPC endpoint, by the services that support it",
    ),
    one("aws:VpcSourceIp", Address, NotKnown, "included only if the request is made using a VPC endpoint"),
    one(
        "aws:ResourceAccount",
        Text,
        Resource,
        "always included for most actions; no action of RDS is among those that do not support it. It is the account with the resources evaluated in the request",
    ),
    one(
        "aws:ResourceOrgID",
        Text,
        Resource,
        "included only if the account that owns the resource is a member of an organization",
    ),
    several(
        "aws:ResourceOrgPaths",
        Resource,
        "included only if the account that owns the resource is a member of an organization",
    ),
    one("aws:ResourceTag/${TagKey}", Text, Resource, "included when the resource has tags, or is created with tags"),
    several("aws:CalledVia", Direct(None), "not present when the principal makes the call directly"),
    one("aws:CalledViaFirst", Text, Direct(None), "not present when the principal makes the call directly"),
    one("aws:CalledViaLast", Text, Direct(None), "not present when the principal makes the call directly"),
    one("aws:CalledViaAWSMCP", Text, NotKnown, "when it is present is not known here"),
    one("aws:ViaAWSService", Bool, Direct(Some("false")), "false when the principal makes the call directly"),
    one("aws:ViaAWSMCPService", Bool, NotKnown, "when it is present is not known here"),
    one("aws:CurrentTime", Date, Request, "included for all requests"),
    one("aws:EpochTime", Date, Request, "included for all requests"),
    one("aws:referer", Text, Request, "the header Referer"),
    one("aws:RequestedRegion", Text, Request, "included for all requests"),
    one("aws:RequestTag/${TagKey}", Text, Request, "included when tags are passed in the request"),
    several("aws:TagKeys", Request, "included if the operation supports passing tags in the request"),
    one("aws:SecureTransport", Bool, Constant("true"), "included for all requests; calls leave here by TLS only"),
    one("aws:SourceAccount", Text, Absent, "available only when the call is made directly by an AWS service principal"),
    one("aws:SourceArn", Arn, Absent, "available only when the call is made directly by an AWS service principal"),
    one("aws:SourceOrgID", Text, Absent, "available only when the call is made directly by an AWS service principal"),
    several("aws:SourceOrgPaths", Absent, "available only when the call is made directly by an AWS service principal"),
    one("aws:UserAgent", Text, Request, "the header User-Agent"),
    one("aws:IsMcpServiceAction", Bool, NotKnown, "when it is present is not known here"),
    one("sts:ExternalId", Text, NotKnown, "a key of AWS STS"),
    one("sts:RoleSessionName", Text, NotKnown, "a key of AWS STS"),
    one("sts:SourceIdentity", Text, NotKnown, "a key of AWS STS"),
    several("sts:TransitiveTagKeys", NotKnown, "a key of AWS STS"),
];
