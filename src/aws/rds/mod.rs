//! The RDS API's authorization table: the resources of each action, and the condition values in its requests.
//!
//! The tables are Rust statics: no cost at startup, no allocation for a lookup. They are generated from
//! `tests/data/rds/rds-authorization.json` and `rds-wire-params.json` by `tests/generate.rs` next to this file:
//! `RDS_GUARD_WRITE_TABLE=1 cargo test --no-default-features --lib aws::rds` writes them, and without the variable
//! the same test checks that they are up to date. The JSON files are derived from botocore's models and the Service
//! Authorization Reference by `tests/data/rds/derive.py`, which says how. A newer table can be read from a file at
//! startup.

use std::sync::LazyLock;

use super::condition_keys::KeyNames;

mod arn_name;
mod condition_key;
mod fold;
mod load;
mod name_part;
mod operation;
mod parameter_name;
mod reading;
mod resource_type;
mod vocabulary;

pub use arn_name::{Characters, NameForm};
pub use condition_key::{AbsentValue, ConditionKey, KeyRule, KeySource, TagParameter, ValueType};
pub use fold::{Fold, FoldRule, fold, rule as fold_rule};
pub use load::{Table, TableError};
pub use name_part::NamePart;
pub use operation::{AccessLevel, Dependent, Model, Operation, Parameter, ParameterType, Sensitivity};
pub use parameter_name::{NamedParameter, list_name, named_parameter, parameter_names, parameter_of};
pub use reading::{canonical, readings};
pub use resource_type::{
    Absent, BareName, Compose, Folding, Form, Implied, ImpliedForm, NamedBy, Obligation, ResourceRule, ResourceType,
    Role, RuleType,
};
pub use vocabulary::{Named, is_of_tags, named};

/// The version of the API that the table describes.
pub const API_VERSION: &str = "2014-10-31";

/// All operations of the Query API, by name.
pub static OPERATIONS: LazyLock<&'static [Operation]> = LazyLock::new(|| load::in_force().operations);

/// `GET /v13/downloadCompleteLogFile/…`, the one call that is not in the Query protocol, represented as if the parts
/// of its path were parameters.
pub static LOG_FILE_DOWNLOAD: Operation = include!("data/log_file_download.in");

/// Actions in the Service Authorization Reference that are not the name of an operation of the Query API.
pub static REFERENCE_ONLY: LazyLock<&'static [&'static str]> = LazyLock::new(|| load::in_force().reference_only);

/// All condition keys of the service and the global ones that its reference lists, by name. `${TagKey}` is a
/// placeholder for any tag key.
pub static CONDITION_KEYS: LazyLock<&'static [ConditionKey]> = LazyLock::new(|| load::in_force().condition_keys);

/// The service's condition key with this name, in any letter case, or the family to which it belongs.
#[must_use]
pub fn condition_key(key: &str) -> Option<&'static ConditionKey> {
    static NAMES: LazyLock<KeyNames> = LazyLock::new(|| KeyNames::new(CONDITION_KEYS.iter().map(|listed| listed.name)));
    CONDITION_KEYS.get(NAMES.find(key)?)
}

/// How the service folds the letter case of parameters, by their names on the wire; other parameters are kept as
/// sent.
pub static FOLDS: LazyLock<&'static [FoldRule]> = LazyLock::new(|| load::in_force().folds);

/// All resource types, by name.
pub static RESOURCE_TYPES: LazyLock<&'static [&'static ResourceType]> =
    LazyLock::new(|| load::in_force().resource_types);

/// The table that was compiled into the program.
static BUILT_IN: Table = Table {
    operations: include!("data/operations.in"),
    reference_only: include!("data/reference_only.in"),
    condition_keys: include!("data/condition_keys.in"),
    folds: include!("data/folds.in"),
    resource_types: &include!("data/resource_type_list.in"),
    botocore: include!("data/botocore.in"),
};

/// The botocore release from which the active table was derived.
#[must_use]
pub fn botocore_release() -> &'static str {
    load::in_force().botocore
}

/// One static for each resource type.
pub mod types {
    #![allow(missing_docs, reason = "one static for each resource type of the reference, named as there")]
    use super::{Folding, ResourceType};
    include!("data/resource_types.in");
}

/// The operation with exactly this name.
#[must_use]
pub fn operation(name: &str) -> Option<&'static Operation> {
    let at = OPERATIONS.binary_search_by(|operation| operation.name.cmp(name)).ok()?;
    OPERATIONS.get(at)
}

/// The action whose name differs from the given one only in letter case.
#[must_use]
pub fn case_variant(name: &str) -> Option<&'static str> {
    let known = OPERATIONS.iter().map(|operation| operation.name).chain(REFERENCE_ONLY.iter().copied());
    known.into_iter().find(|known| *known != name && known.eq_ignore_ascii_case(name))
}

/// The resource type with this token in its ARNs (`db-proxy`).
#[must_use]
pub fn resource_type_of_prefix(prefix: &str) -> Option<&'static ResourceType> {
    RESOURCE_TYPES.iter().find(|found| found.prefix == prefix).copied()
}

#[cfg(test)]
mod tests;
