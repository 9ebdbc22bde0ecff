//! What a policy is told of the caller's credentials: `aws:userid` and `aws:TokenIssueTime`, by where a key comes from.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use rds_guard::{
    authorize::{self, Circumstances, Enforcement, NamedPolicy, Policies},
    aws::{
        StsHost,
        endpoint::{Recognised, recognise},
    },
    decode,
    http1::Request,
    identify::{self, Directory, Entry, Holder, LocalKeys, OwnCredentials, OwnKey, Question, Root, Term},
    policy::{Limits, Policy},
    sandbox::{Key, Placement, SecretAccessKey},
};
use time::{OffsetDateTime, macros::datetime};

use crate::support::{
    calls::{bytes_at, describe},
    stage::HOST,
    sts,
};

const NOW: OffsetDateTime = datetime!(2026-11-24 12:00:00 UTC);
const LASTING: &str = "AKIAIOSFODNN7EXAMPLE";
const TEMPORARY: &str = "ASIAIOSFODNN7EXAMPLE";
/// The session of the proxy's own credentials.
const OWN: &str = "arn:aws:sts::123456789012:assumed-role/own/task";

fn key(id: &str) -> Key {
    Key {
        access_key_id: id.parse().unwrap(),
        secret_access_key: SecretAccessKey::new("s"),
        session_token: None,
        account: "123456789012".parse().unwrap(),
    }
}

/// Whether a call with this key meets a condition: `yes` if it is allowed, `no`, or `undetermined`.
fn meets(directory: &Directory, key: &Key, condition: &str) -> &'static str {
    let request = Request::parse(Bytes::from(bytes_at(&describe(HOST), key, Placement::Header, NOW))).unwrap();
    let Recognised::Rds(host) = recognise(HOST) else { panic!("a host of the service") };
    let call = decode::api_call(request, &host, &decode::Settings::default()).unwrap();
    let identified = identify::caller(call, directory, NOW, &identify::Settings::default()).unwrap();
    let policy = format!(
        r#"{{"Statement":{{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{condition}}}}}"#
    );
    let policy = NamedPolicy::new("p".into(), Policy::parse(&policy, &Limits::default()).unwrap());
    let policies = Policies { default: Some(policy.into()), ..Policies::default() };
    let circumstances = Circumstances { now: NOW, endpoint: None, vpc: None, public: false, workload: None };
    let settings = authorize::Settings::default();
    let (judgement, permitted) =
        authorize::permit(identified, &policies, &settings, &circumstances, Enforcement::Enforce);
    match (permitted.is_ok(), judgement.undetermined.is_empty()) {
        (true, _) => "yes",
        (false, true) => "no",
        (false, false) => "undetermined",
    }
}

