//! The condition keys that rds-guard defines, `guard:…`: checks them when a policy is parsed.
//!
//! No one else defines keys with this prefix, so an unknown one can never have a value: the statement would not do
//! what it says.

use crate::aws::rds::{list_name, named_parameter, parameter_names};

use super::{Error, Key, suggest};

/// The prefix for a parameter of the request, named without labels and indexes of lists.
pub(crate) const PARAMETER: &str = "guard:param/";

/// The prefix for a parameter that is not in the authorization table, so that its name cannot be checked.
pub(crate) const UNLISTED: &str = "guard:unlistedparam/";

/// Returns an error for a key that has our prefix but does not exist.
pub(crate) fn check(key: &Key) -> Result<(), Error> {
    let found = key.as_str().to_owned();
    let Some(rest) = key.lower().strip_prefix("guard:") else { return Ok(()) };
    if key.lower().strip_prefix(UNLISTED).is_some_and(|name| !name.is_empty()) {
        return Ok(());
    }
    let Some(name) = key.lower().strip_prefix(PARAMETER).and_then(|name| found.get(found.len() - name.len()..)) else {
        let name = rest.split_once('/').map_or(rest, |(_, name)| name);
        let suggestion = nearest(name).map(|name| format!("guard:Param/{name}"));
        return Err(Error::GuardKey { found, suggestion });
    };
    match named_parameter(name) {
        Some(named) if named.is_secret => Err(Error::GuardSecret { found }),
        Some(_) => Ok(()),
        None => {
            let list = list_name(name);
            if list != name
                && let Some(named) = named_parameter(&list)
            {
                return Err(Error::GuardIndex { found, list: format!("guard:Param/{}", named.name) });
            }
            let suggestion = nearest(name).map(|name| format!("guard:Param/{name}"));
            Err(Error::GuardParameter { found, suggestion })
        }
    }
}

/// The parameter that was probably meant.
fn nearest(name: &str) -> Option<&'static str> {
    // `resourcearn` is the name in messages for a resource that is not known; it does not mean a parameter.
    suggest::nearest(name, parameter_names())
}

/// Whether one of our keys has a list of values.
pub(super) fn is_list(key: &str) -> bool {
    key.strip_prefix(PARAMETER).and_then(named_parameter).is_some_and(|named| named.is_list)
}
