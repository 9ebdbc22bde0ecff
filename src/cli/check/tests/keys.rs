//! A configured condition key applies to the same callers and resources in the proxy, `/api/check` and `replay`.

use std::collections::BTreeMap;

use super::{CIRCUMSTANCES, NOW, call, host, recorded, request};
use crate::{
    authorize::{self, Knowledge, Question, is_knowable, viewed},
    aws::condition_keys::{GLOBAL, describes_principal},
    history::RecordedContext,
    identify::{self, Directory, Entry},
    policy::{ConfiguredContext, ConfiguredKey, Context, Declared, Lookup, ResourceOwner},
    record::Decision,
};

const OWN: &str = "123456789012";
/// An access key id that encodes another account.
const FOREIGN_KEY: &str = "ASIAY34FZKBOKMUTVV7A";
const UNNAMED_KEY: &str = "ASIAIOSFODNN7EXAMPLE";

/// A caller: its access key, its configured principal, and its principal in a hypothetical call.
struct Call {
    access_key_id: &'static str,
    default_principal: Option<&'static str>,
    asked_as: Option<String>,
}

/// The results of the proxy, of `/api/check` and of `replay`.
type Answers<T> = [T; 3];

fn callers() -> [Call; 3] {
    let foreign = FOREIGN_KEY.parse::<crate::aws::AccessKeyId>().unwrap().account().unwrap();
    let ann = "arn:aws:iam::123456789012:user/ann";
    [
        Call { access_key_id: UNNAMED_KEY, default_principal: Some(ann), asked_as: Some(ann.to_owned()) },
        Call {
            access_key_id: FOREIGN_KEY,
            default_principal: None,
            asked_as: Some(format!("arn:aws:iam::{foreign}:user/eve")),
        },
        Call { access_key_id: UNNAMED_KEY, default_principal: None, asked_as: None },
    ]
}

/// Looks up keys in all three contexts of a call, with or without a known own account.
fn ask<T>(caller: &Call, is_own_known: bool, said: &ConfiguredContext, look: impl Fn(&dyn Context) -> T) -> Answers<T> {
    let host = host("rds.eu-west-1.amazonaws.com");
    let body = "Action=DeleteDBInstance&Version=2014-10-31&DBInstanceIdentifier=orders";
    let entry = Entry::new("arn:aws:iam::123456789012:user/bob".parse().unwrap(), BTreeMap::new(), None);
    let known = is_own_known.then(|| ("AKIAI44QH8DHBEXAMPLE".parse().unwrap(), entry));
    let directory = Directory::new(known).unwrap();
    let default_principal = caller.default_principal.map(|arn| arn.parse().unwrap());
    let identify = identify::Settings { default_principal, ..identify::Settings::default() };
    let own = identify::own_accounts(&directory, &identify);
    let call = call(&request(&host, caller.access_key_id, body), &host).unwrap();
    let identified = identify::caller(call, &directory, NOW, &identify).unwrap();
    let settings = authorize::Settings { context: said.clone(), ..authorize::Settings::default() };
    let (proxy, resources) = viewed(&identified, &settings, &CIRCUMSTANCES, |view| {
        (look(view.request.context), view.request.resources.to_vec())
    });
    let arns: Vec<String> = resources.iter().map(|resource| resource.arn.to_string()).collect();
    let question = Question {
        action: "rds:DeleteDBInstance".parse().unwrap(),
        resources,
        principal: caller.asked_as.as_ref().map(|arn| arn.parse().unwrap()),
        region: Some(host.region().clone()),
        context: ConfiguredContext::default(),
    };
    let knowledge = Knowledge { principals: true, ..Knowledge::default() };
    let knowable = |key: &str| is_knowable(key, said, knowledge);
    let check = look(&question.context(&settings, &own, &CIRCUMSTANCES, &knowable));
    let recorded = recorded(&identified, &arns, Decision::Allow);
    let declared = Declared { context: said.clone(), own };
    let replay = look(&RecordedContext::new(&recorded, None, &declared));
    [proxy, check, replay]
}

fn all_keys() -> Vec<String> {
    let catalogue = GLOBAL.iter().map(|known| known.name.replace("${TagKey}", "team"));
    let others = [
        "saml:sub",
        "kms:ViaService",
        "token.actions.githubusercontent.com:sub",
        "aws:SomethingNew",
        "rds:db-tag/team",
    ];
    catalogue.chain(others.map(str::to_owned)).map(|key| key.to_ascii_lowercase()).collect()
}

