//! Explains a decision: statement by statement, element by element, with the values that were compared.
//!
//! Makes the same comparisons as the evaluation; available as data for JSON, and as text through `Display`.

mod text;

use serde::Serialize;

use super::context::OfResource;
use super::evaluate::{Targets, with_lower_case};
use super::pattern::Target;
use super::{
    ActionPattern, Condition, Context, Effect, Entry, EntryKind, Form, Lookup, Policy, Position, Principal, Reading,
    Request, ResourcePattern, Statement, Truth, Undetermined,
};

/// A decision with everything that led to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// `allow`, `explicit_deny` or `implicit_deny`.
    pub decision: &'static str,
    /// The keys that are not known here and on which the decision depended.
    pub undetermined: Vec<String>,
    /// The requested action.
    pub action: String,
    /// The first resource that a Deny matched or that no Allow covers; `None` for an allow.
    pub resource: Option<String>,
    /// Every statement, in order.
    pub statements: Vec<StatementExplanation>,
}

/// Why a statement matches a request or does not match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StatementExplanation {
    /// Its index, from 0.
    pub index: usize,
    /// Its `Sid`, if it has one.
    pub sid: Option<String>,
    /// Whether it allows or denies.
    pub effect: Effect,
    /// Its position in the text.
    pub position: Position,
    /// Whether it matches one of the resources.
    pub matches: Truth,
    /// Whether it is one of those that decided.
    pub decided: bool,
    /// Whether it applies to the caller.
    pub principal: ElementExplanation,
    /// Whether it applies to the action.
    pub action: ElementExplanation,
    /// Whether it applies to each resource, in the request's order.
    pub resources: Vec<ElementExplanation>,
    /// Whether each condition holds.
    pub conditions: Vec<ConditionExplanation>,
}

/// Whether an element of a statement applies to its part of the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ElementExplanation {
    /// `Principal`, `NotPrincipal`, `Action`, …
    pub element: &'static str,
    /// Whether it applies.
    pub matches: Truth,
    /// The request's value.
    pub found: String,
    /// The entries that match the request's value, or may match it; for a `Not…` element, the excluded ones.
    pub by: Vec<String>,
    /// All entries of the element.
    pub listed: Vec<String>,
}

/// Whether a condition holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConditionExplanation {
    /// The operator, as written in the policy.
    pub operator: String,
    /// The key, as written.
    pub key: String,
    /// Whether the condition holds.
    pub matches: Truth,
    /// The request's value.
    pub found: Found,
    /// The values of the policy.
    pub values: Vec<String>,
}

/// The value of a key in a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "state", content = "values")]
pub enum Found {
    /// These values.
    Present(Vec<String>),
    /// One value, which is one of these; `*` replaces the part that is not known.
    #[serde(rename = "one_of")]
    OneOf(Vec<String>),
    /// No value.
    Absent,
    /// Only AWS knows.
    Unknown,
}

impl Found {
    fn into_texts(self) -> Vec<String> {
        match self {
            Self::Present(texts) | Self::OneOf(texts) => texts,
            Self::Absent => vec!["absent".to_owned()],
            Self::Unknown => vec!["not known here".to_owned()],
        }
    }
}

impl Policy {
    /// Decides on a request and explains the decision.
    #[must_use]
    pub fn explain(&self, request: &Request<'_>, undetermined: Undetermined) -> Explanation {
        let decision = self.evaluate_with(request, undetermined);
        let grounds = decision.grounds();
        let decided: Vec<usize> = grounds.statements().iter().map(|decisive| decisive.index).collect();
        let explain = |(index, statement): (usize, &Statement)| {
            let position = self.position(statement.place());
            statement.explain(request, index, position, decided.contains(&index))
        };
        Explanation {
            decision: decision.as_str(),
            undetermined: grounds.undetermined(),
            action: request.action.to_owned(),
            resource: grounds.resource().map(|resource| resource.arn.to_string()),
            statements: self.statements.iter().enumerate().map(explain).collect(),
        }
    }
}

impl Statement {
    fn explain(&self, request: &Request<'_>, index: usize, position: Position, decided: bool) -> StatementExplanation {
        let principal = self.explain_principal(request.principal);
        let action = self.explain_action(request.action);
        let resources = self.explain_resources(request);
        let targets = Targets::new(request.resources);
        let reached = Truth::any(targets.iter().map(|target| self.reaches(target, request.context, Truth::False)));
        let conditions: Vec<_> = self.conditions.iter().map(|condition| condition.explain(request)).collect();
        StatementExplanation {
            index,
            sid: self.sid().map(str::to_owned),
            effect: self.effect,
            position,
            matches: principal.matches.and(action.matches).and(reached).and(self.conditions_hold(request.context)),
            decided,
            principal,
            action,
            resources,
            conditions,
        }
    }

