//! What RDS asks of parameters before it does anything.

use super::{Ask, model::Operation, store::Record};
use crate::sandbox::{
    answer::{Outcome, Refusal},
    parameters::Parameters,
};

/// Required parameters are there; numbers are numbers and flags are flags.
pub(super) fn well_formed(operation: &Operation, parameters: &Parameters) -> Outcome<()> {
    if let Some(name) = operation.required.iter().find(|name| !parameters.mentions(name)) {
        return Err(Refusal::missing_parameter(name));
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

/// An identifier: a letter first, then letters, digits, single hyphens, and the dots and underscores that the names of
/// groups may have; 255 at most.
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

/// Whether a resource may go: it isn't protected, and what happens to its data is said. Gives the name of the final
/// snapshot that is wanted.
pub(super) fn may_go<'a>(ask: &'a Ask<'_>, family: &str, record: &Record) -> Outcome<Option<&'a str>> {
    let (kind, snapshot_parameter) = match family {
        // The data of a cluster's member are the cluster's.
        "DBInstance" if record.values.contains_key("DBClusterIdentifier") => return Ok(None),
        "DBInstance" => ("DB Instance", "FinalDBSnapshotIdentifier"),
        "DBCluster" => ("DB Cluster", "FinalDBSnapshotIdentifier"),
        _ => return Ok(None),
    };
    if record.values.get("DeletionProtection").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return Err(Refusal::invalid_combination(format!(
            "Cannot delete protected {kind}, please disable deletion protection and try again."
        )));
    }
    let snapshot = ask.parameters.value(snapshot_parameter);
    match (ask.parameters.flag("SkipFinalSnapshot")?, snapshot) {
        (true, Some(_)) => Err(Refusal::invalid_combination(format!(
            "{snapshot_parameter} can not be specified when deleting with SkipFinalSnapshot."
        ))),
        (true, None) => Ok(None),
        (false, None) => Err(Refusal::invalid_combination(format!(
            "{snapshot_parameter} is required unless SkipFinalSnapshot is specified."
        ))),
        (false, Some(name)) => identifier(snapshot_parameter, name).map(Some),
    }
}
