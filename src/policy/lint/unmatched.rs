//! Explains why a resource pattern matches no ARN of the service: the most specific reason, and the probable
//! intention.

use crate::aws::{AccountId, Partition, Region};
use crate::policy::suggest;

use super::Rule;
use super::rules::resource as rules;
use super::vocabulary::{KnownType, Vocabulary};

/// The fields of a pattern. After a wildcard, which matches colons too, the boundaries between fields are not
/// certain.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fields<'a> {
    /// The number of fields, at most six.
    pub(super) count: usize,
    pub(super) partition: &'a str,
    pub(super) service: &'a str,
    pub(super) region: &'a str,
    pub(super) account: &'a str,
    pub(super) resource: &'a str,
    /// The number of fields that have nothing before them that could match a colon.
    certain: usize,
}

impl<'a> Fields<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let mut fields = text.splitn(6, ':');
        let mut found = Self { count: text.splitn(6, ':').count(), ..Self::default() };
        let _arn = fields.next();
        let mut take = || fields.next().unwrap_or_default();
        (found.partition, found.service, found.region, found.account, found.resource) =
            (take(), take(), take(), take(), take());
        let before = text.splitn(6, ':').take_while(|field| is_plain(field)).count();
        found.certain = (before + 1).min(found.count);
        found
    }

    /// Whether the region is empty.
    pub(super) fn region_is_empty(&self) -> bool {
        self.certain >= 5 && self.region.is_empty()
    }
}

fn is_plain(field: &str) -> bool {
    !field.contains(['*', '?'])
}

/// The text before the first wildcard.
fn stem(field: &str) -> &str {
    field.split(['*', '?']).next().unwrap_or_default()
}

/// Why the first five fields cannot be those of an ARN of the service; `global` for types without a region.
pub(super) fn head(fields: &Fields<'_>, service: &str, global: bool) -> Option<HeadFault> {
    let at = |number: usize| fields.certain >= number;
    let partition = Partition::from_name(fields.partition);
    let known = |field: &str| Partition::ALL.iter().any(|known| known.as_str().starts_with(stem(field)));
    let possible = if is_plain(fields.partition) { partition.is_some() } else { known(fields.partition) };
    if at(2) && !possible {
        return Some(HeadFault::Partition);
    }
    let possible =
        if is_plain(fields.service) { fields.service == service } else { service.starts_with(stem(fields.service)) };
    if at(3) && !possible {
        return Some(HeadFault::Service);
    }
    if at(4) && !global && is_plain(fields.region) && !fields.region.is_empty() {
        let Ok(region) = fields.region.parse::<Region>() else { return Some(HeadFault::Region) };
        if is_plain(fields.partition) && partition != Some(region.partition()) {
            return Some(HeadFault::RegionOfOtherPartition);
        }
    }
    if at(4) && !global && !is_plain(fields.region) {
        let owner = Partition::of_region(stem(fields.region)).filter(|owner| *owner != Partition::Aws);
        if is_plain(fields.partition) && owner.is_some() && partition != owner {
            return Some(HeadFault::RegionOfOtherPartition);
        }
    }
    let account = fields.account;
    if at(5) && is_plain(account) && account.parse::<AccountId>().is_err() {
        return Some(HeadFault::Account);
    }
    None
}

/// What is wrong in the first five fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HeadFault {
    Partition,
    Service,
    Region,
    RegionOfOtherPartition,
    Account,
}

/// Whether the account is neither an id nor only a wildcard.
pub(super) fn mixed_account(fields: &Fields<'_>) -> bool {
    let alone = fields.account == "*" || fields.account == "????????????";
    fields.count == 6 && !is_plain(fields.account) && !alone && !fields.account.contains("${")
}

/// Why a pattern matches nothing.
pub(super) struct Reason {
    pub(super) rule: &'static Rule,
    pub(super) message: String,
    /// The corrected text, if there is one.
    pub(super) mended: Option<String>,
}

impl Reason {
    fn new(rule: &'static Rule, message: String) -> Self {
        Self { rule, message, mended: None }
    }
}

/// The most specific reason why a pattern matches no ARN of the service.
pub(super) fn reason(text: &str, vocabulary: &Vocabulary) -> Reason {
    let service = &vocabulary.service;
    if !text.starts_with("arn:") && !text.starts_with(['*', '?']) {
        let message = format!("`{text}` is no ARN and matches nothing: an ARN begins with `arn:`");
        return Reason::new(&rules::RESOURCE_NOT_AN_ARN, message);
    }
    let fields = Fields::of(text);
    if fields.count < 6 && is_plain(text) {
        let message = format!("`{text}` has fewer than 6 fields and matches nothing");
        return Reason::new(&rules::RESOURCE_TOO_SHORT, message);
    }
    let before_sixth = text.get(..text.len() - fields.resource.len()).unwrap_or_default();
    if before_sixth.contains("${") {
        let message = format!("the variable in `{text}` is plain text: variables are read behind the fifth colon only");
        return Reason::new(&rules::VARIABLE_IN_ARN_HEAD, message);
    }
    let global = fields.resource.starts_with("global-cluster:");
    if let Some(fault) = head(&fields, service, global) {
        return of_head(text, &fields, fault, service);
    }
    of_resource(text, &fields, vocabulary)
}

