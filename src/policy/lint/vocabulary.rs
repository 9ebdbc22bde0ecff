//! What a linter must know of the service: its actions, resource types and condition keys. Plain data, given by the caller.

use crate::aws::{
    condition_keys::{GLOBAL, ValueKind, is_of},
    rds::{NameForm, list_name},
};

/// The words of one service.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    /// The service's prefix, `rds`.
    pub service: String,
    /// Its actions.
    pub actions: Vec<KnownAction>,
    /// Its resource types.
    pub resource_types: Vec<KnownType>,
    /// Its own condition keys and those of `aws:` that need no list here may be left out.
    pub keys: Vec<KnownKey>,
}

/// An action.
#[derive(Clone, Debug, Default)]
pub struct KnownAction {
    /// Its name with the prefix, `rds:CreateDBInstance`.
    pub name: String,
    /// Whether it is known what its calls act on.
    pub resources_known: bool,
    /// The prefixes of the resource types it is judged on, `db`; none for an action judged on `*`.
    pub resource_types: Vec<String>,
    /// Those of them that a call without an identifier is judged on as a whole, by the literal `…:db:*`.
    pub lists: Vec<String>,
    /// Whether a call of it can be judged on `*`.
    pub star: bool,
    /// What every call of it is judged on.
    pub required: Vec<Required>,
    /// Its condition keys that a request can answer; `${TagKey}` stands for any tag.
    pub keys: Vec<&'static str>,
    /// Its condition keys that only the stored resource answers.
    pub stored_keys: Vec<&'static str>,
    /// Its parameters; `#` stands for an index.
    pub parameters: Vec<&'static str>,
}

/// A resource that every call of an action is judged on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Required {
    /// The prefixes of its type; of several where one parameter names a resource of any of them.
    pub any_of: Vec<String>,
    /// Whether AWS does not say so and it is this program's reading.
    pub assumed: bool,
}

/// A resource type.
#[derive(Clone, Debug)]
pub struct KnownType {
    /// What stands before the name in an ARN, `db`.
    pub prefix: String,
    /// Whether its ARN has no region.
    pub global: bool,
    /// Whether its names are stored in lower case.
    pub lower_case: bool,
    /// What its names are like.
    pub names: NameForm,
}

/// How a condition key stands to an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carried {
    /// Some request of the action has it.
    ByRequest,
    /// The action has it, and only AWS knows its value.
    ByStoredResource,
    /// The action does not have it.
    No,
    /// Nothing is said of it here.
    Untold,
}

/// A condition key.
#[derive(Clone, Debug)]
pub struct KnownKey {
    /// Its name; `${TagKey}` stands for any tag.
    pub name: String,
    /// What its values are.
    pub kind: ValueKind,
}

impl Vocabulary {
    /// How a condition key, in lower case, stands to an action.
    pub(super) fn carried(&self, action: &KnownAction, key: &str) -> Carried {
        if let Some(parameter) = key.strip_prefix("guard:param/") {
            let has = action.parameters.iter().any(|known| is_parameter(known, parameter));
            return if has || !action.resources_known { Carried::ByRequest } else { Carried::No };
        }
        let by_action = |known: &KnownKey| is_of(key, &known.name);
        if !action.resources_known || !self.keys.iter().any(by_action) {
            return Carried::Untold;
        }
        if action.keys.iter().any(|known| is_of(key, known)) {
            Carried::ByRequest
        } else if action.stored_keys.iter().any(|known| is_of(key, known)) {
            Carried::ByStoredResource
        } else {
            Carried::No
        }
    }

    /// Whether the requests of some action answer the key, given in lower case.
    pub(super) fn is_answered_by_requests(&self, key: &str) -> bool {
        self.actions.iter().any(|action| action.keys.iter().any(|known| is_of(key, known)))
    }

    /// The action with this name, in any letter case.
    pub(super) fn action(&self, name: &str) -> Option<&KnownAction> {
        self.actions.iter().find(|action| action.name.eq_ignore_ascii_case(name))
    }

    /// What a key's values are, if it is known, in any letter case.
    pub(super) fn key_kind(&self, key: &str) -> Option<ValueKind> {
        let own = self.keys.iter().map(|key| (key.name.as_str(), key.kind));
        let global = GLOBAL.iter().map(|known| (known.name, known.kind));
        own.chain(global).find(|(name, _)| is_of(key, name)).map(|(_, kind)| kind)
    }

    /// The names of all keys.
    pub(super) fn key_names(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.name.as_str()).chain(GLOBAL.iter().map(|known| known.name))
    }

    pub(super) fn resource_type(&self, prefix: &str) -> Option<&KnownType> {
        self.resource_types.iter().find(|known| known.prefix == prefix)
    }
}

/// Whether a name, as `guard:Param/` takes it, is that of a parameter.
pub(super) fn is_parameter(known: &str, name: &str) -> bool {
    list_name(known).eq_ignore_ascii_case(name)
}