    fn explain_principal(&self, caller: Principal<'_>) -> ElementExplanation {
        let principals = &self.principals;
        let by = principals.entries().iter().filter(|entry| entry.covers(caller) != Truth::False);
        ElementExplanation {
            element: element(["Principal", "NotPrincipal"], principals.form()),
            matches: principals.include(caller),
            found: match caller {
                Principal::Known(arn) => arn.to_string(),
                Principal::Account(account) => format!("a principal of account {account}"),
                Principal::Unknown => "a caller who is not known here".to_owned(),
            },
            by: by.map(entry_text).collect(),
            listed: principals.entries().iter().map(entry_text).collect(),
        }
    }

    fn explain_action(&self, action: &str) -> ElementExplanation {
        let fits = |entry: &&ActionPattern| with_lower_case(action, |action| entry.matches_lower(action));
        let text = |entry: &ActionPattern| entry.as_str().to_owned();
        ElementExplanation {
            element: element(["Action", "NotAction"], self.actions.form),
            matches: with_lower_case(action, |action| self.actions.include_lower(action)).into(),
            found: action.to_owned(),
            by: self.actions.entries.iter().filter(fits).map(text).collect(),
            listed: self.actions.entries.iter().map(text).collect(),
        }
    }

    fn explain_resources(&self, request: &Request<'_>) -> Vec<ElementExplanation> {
        let text = |entry: &ResourcePattern| entry.as_str().to_owned();
        let explain = |target: &Target<'_>, found: String| {
            let context = OfResource::new(request.context, target);
            let fits =
                |entry: &&ResourcePattern| entry.pattern.matches_target(target, &context, Truth::False) != Truth::False;
            ElementExplanation {
                element: element(["Resource", "NotResource"], self.resources.form),
                matches: self.resources.include(target, &context, Truth::False),
                found,
                by: self.resources.entries.iter().filter(fits).map(text).collect(),
                listed: self.resources.entries.iter().map(text).collect(),
            }
        };
        if request.resources.is_empty() {
            return vec![explain(&Target::Anything, "a resource that is not known here".to_owned())];
        }
        request.resources.iter().map(|resource| explain(&Target::new(resource), resource.arn.to_string())).collect()
    }
}

impl Condition {
    fn explain(&self, request: &Request<'_>) -> ConditionExplanation {
        let (matches, found) = if self.depends_on_resource {
            self.explain_for_each(request)
        } else {
            (self.truth(request.context), self.found(request.context))
        };
        ConditionExplanation {
            operator: self.operator.to_string(),
            key: self.key.as_str().to_owned(),
            matches,
            found,
            values: self.values.iter().map(|value| value.as_str().to_owned()).collect(),
        }
    }

    /// Explains a condition on the resource: whether it holds for one of the resources, and the value for each of
    /// them.
    fn explain_for_each(&self, request: &Request<'_>) -> (Truth, Found) {
        let (mut matches, mut found) = (Truth::False, Vec::new());
        for target in Targets::new(request.resources).iter() {
            let context = OfResource::new(request.context, target);
            matches = matches.or(self.truth(&context));
            let its = self.found(&context);
            if !found.contains(&its) {
                found.push(its);
            }
        }
        match <[Found; 1]>::try_from(found) {
            Ok([found]) => (matches, found),
            Err(several) => (matches, Found::OneOf(several.into_iter().flat_map(Found::into_texts).collect())),
        }
    }

    fn found(&self, context: &dyn Context) -> Found {
        match context.lookup(self.key.lower()) {
            Lookup::One(value) => Found::Present(vec![value.to_owned()]),
            Lookup::Many(values) => Found::Present(values.to_vec()),
            Lookup::OneOf(readings) => Found::OneOf(readings.iter().map(shown).collect()),
            Lookup::ManyOf(values) => Found::Present(values.iter().map(|readings| one_of(readings)).collect()),
            Lookup::Absent => Found::Absent,
            Lookup::Present | Lookup::Between(..) | Lookup::Unknown => Found::Unknown,
        }
    }
}

/// The readings of one value of a list.
fn one_of(readings: &[Reading]) -> String {
    readings.iter().map(shown).collect::<Vec<_>>().join(" or ")
}

fn shown(reading: &Reading) -> String {
    match reading {
        Reading::Text(text) => text.clone(),
        Reading::Between { before, after } => format!("{before}*{after}"),
    }
}

fn element([listed, all_but]: [&'static str; 2], form: Form) -> &'static str {
    match form {
        Form::Listed => listed,
        Form::AllButListed => all_but,
    }
}

/// An entry, with its type if that is not AWS.
fn entry_text(entry: &Entry) -> String {
    match entry.kind() {
        EntryKind::Service | EntryKind::Federated | EntryKind::CanonicalUser => {
            format!("{}: {}", entry.kind().member().unwrap_or_default(), entry.as_str())
        }
        EntryKind::Star
        | EntryKind::AwsStar
        | EntryKind::Account(_)
        | EntryKind::Arn(_)
        | EntryKind::ArnWithWildcard
        | EntryKind::UniqueId => entry.as_str().to_owned(),
    }
}