fn user_id(id: &str) -> String {
    format!(r#"{{"StringEquals":{{"aws:userid":"{id}"}}}}"#)
}

fn issued_before(date: &str) -> String {
    format!(r#"{{"DateLessThan":{{"aws:TokenIssueTime":"{date}"}}}}"#)
}

const HAS_NO_USER_ID: &str = r#"{"Null":{"aws:userid":"true"}}"#;
const IS_LONG_LIVED: &str = r#"{"Null":{"aws:TokenIssueTime":"true"}}"#;
const IS_TEMPORARY: &str = r#"{"Null":{"aws:TokenIssueTime":"false"}}"#;

fn configured(id: &str, arn: &str) -> Directory {
    let entry = Entry::new(arn.parse().unwrap(), BTreeMap::new(), None);
    Directory::new([(id.parse().unwrap(), entry)]).unwrap()
}

/// A directory that saw STS give the temporary key, half a second after it was asked by this action with these parameters.
fn observing(directory: Directory, action: &str, parameters: &str, user: &str) -> Directory {
    let host = StsHost::recognise("sts.us-east-1.amazonaws.com").unwrap();
    let request = sts::asked(host.name(), LASTING, &format!("Action={action}&{parameters}"));
    let request = Request::parse(request.into()).unwrap();
    let term = Term::of_answer(Some("Tue, 24 Nov 2026 11:30:00 GMT"), Duration::from_millis(500));
    let answer = sts::given(action, user, (TEMPORARY, "s", "t"));
    let seen = Question::read(&request, &host).unwrap().answered(&answer, term).unwrap();
    directory.observe(seen, None, NOW);
    directory
}

/// The key that [`observing`] saw.
fn observed_key() -> Key {
    Key { session_token: Some(rds_guard::sandbox::SessionToken::new("t")), ..key(TEMPORARY) }
}

#[test]
fn a_configured_users_key_is_long_lived_and_its_id_is_there_and_not_known() {
    let directory = configured(LASTING, "arn:aws:iam::123456789012:user/ann");
    let meets = |condition: &str| meets(&directory, &key(LASTING), condition);
    assert_eq!(meets(IS_LONG_LIVED), "yes");
    assert_eq!(meets(IS_TEMPORARY), "no");
    assert_eq!(meets(&issued_before("2026-01-01")), "no");
    assert_eq!(meets(r#"{"DateLessThanIfExists":{"aws:TokenIssueTime":"2026-01-01"}}"#), "yes");
    assert_eq!(meets(r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#), "no");
    assert_eq!(meets(HAS_NO_USER_ID), "no");
    assert_eq!(meets(&user_id("AIDAEXAMPLE")), "undetermined");
}

#[test]
fn a_temporary_key_of_which_no_more_is_known_has_an_issue_time_and_an_id_all_the_same() {
    for directory in [Directory::default(), configured(TEMPORARY, "arn:aws:iam::123456789012:role/app")] {
        let meets = |condition: &str| meets(&directory, &key(TEMPORARY), condition);
        assert_eq!((meets(IS_TEMPORARY), meets(IS_LONG_LIVED)), ("yes", "no"));
        assert_eq!(meets(&issued_before("2030-01-01")), "undetermined");
        assert_eq!((meets(HAS_NO_USER_ID), meets(&user_id("AROAEXAMPLE:one"))), ("no", "undetermined"));
        assert_eq!(meets(r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}"#), "undetermined");
    }
}

#[test]
fn root_and_a_federated_user_have_ids_that_their_arns_tell() {
    for (arn, id) in [
        ("arn:aws:iam::123456789012:root", "123456789012"),
        ("arn:aws:sts::123456789012:federated-user/Bob", "123456789012:Bob"),
    ] {
        let directory = configured(LASTING, arn);
        assert_eq!(meets(&directory, &key(LASTING), &user_id(id)), "yes");
        assert_eq!(meets(&directory, &key(LASTING), &user_id("AIDAEXAMPLE")), "no");
    }
}

#[test]
fn a_session_that_sts_gave_has_its_id_and_is_as_old_as_the_answer() {
    let user = "<AssumedRoleUser><AssumedRoleId>AROAEXAMPLE:pod</AssumedRoleId>\
                <Arn>arn:aws:sts::123456789012:assumed-role/app/pod</Arn></AssumedRoleUser>";
    let directory = observing(Directory::default(), "AssumeRole", &sts::role("app", "pod"), user);
    let met = |condition: &str| meets(&directory, &observed_key(), condition);
    assert_eq!((met(&user_id("AROAEXAMPLE:pod")), met(&user_id("AROAEXAMPLE:other"))), ("yes", "no"));
    assert_eq!(met(r#"{"StringLike":{"aws:userid":"AROAEXAMPLE:*"}}"#), "yes");
    // The answer is of 11:30:00; two seconds of doubt on either side, half a second of asking, one of rounding.
    for (date, expected) in [
        ("2026-11-24T11:29:57Z", "no"),
        ("2026-11-24T11:29:59Z", "undetermined"),
        ("2026-11-24T11:30:02Z", "undetermined"),
        ("2026-11-24T11:30:04Z", "yes"),
    ] {
        assert_eq!(met(&issued_before(date)), expected, "{date}");
    }
    assert_eq!(met(IS_TEMPORARY), "yes");
    // An id that is not of the session is not believed.
    let other = user.replace("AROAEXAMPLE:pod", "AROAEXAMPLE:x");
    let directory = observing(Directory::default(), "AssumeRole", &sts::role("app", "pod"), &other);
    assert_eq!(meets(&directory, &observed_key(), &user_id("AROAEXAMPLE:x")), "undetermined");
}

#[test]
fn a_federated_user_and_a_session_of_a_user_are_who_sts_says() {
    let bob = "<FederatedUser><FederatedUserId>123456789012:Bob</FederatedUserId>\
               <Arn>arn:aws:sts::123456789012:federated-user/Bob</Arn></FederatedUser>";
    let directory = observing(Directory::default(), "GetFederationToken", "Name=Bob", bob);
    assert_eq!(meets(&directory, &observed_key(), &user_id("123456789012:Bob")), "yes");
    // A session token is its asker's: root's, so that the id is known.
    let root = configured(LASTING, "arn:aws:iam::123456789012:root");
    let directory = observing(root, "GetSessionToken", "DurationSeconds=900", "");
    assert_eq!(meets(&directory, &observed_key(), &user_id("123456789012")), "yes");
    assert_eq!(meets(&directory, &observed_key(), &issued_before("2026-11-24T11:31:00Z")), "yes");
}

/// The proxy's own credentials, long-lived or given by STS at 11:00.
fn own(term: Term) -> OwnCredentials {
    OwnCredentials {
        principal: OWN.parse().unwrap(),
        role: None,
        user_id: Some("AROAOWN:task".into()),
        keys: HashMap::from([(TEMPORARY.parse().unwrap(), OwnKey { verifier: None, term })]),
        term,
    }
}

#[test]
fn the_proxys_own_key_and_the_brokers_are_as_the_real_credentials_are() {
    let eleven = datetime!(2026-11-24 11:00 UTC);
    for (term, long_lived, old) in [
        (Term::LongLived, "yes", "no"),
        (Term::Temporary, "no", "undetermined"),
        (Term::Issued { from: eleven, until: eleven }, "no", "yes"),
        (Term::Unknown, "undetermined", "undetermined"),
    ] {
        let keys = Arc::new(LocalKeys::new(Duration::from_secs(900), Vec::new(), vec![Root::random(NOW).unwrap()]));
        let directory = Directory::default().with_local_keys(Some(Arc::clone(&keys)));
        let local = |principal: Option<&str>| {
            let holder = Holder::new(None, principal.map(|arn| arn.parse().unwrap()), false);
            let handed_out = keys.hand_out(&Arc::new(holder), NOW).unwrap();
            Key {
                access_key_id: handed_out.access_key_id,
                secret_access_key: handed_out.secret.secret_access_key,
                session_token: handed_out.secret.session_token,
                ..key(LASTING)
            }
        };
        let (unnamed, named) = (local(None), local(Some("arn:aws:iam::123456789012:role/orders")));
        // Before the real ones are known nothing is, though a local key has the form of a temporary one.
        assert_eq!(meets(&directory, &unnamed, IS_LONG_LIVED), "undetermined");
        directory.set_own(Some(own(term)));
        for key in [&unnamed, &named, &key(TEMPORARY)] {
            let met = |condition: &str| meets(&directory, key, condition);
            assert_eq!(
                (met(IS_LONG_LIVED), met(&issued_before("2026-11-24T11:59:00Z"))),
                (long_lived, old),
                "{term:?}"
            );
        }
        for (key, known) in [(&unnamed, "yes"), (&key(TEMPORARY), "yes"), (&named, "undetermined")] {
            assert_eq!(meets(&directory, key, &user_id("AROAOWN:task")), known);
        }
    }
}
