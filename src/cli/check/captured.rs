//! Decodes, identifies and evaluates a captured request as the proxy would, for `check --request` and for the
//! cases of `test`.

use std::path::Path;

use bytes::Bytes;
use serde_json::{Map, Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{CheckArgs, context_pairs};
use crate::{
    authorize::{self, Circumstances, Denied, Enforcement, NamedPolicy, Policies, View, Why},
    aws::{
        PrincipalArn,
        endpoint::{RdsHost, Recognised, recognise},
    },
    cli::{
        Exit, Failure,
        output::{self, Format},
    },
    decode::{self, ApiCall, ConditionValue},
    error::Error,
    fault::Fault,
    http1::Request,
    identify::{self, Caller, Directory, IdentifiedCall, sigv4::Signature},
    intercept::ReadError,
    policy::{ConfiguredContext, ConfiguredKey, Explanation, Policy, Undetermined},
};

/// The facts that accompany a captured request.
#[derive(Default)]
pub(in crate::cli) struct Terms {
    /// The principal of a caller whose key identifies no one.
    pub(in crate::cli) principal: Option<PrincipalArn>,
    /// Condition keys that would come from a configuration.
    pub(in crate::cli) context: Vec<(String, ConfiguredKey)>,
    /// The current time for checking the request's dates. If `None`, they are not checked.
    pub(in crate::cli) now: Option<OffsetDateTime>,
}

/// Evaluates the request in a file and prints the result.
pub(super) fn run(args: &CheckArgs, path: &Path, policy: &Policy) -> Result<Exit, Failure> {
    let bytes = super::read(path, "name a file that holds one HTTP/1.1 request, head and body")?;
    let terms = Terms {
        principal: args.principal.as_deref().map(|arn| super::parse("--principal", arn)).transpose()?,
        context: context_pairs(&args.context)?
            .into_iter()
            .map(|(key, values)| (key, ConfiguredKey::Values(values)))
            .collect(),
        now: args.now.as_deref().map(moment).transpose()?,
    };
    let (text, exit) = match answer(bytes, policy, terms) {
        Ok(verdict) => {
            let exit = if verdict.decision == "allow" { Exit::Good } else { Exit::No };
            (verdict.render(args.format), exit)
        }
        Err(refusal) => (refusal.render(args.format), Exit::No),
    };
    output::print(&text)?;
    Ok(exit)
}

/// The policy's decision on a captured request, or why the proxy refuses it earlier.
pub(in crate::cli) fn answer(bytes: Vec<u8>, policy: &Policy, terms: Terms) -> Result<Verdict, Refusal> {
    let settings = identify::Settings { default_principal: terms.principal, ..identify::Settings::default() };
    let context = ConfiguredContext::of(terms.context);
    let judging = authorize::Settings { context, ..authorize::Settings::default() };
    let identified = identify(bytes.into(), terms.now, &settings)?;
    let signed_at = || identified.signature().map(|signature| signature.signed_at());
    let now = terms.now.or_else(signed_at).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    Ok(judge(identified, policy, &judging, now))
}

fn moment(text: &str) -> Result<OffsetDateTime, Failure> {
    OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|_| Failure::wrong(format!("--now: `{text}` is not a time such as 2026-01-31T12:00:00Z")))
}

/// Returns the call and its caller. Without `now`, the request's own date is used as the current time.
fn identify(
    bytes: Bytes,
    now: Option<OffsetDateTime>,
    settings: &identify::Settings,
) -> Result<IdentifiedCall, Refusal> {
    let request = Request::parse(bytes).map_err(|error| Error::Read(ReadError::Malformed(error)))?;
    let host = host(&request)?;
    let call = decode::api_call(request, &host, &decode::Settings::default()).map_err(Error::Decode)?;
    let now = now.or_else(|| signed_at(&call)).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let identified = identify::caller(call, &Directory::default(), now, settings);
    identified.map_err(|refused| Error::Identify(refused.error().clone()).into())
}

/// The RDS API host in the `Host` header. The proxy itself takes it from the connection.
fn host(request: &Request) -> Result<RdsHost, Refusal> {
    let named = request.header("host").and_then(|value| std::str::from_utf8(value).ok()).unwrap_or_default();
    match recognise(named.strip_suffix(":443").unwrap_or(named)) {
        Recognised::Rds(host) => Ok(host),
        Recognised::Lookalike | Recognised::Other => {
            let detail = format!("the Host header `{}` names no host of the RDS API", named.escape_debug());
            Err(Refusal { reason: "misdirected", detail })
        }
    }
}

fn signed_at(call: &ApiCall) -> Option<OffsetDateTime> {
    Signature::read(call.request(), call.authentication_query()).ok().map(|signature| signature.signed_at())
}

/// The result for a request that reached the policy.
pub(in crate::cli) struct Verdict {
    /// `allow`, `explicit_deny` or `implicit_deny`.
    pub(in crate::cli) decision: &'static str,
    /// The names of the statements that decided.
    pub(in crate::cli) sids: Vec<String>,
    /// The unknown condition keys that led to the decision.
    pub(in crate::cli) undetermined: Vec<String>,
    /// The denied action, if it is not the call's own.
    because_of: Option<String>,
    explanation: Explanation,
    detail: Vec<Value>,
    /// What is evaluated in addition to the resources that the table's rules read.
    implied: Vec<Value>,
    context: Map<String, Value>,
    /// Condition keys that the request has a value for, but that the reference does not list for the action.
    unlisted_context: Map<String, Value>,
    unknown: Vec<String>,
    principal: Value,
}

