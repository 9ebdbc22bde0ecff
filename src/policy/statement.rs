//! A statement: which principals may, or may not, perform which actions on which resources, under which conditions.

use super::pattern::{Pattern, Resolved, Target};
use super::principal::{Form, Principals};
use super::{Condition, Context, Place, Truth};

/// The effect of a matching statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
pub enum Effect {
    /// It allows, unless another statement denies.
    Allow,
    /// It denies, whatever other statements allow.
    Deny,
}

impl Effect {
    /// The value in a policy.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
        }
    }
}

/// One statement of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub(crate) sid: Option<Box<str>>,
    pub(crate) effect: Effect,
    pub(crate) principals: Principals,
    pub(crate) actions: Actions,
    pub(crate) resources: Resources,
    pub(crate) conditions: Box<[Condition]>,
    pub(crate) place: Place,
}

/// A statement's `Action` or `NotAction`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actions {
    pub(crate) form: Form,
    pub(crate) entries: Box<[ActionPattern]>,
    pub(crate) place: Place,
}

/// One action of the list, possibly with wildcards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionPattern {
    pub(crate) text: Box<str>,
    /// In lower case: AWS compares service and name case-insensitively.
    pub(crate) pattern: Pattern,
    pub(crate) place: Place,
}

/// A statement's `Resource` or `NotResource`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resources {
    pub(crate) form: Form,
    pub(crate) entries: Box<[ResourcePattern]>,
    pub(crate) place: Place,
}

/// One resource of the list: an ARN, possibly with wildcards and variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourcePattern {
    pub(crate) pattern: Pattern,
    pub(crate) place: Place,
}

impl Statement {
    /// The statement's id, if it has one.
    #[must_use]
    pub fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }

    /// Whether it allows or denies.
    #[must_use]
    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// The principals to which it applies.
    #[must_use]
    pub fn principals(&self) -> &Principals {
        &self.principals
    }

    /// The actions to which it applies.
    #[must_use]
    pub fn actions(&self) -> &Actions {
        &self.actions
    }

    /// The resources to which it applies.
    #[must_use]
    pub fn resources(&self) -> &Resources {
        &self.resources
    }

    /// The conditions, all of which must hold.
    #[must_use]
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// The statement's place in the policy's text.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place
    }
}

impl ActionPattern {
    /// The action as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The action's place in the policy's text.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place
    }

    /// Whether it matches the action, which is given in lower case.
    pub(crate) fn matches_lower(&self, action: &str) -> bool {
        self.pattern.matches(action, &NoContext) == Truth::True
    }

    /// Whether it matches the action, in any letter case.
    #[must_use]
    pub fn matches(&self, action: &str) -> bool {
        self.matches_lower(&action.to_ascii_lowercase())
    }
}

impl Actions {
    /// Whether the element lists the actions that it includes or excludes.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// The actions in the list.
    #[must_use]
    pub fn entries(&self) -> &[ActionPattern] {
        &self.entries
    }

    /// The element's place in the policy's text.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place
    }

    /// Whether the statement applies to the action, in any letter case.
    #[must_use]
    pub fn include(&self, action: &str) -> bool {
        self.include_lower(&action.to_ascii_lowercase())
    }

    pub(crate) fn include_lower(&self, action: &str) -> bool {
        let listed = self.entries.iter().any(|entry| entry.matches_lower(action));
        listed == (self.form == Form::Listed)
    }
}

impl ResourcePattern {
    /// The resource as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.pattern.as_str()
    }

    /// The parsed pattern.
    #[must_use]
    pub fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// The resource's place in the policy's text.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place
    }
}

impl Resources {
    /// Whether the element lists the resources that it includes or excludes.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// The resources in the list.
    #[must_use]
    pub fn entries(&self) -> &[ResourcePattern] {
        &self.entries
    }

    /// The element's place in the policy's text.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place
    }

    /// Whether the statement applies to the resource. Results that are not above `floor` need not be distinguished:
    /// any of them may be returned.
    pub(crate) fn include(&self, target: &Target<'_>, context: &dyn Context, floor: Truth) -> Truth {
        let (floor, enough) = match self.form {
            Form::Listed => (floor, Truth::True),
            // One entry that may match is enough to keep the element from certainly matching.
            Form::AllButListed if floor == Truth::Unknown => (Truth::False, Truth::Unknown),
            Form::AllButListed => (Truth::False, Truth::True),
        };
        let mut listed = Truth::False;
        for entry in &self.entries {
            listed = listed.or(entry.pattern.matches_target(target, context, floor.max(listed)));
            if listed >= enough {
                break;
            }
        }
        listed.negated_if(self.form == Form::AllButListed)
    }

    /// Whether one of the entries contains a variable.
    pub(crate) fn have_variables(&self) -> bool {
        self.entries.iter().any(|entry| entry.pattern.variable_pieces().next().is_some())
    }

    /// Passes to `name` the keys that leave the element undetermined for the resource.
    pub(crate) fn undetermined_keys(&self, target: &Target<'_>, context: &dyn Context, name: &mut dyn FnMut(&str)) {
        let variables = self.entries.iter().flat_map(|entry| entry.pattern.variable_pieces());
        for variable in variables.filter(|variable| variable.resolve(context) == Resolved::Unknown) {
            name(variable.key.as_str());
        }
        if target.has_unknown_account() {
            name("aws:ResourceAccount");
        }
        if target.has_unknown_name() {
            // AWS does not have a key for it.
            name("guard:ResourceArn");
        }
    }
}

/// For patterns that have no variables.
pub(crate) struct NoContext;

impl Context for NoContext {
    fn lookup<'a>(&'a self, _: &str) -> super::Lookup<'a> {
        super::Lookup::Absent
    }
}
