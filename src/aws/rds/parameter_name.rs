//! Names of parameters as conditions write them: a list by its own name, without labels and indexes.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

use super::{LOG_FILE_DOWNLOAD, OPERATIONS, Operation, Parameter, Sensitivity};

/// What the table says of the parameters of one name, over all operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedParameter {
    /// The name, `DBInstanceIdentifier`, `ValuesToAdd`, `Tags.Key`.
    pub name: &'static str,
    /// Whether it is a list, so that a request has several values for it.
    pub is_list: bool,
    /// Whether it is a secret in some operation.
    pub is_secret: bool,
}

/// The name of a parameter without the labels and indexes of lists: `ValuesToAdd` for `ValuesToAdd.AttributeValue.1`, for
/// `ValuesToAdd.member.1` and for the table's `ValuesToAdd.AttributeValue.#`.
#[must_use]
pub fn list_name(name: &str) -> Cow<'_, str> {
    if !name.contains('.') {
        return Cow::Borrowed(name);
    }
    let mut kept: Vec<&str> = Vec::new();
    for label in name.split('.') {
        let is_index = label == "#" || (!label.is_empty() && label.bytes().all(|byte| byte.is_ascii_digit()));
        if !is_index {
            kept.push(label);
        } else if kept.len() > 1 {
            kept.pop();
        }
    }
    Cow::Owned(kept.join("."))
}

/// The parameter of this name without labels and indexes, in any letter case.
#[must_use]
pub fn named_parameter(name: &str) -> Option<NamedParameter> {
    NAMED.get(name.to_ascii_lowercase().as_str()).copied()
}

/// The names of all parameters without labels and indexes.
pub fn parameter_names() -> impl Iterator<Item = &'static str> {
    NAMED.values().map(|named| named.name)
}

/// The parameter of an operation by its name without labels and indexes, in any letter case.
#[must_use]
pub fn parameter_of(operation: &Operation, list_name: &str) -> Option<&'static Parameter> {
    let parameters = BY_OPERATION.get(operation.name)?;
    if list_name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        parameters.get(list_name.to_ascii_lowercase().as_str()).copied()
    } else {
        parameters.get(list_name).copied()
    }
}

type ByName = HashMap<String, &'static Parameter>;

/// The parameters of each operation by their names without labels and indexes, in lower case.
static BY_OPERATION: LazyLock<HashMap<&'static str, ByName>> = LazyLock::new(|| {
    let by_name = |operation: &'static Operation| -> ByName {
        let named = operation.parameters.iter().map(|own| (list_name(own.name).to_ascii_lowercase(), own));
        named.collect()
    };
    let all = OPERATIONS.iter().chain([&LOG_FILE_DOWNLOAD]);
    all.map(|operation| (operation.name, by_name(operation))).collect()
});

static NAMED: LazyLock<BTreeMap<&'static str, NamedParameter>> = LazyLock::new(|| {
    let mut all: BTreeMap<&'static str, NamedParameter> = BTreeMap::new();
    for parameter in OPERATIONS.iter().chain([&LOG_FILE_DOWNLOAD]).flat_map(|operation| operation.parameters) {
        let is_list = parameter.name.contains('#');
        // These live as long as the program, as the table does.
        let name: &'static str = if is_list { list_name(parameter.name).into_owned().leak() } else { parameter.name };
        let lower: &'static str = name.to_ascii_lowercase().leak();
        let named = all.entry(lower).or_insert(NamedParameter { name, is_list, is_secret: false });
        named.is_list |= is_list;
        named.is_secret |= parameter.sensitivity == Sensitivity::Secret;
    }
    all
});

#[cfg(test)]
mod tests {
    use super::{list_name, named_parameter, parameter_names, parameter_of};
    use crate::aws::rds::OPERATIONS;

    #[test]
    fn a_list_is_called_by_its_own_name_whatever_its_label_and_index() {
        for (name, expected) in [
            ("DBInstanceIdentifier", "DBInstanceIdentifier"),
            ("ValuesToAdd.AttributeValue.1", "ValuesToAdd"),
            ("ValuesToAdd.member.12", "ValuesToAdd"),
            ("ValuesToAdd.AttributeValue.#", "ValuesToAdd"),
            ("Tags.Tag.1.Key", "Tags.Key"),
            ("TagSpecifications.item.1.Tags.Tag.2.Value", "TagSpecifications.Tags.Value"),
            ("Filters.Filter.1.Values.Value.3", "Filters.Values"),
            ("ScalingConfiguration.AutoPause", "ScalingConfiguration.AutoPause"),
        ] {
            assert_eq!(list_name(name), expected);
        }
    }

    #[test]
    fn every_parameter_of_every_operation_is_found_by_its_name() {
        for operation in OPERATIONS.iter() {
            for parameter in operation.parameters {
                let name = list_name(parameter.name);
                let named = named_parameter(&name.to_ascii_uppercase()).unwrap_or_else(|| panic!("{name}"));
                assert!(!parameter.name.contains('#') || named.is_list, "{name}");
                let found = parameter_of(operation, &name).unwrap_or_else(|| panic!("{} {name}", operation.name));
                assert_eq!(found.name, parameter.name, "{}", operation.name);
            }
        }
        assert!(parameter_names().any(|name| name == "ValuesToAdd"));
    }
}
