//! AWS accepts a re-signed call, and its meaning is unchanged.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::{form, request};
use crate::{
    credentials::Credentials,
    decode::{self, ApiCall, Value},
    identify::{self, Directory, Entry, Secret, SecretAccessKey, SessionToken, Term, Trust, tests::wire::captured},
};

fn real() -> Credentials {
    Credentials {
        access_key_id: "ASIAI44QH8DHBEXAMPLE".parse().unwrap(),
        secret: Secret {
            secret_access_key: SecretAccessKey::new("the/real+secret"),
            session_token: Some(SessionToken::new("the/real+token==")),
        },
        expires: None,
        role: None,
        shared: false,
        term: Term::Temporary,
        source: "a test",
    }
}

/// A directory that knows the real key and no other.
fn directory() -> Directory {
    let real = real();
    let principal = "arn:aws:iam::123456789012:role/real".parse().unwrap();
    Directory::new([(real.access_key_id, Entry::new(principal, BTreeMap::new(), Some(real.secret)))]).unwrap()
}

/// Everything that a call says, except for the signed request inside a parameter.
fn meaning(call: &ApiCall) -> (String, String, Vec<(String, String)>) {
    let value = |value: Value<'_>| match value {
        Value::Plain(text) => text.to_owned(),
        Value::Secret(_) => "secret".to_owned(),
    };
    let parameters = call.parameters().filter(|(name, _)| *name != "PreSignedUrl");
    let parameters = parameters.map(|(name, found)| (name.to_owned(), value(found))).collect();
    (call.action().to_string(), call.request().path().to_owned(), parameters)
}

#[test]
fn every_captured_request_verifies_after_it_was_signed_anew_and_means_the_same() {
    let (settings, own) = (identify::Settings::default(), directory());
    let (mut signed, mut presigned, mut nested) = (0, 0, 0);
    for original in captured().iter().filter(|request| request.verdict().is_ok()) {
        let request = original.request().unwrap();
        let host = original.host(&original.signature(&request).unwrap());
        let Ok(call) = decode::api_call(request, &host, &decode::Settings::default()) else { continue };
        let Ok(identified) = identify::caller(call, &Directory::default(), original.at, &settings) else { continue };
        let meant = meaning(identified.call());
        let anew = request::signed_anew(&identified, &real(), original.at).unwrap();
        presigned += usize::from(anew.query().is_some_and(|query| query.contains("X-Amz-Signature")));
        let body = std::str::from_utf8(anew.body()).unwrap().to_owned();
        nested += usize::from(body.contains("PreSignedUrl="));
        for name in ["authorization", "x-amz-date", "x-amz-security-token", "host", "content-length"] {
            assert!(anew.header_values(name).count() <= 1, "{}: {name}", original.id);
        }
        let call = decode::api_call(anew, &host, &decode::Settings::default())
            .unwrap_or_else(|error| panic!("{}: {error}", original.id));
        assert_eq!(meaning(&call), meant, "{}", original.id);
        let again = identify::caller(call, &own, original.at, &settings)
            .unwrap_or_else(|refused| panic!("{}: {}", original.id, refused.error()));
        assert_eq!(again.caller().trust, Trust::Verified, "{}", original.id);
        signed += 1;
    }
    assert!(signed >= 60 && presigned >= 1, "{signed} {presigned} {nested}");
    println!("{signed} signed anew, {presigned} of them presigned, {nested} with a request inside");
}

#[test]
fn forms_keep_what_is_not_replaced() {
    let query = "Action=X&a=b+c&%58-Amz-Date=1&x-amz-signature=2&d=%2B&e";
    assert_eq!(form::without_signature(query), "Action=X&a=b%20c&d=%2B&e");
    let added = [("X-Amz-Credential".to_owned(), "a/b+c".to_owned())];
    assert_eq!(form::with("Action=X".to_owned(), &added), "Action=X&X-Amz-Credential=a%2Fb%2Bc");
    assert_eq!(form::with(String::new(), &added), "X-Amz-Credential=a%2Fb%2Bc");
    let body = "A=1+2&PreSignedUrl=old%20one&B=%7e&Pre%53ignedUrl=x";
    assert_eq!(form::replaced(body, "PreSignedUrl", "n&w"), "A=1+2&PreSignedUrl=n%26w&B=%7e&PreSignedUrl=n%26w");
}

#[test]
fn what_is_to_be_signed_shows_nothing_of_what_signs() {
    let credentials = real();
    let shown = format!("{credentials:?}");
    assert!(!shown.contains("the/real"), "{shown}");
    assert!(credentials.is_good(OffsetDateTime::now_utc()));
}
