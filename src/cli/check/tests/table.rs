//! Evaluates calls of the whole authorization table with policies generated for each: `check` and `replay` deny
//! exactly the calls that the proxy denies.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{CIRCUMSTANCES, NOW, call, host, recorded, request};
use crate::{
    authorize::{self, Enforcement, NamedPolicy, Policies, Question},
    aws::{AccountId, OwnAccounts, RequestResource},
    cli::check::captured::{self, Terms},
    decode::{Resolution, ResourceIds, Scope},
    history::Replay,
    identify::{self, Directory, IdentifiedCall},
    policy::{ConfiguredContext, Declared, Limits, Policy},
    record::Decision,
};

const CASES: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/rds/cases-dev.jsonl"));

const ALLOW: &str = r#"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}"#;

struct Asked {
    bytes: Vec<u8>,
    host: crate::aws::endpoint::RdsHost,
    account: AccountId,
}

impl Asked {
    fn new(case: &Value) -> Self {
        let host = host(case["host"].as_str().unwrap());
        let bytes = request(&host, "AKIAIOSFODNN7EXAMPLE", case["body"].as_str().unwrap());
        Self { bytes, host, account: case["account"].as_str().unwrap().parse().unwrap() }
    }

    fn principal(&self) -> crate::aws::PrincipalArn {
        format!("arn:{}:iam::{}:user/ann", self.host.region().partition().as_str(), self.account).parse().unwrap()
    }

    fn identified(&self) -> Option<IdentifiedCall> {
        let call = call(&self.bytes, &self.host).ok()?;
        let default_principal = Some(self.principal());
        let settings = identify::Settings { default_principal, ..identify::Settings::default() };
        identify::caller(call, &Directory::default(), NOW, &settings).ok()
    }
}

/// The resource type in an RDS ARN, which precedes the name.
fn prefix(arn: &str) -> Option<&str> {
    arn.splitn(6, ':').nth(5)?.split_once(':').map(|(prefix, _)| prefix)
}

