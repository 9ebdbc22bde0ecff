//! Who a caller is, according to which source, and how far that is trusted.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use time::{OffsetDateTime, macros::datetime};

use crate::{
    aws::{
        AccessKeyId, PrincipalArn,
        endpoint::{Recognised, recognise},
    },
    decode,
    http1::Request,
    identify::{
        Caller, Directory, DirectoryError, Entry, Error, OwnCredentials, OwnKey, SameAccount, Secret, SecretAccessKey,
        SecretFileError, Settings, Term, Trust, caller,
    },
};

const NOW: OffsetDateTime = datetime!(2026-11-24 08:00 UTC);
/// Of account 609629065308, which the id encodes.
const NEW: &str = "ASIAY34FZKBOKMUTVV7A";
const NEW_ACCOUNT: &str = "609629065308";
/// Of the old generation: its account cannot be read.
const OLD: &str = "AKIAIOSFODNN7EXAMPLE";

fn arn(text: &str) -> PrincipalArn {
    text.parse().unwrap()
}

fn role(account: &str) -> PrincipalArn {
    arn(&format!("arn:aws:iam::{account}:role/team/App"))
}

fn key(id: &str) -> AccessKeyId {
    id.parse().unwrap()
}

/// A client's call with this key; the signature's value is made up.
fn call(id: &str) -> decode::ApiCall {
    let body = "Action=DescribeDBInstances&Version=2014-10-31";
    let text = format!(
        "POST / HTTP/1.1\r\nHost: rds.us-east-1.amazonaws.com\r\nX-Amz-Date: 20261124T080000Z\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential={id}/20261124/us-east-1/rds/aws4_request, \
         SignedHeaders=host;x-amz-date, Signature={:064}\r\n\r\n{body}",
        body.len(),
        0
    );
    let Recognised::Rds(host) = recognise("rds.us-east-1.amazonaws.com") else { panic!("an RDS host") };
    let request = Request::parse(Bytes::from(text)).unwrap();
    decode::api_call(request, &host, &decode::Settings::default()).unwrap()
}

fn found(id: &str, directory: &Directory, settings: &Settings) -> Caller {
    caller(call(id), directory, NOW, settings).unwrap().caller().clone()
}

fn own(account: &str) -> OwnCredentials {
    OwnCredentials {
        principal: arn(&format!("arn:aws:sts::{account}:assumed-role/Task/0123")),
        role: None,
        user_id: Some("AROAEXAMPLE:0123".into()),
        keys: HashMap::from([(key("ASIAOWNOWNOWNOWNOWNO"), OwnKey { verifier: None, term: Term::Temporary })]),
        term: Term::Temporary,
    }
}

fn with_own(account: &str) -> Directory {
    let directory = Directory::default();
    directory.set_own(Some(own(account)));
    directory
}

/// Principal, account and trust, as texts.
fn said(caller: &Caller) -> (Option<String>, Option<String>, Trust) {
    (caller.principal.as_ref().map(ToString::to_string), caller.account.map(|id| id.to_string()), caller.trust)
}

#[test]
fn a_configured_principal_is_known_with_its_tags() {
    let tags = BTreeMap::from([("team".to_owned(), "blue".to_owned())]);
    let directory = Directory::new([(key(OLD), Entry::new(role("111122223333"), tags.clone(), None))]).unwrap();
    let settings = Settings { default_principal: Some(role("999999999999")), ..Settings::default() };
    let caller = found(OLD, &directory, &settings);
    assert_eq!(caller.principal, Some(role("111122223333")));
    assert_eq!((caller.trust, &*caller.tags), (Trust::Known, &tags));
}

#[test]
fn a_principal_of_another_account_than_the_key_says_is_refused() {
    let error = Directory::new([(key(NEW), Entry::new(role("111122223333"), BTreeMap::new(), None))]).unwrap_err();
    assert!(matches!(error, DirectoryError::Account { key, .. } if key.to_string() == NEW_ACCOUNT));
    let entry = || (key(OLD), Entry::new(role("111122223333"), BTreeMap::new(), None));
    assert!(matches!(Directory::new([entry(), entry()]), Err(DirectoryError::Repeated { .. })));
}

#[test]
fn the_proxys_own_key_is_its_own_principal() {
    let directory = with_own("111122223333");
    let caller = found("ASIAOWNOWNOWNOWNOWNO", &directory, &Settings::default());
    assert_eq!(caller.principal, Some(own("111122223333").principal));
    assert_eq!(caller.trust, Trust::Known);
    directory.set_own(None);
    assert_eq!(found("ASIAOWNOWNOWNOWNOWNO", &directory, &Settings::default()).trust, Trust::None);
}

#[test]
fn without_any_source_the_account_is_claimed_where_the_key_carries_it() {
    let directory = Directory::default();
    assert_eq!(said(&found(NEW, &directory, &Settings::default())), (None, Some(NEW_ACCOUNT.into()), Trust::Claimed));
    assert_eq!(said(&found(OLD, &directory, &Settings::default())), (None, None, Trust::None));
}

