//! Actions that the service does not have yet: one for each combination of the policies' wildcards that can match
//! such a name.

use super::Asked;
use super::automaton::{Ends, Machine};
use super::texts::{Reading, steps};
use crate::policy::pattern::{Variables, Wildcards};
use crate::policy::{Policy, RequestContext};

/// Names of actions that are not in `universe`.
pub(super) fn unknown(policies: &[&Policy], universe: &[Asked]) -> Vec<Asked> {
    let entries = policies.iter().flat_map(|policy| policy.statements()).flat_map(|own| own.actions().entries());
    let context = RequestContext::new();
    let patterns = entries.filter_map(|entry| {
        let lower = entry.as_str().to_ascii_lowercase();
        steps(&lower, Variables::Literal, Wildcards::Live, Reading::Whole, &context)
    });
    let machine = Machine::new(patterns);
    let names = machine.texts("rds:", Ends::Word);
    names
        .into_iter()
        .filter(|name| !universe.iter().any(|asked| asked.name.eq_ignore_ascii_case(name)))
        .map(|name| Asked { name, types: Vec::new(), star: false, known: false })
        .collect()
}
