//! What is learned from answers of STS, and which answers reveal nothing.

use std::collections::BTreeMap;

use time::macros::datetime;

use crate::{
    aws::{AccessKeyId, StsHost},
    http1::Request,
    identify::{Caller, Directory, Entry, Observation, Question, Settings, Term, Trust},
};

const NOW: time::OffsetDateTime = datetime!(2026-11-24 12:00 UTC);
/// Of the old generation: the id encodes no account.
const KEY: &str = "ASIAIOSFODNN7EXAMPLE";
const ASKER: &str = "AKIAI44QH8DHBEXAMPLE";
const HOST: &str = "sts.us-east-1.amazonaws.com";
const ROLE: &str = "RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fteam%2Fapp&RoleSessionName=one";

/// A signed call as SDKs send it.
const SIGNED: &str = "POST / HTTP/1.1\r\nHost: sts.us-east-1.amazonaws.com\r\n\
    Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\nX-Amz-Date: 20261124T120000Z\r\n\
    Authorization: AWS4-HMAC-SHA256 Credential=AKIAI44QH8DHBEXAMPLE/20261124/us-east-1/sts/aws4_request, \
    SignedHeaders=content-type;host;x-amz-date, \
    Signature=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\r\n\r\n";

const TAGS: &str = "Tags.member.1.Key=team&Tags.member.1.Value=a%20b&Tags.member.2.Key=stage&Tags.member.2.Value=";

fn signed(form: &str) -> String {
    format!("{SIGNED}{form}")
}

fn unsigned(form: &str) -> String {
    let head: Vec<&str> = SIGNED.split("\r\n").filter(|line| !line.starts_with("Authorization")).collect();
    format!("{}{form}", head.join("\r\n"))
}

fn assume_role() -> String {
    signed(&format!("Action=AssumeRole&Version=2011-06-15&{ROLE}&{TAGS}"))
}

/// Reads a request; a `Content-Length` for the body is added.
fn question(text: &str) -> Option<Question> {
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let length = if body.is_empty() { String::new() } else { format!("\r\nContent-Length: {}", body.len()) };
    let request = Request::parse(format!("{head}{length}\r\n\r\n{body}").into()).ok()?;
    Question::read(&request, &StsHost::recognise(HOST).unwrap())
}

fn answer(action: &str, user: &str, key: &str) -> String {
    format!(
        "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n  <{action}Result>{user}<Credentials>\
         <AccessKeyId>{key}</AccessKeyId><SecretAccessKey>s+/=</SecretAccessKey>\
         <SessionToken>t+/=</SessionToken><Expiration>2026-11-24T13:00:00Z</Expiration></Credentials></{action}Result>\
         <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{action}Response>\n"
    )
}

const SESSION: &str = "<AssumedRoleUser><AssumedRoleId>AROA:one</AssumedRoleId>\
    <Arn>arn:aws:sts::123456789012:assumed-role/app/one</Arn></AssumedRoleUser>";

fn seen(request: &str, answer: &str) -> Option<Observation> {
    question(request)?.answered(answer, Term::Temporary)
}

fn caller(directory: &Directory, now: time::OffsetDateTime) -> Caller {
    directory.find_elsewhere(&KEY.parse().unwrap(), now, &Settings::default()).0
}

#[test]
fn a_session_is_known_by_its_key_until_it_ends() {
    let observation = seen(&assume_role(), &answer("AssumeRole", SESSION, KEY)).unwrap();
    assert!(!format!("{observation:?}").contains("s+/="));
    let directory = Directory::default();
    directory.observe(observation, None, NOW);
    let found = caller(&directory, NOW);
    assert_eq!(found.principal.unwrap().as_str(), "arn:aws:sts::123456789012:assumed-role/app/one");
    assert_eq!((found.trust, found.tags["team"].as_str(), found.tags["stage"].as_str()), (Trust::Known, "a b", ""));
    let end = datetime!(2026-11-24 13:00 UTC);
    assert_eq!(caller(&directory, end).principal, None);
    directory.forget_ended(end);
    assert_eq!(caller(&directory, NOW).principal, None, "its secret is gone");
}

