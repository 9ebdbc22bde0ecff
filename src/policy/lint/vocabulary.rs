//! What a linter needs to know about the service: its actions, resource types and condition keys. Plain data,
//! supplied by the caller.

use crate::aws::{
    condition_keys::{GLOBAL, ValueKind, is_of},
    rds::{NameForm, list_name},
};

/// The vocabulary of one service.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    /// The service's prefix in action names, `rds`.
    pub service: String,
    /// The service's actions.
    pub actions: Vec<KnownAction>,
    /// The service's resource types.
    pub resource_types: Vec<KnownType>,
    /// The service's condition keys; global `aws:` keys are built in and may be omitted.
    pub keys: Vec<KnownKey>,
}

/// An action of the service.
#[derive(Clone, Debug, Default)]
pub struct KnownAction {
    /// Its name with the prefix, `rds:CreateDBInstance`.
    pub name: String,
    /// Whether its resources are known.
    pub resources_known: bool,
    /// The prefixes of the resource types on which it is judged, `db`; empty for an action judged on `*`.
    pub resource_types: Vec<String>,
    /// Those of them for which a call without an identifier is judged on the literal `…:db:*`.
    pub lists: Vec<String>,
    /// Whether its calls can be judged on `*`.
    pub star: bool,
    /// The resources on which every call of it is judged.
    pub required: Vec<Required>,
    /// Its condition keys whose values come from the request; `${TagKey}` is a placeholder for any tag key.
    pub keys: Vec<&'static str>,
    /// Its condition keys whose values come only from the stored resource.
    pub stored_keys: Vec<&'static str>,
    /// Its parameters; `#` is a placeholder for an index.
    pub parameters: Vec<&'static str>,
}

/// A resource on which every call of an action is judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Required {
    /// The prefix of its type; several if one parameter can name a resource of any of them.
    pub any_of: Vec<String>,
    /// Whether this is our interpretation, because AWS does not say so.
    pub assumed: bool,
}

/// A resource type of the service.
#[derive(Clone, Debug)]
pub struct KnownType {
    /// The part before the name in an ARN, `db`.
    pub prefix: String,
    /// Whether its ARN has no region.
    pub global: bool,
    /// Whether its names are stored in lower case.
    pub lower_case: bool,
    /// The form of its names.
    pub names: NameForm,
}

/// Whether an action has a condition key, and where the value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carried {
    /// Some request of the action has it.
    ByRequest,
    /// The action has it, and only AWS knows its value.
    ByStoredResource,
    /// The action does not have it.
    No,
    /// Not known here.
    Untold,
}

/// A condition key of the service.
#[derive(Clone, Debug)]
pub struct KnownKey {
    /// Its name; `${TagKey}` is a placeholder for any tag key.
    pub name: String,
    /// The type of its values.
    pub kind: ValueKind,
}

impl Vocabulary {
    /// Whether an action has a condition key, given in lower case.
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

    /// Whether the requests of some action contain the key, given in lower case.
    pub(super) fn is_answered_by_requests(&self, key: &str) -> bool {
        self.actions.iter().any(|action| action.keys.iter().any(|known| is_of(key, known)))
    }

    /// The action with this name, in any letter case.
    pub(super) fn action(&self, name: &str) -> Option<&KnownAction> {
        self.actions.iter().find(|action| action.name.eq_ignore_ascii_case(name))
    }

    /// The type of a key's values, for a key in any letter case; `None` if the key is not known.
    pub(super) fn key_kind(&self, key: &str) -> Option<ValueKind> {
        let own = self.keys.iter().map(|key| (key.name.as_str(), key.kind));
        let global = GLOBAL.iter().map(|known| (known.name, known.kind));
        own.chain(global).find(|(name, _)| is_of(key, name)).map(|(_, kind)| kind)
    }

    /// The names of all keys, including the global ones.
    pub(super) fn key_names(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.name.as_str()).chain(GLOBAL.iter().map(|known| known.name))
    }

    pub(super) fn resource_type(&self, prefix: &str) -> Option<&KnownType> {
        self.resource_types.iter().find(|known| known.prefix == prefix)
    }
}

/// Whether a name, as used in `guard:Param/`, is that of a parameter.
pub(super) fn is_parameter(known: &str, name: &str) -> bool {
    list_name(known).eq_ignore_ascii_case(name)
}
