//! Builds a request for every operation: the required parameters, plus additional ones.

use crate::{
    aws::rds::{Form, NamedBy, Operation, Parameter, ParameterType, ResourceRule, ResourceType, RuleType},
    cli::check::captured::{self, Terms},
    policy::Policy,
};

/// The role that makes the calls.
pub(super) const ROLE: &str = "arn:aws:iam::123456789012:role/Orders";

/// Parameters of a call, by name.
pub(super) type Parameters = Vec<(String, String)>;

/// The required parameters of a call; one set for each resource type that one of them can name.
pub(super) fn minimal(operation: &Operation) -> Vec<Parameters> {
    let variants = operation.resources.iter().flat_map(|rule| {
        let several = match rule.resource_type {
            RuleType::AnyOf(types) => types.len(),
            RuleType::One(_) | RuleType::Star | RuleType::StarIfNone => 1,
        };
        rule.named_by.iter().map(move |named| named.by_arn.as_ref().map_or(several, |shared| shared.types.len()))
    });
    let variants = variants.max().unwrap_or(1).max(1);
    (0..variants).map(|variant| parameters(operation, variant)).collect()
}

fn parameters(operation: &Operation, variant: usize) -> Parameters {
    let is_required = |parameter: &&Parameter| {
        let top = parameter.name.split('.').next().unwrap_or_default();
        operation.required.contains(&top)
    };
    let required = operation.parameters.iter().filter(is_required);
    required.map(|parameter| (parameter.name.replace('#', "1"), value(operation, parameter, variant))).collect()
}

fn value(operation: &Operation, parameter: &Parameter, variant: usize) -> String {
    let naming = operation.resources.iter().find_map(|rule| {
        let named = rule.named_by.iter().find(|named| named.parameter == parameter.name)?;
        Some((rule, named))
    });
    if let Some((rule, named)) = naming {
        return identifier(rule, named, variant);
    }
    match (parameter.value_type, parameter.name) {
        (_, "Engine") if operation.name.contains("CustomDBEngineVersion") => "custom-oracle-ee",
        (_, "Engine") => "postgres",
        (_, "EngineVersion") => "16.1",
        (ParameterType::Boolean, _) => "true",
        (ParameterType::Integer | ParameterType::Long, _) => "1",
        (ParameterType::Double, _) => "1.5",
        (ParameterType::Timestamp, _) => "2026-01-31T12:00:00Z",
        (ParameterType::String, _) => "orders-1",
    }
    .to_owned()
}

fn identifier(rule: &ResourceRule, named: &NamedBy, variant: usize) -> String {
    let types: &[&ResourceType] = match (&named.by_arn, &rule.resource_type) {
        (Some(shared), _) => shared.types,
        (None, RuleType::AnyOf(types)) => types,
        (None, RuleType::One(one)) if named.form == Form::Arn => std::slice::from_ref(one),
        (None, RuleType::One(one)) if named.form != Form::Opaque && one.name_form().generated => {
            return super::name(one);
        }
        (None, RuleType::One(_) | RuleType::Star | RuleType::StarIfNone) => return "orders-1".to_owned(),
    };
    let kind = types[variant % types.len()];
    let region = if kind.global { "" } else { "eu-west-1" };
    format!("arn:aws:rds:{region}:123456789012:{}:{}", kind.prefix, super::name(kind))
}

/// The raw request, signed at a time such as `20260131T120000Z`.
pub(super) fn request(operation: &Operation, parameters: &Parameters, time: &str) -> Vec<u8> {
    let mut body = format!("Action={}&Version=2014-10-31", operation.name);
    for (name, value) in parameters {
        body.push_str(&format!("&{name}={}", value.replace('%', "%25").replace(':', "%3A").replace('/', "%2F")));
    }
    let date = time.split('T').next().unwrap_or_default();
    format!(
        "POST / HTTP/1.1\r\nHost: rds.eu-west-1.amazonaws.com\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         X-Amz-Date: {time}\r\nAuthorization: AWS4-HMAC-SHA256 \
         Credential=AKIAIOSFODNN7EXAMPLE/{date}/eu-west-1/rds/aws4_request, \
         SignedHeaders=content-type;host;x-amz-date, Signature={}\r\nContent-Length: {}\r\n\r\n{body}",
        "0".repeat(64),
        body.len()
    )
    .into_bytes()
}

/// The proxy's decision on the request: `allow`, the Sid of the statement that denies, `implicit_deny`, or
/// `refused` if it never reaches the policy.
pub(super) fn judged(
    policy: &Policy,
    operation: &Operation,
    parameters: &Parameters,
    principal: &str,
    time: &str,
) -> String {
    let terms = Terms { principal: Some(principal.parse().expect("a principal")), ..Terms::default() };
    match captured::answer(request(operation, parameters, time), policy, terms) {
        Ok(verdict) if verdict.decision == "explicit_deny" => verdict.sids.into_iter().next().unwrap_or_default(),
        Ok(verdict) => verdict.decision.to_owned(),
        Err(_) => "refused".to_owned(),
    }
}

pub(super) fn with(parameters: &Parameters, name: &str, value: Option<&str>) -> Parameters {
    let others = parameters.iter().filter(|(known, _)| known != name).cloned();
    others.chain(value.map(|value| (name.to_owned(), value.to_owned()))).collect()
}