fn judge(identified: IdentifiedCall, policy: &Policy, settings: &authorize::Settings, now: OffsetDateTime) -> Verdict {
    let circumstances = Circumstances { now, endpoint: None, vpc: None, public: false, workload: None };
    let mut verdict = authorize::viewed(&identified, settings, &circumstances, |view| {
        let principal = principal(identified.caller());
        seen(view, policy, principal)
    });
    let named = NamedPolicy::new("policy".to_owned(), policy.clone());
    let policies = Policies { default: Some(named.into()), ..Policies::default() };
    let (judgement, _) = authorize::permit(identified, &policies, settings, &circumstances, Enforcement::Enforce);
    if let Some(denied) = judgement.denied.filter(|_| verdict.decision == "allow") {
        // The call's own action is allowed, but an action that it depends on, or a call to another region, is
        // denied.
        let statement = judgement.statement.map(|(_, index, sid)| sid.unwrap_or_else(|| format!("#{index}")));
        verdict.decision = decision(&denied, statement.is_some());
        verdict.sids = statement.into_iter().collect();
        verdict.undetermined = judgement.undetermined;
        verdict.because_of = Some(denied.action);
    }
    verdict
}

fn decision(denied: &Denied, by_a_statement: bool) -> &'static str {
    match denied.why {
        Why::Explicit { .. } => "explicit_deny",
        Why::Undetermined { .. } if by_a_statement => "explicit_deny",
        Why::Implicit | Why::Undetermined { .. } | Why::Blank { .. } => "implicit_deny",
    }
}

/// Evaluates the call's own action with the policy.
fn seen(view: &View<'_>, policy: &Policy, principal: Value) -> Verdict {
    let decision = policy.evaluate(&view.request);
    let grounds = decision.grounds();
    let resources = view.resolution.resources.iter().zip(&view.resolution.details);
    let detail = resources.map(|(resource, detail)| {
        json!({ "arn": &*resource.arn, "type": detail.resource_type, "kind": resource.kind.as_str(),
                "role": detail.role.as_str() })
    });
    let implied = view.resolution.implied.iter().map(|(resource, detail)| {
        json!({ "arn": &*resource.arn, "type": detail.resource_type, "kind": resource.kind.as_str(),
                "role": detail.role.as_str() })
    });
    let (listed, unlisted): (Vec<_>, Vec<_>) = view.resolution.keys.iter().partition(|key| key.is_listed());
    let named = |keys: Vec<&ConditionValue<'_>>| {
        keys.into_iter().map(|key| (key.name().to_owned(), json!(key.values()))).collect()
    };
    Verdict {
        decision: decision.as_str(),
        sids: grounds.statements().iter().map(|decisive| decisive.name()).collect(),
        undetermined: grounds.undetermined(),
        because_of: None,
        explanation: policy.explain(&view.request, Undetermined::Deny),
        detail: detail.collect(),
        implied: implied.collect(),
        context: named(listed),
        unlisted_context: named(unlisted),
        unknown: view.resolution.unknown_keys.iter().map(ToString::to_string).collect(),
        principal,
    }
}

fn principal(caller: &Caller) -> Value {
    json!({
        "arn": caller.principal.as_ref().map(ToString::to_string),
        "account": caller.account.map(|account| account.to_string()),
        "access_key_id": caller.access_key_id.as_ref().map(ToString::to_string),
        "trust": caller.trust.as_str(),
    })
}

impl Verdict {
    fn render(&self, format: Format) -> String {
        match format {
            Format::Text => self.text(),
            Format::Json => self.json(),
        }
    }

    /// The sorted ARNs of the resources; `resource_detail` has them in the table's order.
    fn arns(&self) -> Vec<&str> {
        let mut arns: Vec<&str> = self.detail.iter().filter_map(|detail| detail.get("arn")?.as_str()).collect();
        arns.sort_unstable();
        arns
    }

    fn json(&self) -> String {
        let answer = json!({
            "decision": self.decision,
            "action": self.explanation.action,
            "because_of": self.because_of,
            "resources": self.arns(),
            "resource_detail": self.detail,
            "implied_resources": self.implied,
            "context": self.context,
            "unlisted_context": self.unlisted_context,
            "unknown": self.unknown,
            "principal": self.principal,
            "sids": self.sids,
            "undetermined": self.undetermined,
        });
        format!("{answer}\n")
    }

    /// The verdict as text, statement by statement.
    pub(in crate::cli) fn text(&self) -> String {
        let mut text = format!("{}\n", self.decision);
        let mut line = |name: &str, value: &str| {
            if !value.is_empty() {
                text.push_str(&format!("{name}: {value}\n"));
            }
        };
        line("undetermined", &self.undetermined.join(" "));
        line("because of", self.because_of.as_deref().unwrap_or_default());
        line("action", &self.explanation.action);
        self.arns().into_iter().for_each(|arn| line("resource", arn));
        let implied = self.implied.iter().filter_map(|detail| detail.get("arn")?.as_str());
        implied.for_each(|arn| line("judged as well", arn));
        line("caller", &self.principal.to_string());
        self.explanation.statements.iter().for_each(|statement| text.push_str(&format!("\n{statement}")));
        text
    }
}

/// Why the proxy refuses a request before any policy is evaluated.
pub(in crate::cli) struct Refusal {
    /// The reason as used in records and responses.
    pub(in crate::cli) reason: &'static str,
    /// The reason in words.
    pub(in crate::cli) detail: String,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self { reason: Fault::from(&error).reason, detail: error.to_string() }
    }
}

impl Refusal {
    fn render(&self, format: Format) -> String {
        let Self { reason, detail } = self;
        match format {
            Format::Text => format!("refused\nreason: {reason}\ndetail: {detail}\n"),
            Format::Json => format!("{}\n", json!({ "decision": "refused", "reason": reason, "detail": detail })),
        }
    }
}