/// The five calls: action, request, and the principal in the answer.
fn calls() -> Vec<(&'static str, String, &'static str)> {
    let federated = "<FederatedUser><FederatedUserId>123456789012:ann</FederatedUserId>\
                     <Arn>arn:aws:sts::123456789012:federated-user/ann</Arn></FederatedUser>";
    let form = |action: &str, rest: &str| format!("Action={action}&Version=2011-06-15&{rest}");
    vec![
        ("AssumeRole", assume_role(), SESSION),
        (
            "AssumeRoleWithWebIdentity",
            unsigned(&form("AssumeRoleWithWebIdentity", &format!("{ROLE}&WebIdentityToken=t"))),
            SESSION,
        ),
        (
            "AssumeRoleWithSAML",
            unsigned(&form(
                "AssumeRoleWithSAML",
                &format!("{}&PrincipalArn=p&SAMLAssertion=a", ROLE.split('&').next().unwrap()),
            )),
            SESSION,
        ),
        ("GetSessionToken", signed(&form("GetSessionToken", "DurationSeconds=900")), ""),
        ("GetFederationToken", signed(&form("GetFederationToken", "Name=ann")), federated),
    ]
}

#[test]
fn five_calls_are_read_and_nothing_else() {
    for (action, request, user) in calls() {
        assert!(seen(&request, &answer(action, user, KEY)).is_some(), "{action}");
        for other in ["GetCallerIdentity", "DecodeAuthorizationMessage", "AssumeRoot", "X", &action.to_lowercase()] {
            let request = request.replace(&format!("Action={action}&"), &format!("Action={other}&"));
            assert!(seen(&request, &answer(action, user, KEY)).is_none(), "{action} as {other}");
        }
    }
    let get = unsigned("").replace(
        "POST / ",
        &format!("GET /?Action=AssumeRoleWithWebIdentity&Version=2011-06-15&{ROLE}&WebIdentityToken=t "),
    );
    assert!(seen(&get, &answer("AssumeRoleWithWebIdentity", SESSION, KEY)).is_some(), "as the SDK for C asks");
    let empty = assume_role() + "&PolicyArns=&TransitiveTagKeys=";
    assert!(seen(&empty, &answer("AssumeRole", SESSION, KEY)).is_some(), "as SDKs send an empty list");
}

