//! The condition keys of this program's own, `guard:…`: which there are, checked when a policy is read.
//!
//! No one else defines keys with this prefix, so one that is not known here can never have a value: the statement would
//! not do what it says.

use crate::aws::rds::{list_name, named_parameter, parameter_names};

use super::{Error, Key, suggest};

/// A parameter of the request, by its name without labels and indexes of lists.
pub(crate) const PARAMETER: &str = "guard:param/";

/// A parameter that the authorization table lacks, so that its name cannot be checked.
pub(crate) const UNLISTED: &str = "guard:unlistedparam/";

/// What is wrong with a key, if it has our prefix and is none of ours.
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
    // `resourcearn` is the name in messages for a resource that is not known; no parameter is meant by it.
    suggest::nearest(name, parameter_names())
}

/// Whether a key of ours holds a list.
pub(super) fn is_list(key: &str) -> bool {
    key.strip_prefix(PARAMETER).and_then(named_parameter).is_some_and(|named| named.is_list)
}
