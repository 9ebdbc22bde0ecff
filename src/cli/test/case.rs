//! A test case as written in a file: the request, and the expected answer.

use std::{collections::BTreeMap, path::PathBuf};

use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use toml::de::DeValue;

use super::table::{Source, Table, items, kind, scalar};
use crate::{
    aws::{AccountId, ActionName, PrincipalArn, RequestResource, ResourceKind},
    policy::{ConfiguredKey, RequestContext},
};

/// A test case: a request to a policy, and the expected answer.
#[derive(Debug)]
pub(super) struct Case {
    /// What the case claims.
    pub(super) name: String,
    /// The line where it begins, from 1.
    pub(super) line: usize,
    /// The request to evaluate.
    pub(super) question: Question,
    /// The expected answer.
    pub(super) expect: Expect,
    /// Statements that must be among the deciding ones, by Sid or by `#N` from 0.
    pub(super) statements: Vec<String>,
    /// The complete list of keys that must be reported as undetermined; `None` if the case does not specify it.
    pub(super) undetermined: Option<Vec<String>>,
}

/// The request of a case.
#[derive(Debug)]
pub(super) enum Question {
    /// One action on some resources.
    Action { action: ActionName, resources: Vec<RequestResource>, caller: Caller, facts: Facts },
    /// A captured HTTP request.
    Captured { path: PathBuf, caller: Caller, facts: Facts, now: Option<OffsetDateTime> },
}

/// The expected answer of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expect {
    Allow,
    ExplicitDeny,
    ImplicitDeny,
    /// Either of the two denials.
    Deny,
    /// A denial because of something unknown.
    Undetermined,
    /// A captured request that is refused before it reaches the policy.
    Refused,
}

/// The caller.
#[derive(Clone, Debug, Default)]
pub(super) enum Caller {
    Known(PrincipalArn),
    Account(AccountId),
    #[default]
    Unknown,
}

/// The condition keys, by name in lower case.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts(BTreeMap<String, Fact>);

#[derive(Clone, Debug)]
pub(super) enum Fact {
    /// A list in the file stays a list, even with one value.
    Values {
        values: Vec<String>,
        listed: bool,
    },
    Absent,
    Unknown,
}

/// The settings that a file gives once for all its cases.
#[derive(Debug, Default)]
pub(super) struct Defaults {
    resources: Vec<RequestResource>,
    caller: Caller,
    facts: Facts,
}

impl Expect {
    const ALL: [(&'static str, Self); 6] = [
        ("allow", Self::Allow),
        ("explicit_deny", Self::ExplicitDeny),
        ("implicit_deny", Self::ImplicitDeny),
        ("deny", Self::Deny),
        ("undetermined", Self::Undetermined),
        ("refused", Self::Refused),
    ];

    /// The word in the file.
    pub(super) fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, expect)| *expect == self).map_or("", |(word, _)| word)
    }
}

impl Facts {
    /// The keys as the context for evaluating a policy.
    pub(super) fn context(&self) -> RequestContext {
        let mut context = RequestContext::new();
        for (key, fact) in &self.0 {
            match fact {
                Fact::Values { values, listed: false } => values.iter().for_each(|value| context.insert(key, value)),
                Fact::Values { values, listed: true } => context.insert_list(key, values.clone()),
                Fact::Absent => context.insert_absent(key),
                Fact::Unknown => context.insert_unknown(key),
            }
        }
        context
    }

    /// The keys as a configuration would declare them. Unknown ones are left out.
    pub(super) fn declared(&self) -> Vec<(String, ConfiguredKey)> {
        let declared = |(key, fact): (&String, &Fact)| match fact {
            Fact::Values { values, .. } => Some((key.clone(), ConfiguredKey::Values(values.clone()))),
            Fact::Absent => Some((key.clone(), ConfiguredKey::Absent)),
            Fact::Unknown => None,
        };
        self.0.iter().filter_map(declared).collect()
    }
}

impl Defaults {
    /// Reads the table `[defaults]`.
    pub(super) fn read(mut table: Table<'_>, source: &mut Source) -> Self {
        let defaults = Self {
            resources: resources(&mut table, source).unwrap_or_default(),
            caller: caller(&mut table, source).unwrap_or_default(),
            facts: facts(&mut table, Facts::default(), source),
        };
        table.finish(source);
        defaults
    }
}

impl Case {
    /// Reads a table `[[case]]`. If something is wrong with it, returns `None` and records the problem in
    /// `source`.
    pub(super) fn read(mut table: Table<'_>, defaults: &Defaults, source: &mut Source) -> Option<Self> {
        let before = source.problems.len();
        let at = table.at();
        let name = table.text("name", source).map(|(_, name)| name);
        let action = table.text("action", source);
        let request = table.text("request", source);
        let own_resources = resources(&mut table, source);
        let caller = caller(&mut table, source).unwrap_or_else(|| defaults.caller.clone());
        let facts = facts(&mut table, defaults.facts.clone(), source);
        let now = table.text("now", source).and_then(|(at, text)| moment(at, &text, source));
        let expect = expect(&mut table, source);
        let statements = table.texts("statement", source).unwrap_or_default();
        let undetermined = table.texts("undetermined", source);
        table.finish(source);
        if name.is_none() {
            source.wrong(at, "a case needs a `name`, which says what it claims");
        }
        let question = match (action, request) {
            (Some((at, action)), None) => {
                let action = action.parse().map_err(|error| source.wrong(at, format!("`action`: {error}"))).ok();
                let resources = own_resources.unwrap_or_else(|| defaults.resources.clone());
                action.map(|action| Question::Action { action, resources, caller, facts })
            }
            (None, Some((_, file))) => {
                Some(Question::Captured { path: source.folder().join(file), caller, facts, now })
            }
            (Some(_), Some((at, _))) => {
                source.wrong(at, "a case has either `action` or `request`, not both");
                None
            }
            (None, None) => {
                source.wrong(at, "a case needs an `action` such as \"rds:DeleteDBInstance\", or a `request`");
                None
            }
        };
        let line = source.line(at);
        let case = Self { name: name?, line, question: question?, expect: expect?, statements, undetermined };
        (source.problems.len() == before).then_some(case)
    }
}

