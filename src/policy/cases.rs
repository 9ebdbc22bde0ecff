//! Batch decisions: reads one JSON case per line and writes one answer per line.
//!
//! Uses the policy's own JSON parser, not `serde_json`, so that a repeated member of a policy is found here too.

use serde::Serialize;
use serde_json::Value as Json;

use crate::aws::{PrincipalArn, RequestResource, ResourceKind};

use super::json::{self, Member, Node, Value};
use super::{Limits, Policy, Principal, Request, RequestContext};

/// The answer to a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// One line of JSON: `{"id","decision","sids","undetermined"}`, or `{"id","error"}`.
    pub line: String,
    /// Whether the case was judged.
    pub judged: bool,
}

#[derive(Serialize)]
struct Judged<'a> {
    id: &'a Json,
    decision: &'static str,
    sids: Vec<String>,
    undetermined: Vec<String>,
}

#[derive(Serialize)]
struct Refused<'a> {
    id: &'a Json,
    error: String,
}

/// Judges one case, `{"id","policy","request":{"action","resources","principal":{"arn"},"context","unknown"}}`.
///
/// The policy is an object, or a string that contains its text. A key neither in `context` nor in `unknown` is
/// absent. A resource is an ARN, or `{"arn","kind"}` with the kinds of [`ResourceKind`]; the ARN `*` is that of an
/// action without resources. A principal that is missing, or whose `arn` is `null`, is not known; with `{"account"}`
/// only its account is known. `sids` names the statements that decided, `#N` counted from 0 if there is no Sid. Other
/// members are skipped.
#[must_use]
pub fn judge(line: &str, limits: &Limits) -> Answer {
    judge_with(line, limits, |arn, kind| {
        Ok(RequestResource { arn: arn.into(), kind: kind.unwrap_or_else(|| usual(arn)) })
    })
}

/// Judges a case that a user wrote: resources must not contain our placeholders for an unknown account or name.
#[must_use]
pub fn judge_given(line: &str, limits: &Limits) -> Answer {
    judge_with(line, limits, |arn, kind| RequestResource::given(arn, kind).map_err(|error| error.to_string()))
}

/// Creates a resource from its text and its kind, if one is given.
type MakeResource = fn(&str, Option<ResourceKind>) -> Result<RequestResource, String>;

fn usual(arn: &str) -> ResourceKind {
    if arn == "*" { ResourceKind::Star } else { ResourceKind::Exact }
}

fn judge_with(line: &str, limits: &Limits, make: MakeResource) -> Answer {
    let case = json::parse(line).map_err(|(at, error)| format!("column {}: {error}", at + 1));
    let id = case.as_ref().ok().and_then(|case| case.member("id")).and_then(|id| line.get(id.start..id.end));
    let id: Json = id.and_then(|id| serde_json::from_str(id).ok()).unwrap_or_default();
    match case.and_then(|case| decide(line, &case, limits, make, &id)) {
        Ok(line) => Answer { line, judged: true },
        Err(error) => Answer { line: to_line(&Refused { id: &id, error }), judged: false },
    }
}

fn to_line(answer: &impl Serialize) -> String {
    serde_json::to_string(answer).unwrap_or_else(|_| r#"{"id":null,"error":"not writable as JSON"}"#.to_owned())
}

fn decide(line: &str, case: &Node, limits: &Limits, make: MakeResource, id: &Json) -> Result<String, String> {
    let policy = needed(case, "policy")?;
    let text = match policy.as_str() {
        Some(text) => text,
        None => line.get(policy.start..policy.end).unwrap_or_default(),
    };
    let policy = Policy::parse(text, limits).map_err(|errors| errors.to_string())?;
    let request = needed(case, "request")?;
    let members = request.as_object().ok_or("`request` is not an object")?;
    once(members)?;
    let action = needed(request, "action")?.as_str().ok_or("`action` is not a string")?;
    action.parse::<crate::aws::ActionName>().map_err(|error| error.to_string())?;
    let resources = needed(request, "resources")?.as_list().iter().map(|node| resource(node, make));
    let resources = resources.collect::<Result<Vec<_>, _>>()?;
    let caller = caller(request)?;
    let context = context(request)?;
    let decision =
        policy.evaluate(&Request { action, principal: caller.principal(), resources: &resources, context: &context });
    Ok(to_line(&Judged {
        id,
        decision: decision.as_str(),
        sids: decision.grounds().statements().iter().map(|decisive| decisive.name()).collect(),
        undetermined: decision.grounds().undetermined(),
    }))
}

fn needed<'n>(node: &'n Node, name: &str) -> Result<&'n Node, String> {
    node.member(name).ok_or_else(|| format!("`{name}` is missing"))
}

fn once(members: &[Member]) -> Result<(), String> {
    let repeated = members
        .iter()
        .enumerate()
        .find(|(at, member)| members.iter().take(*at).any(|earlier| earlier.name.eq_ignore_ascii_case(&member.name)));
    repeated.map_or(Ok(()), |(_, member)| Err(format!("`{}` stands twice", member.name)))
}

fn resource(node: &Node, make: MakeResource) -> Result<RequestResource, String> {
    if let Some(arn) = node.as_str() {
        return make(arn, None);
    }
    let arn = needed(node, "arn")?.as_str().ok_or("`arn` is not a string")?;
    let kind = match node.member("kind") {
        None => ResourceKind::Exact,
        Some(kind) => {
            let name = kind.as_str().ok_or("`kind` is not a string")?;
            ResourceKind::from_name(name).ok_or_else(|| format!("`{name}` is no kind of resource"))?
        }
    };
    make(arn, Some(kind))
}

enum Caller {
    Known(PrincipalArn),
    Account(crate::aws::AccountId),
    Unknown,
}

impl Caller {
    fn principal(&self) -> Principal<'_> {
        match self {
            Self::Known(arn) => Principal::Known(arn),
            Self::Account(account) => Principal::Account(*account),
            Self::Unknown => Principal::Unknown,
        }
    }
}

fn caller(request: &Node) -> Result<Caller, String> {
    let member = |name| request.member("principal").and_then(|principal| principal.member(name)).and_then(Node::as_str);
    if let Some(arn) = member("arn") {
        return arn.parse().map(Caller::Known).map_err(|error: crate::aws::PrincipalArnError| error.to_string());
    }
    match member("account") {
        Some(account) => {
            account.parse().map(Caller::Account).map_err(|error: crate::aws::AccountIdError| error.to_string())
        }
        None => Ok(Caller::Unknown),
    }
}

fn context(request: &Node) -> Result<RequestContext, String> {
    let mut context = RequestContext::new();
    if let Some(keys) = request.member("context") {
        let keys = keys.as_object().ok_or("`context` is not an object")?;
        once(keys)?;
        for key in keys {
            match &key.node.value {
                Value::Null => context.insert_absent(&key.name),
                Value::Array(values) => {
                    context.insert_list(&key.name, values.iter().map(scalar).collect::<Result<_, _>>()?)
                }
                Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                    context.insert(&key.name, scalar(&key.node)?);
                }
            }
        }
    }
    for key in request.member("unknown").map(Node::as_list).unwrap_or_default() {
        context.insert_unknown(key.as_str().ok_or("`unknown` is not a list of strings")?);
    }
    Ok(context)
}

fn scalar(node: &Node) -> Result<String, String> {
    match &node.value {
        Value::String(text) | Value::Number(text) => Ok(text.clone()),
        Value::Bool(value) => Ok(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => Err(format!("{} is no context value", node.value.kind())),
    }
}