#[test]
fn a_default_applies_where_the_key_does_not_contradict_it() {
    let settings = |account| Settings { default_principal: Some(role(account)), ..Settings::default() };
    let assumed = |account: &str| (Some(role(account).to_string()), Some(account.to_owned()), Trust::Assumed);
    let claimed = (None, Some(NEW_ACCOUNT.to_owned()), Trust::Claimed);
    let none = Directory::default();
    assert_eq!(said(&found(OLD, &none, &settings("111122223333"))), assumed("111122223333"), "no readable account");
    assert_eq!(said(&found(NEW, &none, &settings(NEW_ACCOUNT))), assumed(NEW_ACCOUNT), "the default's own account");
    assert_eq!(said(&found(NEW, &none, &settings("111122223333"))), claimed, "the key says another account");

    let same = with_own(NEW_ACCOUNT);
    assert_eq!(said(&found(NEW, &same, &settings(NEW_ACCOUNT))), assumed(NEW_ACCOUNT), "all three agree");
    assert_eq!(said(&found(NEW, &same, &settings("111122223333"))), claimed, "the default is of a third account");
    let other = with_own("111122223333");
    assert_eq!(said(&found(NEW, &other, &settings(NEW_ACCOUNT))), claimed, "another account than the proxy's");
    assert_eq!(said(&found(OLD, &other, &settings(NEW_ACCOUNT))), assumed(NEW_ACCOUNT), "no readable account");
}

#[test]
fn own_role_takes_the_proxys_role_for_keys_of_its_account_only() {
    let settings = Settings { same_account: SameAccount::OwnRole, ..Settings::default() };
    let task = format!("arn:aws:iam::{NEW_ACCOUNT}:role/Task");
    let expected = (Some(task), Some(NEW_ACCOUNT.to_owned()), Trust::Assumed);
    assert_eq!(said(&found(NEW, &with_own(NEW_ACCOUNT), &settings)), expected);
    assert_eq!(found(NEW, &with_own("111122223333"), &settings).trust, Trust::Claimed);
    assert_eq!(found(OLD, &with_own(NEW_ACCOUNT), &settings).trust, Trust::None, "the key does not say its account");

    let with_path = OwnCredentials { role: Some(role(NEW_ACCOUNT)), ..own(NEW_ACCOUNT) };
    let directory = Directory::default();
    directory.set_own(Some(with_path));
    assert_eq!(found(NEW, &directory, &settings).principal, Some(role(NEW_ACCOUNT)));

    let user = OwnCredentials { principal: arn(&format!("arn:aws:iam::{NEW_ACCOUNT}:user/ann")), ..own(NEW_ACCOUNT) };
    directory.set_own(Some(user));
    assert_eq!(found(NEW, &directory, &settings).trust, Trust::Claimed, "a user is not a role");
}

#[test]
fn the_least_trust_is_required() {
    for (required, passes) in
        [(Trust::None, true), (Trust::Claimed, true), (Trust::Assumed, false), (Trust::Verified, false)]
    {
        let settings = Settings { require: required, ..Settings::default() };
        let result = caller(call(NEW), &Directory::default(), NOW, &settings);
        assert_eq!(result.is_ok(), passes, "{required}");
        if let Err(refused) = result {
            assert_eq!(*refused.error(), Error::Trust { trust: Trust::Claimed, required });
            assert!(refused.let_pass().is_ok());
        }
    }
}

#[test]
fn a_wrong_signature_of_a_known_secret_is_refused_and_nobody_is_named() {
    let secret = Secret { secret_access_key: SecretAccessKey::new("secret"), session_token: None };
    let entry = Entry::new(role("111122223333"), BTreeMap::new(), Some(secret));
    let directory = Directory::new([(key(OLD), entry)]).unwrap();
    let refused = caller(call(OLD), &directory, NOW, &Settings::default()).unwrap_err();
    assert_eq!(*refused.error(), Error::SignatureWrong);
    assert_eq!(said(refused.caller()), (None, None, Trust::None));
    assert_eq!(refused.caller().access_key_id, Some(key(OLD)));
    assert_eq!(refused.let_pass().unwrap().caller().trust, Trust::None, "audit mode names nobody either");
}

#[test]
fn a_right_signature_of_a_known_secret_is_verified() {
    let captured = super::wire::named("boto3--describe-temp");
    let request = captured.request().unwrap();
    let Recognised::Rds(host) = recognise("rds.us-east-1.amazonaws.com") else { panic!("an RDS host") };
    let call = decode::api_call(request, &host, &decode::Settings::default()).unwrap();
    let entry = Entry::new(role(NEW_ACCOUNT), BTreeMap::new(), Some(captured.secret_of(NEW)));
    let directory = Directory::new([(key(NEW), entry)]).unwrap();
    let settings = Settings { require: Trust::Verified, ..Settings::default() };
    let identified = caller(call, &directory, captured.at, &settings).unwrap();
    assert_eq!(identified.caller().trust, Trust::Verified);
    assert!(!format!("{identified:?}").contains("IQoJ"), "the session token is not shown");
}

#[test]
fn a_secret_is_read_from_a_file_that_holds_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let (secret, token) = (dir.path().join("secret"), dir.path().join("token"));
    std::fs::write(&secret, "wJalrXUtnFEMI/K7MDENG\r\n").unwrap();
    std::fs::write(&token, "IQoJ").unwrap();
    let read = Secret::read(&secret, Some(&token)).unwrap();
    assert_eq!(read.secret_access_key.reveal(), "wJalrXUtnFEMI/K7MDENG");
    assert_eq!(read.session_token.as_ref().unwrap().reveal(), "IQoJ");
    assert!(!format!("{read:?}").contains("wJal"));
    for content in ["", "\n", "two words", "a\nb"] {
        std::fs::write(&secret, content).unwrap();
        assert!(matches!(Secret::read(&secret, None), Err(SecretFileError::Content { .. })), "{content:?}");
    }
    assert!(matches!(Secret::read(&dir.path().join("absent"), None), Err(SecretFileError::Unreadable { .. })));
}