fn expect(table: &mut Table<'_>, source: &mut Source) -> Option<Expect> {
    let words = || Expect::ALL.map(|(word, _)| word).join(", ");
    let Some((at, word)) = table.text("expect", source) else {
        source.wrong(table.at(), format!("a case needs `expect`, one of {}", words()));
        return None;
    };
    let found = Expect::ALL.into_iter().find(|(known, _)| *known == word).map(|(_, expect)| expect);
    if found.is_none() {
        source.wrong(at, format!("`expect` is `{word}`, expected one of {}", words()));
    }
    found
}

fn moment(at: usize, text: &str, source: &mut Source) -> Option<OffsetDateTime> {
    let found = OffsetDateTime::parse(text, &Rfc3339).ok();
    if found.is_none() {
        source.wrong(at, format!("`now` is `{text}`, expected a time such as \"2026-01-31T12:00:00Z\""));
    }
    found
}

fn caller(table: &mut Table<'_>, source: &mut Source) -> Option<Caller> {
    let (at, text) = table.text("principal", source)?;
    if text == "unknown" {
        return Some(Caller::Unknown);
    }
    if let Ok(account) = text.parse() {
        return Some(Caller::Account(account));
    }
    let arn = text.parse().map(Caller::Known);
    arn.map_err(|error| source.wrong(at, format!("`principal`: {error}; an account id and \"unknown\" do too"))).ok()
}

/// `resource` or `resources`: a text, or a list of texts and of tables `{ arn, kind }`.
fn resources(table: &mut Table<'_>, source: &mut Source) -> Option<Vec<RequestResource>> {
    let (one, several) = (table.take("resource"), table.take("resources"));
    if let (Some(_), Some((at, _))) = (&one, &several) {
        source.wrong(*at, "say either `resource` or `resources`");
    }
    let (at, value) = one.or(several)?;
    Some(items(value).into_iter().filter_map(|(_, item)| resource(at, item, source)).collect())
}

fn resource(at: usize, value: DeValue<'_>, source: &mut Source) -> Option<RequestResource> {
    match value {
        DeValue::String(arn) => given(at, &arn, None, source),
        DeValue::Table(inner) => {
            let mut table = Table::new("a resource", at, inner);
            let arn = table.text("arn", source).map(|(_, arn)| arn);
            let word = table.text("kind", source);
            table.finish(source);
            let kind = match word {
                None => Some(ResourceKind::Exact),
                Some((at, word)) => {
                    let kind = ResourceKind::from_name(&word);
                    if kind.is_none() {
                        let kinds = "exact, all, default, unknown-id, star, unknown";
                        source.wrong(at, format!("`kind` is `{word}`, expected one of {kinds}"));
                    }
                    kind
                }
            };
            if arn.is_none() {
                source.wrong(at, "a resource needs an `arn`");
            }
            given(at, &arn?, Some(kind?), source)
        }
        other @ (DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_)) => {
            source.wrong(
                at,
                format!("a resource is {}, expected an ARN or {{ arn = \"…\", kind = \"…\" }}", kind(&other)),
            );
            None
        }
    }
}

fn given(at: usize, arn: &str, kind: Option<ResourceKind>, source: &mut Source) -> Option<RequestResource> {
    RequestResource::given(arn, kind).map_err(|error| source.wrong(at, format!("a resource: {error}"))).ok()
}

/// The tables and lists of condition keys. Those of a case override those of the defaults.
fn facts(table: &mut Table<'_>, mut facts: Facts, source: &mut Source) -> Facts {
    match table.take("context") {
        None => {}
        Some((at, DeValue::Table(inner))) => {
            for (key, at, value) in Table::new("context", at, inner).into_entries() {
                let listed = matches!(value, DeValue::Array(_));
                let values: Option<Vec<String>> = items(value).iter().map(|(_, item)| scalar(item)).collect();
                match values {
                    Some(values) => note(&mut facts, at, &key, Fact::Values { values, listed }, source),
                    None => source.wrong(at, format!("`{key}` takes a text, a number, a boolean or a list of them")),
                }
            }
        }
        Some((at, other)) => source.wrong(at, format!("`context` is {}, expected a table of keys", kind(&other))),
    }
    for (key, fact) in [("absent", Fact::Absent), ("unknown", Fact::Unknown)] {
        for name in table.texts(key, source).unwrap_or_default() {
            note(&mut facts, table.at(), &name, fact.clone(), source);
        }
    }
    facts
}

fn note(facts: &mut Facts, at: usize, key: &str, fact: Fact, source: &mut Source) {
    if key.contains(':') {
        facts.0.insert(key.to_ascii_lowercase(), fact);
    } else {
        source.wrong(at, format!("`{key}` is no condition key such as \"aws:ResourceTag/team\""));
    }
}