/// Records a difference unless all results are equal.
fn same<T: PartialEq + std::fmt::Debug>(answers: &Answers<T>, what: &str, differences: &mut Vec<String>) {
    if answers.iter().any(|answer| *answer != answers[0]) {
        differences.push(format!("{what}: {answers:?}"));
    }
}

#[test]
fn what_is_configured_of_principals_counts_alike_in_the_proxy_in_check_and_in_replay() {
    let mut differences = Vec::new();
    for key in all_keys().iter().filter(|key| describes_principal(key)) {
        for is_own_known in [true, false] {
            for (caller, is_own) in callers().iter().zip([true, false, false]) {
                // Only the hypothetical call has the foreign caller's ARN; a real call shows just the account.
                let is_of_arn = matches!(key.as_str(), "aws:principalarn" | "aws:principaltype" | "aws:username");
                if is_of_arn && caller.asked_as.is_some() && !is_own {
                    continue;
                }
                let values = ConfiguredContext::new([(key.clone(), vec!["configured".to_owned()])]);
                let counts =
                    ask(caller, is_own_known, &values, |context| context.lookup(key) == Lookup::One("configured"));
                let what = format!("{key} {is_own_known} {}", caller.access_key_id);
                same(&counts, &what, &mut differences);
                assert!(!counts[0] || is_own || !is_own_known, "{what}");
                // A hypothetical call does not say whether the credentials are temporary.
                if matches!(key.as_str(), "aws:tokenissuetime" | "aws:userid") {
                    continue;
                }
                let absent = ConfiguredContext::of([(key.clone(), ConfiguredKey::Absent)]);
                let counts = ask(caller, is_own_known, &absent, |context| context.lookup(key) == Lookup::Absent);
                same(&counts, &format!("absent {what}"), &mut differences);
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    let org = "aws:principalorgid";
    let values = ConfiguredContext::new([(org.to_owned(), vec!["o-1".to_owned()])]);
    let [own, foreign, unknown] =
        callers().map(|caller| ask(&caller, true, &values, |context| context.lookup(org) != Lookup::Unknown));
    assert_eq!((own, foreign, unknown), ([true; 3], [false; 3], [false; 3]));
    let [_, foreign, _] =
        callers().map(|caller| ask(&caller, false, &values, |context| context.lookup(org) != Lookup::Unknown));
    assert_eq!(foreign, [true; 3], "where no account is known to be the own one, the caller's is");
}

#[test]
fn what_is_configured_of_resources_counts_alike_in_the_proxy_in_check_and_in_replay() {
    let mut differences = Vec::new();
    let owners = [
        ResourceOwner::Account(OWN),
        ResourceOwner::Account("210987654321"),
        ResourceOwner::Caller,
        ResourceOwner::Unknown,
    ];
    for key in all_keys().iter().filter(|key| crate::policy::Key::is_name_of_resource(key)) {
        let values = ConfiguredContext::new([(key.clone(), vec!["configured".to_owned()])]);
        for is_own_known in [true, false] {
            for caller in callers() {
                for owner in owners {
                    let counts = |context: &dyn Context| {
                        let found = context.lookup_for(key, owner);
                        (found == Lookup::One("configured"), found == Lookup::One(OWN), found == Lookup::Unknown)
                    };
                    let found = ask(&caller, is_own_known, &values, counts);
                    let what = format!("{key} of {owner:?} {is_own_known} {}", caller.access_key_id);
                    same(&found, &what, &mut differences);
                }
                let common = ask(&caller, is_own_known, &values, |context| {
                    (context.lookup(key) == Lookup::One("configured"), context.lookup(key) == Lookup::One(OWN))
                });
                same(&common, &format!("{key} of all resources"), &mut differences);
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn what_a_record_shows_is_not_overruled_by_the_configuration() {
    for (key, shown) in [("aws:requestedregion", "eu-west-1"), ("aws:principalaccount", OWN)] {
        let values = ConfiguredContext::new([(key.to_owned(), vec!["configured".to_owned()])]);
        let found = ask(&callers()[0], true, &values, |context| context.lookup(key) == Lookup::One(shown));
        assert_eq!(found, [true; 3], "{key}");
    }
}
