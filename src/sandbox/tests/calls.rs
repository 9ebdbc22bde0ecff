//! Calls over TLS: the response to the client, and what the sandbox records.

use bytes::Bytes;
use time::OffsetDateTime;

use super::{INSTANCE, MINUTE, Talk, call, lasting_key, sandbox, signed, temporary_key};
use crate::sandbox::{Placement, Sandbox, SandboxSettings, SecretAccessKey, Seed};

#[test]
fn an_instance_lives_from_create_to_delete() {
    let sandbox = sandbox();
    let mut talk = Talk::with(&sandbox);
    let created = talk.ask("CreateDBInstance", &INSTANCE);
    assert_eq!(created.element("DBInstanceStatus").as_deref(), Some("creating"));
    assert_eq!(created.element("DBInstanceArn").as_deref(), Some("arn:aws:rds:us-east-1:123456789012:db:orders"));
    let id = ("DBInstanceIdentifier", "orders");
    let described = talk.ask("DescribeDBInstances", &[id]);
    assert_eq!(described.element("DBInstanceStatus").as_deref(), Some("available"));
    let modified = talk.ask("ModifyDBInstance", &[id, ("AllocatedStorage", "40")]);
    assert_eq!(modified.element("AllocatedStorage").as_deref(), Some("40"));
    assert_eq!(talk.ask("CreateDBSnapshot", &[id, ("DBSnapshotIdentifier", "s1")]).status, 200);
    assert_eq!(talk.ask("DeleteDBInstance", &[id, ("FinalDBSnapshotIdentifier", "s2")]).status, 200);
    let gone = talk.ask("DescribeDBInstances", &[id]);
    assert_eq!((gone.status, gone.element("Code").as_deref()), (404, Some("DBInstanceNotFound")));
    let snapshots = talk.ask("DescribeDBSnapshots", &[id]);
    let text = String::from_utf8(snapshots.body.to_vec()).expect("UTF-8");
    assert!(text.contains(":snapshot:s1<") && text.contains(":snapshot:s2<"), "{text}");
    assert_eq!(sandbox.connections(), 1);
    assert_eq!(sandbox.requests(), 7);
}

