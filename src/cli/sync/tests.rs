//! Tests of parsing and comparing.

use super::{drift::Drift, vpc_endpoint::VpcEndpoint};

const STATEMENT: &str =
    r#"{"Effect": "Allow", "Principal": "*", "Action": ["rds:DescribeDBInstances", "rds:b"], "Resource": "*"}"#;

fn policy(statements: &[&str]) -> String {
    format!(r#"{{"Statement": [{}]}}"#, statements.join(","))
}

#[test]
fn how_a_statement_is_written_is_no_drift() {
    let other = r#"{"Resource": ["*"], "Action": ["RDS:B", "rds:describedbinstances", "rds:b"], "Principal": {"AWS": ["*"]}, "Effect": "Allow"}"#;
    let deny = r#"{"Effect": "Deny", "Principal": "*", "Action": "rds:x", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": false}}}"#;
    let same = r#"{"Effect": "Deny", "Principal": "*", "Action": "rds:x", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": ["false"]}}}"#;
    let drift = Drift::between(&policy(&[STATEMENT, deny]), &policy(&[same, other])).expect("JSON");
    assert!(drift.is_none(), "{drift:?}");
    let one = format!(r#"{{"Version": "2012-10-17", "Statement": {STATEMENT}}}"#);
    assert!(Drift::between(&one, &policy(&[other])).expect("JSON").is_none());
}

#[test]
fn one_principal_in_two_spellings_is_no_drift() {
    let with = |principal: &str| policy(&[&STATEMENT.replace(r#""Principal": "*""#, principal)]);
    for (endpoint, file) in [
        (r#""Principal": {"AWS": "arn:aws:iam::123456789012:root"}"#, r#""Principal": {"AWS": "123456789012"}"#),
        (r#""Principal": {"AWS": "123456789012"}"#, r#""Principal": {"AWS": ["arn:aws:iam::123456789012:root"]}"#),
        (r#""Principal": {"AWS": "arn:aws-cn:iam::123456789012:root"}"#, r#""Principal": {"AWS": ["123456789012"]}"#),
        (
            r#""Principal": {"AWS": ["arn:aws:iam::123456789012:role/a", "210987654321", "arn:aws:iam::123456789012:root"]}"#,
            r#""Principal": {"AWS": ["123456789012", "arn:aws:iam::210987654321:root", "arn:aws:iam::123456789012:role/a"]}"#,
        ),
        (r#""NotPrincipal": {"AWS": "arn:aws:iam::123456789012:root"}"#, r#""NotPrincipal": {"AWS": "123456789012"}"#),
        (r#""Principal": {"AWS": "*"}"#, r#""Principal": "*""#),
        (r#""Sid": "", "Principal": "*""#, r#""Principal": "*""#),
        (
            r#""Principal": "*", "Condition": {"StringEquals": {"aws:UserName": "ann"}}"#,
            r#""Condition": {"StringEquals": {"aws:username": ["ann"]}}, "Principal": "*""#,
        ),
    ] {
        let drift = Drift::between(&with(endpoint), &with(file)).expect("JSON");
        assert!(drift.is_none(), "{endpoint} / {file}: {drift:?}");
    }
    for (endpoint, file) in [
        (r#""Principal": {"AWS": "arn:aws:iam::123456789012:root"}"#, r#""Principal": {"AWS": "210987654321"}"#),
        (r#""Principal": {"AWS": "arn:aws:iam::123456789012:role/root"}"#, r#""Principal": {"AWS": "123456789012"}"#),
        (
            r#""Principal": {"AWS": "arn:aws-cn:iam::123456789012:root"}"#,
            r#""Principal": {"AWS": "arn:aws:iam::123456789012:root"}"#,
        ),
        (r#""Principal": {"AWS": "123456789012"}"#, r#""NotPrincipal": {"AWS": "123456789012"}"#),
        (
            r#""Principal": "*", "Condition": {"StringEquals": {"aws:UserName": "a", "aws:username": "b"}}"#,
            r#""Principal": "*", "Condition": {"StringEquals": {"aws:username": "a"}}"#,
        ),
    ] {
        let drift = Drift::between(&with(endpoint), &with(file)).expect("JSON");
        assert!(!drift.is_none(), "{endpoint} / {file}");
    }
}

#[test]
fn each_difference_in_meaning_is_drift() {
    for (from, to) in [
        ("Allow", "Deny"),
        (r#""Resource": "*""#, r#""Resource": "arn:aws:rds:*:*:db:*""#),
        (r#""Resource": "*""#, r#""NotResource": "*""#),
        (r#""Principal": "*""#, r#""Principal": {"AWS": "123456789012"}"#),
        ("rds:b", "rds:c"),
        (r#""Effect""#, r#""Sid": "A", "Effect""#),
    ] {
        let changed = STATEMENT.replace(from, to);
        assert_ne!(changed, STATEMENT);
        let drift = Drift::between(&policy(&[STATEMENT]), &policy(&[&changed])).expect("JSON");
        assert_eq!((drift.only_at_the_endpoint.len(), drift.only_in_the_file.len()), (1, 1), "{changed}");
    }
    let twice = Drift::between(&policy(&[STATEMENT, STATEMENT]), &policy(&[STATEMENT])).expect("JSON");
    assert_eq!(twice.only_at_the_endpoint.first().map(|odd| odd.name()).as_deref(), Some("statement 2"));
    assert!(twice.only_in_the_file.is_empty());
}

#[test]
fn ids_of_endpoints_are_read_and_others_are_not() {
    for id in ["vpce-0123456789abcdef0", "vpce-1a2b3c4d"] {
        assert_eq!(id.parse().map(|id: super::VpcEndpointId| id.to_string()).as_deref(), Ok(id));
    }
    for id in ["", "vpce-", "vpce-0123456789ABCDEF0", "vpc-0123456789abcdef0", "vpce-0123456789abcdef0-az1", "vpce-12"]
    {
        assert!(id.parse::<super::VpcEndpointId>().is_err(), "{id}");
    }
}

#[test]
fn an_answer_is_read_only_if_it_is_of_that_endpoint() {
    let answer = |id: &str| {
        format!(
            "<DescribeVpcEndpointsResponse><vpcEndpointSet><item><vpcEndpointId>{id}</vpcEndpointId>\
             <serviceName>com.amazonaws.us-east-1.rds</serviceName><state>available</state>\
             <policyDocument>{{&quot;Statement&quot;: &#34;a &lt; b&#34;}}</policyDocument>\
             <dnsEntrySet><item><dnsName>{id}-x.rds.us-east-1.vpce.amazonaws.com</dnsName></item>\
             <item><dnsName>rds.us-east-1.amazonaws.com</dnsName></item></dnsEntrySet></item></vpcEndpointSet></DescribeVpcEndpointsResponse>"
        )
    };
    let id = "vpce-0123456789abcdef0".parse().expect("an id");
    let endpoint = VpcEndpoint::read(&answer("vpce-0123456789abcdef0"), &id).expect("it is there");
    assert_eq!(endpoint.policy, r#"{"Statement": "a < b"}"#);
    assert_eq!(endpoint.names, ["vpce-0123456789abcdef0-x.rds.us-east-1.vpce.amazonaws.com"]);
    assert_eq!(VpcEndpoint::read(&answer("vpce-1123456789abcdef0"), &id), None);
    assert_eq!(VpcEndpoint::read("<html>", &id), None);
}
