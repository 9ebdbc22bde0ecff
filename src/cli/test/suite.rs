//! A file of cases: the policy that it tests, the settings common to all cases, and the cases.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    case::{Case, Defaults},
    table::{Source, Table, kind},
};
use crate::{
    config::PolicySource,
    policy::{Limits, Policy},
};

/// A parsed file of cases.
pub(super) struct Suite {
    /// The path of the file.
    pub(super) file: PathBuf,
    /// The name of the policy: its path, or `inline`.
    pub(super) policy_name: String,
    /// The policy under test.
    pub(super) policy: Policy,
    /// The cases, in order.
    pub(super) cases: Vec<Case>,
}

/// Reads a file of cases. `policy` replaces the one that the file names.
///
/// # Errors
/// One line for each problem, with its position.
pub(super) fn read(file: &Path, policy: Option<&Path>, limits: &Limits) -> Result<Suite, Vec<String>> {
    let text = fs::read_to_string(file).map_err(|error| vec![format!("cannot read `{}`: {error}", file.display())])?;
    let mut source = Source::new(file, text);
    let text = source.text().to_owned();
    let (document, errors) = DeTable::parse_recoverable(&text);
    for error in &errors {
        let at = error.span().map_or(0, |span| span.start);
        source.wrong(at, format!("not valid TOML: {}", error.message().replace('\n', ", ")));
    }
    if !errors.is_empty() {
        return Err(source.problems);
    }
    let mut table = Table::new("a file of cases", 0, document.into_inner());
    let policy = read_policy(&mut table, policy, limits, &mut source);
    let defaults = match table.take("defaults") {
        Some((at, DeValue::Table(inner))) => Defaults::read(Table::new("[defaults]", at, inner), &mut source),
        Some((at, other)) => {
            source.wrong(at, format!("`defaults` is {}, expected a table", kind(&other)));
            Defaults::default()
        }
        None => Defaults::default(),
    };
    let cases = read_cases(&mut table, &defaults, &mut source);
    table.finish(&mut source);
    match policy {
        Some((policy_name, policy)) if source.problems.is_empty() => {
            Ok(Suite { file: file.to_owned(), policy_name, policy, cases })
        }
        _ => Err(source.problems),
    }
}

/// The policy of the flag, or that of the file: a path relative to the file's folder, or inline JSON.
fn read_policy(
    table: &mut Table<'_>,
    flag: Option<&Path>,
    limits: &Limits,
    source: &mut Source,
) -> Option<(String, Policy)> {
    let written = table.text("policy", source);
    let path = match (flag, written) {
        (Some(path), _) => path.to_owned(),
        (None, Some((at, text))) if text.trim_start().starts_with('{') => {
            let policy = Policy::parse(&text, limits);
            let policy = policy.map_err(|errors| {
                errors.iter().for_each(|problem| source.wrong(at, format!("policy: {problem}")));
            });
            return policy.ok().map(|policy| ("inline".to_owned(), policy));
        }
        (None, Some((_, text))) => source.folder().join(text),
        (None, None) => {
            source.wrong(0, "no policy is named: say `policy = \"FILE\"` above the cases, or give --policy");
            return None;
        }
    };
    match PolicySource::from_file(path, *limits) {
        Ok(read) => Some((read.name(), (**read.policy()).clone())),
        Err(errors) => {
            source.problems.extend(errors.problems().iter().map(ToString::to_string));
            None
        }
    }
}

fn read_cases(table: &mut Table<'_>, defaults: &Defaults, source: &mut Source) -> Vec<Case> {
    let Some((at, value)) = table.take("case") else {
        source.wrong(0, "there is no case: add a table `[[case]]`");
        return Vec::new();
    };
    let DeValue::Array(items) = value else {
        source.wrong(at, format!("`case` is {}, expected tables `[[case]]`", kind(&value)));
        return Vec::new();
    };
    if items.is_empty() {
        source.wrong(at, "there is no case: add a table `[[case]]`");
    }
    let mut cases: Vec<Case> = Vec::new();
    let mut seen: HashMap<String, usize> = HashMap::new();
    for item in items {
        let at = item.span().start;
        let item = Spanned::into_inner(item);
        let word = kind(&item);
        let DeValue::Table(inner) = item else {
            source.wrong(at, format!("a case is {word}, expected a table"));
            continue;
        };
        let Some(case) = Case::read(Table::new("[[case]]", at, inner), defaults, source) else { continue };
        if let Some(first) = seen.insert(case.name.clone(), case.line) {
            source.wrong(at, format!("the name `{}` is that of the case in line {first} too", case.name));
        }
        cases.push(case);
    }
    cases
}
