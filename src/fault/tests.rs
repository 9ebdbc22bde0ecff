//! The exact text of the responses that clients see.

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
    assert!(
        body.contains(
            "(statement \"a&lt;&amp;&gt;b\\u{1}\\u{2026}\\u{1f980}\") [rds-guard]</Message></Error><RequestId>id-1</RequestId></ErrorResponse>"
        ),
        "{body}"
    );
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
        (
            Error::Decode(decode::Error::ParameterMissing { name: "Engine", blank: false }),
            400,
            "MissingParameter",
            "malformed",
        ),
        (
            Error::Decode(decode::Error::ParameterMissing { name: "Engine", blank: true }),
            400,
            "InvalidParameterValue",
            "malformed",
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

/// What a client may put into anything that a message quotes.
const ODD: &str = "caf\u{e9} \u{2026}\u{1f980}\u{fffe}\u{1}\t\r\n\u{7f}\u{85}\u{200f}<a>]]>&amp;&\"'`\\";

/// One of each error whose message quotes something, here `text`, and some that quote nothing.
fn quoting(text: &str) -> Vec<Error> {
    use decode::Error as D;
    let name = || text.to_owned();
    let host = text.to_owned();
    let region: Region = "eu-west-1".parse().unwrap();
    let decoded = [
        D::Method { method: name() },
        D::Path,
        D::OtherProtocol { header: "x-amz-target" },
        D::NameCharacter { name: name() },
        D::Duplicate { name: name() },
        D::ActionMissing,
        D::ActionCase { found: name(), known: "CreateDBInstance" },
        D::ActionUnknown { name: name() },
        D::Version { found: name() },
        D::NearMiss { name: name(), known: "Tags.Tag.#.Key" },
        D::ListLabels { name: name(), list: "Tags", label: "Tag" },
        D::EmptyList { list: name(), name: name() },
        D::ParameterUnknown { name: name() },
        D::SignatureVersion2 { name: name() },
        D::AuthenticationParameter { name: name() },
        D::ParameterMissing { name: "Engine", blank: false },
        D::ParameterMissing { name: "Engine", blank: true },
        D::ValueCharacter { name: name() },
        D::ValueTooLong { name: name(), limit: 1 },
        D::Arn { name: name(), why: ArnFault::Form },
        D::Boolean { name: name() },
        D::Number { name: name(), bits: None },
        D::Number { name: name(), bits: Some(32) },
        D::DuplicateTagKey { name: name() },
        D::LogFileName,
        D::PresignedUrl { why: decode::PresignedUrlFault::Parameters(Box::new(D::Duplicate { name: name() })) },
    ];
    let mut errors: Vec<Error> = decoded.into_iter().map(Error::Decode).collect();
    errors.extend([
        Error::Misdirected { expected: name() },
        Error::Identify(identify::Error::Algorithm { found: Some("Basic") }),
        Error::Identify(identify::Error::AuthorizationMalformed),
        Error::Identify(identify::Error::HeaderUnsigned { name: name() }),
        Error::Identify(identify::Error::PayloadUnsigned { found: name() }),
        Error::Identify(identify::Error::OtherWorkload { workload: name() }),
        Error::Forward(forward::Error::HostNotAllowed { host, region: region.clone() }),
        Error::Forward(forward::Error::NoEndpoint { region }),
        Error::Forward(forward::Error::Timeout { seconds: 1 }),
        Error::Sign(sign::Error::Header { name: name() }),
        Error::Overload { limit: 1 },
        Error::Unrecorded,
        denied(Why::Explicit { statement: name() }, Some(text)),
        denied(Why::Undetermined { keys: vec![name()] }, None),
        denied(Why::Blank { parameter: name() }, None),
        Error::Denied(Denied {
            user: name(),
            action: name(),
            resource: Some(name()),
            why: Why::Implicit,
            hint: Some("a hint".into()),
        }),
    ]);
    errors
}

#[test]
fn every_answer_is_ascii_and_its_text_is_the_message_whatever_it_quotes() {
    for text in [ODD, "plain", ""] {
        for error in quoting(text) {
            let fault = Fault::from(&error);
            assert!(fault.message.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{}", fault.message);
            let answer = render(&fault, "id-1", datetime!(2026-01-05 06:07:08 UTC), false);
            assert!(answer.is_ascii());
            let answer = String::from_utf8(answer).unwrap();
            let (_, rest) = answer.split_once("<Message>").unwrap();
            let (written, _) = rest.split_once("</Message>").unwrap();
            assert!(!written.contains(['<', '>']), "{written}");
            let references = written.match_indices('&').filter_map(|(at, _)| written.get(at..));
            for reference in references {
                assert!(["&amp;", "&lt;", "&gt;"].iter().any(|known| reference.starts_with(known)), "{written}");
            }
            let read = written.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
            assert_eq!(read, fault.message);
        }
    }
}

#[test]
fn our_own_words_need_no_escape_in_any_answer() {
    for error in quoting("Plain.1") {
        let message = Fault::from(&error).message;
        assert!(!message.contains(['&', '<', '>', '\\']), "{message}");
    }
}