fn of_head(text: &str, fields: &Fields<'_>, fault: HeadFault, service: &str) -> Reason {
    let (partition, region, account) = (fields.partition, fields.region, fields.account);
    match fault {
        HeadFault::Service => Reason::new(
            &rules::RESOURCE_OF_OTHER_SERVICE,
            format!("`{text}` matches nothing here: resources of this endpoint have `{service}` in the third field"),
        ),
        HeadFault::Partition => {
            Reason::new(&rules::PARTITION, format!("`{partition}` is no partition of AWS, so `{text}` matches nothing"))
        }
        HeadFault::RegionOfOtherPartition => Reason::new(
            &rules::PARTITION,
            format!("`{text}` matches nothing: the region `{region}` is not of the partition `{partition}`"),
        ),
        HeadFault::Region => {
            Reason::new(&rules::REGION_MALFORMED, format!("`{region}` is no region, so `{text}` matches nothing"))
        }
        HeadFault::Account => Reason::new(
            &rules::ACCOUNT_MALFORMED,
            format!("`{account}` is no account id of 12 digits, so `{text}` matches nothing"),
        ),
    }
}

fn of_resource(text: &str, fields: &Fields<'_>, vocabulary: &Vocabulary) -> Reason {
    let head = text.get(..text.len() - fields.resource.len()).unwrap_or_default();
    let resource = fields.resource;
    let generic =
        || Reason::new(&rules::NOTHING_MATCHES, format!("`{text}` matches no ARN of `{}`", vocabulary.service));
    let is_account = fields.account.parse::<AccountId>().is_ok() || !is_plain(fields.account);
    if fields.count < 6 || !is_account {
        let digits = !fields.account.is_empty() && fields.account.bytes().all(|byte| byte.is_ascii_digit());
        return if digits { of_head(text, fields, HeadFault::Account, &vocabulary.service) } else { generic() };
    }
    if let Some((prefix, name)) = resource.split_once('/')
        && vocabulary.resource_type(prefix).is_some()
    {
        let message = format!("`{text}` matches nothing: a colon, not a slash, stands between `{prefix}` and the name");
        let mended = Some(format!("{head}{prefix}:{name}"));
        return Reason { mended, ..Reason::new(&rules::SLASH_FOR_COLON, message) };
    }
    let Some((prefix, name)) = resource.split_once(':') else {
        let message = format!("`{text}` matches nothing: the type is missing, as `db` in `…:db:{resource}`");
        return Reason::new(&rules::TYPE_MISSING, message);
    };
    if prefix.contains(['*', '?', '$']) {
        return generic();
    }
    match vocabulary.resource_type(prefix) {
        Some(known) => of_name(text, fields, known, name),
        None => of_type(text, head, prefix, name, vocabulary),
    }
}

fn of_type(text: &str, head: &str, prefix: &str, name: &str, vocabulary: &Vocabulary) -> Reason {
    let near = suggest::nearest(prefix, vocabulary.resource_types.iter().map(|known| known.prefix.as_str()));
    let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    let message = format!("`{prefix}` is no resource type, so `{text}` matches nothing{hint}");
    let mended = near.map(|near| format!("{head}{near}:{name}"));
    Reason { mended, ..Reason::new(&rules::RESOURCE_TYPE_UNKNOWN, message) }
}

fn of_name(text: &str, fields: &Fields<'_>, known: &KnownType, name: &str) -> Reason {
    let prefix = &known.prefix;
    if fields.region_is_empty() != known.global && is_plain(fields.region) {
        let has = if known.global { "has no region" } else { "has a region" };
        let message = format!("`{text}` matches nothing: the ARN of `{prefix}` {has}");
        return Reason::new(&rules::REGION_OF_TYPE, message);
    }
    let head = text.get(..text.len() - name.len()).unwrap_or_default();
    if known.lower_case && name.bytes().any(|byte| byte.is_ascii_uppercase()) && !name.contains("${") {
        let message = format!("`{name}` never matches: names of `{prefix}` are stored in lower case");
        let mended = Some(format!("{head}{}", name.to_ascii_lowercase()));
        return Reason { mended, ..Reason::new(&rules::NAME_LETTER_CASE, message) };
    }
    if known.names.generated {
        let begins = known.names.heads.first().filter(|head| !head.is_empty());
        let begins = begins.map(|head| format!(", which begins with `{head}`")).unwrap_or_default();
        let message = format!("`{name}` is no id of `{prefix}`: its ARNs have an id that RDS makes up{begins}");
        return Reason::new(&rules::NAME_FOR_GENERATED_ID, message);
    }
    let message = format!("`{name}` never matches: it has characters that names of `{prefix}` cannot have");
    Reason::new(&rules::NAME_CHARACTERS, message)
}