/// Replacements in the request that is learned from: the text and its replacement.
const MISREADINGS: &[(&str, &str)] = &[
    // Two signatures, or one that can be read in two ways.
    ("AWS4-HMAC-SHA256 Credential", "AWS4-HMAC-SHA256 XCredential=AKIAIOSFODNN7EXAMPLE/x, Credential"),
    (
        "AWS4-HMAC-SHA256 Credential",
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261124/us-east-1/sts/aws4_request, Credential",
    ),
    ("AWS4-HMAC-SHA256 Credential", "Bearer Credential"),
    ("AWS4-HMAC-SHA256 Credential", "AWS4-ECDSA-P256-SHA256 Credential"),
    ("AWS4-HMAC-SHA256 Credential", "aws4-hmac-sha256 Credential"),
    ("AWS4-HMAC-SHA256 Credential", "AWS4-HMAC-SHA256\tCredential"),
    ("AWS4-HMAC-SHA256 Credential", "Credential"),
    ("SignedHeaders=content-type;host;x-amz-date", "SignedHeaders=content-type;host;x-amz-date, SignedHeaders=host"),
    ("Signature=0123", "Signature=0123, Signature=0123"),
    ("Signature=0123", "Signature=X123"),
    ("X-Amz-Date: 2", "Authorization: Bearer Credential=AKIAIOSFODNN7EXAMPLE/\r\nX-Amz-Date: 2"),
    ("X-Amz-Date: 2", "X-Amz-Date: 20261124T120000Z\r\nX-Amz-Date: 2"),
    ("X-Amz-Date: 20261124T120000Z\r\n", ""),
    ("POST / ", "POST /?X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20261124%2Fus-east-1%2Fsts%2Faws4_request "),
    ("POST / ", "POST /?X-Amz-Signature=0 "),
    ("POST / ", "POST /?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE "),
    // A signature for something else, or one that covers too little.
    ("/sts/aws4_request", "/rds/aws4_request"),
    ("/sts/aws4_request", "/STS/aws4_request"),
    ("/us-east-1/", "/eu-west-1/"),
    ("/20261124/", "/20261123/"),
    ("aws4_request", "aws4_requests"),
    ("content-type;host;x-amz-date", "content-type;x-amz-date"),
    ("content-type;host;x-amz-date", "host;content-type;x-amz-date"),
    ("content-type;host;x-amz-date", "content-type;host"),
    ("content-type;host;x-amz-date", "content-type;host;x-amz-date;x-more"),
    ("X-Amz-Date: 2", "X-Amz-Security-Token: unsigned\r\nX-Amz-Date: 2"),
    ("X-Amz-Date: 2", "X-Amz-Content-Sha256: UNSIGNED-PAYLOAD\r\nX-Amz-Date: 2"),
    // Another host, method, place, coding or type.
    ("Host: sts.us-east-1", "Host: sts.eu-west-1"),
    ("Host: sts.us-east-1.amazonaws.com", "Host: sts.us-east-1.amazonaws.com:444"),
    ("Host: sts", "Host: x@sts"),
    ("\r\nHost: sts.us-east-1.amazonaws.com", ""),
    ("X-Amz-Date: 2", "Host: sts.us-east-1.amazonaws.com\r\nX-Amz-Date: 2"),
    ("POST / ", "GET / "),
    ("POST / ", "PUT / "),
    ("POST / ", "POST /sts "),
    ("POST / ", "POST // "),
    ("POST / ", "POST https://sts.us-east-1.amazonaws.com/ "),
    ("POST / ", "POST /?Tags.member.1.Value=dev "),
    ("POST / ", "POST /?Action=AssumeRole "),
    ("X-Amz-Date: 2", "X-Amz-Target: x\r\nX-Amz-Date: 2"),
    ("X-Amz-Date: 2", "Transfer-Encoding: chunked\r\nX-Amz-Date: 2"),
    ("X-Amz-Date: 2", "Content-Encoding: gzip\r\nX-Amz-Date: 2"),
    ("X-Amz-Date: 2", "Connection: x-amz-date\r\nX-Amz-Date: 2"),
    ("Content-Type: application/x-www-form-urlencoded; charset=utf-8", "Content-Type: application/json"),
    ("charset=utf-8", "charset=utf-16"),
    ("Content-Type: ", "Content-Type: text/plain\r\nContent-Type: "),
    ("Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n", ""),
    // Action and version.
    ("Action=AssumeRole&", "Action=AssumeRole&Action=AssumeRole&"),
    ("Action=AssumeRole&", "Action=AssumeRole&action=GetSessionToken&"),
    ("Action=AssumeRole&", "Action=assumerole&"),
    ("Action=AssumeRole&", "Action=%41ssumeRole%20&"),
    ("Action=AssumeRole&", ""),
    ("Version=2011-06-15", "Version=2014-10-31"),
    ("Version=2011-06-15", "version=2011-06-15"),
    ("Version=2011-06-15&", ""),
    ("Version=2011-06-15", "Version=2011-06-15&Version=2011-06-15"),
    // Names of parameters.
    ("RoleSessionName=one", "RoleSessionName=one&RoleSessionName=two"),
    ("RoleSessionName=one", "RoleSessionName=one&rolesessionname=two"),
    ("RoleSessionName=one", "RoleSessionName=one&RoleSessionName.1=two"),
    ("RoleSessionName=one", "RoleSessionName=one&PolicyArns.member.01.arn=x"),
    ("RoleSessionName=one", "RoleSessionName=one&PolicyArns.member.2.arn=x"),
    ("RoleSessionName=one", "RoleSessionName=one&PolicyArns.1.arn=x"),
    ("RoleSessionName=one", "RoleSessionName=one&TransitiveTagKeys=team"),
    ("RoleSessionName=one", "RoleSessionName=one&TransitiveTagKeys.member.0=team"),
    ("RoleSessionName=one", "RoleSessionName=one&%zz=two"),
    ("RoleSessionName=one", "RoleSessionName=one&%ff=two"),
    ("RoleSessionName=one", "RoleSessionName=one&=two"),
    ("member.1.Key", "member.0.Key"),
    ("member.1.Key", "member.x.Key"),
    ("member.1.Key", "member.01.Key"),
    ("member.1.Key", "member.+1.Key"),
    ("member.1.Key", "member.99999999999.Key"),
    ("member.1.Key", "member.1.Key.Key"),
    ("member.1.Key", "member.1.key"),
    ("member.1.Key", "member.1"),
    ("member.1.Key", "member.1.1.Key"),
    ("member.1.Key", "Member.1.Key"),
    ("member.1.Key", "Tag.1.Key"),
    ("member.1.Key", "1.Key"),
    ("member.1.Key", "member%2E0.Key"),
    ("member.1.Key", "member.#.Key"),
    ("Tags.member.1.Key", "tags.member.1.Key"),
    ("Tags.member.1.Value=a%20b", "Tags.member.1.Value=a&Tags.member.1.Value=b"),
    ("Tags.member.1.Value=a%20b", "Tags.member.1.Value=a&Tags.member.1.value=b"),
    ("Tags.member.1.Value=a%20b", "Tags.member.1.Value=a&Tags.member.1.%56alue=b"),
    ("&Tags.member.1.Value=a%20b", ""),
    ("&Tags.member.1.Value=a%20b", "&Tags.member.3.Value=b"),
    ("Tags.member.2.", "Tags.member.3."),
    ("Key=stage", "Key=team"),
    ("Key=stage", "Key=TEAM"),
    ("Tags.member.1.Key", "Tags=&Tags.member.1.Key"),
    // The answer does not match these.
    ("RoleSessionName=one", "RoleSessionName=two"),
    ("%2Fapp", "%2Fother"),
    ("123456789012", "999999999999"),
    ("Aiam", "Asts"),
    ("RoleArn=", "RoleArns="),
    ("RoleArn=arn%3A", "RoleArn="),
];