fn statement(effect: &str, action: &str, resource: &str) -> String {
    format!(r#"{{"Effect":"{effect}","Principal":"*","Action":"{action}","Resource":"{resource}"}}"#)
}

/// Policies that deny, or do not allow, each resource and each type of a call or of a dependent action.
fn policies(action: &str, resolution: &Resolution<'_>) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let dependents = resolution.dependents.iter().map(|dependent| (dependent.action, &dependent.resolution));
    for (action, resolution) in std::iter::once((action, resolution)).chain(dependents) {
        all.insert(format!("{ALLOW},{}", statement("Deny", action, "*")));
        let resources: Vec<&RequestResource> = resolution.all().collect();
        for resource in &resources {
            all.insert(format!("{ALLOW},{}", statement("Deny", action, &resource.arn)));
            all.insert(statement("Allow", "*", &resource.arn));
        }
        let types: BTreeSet<&str> = resources.iter().filter_map(|resource| prefix(&resource.arn)).collect();
        for denied in &types {
            all.insert(format!("{ALLOW},{}", statement("Deny", action, &format!("arn:*:rds:*:*:{denied}:*"))));
            all.insert(format!("{ALLOW},{}", statement("Deny", "*", &format!("arn:*:rds:*:*:{denied}:prod-*"))));
            let others = types.iter().filter(|kind| *kind != denied);
            let others: Vec<String> =
                others.map(|kind| statement("Allow", "*", &format!("arn:*:rds:*:*:{kind}:*"))).collect();
            all.insert(if others.is_empty() {
                statement("Allow", "*", "arn:*:rds:*:*:none:*")
            } else {
                others.join(",")
            });
        }
    }
    let required = resolution.required();
    let named: Vec<String> = required.iter().map(|resource| statement("Allow", action, &resource.arn)).collect();
    all.insert(named.join(","));
    all
}

/// The action, with the types of the evaluated resources and the dependent actions.
fn kind_of_call(action: &str, resolution: &Resolution<'_>) -> String {
    let own = resolution.resources.iter().zip(&resolution.details);
    let all = own.chain(resolution.implied.iter().map(|(resource, detail)| (resource, detail)));
    let resources: Vec<_> =
        all.map(|(resource, detail)| (detail.resource_type, resource.kind, detail.obligation)).collect();
    let dependents: Vec<_> = resolution.dependents.iter().map(|dependent| dependent.action).collect();
    format!("{action} {resources:?} {dependents:?}")
}

/// Describes which of `check`, `/api/check` and `replay` do not answer as the proxy does.
fn compare(asked: &Asked, statements: &str) -> Vec<String> {
    let mut differences = Vec::new();
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    let policy = Policy::parse(&text, &Limits::NONE).unwrap();
    let named = NamedPolicy::new("policy".to_owned(), policy.clone());
    let in_force = Policies { default: Some(named.into()), ..Policies::default() };
    let settings = authorize::Settings::default();
    let identified = asked.identified().unwrap();
    let action = identified.call().action().clone();
    let (judgement, permitted) =
        authorize::permit(identified, &in_force, &settings, &CIRCUMSTANCES, Enforcement::Observe);
    let identified = permitted.unwrap();
    let identified = identified.identified();
    let reason = judgement.denied.as_ref().map_or("allow", |denied| denied.reason());
    let body = identified.call().request().body().escape_ascii().to_string();
    let mut differs = |who: &str, answer: &dyn std::fmt::Debug| {
        differences.push(format!("{who}: {answer:?}\n{statements}\n{body}\n{:?}", judgement.denied));
    };
    // A condition that only AWS can decide leads to an explicit or an implicit deny.
    let is_same = |decision: &str| match reason {
        "undetermined" => decision == "explicit_deny" || decision == "implicit_deny",
        certain => decision == certain,
    };

    let terms = Terms { principal: Some(asked.principal()), context: Vec::new(), now: Some(NOW) };
    match captured::answer(asked.bytes.clone(), &policy, terms) {
        Ok(verdict) if is_same(verdict.decision) => {}
        Ok(verdict) => differs("check", &verdict.decision),
        Err(refusal) => differs("check", &refusal.detail),
    }

    let decision = if judgement.denied.is_none() { Decision::Allow } else { Decision::Deny };
    let record = recorded(identified, &judgement.resources, decision);
    let mut replay = Replay::new(&policy, Declared::default());
    replay.take(&record);
    for change in replay.changes() {
        differs("replay", &change);
    }

    // A hypothetical call names resources, but not the further actions that the parameters require.
    let scope =
        Scope { region: asked.host.region(), account: Some(asked.account), resource_ids: &ResourceIds::default() };
    let required = identified.call().resolve(&scope).required().into_owned();
    let of_own = judgement.denied.as_ref().is_none_or(|denied| {
        denied.action == action.as_str()
            && required.iter().any(|resource| Some(&*resource.arn) == denied.resource.as_deref())
    });
    let question = Question {
        action,
        resources: required,
        principal: Some(asked.principal()),
        region: Some(asked.host.region().clone()),
        context: ConfiguredContext::default(),
    };
    let opinion = question.ask(&in_force, &settings, &OwnAccounts::default(), &CIRCUMSTANCES, &|_| true);
    if !(if of_own { is_same(opinion.decision) } else { opinion.decision == "allow" }) {
        differs("/api/check", &opinion.decision);
    }
    differences
}

#[test]
fn check_and_replay_judge_the_resources_that_the_proxy_judges() {
    let (mut actions, mut judged, mut differences) = (BTreeSet::new(), 0, Vec::new());
    let mut seen = BTreeSet::new();
    for line in CASES.lines() {
        let asked = Asked::new(&serde_json::from_str(line).unwrap());
        let Some(identified) = asked.identified() else { continue };
        let ids = ResourceIds::default();
        let scope = Scope { region: asked.host.region(), account: Some(asked.account), resource_ids: &ids };
        let action = identified.call().action().to_string();
        let resolution = identified.call().resolve(&scope);
        // Tests each kind of call once.
        if !seen.insert(kind_of_call(&action, &resolution)) {
            continue;
        }
        for statements in policies(&action, &resolution) {
            differences.extend(compare(&asked, &statements));
            judged += 1;
        }
        actions.insert(action);
    }
    let shown: Vec<&str> = differences.iter().take(12).map(String::as_str).collect();
    assert!(differences.is_empty(), "{} of {judged}:\n\n{}", differences.len(), shown.join("\n\n"));
    assert!(actions.len() > 100 && judged > 1000, "{} actions, {judged} questions", actions.len());
}
