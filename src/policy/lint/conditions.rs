//! Rules about conditions.

use std::net::IpAddr;

use crate::aws::condition_keys::ValueKind;
use crate::policy::{Comparison, Condition, Effect, Existence, Form, SetOperator, Statement, suggest};

use super::rules::condition as rules;
use super::{Linter, action_keys};

pub(super) fn check(linter: &mut Linter<'_>, statement: &Statement) {
    for (at, condition) in statement.conditions().iter().enumerate() {
        known_key(linter, statement, condition);
        operator_fits_key(linter, condition);
        set_operators(linter, statement, condition);
        values(linter, condition);
        constant_keys(linter, condition);
        let earlier = statement.conditions().iter().take(at);
        if earlier
            .clone()
            .any(|other| other.operator() == condition.operator() && other.key().lower() == condition.key().lower())
        {
            let message =
                format!("`{}` stands here a second time in other letter case: both must hold", condition.key());
            linter.report(&rules::KEY_REPEATED, condition.place(), message);
        }
    }
    contradictions(linter, statement);
}

/// Reports conditions that EC2 refuses, whatever service the statement applies to.
pub(super) fn refused(linter: &mut Linter<'_>, statement: &Statement) {
    for condition in statement.conditions() {
        system_ids(linter, condition);
    }
}

fn known_key(linter: &mut Linter<'_>, statement: &Statement, condition: &Condition) {
    let key = condition.key().as_str();
    if condition.key().lower().starts_with("guard:") {
        if linter.options.portable {
            let message = format!("`{key}` is known to this program only: AWS would find the key absent");
            linter.report(&rules::NOT_PORTABLE, condition.place(), message);
        }
        return;
    }
    let vocabulary = linter.vocabulary();
    if vocabulary.key_kind(key).is_some() {
        return;
    }
    let message = |hint: String| {
        format!(
            "`{key}` is no condition key of these requests that is known here, so it is never taken for absent{hint}"
        )
    };
    match suggest::nearest(key, vocabulary.key_names()).filter(|near| !near.contains("${")).map(str::to_owned) {
        Some(near) => {
            let message = message(format!("; did you mean `{near}`?"));
            linter.report_with_fix(&rules::KEY_UNKNOWN, condition.place(), message, &near);
        }
        None => {
            let hint = parameter_hint(linter, statement, condition.key().lower());
            linter.report(&rules::KEY_UNKNOWN, condition.place(), message(hint));
        }
    }
}

/// A hint with the parameter that an invented key of the service was probably meant to compare.
fn parameter_hint(linter: &Linter<'_>, statement: &Statement, key: &str) -> String {
    let vocabulary = linter.options.vocabulary;
    if !key.starts_with(&format!("{}:", vocabulary.service)) || statement.actions().form() == Form::AllButListed {
        return String::new();
    }
    let mut about = vocabulary.actions.iter().filter(|action| statement.actions().include(&action.name));
    let found = about.find_map(|action| action_keys::parameter_for(key, action));
    found.map(|parameter| format!("; `guard:Param/{parameter}` compares a parameter like it")).unwrap_or_default()
}

/// The type of value that an operator compares; `None` for `BinaryEquals`, and for `Null`, which tests presence.
fn compared(comparison: Comparison) -> Option<ValueKind> {
    match comparison {
        Comparison::StringEquals
        | Comparison::StringNotEquals
        | Comparison::StringEqualsIgnoreCase
        | Comparison::StringNotEqualsIgnoreCase
        | Comparison::StringLike
        | Comparison::StringNotLike => Some(ValueKind::Text),
        Comparison::NumericEquals
        | Comparison::NumericNotEquals
        | Comparison::NumericLessThan
        | Comparison::NumericLessThanEquals
        | Comparison::NumericGreaterThan
        | Comparison::NumericGreaterThanEquals => Some(ValueKind::Number),
        Comparison::DateEquals
        | Comparison::DateNotEquals
        | Comparison::DateLessThan
        | Comparison::DateLessThanEquals
        | Comparison::DateGreaterThan
        | Comparison::DateGreaterThanEquals => Some(ValueKind::Date),
        Comparison::Bool => Some(ValueKind::Bool),
        Comparison::IpAddress | Comparison::NotIpAddress => Some(ValueKind::Address),
        Comparison::ArnEquals | Comparison::ArnNotEquals | Comparison::ArnLike | Comparison::ArnNotLike => {
            Some(ValueKind::Arn)
        }
        Comparison::BinaryEquals | Comparison::Null => None,
    }
}