#[test]
fn a_request_that_sts_might_read_otherwise_teaches_nothing() {
    let good = answer("AssumeRole", SESSION, KEY);
    let control = assume_role();
    for (found, instead) in MISREADINGS {
        assert!(control.contains(found), "{found} is not in the control");
        assert!(seen(&control, &good).is_some());
        let misread = control.replacen(found, instead, 1);
        assert!(seen(&misread, &good).is_none(), "`{found}` as `{instead}`");
    }
}

#[test]
fn a_presigned_call_is_read_where_there_is_one_signature() {
    let query = format!(
        "Action=GetSessionToken&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256\
         &X-Amz-Credential={ASKER}%2F20261124%2Fus-east-1%2Fsts%2Faws4_request&X-Amz-Date=20261124T120000Z\
         &X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature={}",
        "0123456789abcdef".repeat(4)
    );
    let get = |query: &str, more: &str| format!("GET /?{query} HTTP/1.1\r\nHost: {HOST}\r\n{more}\r\n");
    let answer = answer("GetSessionToken", "", KEY);
    let control = seen(&get(&query, ""), &answer).unwrap();
    assert_eq!(control.asker.unwrap().as_str(), ASKER);
    for misread in [
        get(&query, "Authorization: Bearer Credential=AKIAIOSFODNN7EXAMPLE/\r\n"),
        get(&query, "X-Amz-Date: 20261124T120000Z\r\n"),
        get(&query, "X-Amz-Security-Token: t\r\n"),
        get(&format!("{query}&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20261124%2Fus-east-1%2Fsts%2Faws4_request"), ""),
        get(&format!("{query}&x-amz-credential=x"), ""),
        get(&format!("{query}&X-Amz-Region-Set=us-east-1"), ""),
        get(&format!("{query}&AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=x"), ""),
        get(&query.replace("%2Fsts%2F", "%2Frds%2F"), ""),
        get(&query.replace("SignedHeaders=host", "SignedHeaders=x-amz-date"), ""),
        get(&query, "") + "Action=GetSessionToken",
    ] {
        assert!(seen(&misread, &answer).is_none(), "{misread}");
    }
}

