//! `rds-guard actions [NAME]`: the authorization table, in full or for one action.

mod command;
mod json;
mod text;

pub(super) use command::{ActionsArgs, run};

use crate::{
    aws::rds::{
        Absent, Compose, Form, Implied, ImpliedForm, LOG_FILE_DOWNLOAD, NamedBy, OPERATIONS, Operation, ResourceRule,
        ResourceType, RuleType,
    },
    policy::suggest,
};

/// The output format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Text for people.
    #[default]
    Text,
    /// JSON for programs: an array of all actions, or one object.
    Json,
}

/// Why nothing can be printed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No action has this name.
    #[error("there is no action `{name}`{}", suggestion(.similar))]
    Unknown {
        /// The name that was requested.
        name: String,
        /// The action with the most similar name.
        similar: Option<&'static str>,
    },
}

/// Prints all actions, or the details of one. The name may have its prefix `rds:`, in any letter case.
///
/// # Errors
/// [`Error::Unknown`] if no action has this name.
pub fn render(name: Option<&str>, format: Format) -> Result<String, Error> {
    let Some(name) = name else {
        return Ok(match format {
            Format::Text => text::table(all()),
            Format::Json => json::table(all()),
        });
    };
    let operation = find(name)?;
    Ok(match format {
        Format::Text => text::action(operation),
        Format::Json => json::action(operation),
    })
}

fn all() -> impl Iterator<Item = &'static Operation> + Clone {
    OPERATIONS.iter().chain([&LOG_FILE_DOWNLOAD])
}

fn find(name: &str) -> Result<&'static Operation, Error> {
    let prefix = name.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("rds:"));
    let bare = if prefix { name.get(4..).unwrap_or_default() } else { name };
    let found = all().find(|operation| operation.name.eq_ignore_ascii_case(bare));
    found.ok_or_else(|| {
        let similar = suggest::nearest(bare, all().map(|operation| operation.name));
        Error::Unknown { name: name.chars().take(128).flat_map(char::escape_debug).collect(), similar }
    })
}

fn suggestion(similar: &Option<&'static str>) -> String {
    similar.map_or_else(String::new, |name| format!(", did you mean `rds:{name}`?"))
}

/// A resource that a policy must cover for an action.
struct Cover {
    /// The name of the resource type in the reference; `*` if there is no type.
    resource_type: &'static str,
    /// The ARN, with placeholders in capitals for what a request fills in.
    arn: String,
    /// The condition under which it is evaluated.
    when: String,
    /// Whether it is evaluated even if the request names no such resource.
    unasked: bool,
}

/// Everything that a policy must cover for an action, in the order of evaluation.
fn covers(operation: &'static Operation) -> Vec<Cover> {
    operation.resources.iter().flat_map(rule_covers).chain(operation.implied.iter().flat_map(implied_covers)).collect()
}

fn implied_covers(implied: &'static Implied) -> impl Iterator<Item = Cover> {
    let (name, id) = match implied.form {
        ImpliedForm::Id => ("*", ": its name is not told, [resource_ids] can tell it"),
        ImpliedForm::ArnOfBackup => ("*", ": its name is not told"),
        ImpliedForm::ArnOrId => ("NAME", ""),
    };
    implied.types.iter().map(move |own| cover(own, name, format!("if given, from {}{id}", implied.parameter), false))
}

fn rule_covers(rule: &'static ResourceRule) -> Vec<Cover> {
    let own = match &rule.resource_type {
        RuleType::Star if rule.absent == Absent::Unknown => {
            return vec![star("always: the reference lacks the action, so nothing is known of what it acts on")];
        }
        RuleType::Star => return vec![star("always: the action has no resource types")],
        RuleType::StarIfNone => return vec![star("if none of the others is named")],
        RuleType::AnyOf(types) => {
            let parameter = rule.named_by.iter().map(|named| named.parameter).collect::<Vec<_>>().join(", ");
            return types
                .iter()
                .map(|own| cover(own, "NAME", format!("if {parameter} is of this type"), false))
                .collect();
        }
        RuleType::One(own) => *own,
    };
    let mut covers: Vec<Cover> = rule.named_by.iter().map(|named| named_cover(own, named)).collect();
    if let Some(compose) = rule.compose {
        covers.push(composed_cover(own, compose));
    }
    let without = match rule.named_by {
        [] => "always".to_owned(),
        named => format!("without {}", named.iter().map(|named| named.parameter).collect::<Vec<_>>().join(" and ")),
    };
    match rule.absent {
        Absent::All => covers.push(cover(own, "*", format!("{without}: the literal `*` of a list call"), true)),
        Absent::UnknownId => covers.push(cover(own, "*", format!("{without}: one resource of unknown id"), true)),
        Absent::Default { name, unless, deny_only_with } => {
            let unless = unless.map_or_else(String::new, |parameter| format!(" and without {parameter}"));
            let deny_only =
                deny_only_with.map_or_else(String::new, |parameter| format!(" (with {parameter} for a Deny only)"));
            let when = format!("{without}{unless}{deny_only}: the default of the service");
            covers.push(cover(own, &name.replace("{Engine}", "ENGINE"), when, true));
        }
        Absent::Omit | Absent::Star | Absent::Unknown | Absent::Error | Absent::Composed => {}
    }
    covers
}

fn named_cover(own: &'static ResourceType, named: &NamedBy) -> Cover {
    let parameter = named.parameter;
    let given = if named.required { "always" } else { "if given" };
    let shared = if named.by_arn.is_some() { ", if it is of this type" } else { "" };
    let (name, id) = match named.form {
        Form::Opaque => ("*", ": the id is made by the service, [resource_ids] can tell it"),
        Form::Name | Form::Arn | Form::NameOrArn => ("NAME", ""),
    };
    cover(own, name, format!("{given}, from {parameter}{shared}{id}"), false)
}

fn composed_cover(own: &'static ResourceType, compose: Compose) -> Cover {
    let from = compose.parameters().join(" and ");
    let name = match compose {
        Compose::EngineVersion => "ENGINE/VERSION/*",
        Compose::SnapshotTenant => "SNAPSHOT:*",
    };
    cover(own, name, format!("always, from {from}: the last part is made by the service"), false)
}

fn cover(own: &'static ResourceType, name: &str, when: String, unasked: bool) -> Cover {
    let region = if own.global { "" } else { "REGION" };
    let arn = format!("arn:aws:rds:{region}:ACCOUNT:{}:{name}", own.prefix);
    Cover { resource_type: own.name, arn, when, unasked }
}

fn star(when: &str) -> Cover {
    Cover { resource_type: "*", arn: "*".to_owned(), when: when.to_owned(), unasked: true }
}

#[cfg(test)]
mod tests;