fn operator_fits_key(linter: &mut Linter<'_>, condition: &Condition) {
    let Some(kind) = linter.vocabulary().key_kind(condition.key().as_str()) else { return };
    let Some(compared) = compared(condition.operator().comparison()) else { return };
    // Text operators can compare ARNs and dates too; epoch seconds are numbers.
    let fits = match (compared, kind) {
        (ValueKind::Text, ValueKind::Text | ValueKind::Arn | ValueKind::Date)
        | (ValueKind::Number, ValueKind::Date) => true,
        (ValueKind::Date, ValueKind::Text) | (ValueKind::Number, ValueKind::Text) => {
            condition.key().lower().contains("tag/")
        }
        (ValueKind::Bool, ValueKind::Text) | (ValueKind::Arn, ValueKind::Text) => {
            condition.key().lower().contains("tag/")
        }
        (compared, kind) => compared == kind,
    };
    if !fits {
        let message = format!("`{}` does not compare what `{}` holds", condition.operator(), condition.key());
        linter.report(&rules::OPERATOR_OF_OTHER_KIND, condition.place(), message);
    }
}

fn set_operators(linter: &mut Linter<'_>, statement: &Statement, condition: &Condition) {
    let (operator, key) = (condition.operator(), condition.key());
    let tests_presence = operator.comparison() == Comparison::Null;
    let guarded = statement.conditions().iter().any(|other| {
        other.operator().comparison() == Comparison::Null
            && other.key().lower() == key.lower()
            && other.values().iter().all(|value| value.as_str().eq_ignore_ascii_case("false"))
    });
    match operator.set() {
        None if key.is_multivalued() && !tests_presence => {
            let message = format!(
                "`{key}` has several values: it needs `ForAllValues:` or `ForAnyValue:`, and is undecided without"
            );
            linter.report(&rules::SET_OPERATOR_MISSING, condition.place(), message);
        }
        Some(SetOperator::ForAllValues) if statement.effect() == Effect::Allow && !guarded => {
            let message = format!(
                "`{operator}` also holds where the request has no `{key}`; add `\"Null\": {{\"{key}\": \"false\"}}`"
            );
            linter.report(&rules::FOR_ALL_VALUES_ABSENT, condition.place(), message);
        }
        Some(_) if !key.is_multivalued() && linter.vocabulary().key_kind(key.as_str()).is_some() => {
            let message = format!("`{key}` has one value: a set operator is not meant for it");
            linter.report(&rules::SET_OPERATOR_NEEDLESS, condition.place(), message);
        }
        Some(SetOperator::ForAllValues | SetOperator::ForAnyValue) | None => {}
    }
}

fn values(linter: &mut Linter<'_>, condition: &Condition) {
    let comparison = condition.operator().comparison();
    for (at, value) in condition.values().iter().enumerate() {
        let text = value.as_str();
        if condition.values().iter().take(at).any(|earlier| earlier.as_str() == text) {
            linter.report(&rules::VALUE_REPEATED, value.place(), format!("`{text}` stands here a second time"));
        }
        let literal = matches!(compared(comparison), Some(ValueKind::Text))
            && !matches!(comparison, Comparison::StringLike | Comparison::StringNotLike);
        if literal && !text.contains("${") && text.contains(['*', '?']) {
            let message =
                format!("`{text}` has no wildcard under `{}`: that is for `StringLike`", condition.operator());
            linter.report(&rules::WILDCARD_IS_LITERAL, value.place(), message);
        }
        let is_arn_operator = compared(comparison) == Some(ValueKind::Arn);
        if is_arn_operator && !text.contains("${") && text.splitn(6, ':').count() < 6 {
            let message = format!("`{text}` has fewer than 6 fields: no ARN is like it");
            linter.report(&rules::ARN_VALUE_TOO_SHORT, value.place(), message);
        }
        let names_session = text.contains(":assumed-role/") && condition.key().lower() == "aws:principalarn";
        if names_session {
            let message = format!("`{text}` never matches: for a session `aws:PrincipalArn` is the ARN of its role");
            linter.report(&rules::PRINCIPAL_ARN_OF_SESSION, value.place(), message);
        }
        host_bits(linter, condition, value);
    }
}

