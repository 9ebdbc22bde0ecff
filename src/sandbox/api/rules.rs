//! Checks of parameters that RDS makes before it does anything.

use super::{Ask, model::Operation, record::Record};
use crate::sandbox::{
    answer::{Outcome, Refusal},
    parameters::Parameters,
};

/// Checks that required parameters are present, and that numbers and booleans are valid.
pub(super) fn well_formed(operation: &Operation, parameters: &Parameters) -> Outcome<()> {
    if let Some(name) = operation.required.iter().find(|name| !parameters.mentions(name)) {
        return Err(Refusal::missing_parameter(name));
    }
    if let Some(name) = operation.required.iter().find(|name| parameters.value(name) == Some("")) {
        return Err(Refusal::blank(name));
    }
    for name in &operation.integers {
        if let Some(text) = parameters.value(name).filter(|text| text.parse::<i64>().is_err()) {
            return Err(Refusal::bad_request(
                "MalformedInput",
                format!("Invalid value {text} for {name}: not a number"),
            ));
        }
    }
    operation.booleans.iter().try_for_each(|name| parameters.flag(name).map(drop))
}

/// Checks an identifier: a letter first, then letters, digits, single hyphens, and the dots and underscores that
/// names of groups may have; at most 255 characters.
pub(super) fn identifier<'a>(parameter: &str, id: &'a str) -> Outcome<&'a str> {
    let good = id.starts_with(|c: char| c.is_ascii_alphabetic())
        && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.' || c == '_')
        && id.len() <= 255
        && !id.ends_with('-')
        && !id.contains("--");
    if good {
        return Ok(id);
    }
    Err(Refusal::invalid_value(format!(
        "The parameter {parameter} is not a valid identifier. Identifiers must begin with a letter; must contain only \
         ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens."
    )))
}

/// Checks that an ARN is of the wanted kind.
pub(super) fn reference(name: &str, kind: &str, parameter: &str) -> Outcome<()> {
    let prefix = if kind == "DBSnapshot" { "snapshot" } else { "cluster-snapshot" };
    if !name.starts_with("arn:") || name.split(':').nth(5) == Some(prefix) {
        return Ok(());
    }
    Err(Refusal::invalid_value(format!("The parameter {parameter} is not a valid identifier: {name}")))
}

/// Checks that an identifier does not exceed the maximum length of its kind.
pub(super) fn at_most(id: &str, length: usize, parameter: &str) -> Outcome<()> {
    if id.len() <= length {
        return Ok(());
    }
    Err(Refusal::invalid_value(format!("The parameter {parameter} is longer than {length} characters.")))
}

/// Checks that a resource is not protected against deletion.
pub(super) fn unprotected(kind: &str, record: &Record) -> Outcome<()> {
    if !record.is("DeletionProtection") {
        return Ok(());
    }
    Err(Refusal::invalid_combination(format!(
        "Cannot delete protected {kind}, please disable deletion protection and try again."
    )))
}

/// The name of the final snapshot, or `None` if it is skipped. The request must specify one of the two.
pub(super) fn final_snapshot<'a>(ask: &Ask<'a>, parameter: &str) -> Outcome<Option<&'a str>> {
    match (ask.flag("SkipFinalSnapshot")?, ask.value(parameter)) {
        (true, Some(_)) => Err(Refusal::invalid_combination(format!(
            "{parameter} can not be specified when deleting with SkipFinalSnapshot."
        ))),
        (true, None) => Ok(None),
        (false, None) => {
            Err(Refusal::invalid_combination(format!("{parameter} is required unless SkipFinalSnapshot is specified.")))
        }
        (false, Some(name)) => identifier(parameter, name).map(Some),
    }
}