#[test]
fn an_answer_that_is_not_the_one_document_of_these_credentials_teaches_nothing() {
    let request = assume_role();
    let good = answer("AssumeRole", SESSION, KEY);
    let credentials = good.get(good.find("<Credentials>").unwrap()..good.find("</AssumeRoleResult>").unwrap()).unwrap();
    let other = credentials.replace(KEY, "ASIAI44QH8DHBEXAMPLE");
    assert!(seen(&request, &good).is_some() && seen(&request, &format!("<?xml version=\"1.0\"?>\n{good}")).is_some());
    let end = good.len();
    let bad = [
        String::new(),
        "{\"AssumeRoleResponse\": true}".to_owned(),
        good.get(..end - 2).unwrap().to_owned(),
        good.get(..end - "</AssumeRoleResponse>\n".len()).unwrap().to_owned(),
        good.get(..good.find("<ResponseMetadata>").unwrap()).unwrap().to_owned(),
        format!("{good}{good}"),
        format!("{good}more"),
        format!("x{good}"),
        good.replace(credentials, &format!("{credentials}{other}")),
        good.replace(credentials, &format!("{other}{credentials}")),
        good.replace("<ResponseMetadata>", &format!("<AssumeRoleResult>{other}</AssumeRoleResult><ResponseMetadata>")),
        good.replace(SESSION, &format!("{SESSION}{}", SESSION.replace("app", "admin"))),
        good.replace("<Arn>", "<Arn>arn:aws:sts::123456789012:assumed-role/app/one</Arn><Arn>"),
        good.replace("<SecretAccessKey>", "<SecretAccessKey>x</SecretAccessKey><SecretAccessKey>"),
        good.replace("<SessionToken>t+/=</SessionToken>", ""),
        good.replace("<SessionToken>t+/=</SessionToken>", "<SessionToken/>"),
        good.replace("t+/=", "t&#43;"),
        good.replace("t+/=", "<![CDATA[t]]>"),
        good.replace("<Credentials>", "<!-- x --><Credentials>"),
        format!("<!DOCTYPE x>{good}"),
        good.replace("AssumeRoleR", "GetFederationTokenR"),
        good.replace("AssumeRoleResult", "Result"),
        good.replace("Credentials", "credentials"),
        good.replace("2026-11-24T13:00:00Z", "soon"),
        good.replace(KEY, "short"),
        good.replace("arn:aws:sts", "arn:aws:s3"),
        good.replace("assumed-role/app/one", "federated-user/one"),
        good.replace("assumed-role/app/one", "assumed-role/app/two"),
        good.replace("assumed-role/app/one", "assumed-role/other/one"),
        good.replace(SESSION, ""),
        "<a>".repeat(1000),
        format!("{}{good}", "<".repeat(1000)),
    ];
    for bad in bad {
        assert_ne!(bad, good);
        assert!(seen(&request, &bad).is_none(), "{bad}");
    }
    let session = seen(&signed("Action=GetSessionToken&Version=2011-06-15"), &answer("GetSessionToken", SESSION, KEY));
    assert!(session.is_none(), "a call that names nobody has no session");
}

#[test]
fn a_session_token_is_its_askers_and_a_key_of_another_account_is_not_believed() {
    let asker: AccessKeyId = ASKER.parse().unwrap();
    let ann: crate::aws::PrincipalArn = "arn:aws:iam::123456789012:user/ann".parse().unwrap();
    let entry = Entry::new(ann.clone(), BTreeMap::new(), None);
    let directory = Directory::new([(asker, entry)]).unwrap();
    let plain = answer("GetSessionToken", "", KEY);
    let request = signed("Action=GetSessionToken&Version=2011-06-15");
    assert!(seen(&unsigned("Action=GetSessionToken&Version=2011-06-15"), &plain).is_none());
    let unknown = request.replace(ASKER, "AKIAIOSFODNN7EXAMPLE");
    directory.observe(seen(&unknown, &plain).unwrap(), None, NOW);
    assert_eq!(caller(&directory, NOW).principal, None, "nobody is known to have asked");
    directory.observe(seen(&request, &plain).unwrap(), None, NOW);
    assert_eq!(caller(&directory, NOW).principal, Some(ann));
    // This id encodes the account 123456789012.
    let elsewhere = answer("AssumeRole", SESSION, "ASIARZPUZDIKAEXAMPLE").replace("123456789012", "999999999999");
    let request = assume_role().replace("123456789012", "999999999999");
    directory.observe(seen(&request, &elsewhere).unwrap(), None, NOW);
    let found = directory.find_elsewhere(&"ASIARZPUZDIKAEXAMPLE".parse().unwrap(), NOW, &Settings::default()).0;
    assert_eq!((found.principal, found.trust), (None, Trust::Claimed));
}

#[test]
fn tags_are_taken_from_calls_that_ask_for_them_and_from_no_other() {
    for (action, request, user) in calls() {
        let request = if request.contains(TAGS) { request } else { format!("{request}&{TAGS}") };
        let seen = seen(&request, &answer(action, user, KEY)).unwrap();
        // STS takes them from the provider's token, or there are none, whatever else the request contains.
        let asked = matches!(action, "AssumeRole" | "GetFederationToken");
        assert_eq!(seen.tags.contains_key("team"), asked, "{action}");
    }
    let new = seen(&(assume_role() + "&MadeSince=1"), &answer("AssumeRole", SESSION, KEY)).unwrap();
    assert!(new.principal.is_some() && new.tags.is_empty(), "what a new parameter does to tags is not known");
}