/// Reports an address range with bits set after its prefix.
fn host_bits(linter: &mut Linter<'_>, condition: &Condition, value: &crate::policy::Value) {
    if compared(condition.operator().comparison()) != Some(ValueKind::Address) {
        return;
    }
    let Some((address, length)) = value.as_str().split_once('/') else { return };
    let (Ok(address), Ok(length)) = (address.parse::<IpAddr>(), length.parse::<u32>()) else { return };
    let network: IpAddr = match address {
        IpAddr::V4(v4) => {
            IpAddr::V4((v4.to_bits() & u32::MAX.checked_shl(32_u32.saturating_sub(length)).unwrap_or(0)).into())
        }
        IpAddr::V6(v6) => {
            IpAddr::V6((v6.to_bits() & u128::MAX.checked_shl(128_u32.saturating_sub(length)).unwrap_or(0)).into())
        }
    };
    if network != address {
        let mended = format!("{network}/{length}");
        let message = format!("`{}` is the range `{mended}`: bits behind the prefix are ignored", value.as_str());
        linter.report_with_fix(&rules::HOST_BITS, value.place(), message, &mended);
    }
}

fn constant_keys(linter: &mut Linter<'_>, condition: &Condition) {
    let key = condition.key();
    // AWS: requests through a VPC endpoint have `aws:VpcSourceIp` instead ("AWS global condition context keys").
    if key.lower() == "aws:sourceip" {
        let message =
            "requests through a VPC endpoint have no `aws:SourceIp`; their address is in `aws:VpcSourceIp`".to_owned();
        linter.report(&rules::SOURCE_IP_ABSENT, condition.place(), message);
    }
    let always_true = key.lower() == "aws:securetransport" && condition.operator().comparison() == Comparison::Bool;
    if always_true {
        let message = "`aws:SecureTransport` is always `true` here: requests leave by TLS only".to_owned();
        linter.report(&rules::SECURE_TRANSPORT_CONSTANT, condition.place(), message);
    }
}

/// Keys whose values AWS generates.
const SYSTEM_IDS: [&str; 12] = [
    "aws:principalaccount",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:resourceaccount",
    "aws:resourceorgid",
    "aws:resourceorgpaths",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
];

/// Reports what EC2 refuses when an endpoint policy is set ("Control access to VPC endpoints using endpoint
/// policies").
fn system_ids(linter: &mut Linter<'_>, condition: &Condition) {
    let (operator, key) = (condition.operator(), condition.key());
    let wild = matches!(operator.comparison(), Comparison::StringLike | Comparison::StringNotLike);
    let is_id = SYSTEM_IDS.contains(&key.lower());
    if is_id && compared(operator.comparison()) == Some(ValueKind::Number) {
        let message = format!("AWS refuses `{operator}` for `{key}`: its ids are no numbers");
        linter.report(&rules::SYSTEM_ID_NUMERIC, condition.place(), message);
    }
    for value in condition.values().iter().filter(|value| wild && value.as_str().contains(['*', '?'])) {
        if is_id {
            let message = format!("AWS refuses wildcards in the ids of `{key}`: `{}`", value.as_str());
            linter.report(&rules::SYSTEM_ID_WILDCARD, value.place(), message);
        } else if !key.lower().starts_with("guard:") && !has_six_characters(value.as_str()) {
            let message =
                format!("AWS refuses `{}`: each wildcard needs six characters before or after it", value.as_str());
            linter.report(&rules::SIX_CHARACTERS, value.place(), message);
        }
    }
}

fn has_six_characters(text: &str) -> bool {
    let runs: Vec<usize> = text.split(['*', '?']).map(|run| run.chars().count()).collect();
    runs.windows(2).all(|around| around.iter().any(|run| *run >= 6))
}

/// Reports a key that must be absent but is also compared.
fn contradictions(linter: &mut Linter<'_>, statement: &Statement) {
    for condition in statement.conditions() {
        let must_be_absent = condition.operator().comparison() == Comparison::Null
            && condition.values().iter().all(|value| value.as_str().eq_ignore_ascii_case("true"));
        let compared = statement.conditions().iter().find(|other| {
            let operator = other.operator();
            let needs_the_key = operator.comparison() != Comparison::Null
                && !operator.comparison().is_negated()
                && operator.existence() == Existence::Required
                && operator.set() != Some(SetOperator::ForAllValues);
            needs_the_key && other.key().lower() == condition.key().lower()
        });
        if let (true, Some(other)) = (must_be_absent, compared) {
            let message = format!(
                "`{}` must be absent here and fit `{}` too: the statement never matches",
                condition.key(),
                other.operator()
            );
            linter.report(&rules::CONTRADICTION, condition.place(), message);
        }
    }
}