/// An action with its parameters, and the expected status and error code.
type Case = (&'static str, &'static [(&'static str, &'static str)], u16, &'static str);

#[test]
fn rds_errors_bear_its_codes_and_statuses() {
    let sandbox = sandbox();
    let mut talk = Talk::with(&sandbox);
    assert_eq!(talk.ask("CreateDBInstance", &INSTANCE).status, 200);
    let cases: [Case; 9] = [
        ("CreateDBInstance", &INSTANCE, 400, "DBInstanceAlreadyExists"),
        ("CreateDBInstance", &[("Engine", "postgres")], 400, "MissingParameter"),
        ("DeleteDBInstance", &[("DBInstanceIdentifier", "orders")], 400, "InvalidParameterCombination"),
        ("DeleteDBInstance", &[("DBInstanceIdentifier", "none")], 404, "DBInstanceNotFound"),
        ("DescribeDBInstances", &[("MaxRecords", "5")], 400, "InvalidParameterValue"),
        ("DescribeDBInstances", &[("Marker", "of another service")], 400, "InvalidParameterValue"),
        ("ModifyDBInstance", &[("DBInstanceIdentifier", "orders"), ("MultiAZ", "maybe")], 400, "InvalidParameterValue"),
        ("StartDBInstance", &[("DBInstanceIdentifier", "orders")], 400, "InvalidDBInstanceState"),
        ("DescribeTheWeather", &[], 400, "InvalidAction"),
    ];
    for (action, parameters, status, code) in cases {
        let reply = talk.ask(action, parameters);
        assert_eq!((reply.status, reply.element("Code").as_deref()), (status, Some(code)), "{action} {parameters:?}");
    }
}

#[test]
fn a_request_whose_bytes_were_touched_is_refused() {
    let sandbox = sandbox();
    let mut talk = Talk::with(&sandbox);
    let mut body = signed("CreateDBInstance", &INSTANCE);
    *body.request.body_mut() = Bytes::from(form(&body.request).replace("t4g.micro", "r8g.48xlarge"));
    let length = body.request.body().len();
    body.request.headers_mut().insert("content-length", length.into());
    let mut host = signed("DescribeDBInstances", &[]);
    host.request.headers_mut().insert("host", "rds.us-east-1.amazonaws.com.".parse().expect("a value"));
    let mut target = signed("DescribeDBInstances", &[]);
    *target.request.uri_mut() = "/?a=b".parse().expect("a target");
    for spoilt in [body, host, target] {
        let reply = talk.say(spoilt);
        assert_eq!((reply.status, reply.element("Code").as_deref()), (403, Some("SignatureDoesNotMatch")));
    }
}

#[test]
fn credentials_that_are_not_good_are_refused_by_name() {
    let sandbox = sandbox();
    let mut talk = Talk::with(&sandbox);
    let describe = call("DescribeDBInstances", &[]);
    let now = OffsetDateTime::now_utc();
    let mut stranger = lasting_key();
    stranger.access_key_id = "AKIASTRANGER00000001".parse().expect("well formed");
    let mut guesser = lasting_key();
    guesser.secret_access_key = SecretAccessKey::new("a guess");
    let mut tokenless = temporary_key();
    tokenless.session_token = None;
    let cases = [
        (describe.sign(&stranger, Placement::Header, now), "InvalidClientTokenId"),
        (describe.sign(&guesser, Placement::Header, now), "SignatureDoesNotMatch"),
        (describe.sign(&tokenless, Placement::Header, now), "InvalidClientTokenId"),
        (describe.sign(&lasting_key(), Placement::Header, now - 16 * MINUTE), "SignatureDoesNotMatch"),
        (describe.sign(&lasting_key(), Placement::Query(MINUTE), now - 2 * MINUTE), "SignatureDoesNotMatch"),
    ];
    for (signed, code) in cases {
        let reply = talk.say(signed.expect("signable"));
        assert_eq!((reply.status, reply.element("Code").as_deref()), (403, Some(code)));
    }
    let mut anonymous = signed("DescribeDBInstances", &[]);
    anonymous.request.headers_mut().remove("authorization");
    assert_eq!(talk.say(anonymous).element("Code").as_deref(), Some("MissingAuthenticationToken"));
}

#[test]
fn presigned_and_temporary_credentials_are_good() {
    let sandbox = sandbox();
    let mut talk = Talk::with(&sandbox);
    let describe = call("DescribeDBInstances", &[("MaxRecords", "20")]);
    for (key, placement) in [
        (lasting_key(), Placement::Query(MINUTE)),
        (temporary_key(), Placement::Query(MINUTE)),
        (temporary_key(), Placement::Header),
    ] {
        let reply = talk.say(describe.sign(&key, placement, OffsetDateTime::now_utc()).expect("signable"));
        assert_eq!(reply.status, 200, "{placement:?}: {:?}", reply.element("Message"));
    }
}

#[test]
fn a_long_list_comes_in_pages_and_streams() {
    let seed = Seed {
        account: "123456789012".into(),
        region: "us-east-1".into(),
        prefix: "db".into(),
        count: 150,
        tag_bytes: 60_000,
    };
    let keys = vec![lasting_key()];
    let sandbox = Sandbox::start(SandboxSettings { keys, seeds: vec![seed], ..SandboxSettings::default() });
    let sandbox = sandbox.expect("a port of loopback is free");
    let mut talk = Talk::with(&sandbox);
    let first = talk.ask("DescribeDBInstances", &[]);
    assert!(first.body.len() > 5_000_000, "{} bytes", first.body.len());
    assert_eq!(first.headers.get("transfer-encoding").map(|value| value.as_bytes()), Some(&b"chunked"[..]));
    let marker = first.element("Marker").expect("more to come");
    let second = talk.ask("DescribeDBInstances", &[("Marker", &marker)]);
    assert_eq!(second.element("DBInstanceIdentifier").as_deref(), Some("db-0101"));
    assert_eq!(second.element("Marker"), None);
}

#[test]
fn what_arrived_is_kept_byte_for_byte() {
    let sandbox = sandbox();
    let mut talk = Talk::with(&sandbox);
    let signed = signed("CreateDBInstance", &INSTANCE);
    let body = form(&signed.request);
    assert_eq!(talk.say(signed).status, 200);
    let [arrival] = sandbox.arrivals().try_into().expect("one arrival");
    assert_eq!(arrival.body(), body);
    assert!(arrival.head().starts_with(b"POST / HTTP/1.1\r\n"));
    assert_eq!(arrival.server_name.as_deref(), Some("rds.us-east-1.amazonaws.com"));
    assert_eq!(arrival.verified.as_deref(), Some("AKIASANDBOX000000001"));
    assert_eq!(sandbox.count("CreateDBInstance"), 1);
    assert!(!format!("{arrival:?}").contains("Signature="));
}

#[test]
fn tags_are_set_listed_and_taken_away() {
    let sandbox = sandbox();
    let mut talk = Talk::with(&sandbox);
    assert_eq!(talk.ask("CreateDBInstance", &INSTANCE).status, 200);
    let arn = ("ResourceName", "arn:aws:rds:us-east-1:123456789012:db:orders");
    let tag = [arn, ("Tags.Tag.1.Key", "team"), ("Tags.Tag.1.Value", "a & b")];
    assert_eq!(talk.ask("AddTagsToResource", &tag).status, 200);
    assert_eq!(talk.ask("ListTagsForResource", &[arn]).element("Value").as_deref(), Some("a & b"));
    assert_eq!(talk.ask("RemoveTagsFromResource", &[arn, ("TagKeys.member.1", "team")]).status, 200);
    assert_eq!(talk.ask("ListTagsForResource", &[arn]).element("Value"), None);
}

fn form(request: &http::Request<Bytes>) -> String {
    String::from_utf8(request.body().to_vec()).expect("a form")
}
