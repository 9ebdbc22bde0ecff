//! What clients see, letter for letter.

use time::macros::datetime;

use super::*;
use crate::aws::Region;

fn denied(why: Why, resource: Option<&str>) -> Error {
    Error::Denied(Denied {
        user: "arn:aws:iam::123456789012:role/App".into(),
        action: "rds:DeleteDBInstance".into(),
        resource: resource.map(str::to_owned),
        why,
        hint: None,
    })
}

#[test]
fn a_denial_is_worded_as_aws_words_it() {
    let arn = "arn:aws:rds:us-east-1:123456789012:db:prod";
    let message = |why| Fault::from(&denied(why, Some(arn))).message;
    let start = format!(
        "User: arn:aws:iam::123456789012:role/App is not authorized to perform: rds:DeleteDBInstance on resource: {arn} "
    );
    assert_eq!(
        message(Why::Implicit),
        format!("{start}because no VPC endpoint policy allows the rds:DeleteDBInstance action [rds-guard]")
    );
    assert_eq!(
        message(Why::Explicit { statement: "\"NoDeletes\"".into() }),
        format!("{start}with an explicit deny in a VPC endpoint policy (statement \"NoDeletes\") [rds-guard]")
    );
    assert_eq!(
        message(Why::Undetermined { keys: vec!["aws:ResourceTag/env".into()] }),
        format!(
            "{start}because the VPC endpoint policy depends on aws:ResourceTag/env, which is not known here [rds-guard]"
        )
    );
}

#[test]
fn an_answer_is_a_whole_rds_error_document_with_a_true_date() {
    let fault = Fault::from(&denied(Why::Explicit { statement: "\"a<&>b\u{1}…🦀\"".into() }, None));
    let answer = String::from_utf8(render(&fault, "id-1", datetime!(2026-01-05 06:07:08 UTC), true)).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert_eq!(
        head,
        format!(
            "HTTP/1.1 403 Forbidden\r\ncontent-type: text/xml\r\ncontent-length: {}\r\ndate: Mon, 05 Jan 2026 06:07:08 GMT\r\n\
             x-amzn-requestid: id-1\r\nx-rds-guard-reason: explicit_deny\r\nconnection: close",
            body.len()
        )
    );
    assert!(body.starts_with(
        "<ErrorResponse xmlns=\"http://rds.amazonaws.com/doc/2014-10-31/\"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: "
    ));
    assert!(body.contains("(statement &quot;a&lt;&amp;&gt;b &#8230;&#129408;&quot;) [rds-guard]</Message></Error><RequestId>id-1</RequestId></ErrorResponse>"));
}

#[test]
fn each_cause_has_one_status_and_code() {
    let region: Region = "eu-west-1".parse().unwrap();
    for (error, status, code, reason) in [
        (Error::Read(ReadError::Malformed(http1::Error::TransferEncoding)), 411, "MalformedQueryString", "malformed"),
        (
            Error::Read(ReadError::Malformed(http1::Error::BodyTooLarge { length: 2, limit: 1 })),
            413,
            "MalformedQueryString",
            "malformed",
        ),
        (
            Error::Read(ReadError::Malformed(http1::Error::HeadTooLong { limit: 1 })),
            431,
            "MalformedQueryString",
            "malformed",
        ),
        (Error::Read(ReadError::Malformed(http1::Error::HostRepeated)), 400, "MalformedQueryString", "malformed"),
        (Error::Read(ReadError::Overload), 400, "Throttling", "overload"),
        (Error::Misdirected { expected: "h".into() }, 421, "MisdirectedRequest", "misdirected"),
        (Error::Decode(decode::Error::ActionMissing), 400, "MissingAction", "malformed"),
        (Error::Decode(decode::Error::ContentType), 415, "MalformedQueryString", "malformed"),
        (
            Error::Decode(decode::Error::SignatureVersion2 { name: "x".into() }),
            403,
            "MissingAuthenticationToken",
            "unauthenticated",
        ),
        (Error::Identify(identify::Error::Unsigned), 403, "MissingAuthenticationToken", "unauthenticated"),
        (Error::Identify(identify::Error::SigV4A), 400, "IncompleteSignature", "unauthenticated"),
        (Error::Identify(identify::Error::PayloadHash), 403, "SignatureDoesNotMatch", "bad_signature"),
        (Error::Forward(forward::Error::NoEndpoint { region }), 403, "AccessDenied", "no_endpoint"),
        (
            Error::Forward(forward::Error::Unreachable { detail: "10.0.0.1: x".into() }),
            503,
            "ServiceUnavailable",
            "upstream_unreachable",
        ),
        (Error::Forward(forward::Error::Lost { detail: String::new() }), 502, "ServiceUnavailable", "upstream_lost"),
        (Error::Forward(forward::Error::Timeout { seconds: 60 }), 504, "ServiceUnavailable", "upstream_timeout"),
        (Error::Overload { limit: 1 }, 400, "Throttling", "overload"),
    ] {
        let fault = Fault::from(&error);
        assert_eq!((fault.status, fault.code, fault.reason), (status, code, reason), "{error:?}");
        assert!(fault.message.ends_with(" [rds-guard]") && !fault.message.contains("10.0.0.1"), "{}", fault.message);
    }
}
