//! Resources to try: for each type of an action, names for each combination of the policies' patterns that can match.

use std::collections::{BTreeMap, BTreeSet};

use super::automaton::{Ends, Machine, Step};
use super::texts::{Reading, steps};
use super::{Asked, Side};
use crate::aws::{AccountId, RequestResource, ResourceKind};
use crate::policy::pattern::{Variables, Wildcards};
use crate::policy::{Context, Version};

/// Regions to try in addition to those that the policies name.
pub(super) const REGIONS: [&str; 6] =
    ["eu-west-1", "us-east-1", "us-west-2", "eu-central-1", "ap-southeast-2", "sa-east-1"];

/// The resources to try for an action, realistic ones first.
pub(super) fn of_action(
    asked: &Asked,
    sides: &[Side<'_>],
    accounts: &BTreeSet<AccountId>,
    context: &dyn Context,
) -> Vec<RequestResource> {
    let mut resources = Vec::new();
    if asked.types.is_empty() {
        let kind = if asked.known { ResourceKind::Star } else { ResourceKind::Unknown };
        return vec![RequestResource { arn: "*".into(), kind }];
    }
    let patterns = patterns(sides, context);
    let fields = fields(sides);
    let machine = Machine::new(patterns);
    let of_account = sides.iter().flat_map(|side| side.statements()).any(|statement| {
        statement.conditions().iter().any(|condition| condition.key().lower() == "aws:resourceaccount")
    });
    let mut seen = BTreeSet::new();
    for kind in &asked.types {
        let regions: Vec<&str> =
            if kind.global { vec![""] } else { fields.regions.iter().map(String::as_str).collect() };
        for partition in &fields.partitions {
            for account in accounts {
                for region in &regions {
                    let head = format!("arn:{partition}:rds:{region}:{account}:{}:", kind.prefix);
                    let behind = machine.behind(&head);
                    // If the patterns do not distinguish two prefixes, one of them is enough.
                    let told = of_account.then_some(account);
                    if !seen.insert((behind, told, kind.lower_case, kind.lists)) {
                        continue;
                    }
                    let ends = if kind.lower_case { Ends::LowerCaseName } else { Ends::Name };
                    let names = machine.texts(&head, ends);
                    resources.extend(
                        names.into_iter().map(|arn| RequestResource { arn: arn.into(), kind: ResourceKind::Exact }),
                    );
                    if kind.lists {
                        resources.push(RequestResource { arn: format!("{head}*").into(), kind: ResourceKind::All });
                    }
                }
            }
        }
    }
    if asked.star {
        resources.push(RequestResource { arn: "*".into(), kind: ResourceKind::Star });
    }
    resources
}

fn patterns(sides: &[Side<'_>], context: &dyn Context) -> Vec<Vec<Step>> {
    let mut all = Vec::new();
    for side in sides {
        let variables = match side.version {
            Version::V2012 => Variables::LiveAfterFifthColon,
            Version::V2008 => Variables::Literal,
        };
        for statement in side.statements() {
            let entries = statement.resources().entries().iter();
            all.extend(
                entries.filter_map(|entry| steps(entry.as_str(), variables, Wildcards::Live, Reading::Whole, context)),
            );
        }
    }
    all
}

/// The literal values in the fields before the name in the policies' patterns.
struct Fields {
    partitions: BTreeSet<String>,
    regions: Vec<String>,
}

fn fields(sides: &[Side<'_>]) -> Fields {
    let mut partitions = BTreeSet::from(["aws".to_owned()]);
    let mut written: BTreeMap<String, ()> = BTreeMap::new();
    for arn in sides.iter().flat_map(|side| side.statements()).flat_map(|s| s.resources().entries()) {
        let mut parts = arn.as_str().split(':');
        let plain =
            |part: Option<&str>| part.filter(|part| !part.is_empty() && !part.contains(['*', '?'])).map(str::to_owned);
        partitions.extend(plain(parts.nth(1)).filter(|found| crate::aws::Partition::from_name(found).is_some()));
        let region = plain(parts.nth(1)).filter(|found| found.parse::<crate::aws::Region>().is_ok());
        written.extend(region.map(|region| (region, ())));
    }
    let further = REGIONS.iter().map(|region| (*region).to_owned()).filter(|region| !written.contains_key(region));
    let further: Vec<String> = further.collect();
    Fields { partitions, regions: written.into_keys().chain(further).collect() }
}
