//! What the linter and the start-up check take for knowable is what a judged call really has.

use bytes::Bytes;
use rds_guard::{
    authorize::{self, Circumstances, Knowledge, is_knowable, viewed},
    aws::endpoint::{Recognised, recognise},
    decode,
    http1::Request,
    identify::{self, Directory},
    policy::{ConfiguredContext, Lookup},
};
use time::macros::datetime;

/// The global condition keys of the IAM User Guide, and keys of every sort that RDS has.
const KEYS: &str = "\
    aws:CalledVia aws:CalledViaFirst aws:CalledViaLast aws:CurrentTime aws:EpochTime aws:FederatedProvider \
    aws:MultiFactorAuthAge aws:MultiFactorAuthPresent aws:PrincipalAccount aws:PrincipalArn aws:PrincipalIsAWSService \
    aws:PrincipalOrgID aws:PrincipalOrgPaths aws:PrincipalServiceName aws:PrincipalServiceNamesList \
    aws:PrincipalType aws:Referer aws:RequestedRegion aws:RequestTag/team aws:ResourceAccount \
    aws:ResourceOrgID aws:ResourceOrgPaths aws:ResourceTag/team aws:SecureTransport aws:SourceAccount aws:SourceArn \
    aws:SourceIdentity aws:SourceIp aws:SourceOrgID aws:SourceOrgPaths aws:SourceVpc aws:SourceVpcArn aws:SourceVpce \
    aws:TagKeys aws:TokenIssueTime aws:UserAgent aws:userid aws:username aws:ViaAWSService aws:VpceAccount aws:VpceOrgID \
    aws:VpceOrgPaths aws:VpcSourceIp aws:SomethingNew rds:DatabaseEngine rds:Vpc rds:db-tag/stage rds:req-tag/stage \
    rds:MultiAz rds:NotInTheTable guard:Param/DBInstanceIdentifier guard:Param/MasterUserPassword \
    other:Key ec2:SourceInstanceARN ec2:RoleDelivery glue:RoleAssumedBy glue:CredentialIssuingService codebuild:BuildArn \
    codebuild:ProjectArn lambda:SourceFunctionArn ssm:SourceInstanceArn identitystore:UserId saml:sub saml:sub_type \
    accounts.google.com:aud graph.facebook.com:id www.amazon.com:app_id cognito-identity.amazonaws.com:aud \
    token.actions.githubusercontent.com:sub provider.example.com:sub sts:ExternalId sts:RoleSessionName \
    iam:ResourceTag/team kms:ViaService s3:prefix aws:AssumedRoot aws:SignInSessionArn aws:ChatbotSourceArn \
    aws:Ec2InstanceSourceVpc aws:Ec2InstanceSourcePrivateIPv4 aws:IsMcpServiceAction aws:ViaAWSMCPService \
    aws:CalledViaAWSMCP aws:SourceInstanceArn aws:PrincipalTag aws:ResourceTag";

const BODY: &str = "Action=CreateDBInstance&Version=2014-10-31&DBInstanceIdentifier=orders&DBInstanceClass=db.t3.micro\
    &Engine=mysql&MasterUserPassword=secret-1&MultiAZ=true";

#[test]
fn a_key_is_knowable_exactly_where_a_call_answers_it() {
    let head = format!(
        "POST / HTTP/1.1\r\nHost: rds.eu-west-1.amazonaws.com\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         X-Amz-Date: 20260131T120000Z\r\nAuthorization: AWS4-HMAC-SHA256 \
         Credential=AKIAIOSFODNN7EXAMPLE/20260131/eu-west-1/rds/aws4_request, \
         SignedHeaders=content-type;host;x-amz-date, Signature={}\r\nContent-Length: {}\r\n\r\n",
        "0".repeat(64),
        BODY.len()
    );
    let request = Request::parse(Bytes::from(head + BODY)).unwrap();
    let Recognised::Rds(host) = recognise("rds.eu-west-1.amazonaws.com") else { panic!("the host is known") };
    let call = decode::api_call(request, &host, &decode::Settings::default()).unwrap();
    let now = datetime!(2026-01-31 12:00 UTC);
    let default_principal = Some("arn:aws:iam::123456789012:user/ann".parse().unwrap());
    let settings = identify::Settings { default_principal, ..identify::Settings::default() };
    let identified = identify::caller(call, &Directory::default(), now, &settings).unwrap();
    let context = ConfiguredContext::new([("aws:PrincipalOrgID".to_owned(), vec!["o-1".to_owned()])]);
    let judging = authorize::Settings { context: context.clone(), ..authorize::Settings::default() };
    let knowledge = Knowledge { endpoint_ids: false, endpoint_vpcs: false, principals: true, public: false };
    let circumstances = Circumstances { now, endpoint: None, vpc: None, public: false, workload: None };
    viewed(&identified, &judging, &circumstances, |view| {
        for key in KEYS.split_whitespace() {
            let lower = key.to_ascii_lowercase();
            let answered = view.request.context.lookup(&lower) != Lookup::Unknown;
            assert_eq!(is_knowable(&lower, &context, knowledge), answered, "{key}");
        }
    });
}
