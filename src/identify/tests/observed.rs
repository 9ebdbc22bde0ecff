//! What is learnt from answers of STS.

use std::collections::BTreeMap;

use time::macros::datetime;

use crate::{
    aws::AccessKeyId,
    identify::{Caller, Directory, Entry, Observation, Question, Settings, Term, Trust},
};

const NOW: time::OffsetDateTime = datetime!(2026-11-24 12:00 UTC);
/// Of the old generation: the id says no account.
const KEY: &str = "ASIAIOSFODNN7EXAMPLE";

fn answer(user: &str, key: &str) -> String {
    format!(
        "<X><XResult>{user}<Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>s+/=</SecretAccessKey>\
         <SessionToken>t+/=</SessionToken><Expiration>2026-11-24T13:00:00Z</Expiration></Credentials></XResult></X>"
    )
}

fn session(name: &str) -> String {
    let arn = format!("arn:aws:sts::123456789012:assumed-role/{name}/one");
    format!("<AssumedRoleUser><AssumedRoleId>AROA:one</AssumedRoleId><Arn>{arn}</Arn></AssumedRoleUser>")
}

fn seen(form: &str, authorization: Option<&str>, answer: &str) -> Option<Observation> {
    Question::read(form, authorization)?.answered(answer, Term::Temporary)
}

fn caller(directory: &Directory, now: time::OffsetDateTime) -> Caller {
    directory.find_elsewhere(&KEY.parse().unwrap(), now, &Settings::default()).0
}

#[test]
fn a_session_is_known_by_its_key_until_it_ends() {
    let form = "Action=AssumeRole&Tags.member.1.Key=team&Tags.member.1.Value=a%20b&Tags.member.2.Key=lone";
    let observation = seen(form, None, &answer(&session("app"), KEY)).unwrap();
    assert!(!format!("{observation:?}").contains("s+/="));
    let directory = Directory::default();
    directory.observe(observation, NOW);
    let found = caller(&directory, NOW);
    assert_eq!(found.principal.unwrap().as_str(), "arn:aws:sts::123456789012:assumed-role/app/one");
    assert_eq!((found.trust, found.tags["team"].as_str(), found.tags.len()), (Trust::Known, "a b", 1));
    let end = datetime!(2026-11-24 13:00 UTC);
    assert_eq!(caller(&directory, end).principal, None);
    directory.forget_ended(end);
    assert_eq!(caller(&directory, NOW).principal, None, "its secret is gone");
}

#[test]
fn five_calls_are_read_and_nothing_else() {
    let good = answer(&session("app"), KEY);
    for action in ["AssumeRole", "AssumeRoleWithWebIdentity", "AssumeRoleWithSAML", "GetFederationToken"] {
        assert!(seen(&format!("Version=x&Action={action}"), None, &good).is_some(), "{action}");
    }
    for form in ["Action=GetCallerIdentity", "Action=DecodeAuthorizationMessage", "", "Action=%zz", "Action=assumerole"]
    {
        assert!(seen(form, None, &good).is_none(), "{form}");
    }
    for bad in [
        "{\"json\": true}".to_owned(),
        good.replace("<SessionToken>", "<Other>"),
        good.replace("2026-11-24T13:00:00Z", "soon"),
        good.replace(KEY, "short"),
        good.replace("arn:aws:sts", "arn:aws:s3"),
        good.replace("<SecretAccessKey>", "<SecretAccessKey>x</SecretAccessKey><SecretAccessKey>"),
    ] {
        assert!(seen("Action=AssumeRole", None, &bad).is_none(), "{bad}");
    }
}

#[test]
fn a_session_token_is_its_askers_and_a_key_of_another_account_is_not_believed() {
    let asker: AccessKeyId = "AKIAI44QH8DHBEXAMPLE".parse().unwrap();
    let ann: crate::aws::PrincipalArn = "arn:aws:iam::123456789012:user/ann".parse().unwrap();
    let entry = Entry::new(ann.clone(), BTreeMap::new(), None);
    let directory = Directory::new([(asker, entry)]).unwrap();
    let header = "AWS4-HMAC-SHA256 Credential=AKIAI44QH8DHBEXAMPLE/20261124/us-east-1/sts/aws4_request, …";
    let plain = answer("", KEY);
    directory.observe(seen("Action=GetSessionToken", None, &plain).unwrap(), NOW);
    assert_eq!(caller(&directory, NOW).principal, None, "nobody is known to have asked");
    directory.observe(seen("Action=GetSessionToken", Some(header), &plain).unwrap(), NOW);
    assert_eq!(caller(&directory, NOW).principal, Some(ann));
    // This id says that it is of account 123456789012.
    let elsewhere = answer(&session("app"), "ASIARZPUZDIKAEXAMPLE").replace("123456789012", "999999999999");
    directory.observe(seen("Action=AssumeRole", None, &elsewhere).unwrap(), NOW);
    let found = directory.find_elsewhere(&"ASIARZPUZDIKAEXAMPLE".parse().unwrap(), NOW, &Settings::default()).0;
    assert_eq!((found.principal, found.trust), (None, Trust::Claimed));
}

#[test]
fn tags_are_taken_from_calls_that_ask_for_them_and_from_no_other() {
    let answer = answer(&session("app"), KEY);
    let tags = "Tags.member.1.Key=team&Tags.member.1.Value=admin";
    for (action, known) in [
        ("AssumeRole", true),
        ("GetFederationToken", true),
        // STS takes them from the provider's token, or has none, whatever else stands in the request.
        ("AssumeRoleWithWebIdentity", false),
        ("AssumeRoleWithSAML", false),
        ("GetSessionToken", false),
    ] {
        let seen = seen(&format!("Action={action}&{tags}"), None, &answer).unwrap();
        assert_eq!(seen.tags.contains_key("team"), known, "{action}");
    }
}

#[test]
fn a_parameter_that_stands_twice_leaves_the_answer_unread() {
    let answer = answer(&session("app"), KEY);
    for twice in [
        "Action=AssumeRole&Tags.member.1.Key=team&Tags.member.1.Value=admin&Tags.member.1.Value=dev",
        "Action=AssumeRole&Tags.member.1.Key=team&Tags.member.1.Value=admin&tags.member.1.value=dev",
        "Action=AssumeRole&Tags.member.1.Key=team&Tags.member.1.Value=admin&Tags.member.1.%56alue=dev",
        "Action=AssumeRole&Action=AssumeRoleWithWebIdentity",
        "Action=AssumeRole&Tags.member.1.Key=team&Tags.member.1.Value=a&Tags.member.2.Key=TEAM&Tags.member.2.Value=b",
        "Action=AssumeRole&Tags.member.1.Key=team&Tags.member.1.Value=a&Tags.member.2.Key=team&Tags.member.2.Value=b",
    ] {
        assert!(seen(twice, None, &answer).is_none(), "{twice}");
    }
}
