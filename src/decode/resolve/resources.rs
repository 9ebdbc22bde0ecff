//! The resources of a call: ARNs from identifiers, from ARNs, and from what is absent.

use std::{collections::HashSet, sync::Arc};

use crate::{
    aws::{
        Arn, RequestResource, ResourceKind,
        rds::resource_type_of_prefix,
        rds::{
            Absent, Compose, Form as Spelling, NamedBy, Obligation, Operation, ResourceRule, ResourceType, Role,
            RuleType, types,
        },
    },
    decode::{
        check::{is_of_unknown, occurrences},
        form::Form,
    },
};

use super::{Scope, lower};

/// What a resource is to the action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResourceDetail {
    /// The name of its type in the Service Authorization Reference; `*` where there is none.
    pub resource_type: &'static str,
    /// Its role.
    pub role: Role,
    /// How it counts in the decision.
    pub obligation: Obligation,
}

impl ResourceDetail {
    pub(super) const UNKNOWN: Self = Self { resource_type: "*", role: Role::None, obligation: Obligation::Required };
}

/// A resource with what is known of it.
pub(super) type Judged = (RequestResource, ResourceDetail);

/// The resources of a call in the table's order.
pub(super) fn resources(
    operation: &'static Operation,
    form: &Form,
    scope: &Scope<'_>,
) -> Vec<(RequestResource, ResourceDetail)> {
    let mut found = Found::new(operation, scope);
    for rule in operation.resources {
        match &rule.resource_type {
            RuleType::Star if rule.absent == Absent::Unknown => found.push_unknown(),
            RuleType::Star => found.star(),
            RuleType::StarIfNone if found.list.is_empty() => found.star(),
            RuleType::StarIfNone => {}
            RuleType::One(one) => typed(rule, Some(one), form, &mut found),
            RuleType::AnyOf(_) => typed(rule, None, form, &mut found),
        }
    }
    // An action all of whose resources were omitted is judged like one without resources.
    if found.list.is_empty() {
        found.star();
    }
    found.list
}

/// A resource that AWS generates the id of, or whose name the request does not tell: any of the type.
pub(super) fn any_of(resource_type: &'static ResourceType, scope: &Scope<'_>) -> RequestResource {
    RequestResource { arn: arn(resource_type, "*", scope).into(), kind: ResourceKind::UnknownId }
}

/// One resource with a name that the request gives.
pub(super) fn one(resource_type: &'static ResourceType, name: &str, scope: &Scope<'_>) -> RequestResource {
    if name.starts_with("arn:") {
        return RequestResource { arn: normalised(name).0, kind: ResourceKind::Exact };
    }
    let name = if resource_type.folds() { lower(name) } else { name.into() };
    RequestResource { arn: arn(resource_type, &name, scope).into(), kind: ResourceKind::Exact }
}

pub(super) struct Found<'s> {
    pub(super) scope: &'s Scope<'s>,
    /// The target is made by the call: an id that is known by its name is another's.
    creates: bool,
    pub(super) list: Vec<Judged>,
    /// The ARNs of a list so long that looking through it again and again would cost the proxy its time.
    seen: HashSet<Arc<str>>,
}

/// From how many resources on they are looked up instead of compared one by one.
const MANY: usize = 32;

impl<'s> Found<'s> {
    pub(super) fn new(operation: &Operation, scope: &'s Scope<'s>) -> Self {
        Self { scope, creates: operation.name.starts_with("Create"), list: Vec::new(), seen: HashSet::new() }
    }

    pub(super) fn push(&mut self, resource: RequestResource, resource_type: &'static ResourceType, role: Role) {
        let obligation = Obligation::Required;
        self.add(resource, ResourceDetail { resource_type: resource_type.name, role, obligation });
    }

    pub(super) fn add(&mut self, resource: RequestResource, detail: ResourceDetail) {
        if self.is_new(&resource.arn) {
            self.list.push((resource, detail));
        }
    }

    /// An ARN of the service, of whatever type.
    pub(super) fn push_arn(&mut self, value: &str) {
        let (arn, its) = normalised(value);
        let resource_type = its.map_or("*", |its| its.name);
        let detail = ResourceDetail { resource_type, role: Role::Reference, obligation: Obligation::Required };
        self.add(RequestResource { arn, kind: ResourceKind::Exact }, detail);
    }

    /// A resource of which nothing is known.
    pub(super) fn push_unknown(&mut self) {
        let (resource, detail) = super::unlisted::unknown();
        self.add(resource, detail);
    }

    fn is_new(&mut self, arn: &Arc<str>) -> bool {
        if self.list.len() < MANY {
            return self.list.iter().all(|(known, _)| known.arn != *arn);
        }
        if self.seen.is_empty() {
            self.seen.extend(self.list.iter().map(|(known, _)| Arc::clone(&known.arn)));
        }
        self.seen.insert(Arc::clone(arn))
    }

    fn star(&mut self) {
        if self.is_new(&"*".into()) {
            self.list.push((RequestResource { arn: "*".into(), kind: ResourceKind::Star }, ResourceDetail::UNKNOWN));
        }
    }
}

/// Applies a rule; `own` is its type, `None` where ARNs of several types are taken.
fn typed(rule: &'static ResourceRule, own: Option<&'static ResourceType>, form: &Form, found: &mut Found<'_>) {
    let mut hit = false;
    for named in rule.named_by {
        for (_, value) in occurrences(form, named.parameter) {
            // It is added to the implied resources, as a resource of which nothing is known.
            if is_of_unknown(value) {
                hit = true;
                continue;
            }
            hit |= if value.starts_with("arn:") {
                by_arn(named, own, value, found)
            } else {
                own.is_some_and(|own| by_name(named, own, value, found))
            };
        }
    }
    let Some(own) = own else { return };
    match rule.compose {
        Some(compose) => composed(compose, own, form, found),
        None if hit => {}
        None => absent(rule, own, form, found),
    }
}

fn by_arn(named: &NamedBy, own: Option<&'static ResourceType>, value: &str, found: &mut Found<'_>) -> bool {
    let (arn, its) = normalised(value);
    if let (Some(shared), Some(own)) = (&named.by_arn, own) {
        // Another of the types that share the parameter takes it; if none does, the first one does.
        let taken = its.is_some_and(|its| shared.types.contains(&its));
        let ours = if taken { its == Some(own) } else { shared.types.first() == Some(&own) };
        if !ours {
            return false;
        }
    }
    let Some(its) = its.or(own) else { return false };
    found.push(RequestResource { arn, kind: ResourceKind::Exact }, its, named.role);
    true
}

fn by_name(named: &NamedBy, own: &'static ResourceType, value: &str, found: &mut Found<'_>) -> bool {
    if named.form == Spelling::Opaque {
        let made = found.creates && named.role == Role::Target;
        let id = if made { None } else { found.scope.resource_ids.get(own, value) };
        let resource = match id {
            Some(id) => RequestResource { arn: arn(own, id, found.scope).into(), kind: ResourceKind::Exact },
            None => any_of(own, found.scope),
        };
        found.push(resource, own, named.role);
        return true;
    }
    if named.by_arn.as_ref().is_some_and(|shared| shared.bare != own) {
        return false;
    }
    found.push(one(own, value, found.scope), own, named.role);
    true
}

fn composed(compose: Compose, own: &'static ResourceType, form: &Form, found: &mut Found<'_>) {
    let part = |name: &str| form.value(name);
    let (tail, kind) = match compose {
        Compose::EngineVersion => {
            let name = format!("{}/{}", part("Engine").unwrap_or("*"), part("EngineVersion").unwrap_or("*"));
            match found.scope.resource_ids.get(own, &name) {
                Some(id) => (format!("{name}/{id}"), ResourceKind::Exact),
                None => (format!("{name}/*"), ResourceKind::UnknownId),
            }
        }
        Compose::SnapshotTenant => match part("DBSnapshotIdentifier") {
            Some(snapshot) if types::SNAPSHOT.folds() => (format!("{}:*", lower(snapshot)), ResourceKind::UnknownId),
            Some(snapshot) => (format!("{snapshot}:*"), ResourceKind::UnknownId),
            None => ("*".to_owned(), ResourceKind::All),
        },
    };
    let resource = RequestResource { arn: arn(own, &tail, found.scope).into(), kind };
    found.push(resource, own, Role::Target);
}

fn absent(rule: &'static ResourceRule, own: &'static ResourceType, form: &Form, found: &mut Found<'_>) {
    let scope = found.scope;
    match rule.absent {
        Absent::All => {
            let resource = RequestResource { arn: arn(own, "*", scope).into(), kind: ResourceKind::All };
            found.push(resource, own, Role::Target);
        }
        Absent::UnknownId => found.push(any_of(own, scope), own, Role::Target),
        Absent::Default { unless: Some(parameter), .. } if form.value(parameter).is_some() => {}
        Absent::Default { name, deny_only_with, .. } => {
            let kind = if name.contains('*') { ResourceKind::Default } else { ResourceKind::Exact };
            let name = name.replace("{Engine}", &lower(form.get("Engine").unwrap_or_default()));
            let is_deny_only = deny_only_with.is_some_and(|parameter| form.value(parameter).is_some());
            let obligation = if is_deny_only { Obligation::DenyOnly } else { Obligation::Required };
            let detail = ResourceDetail { resource_type: own.name, role: Role::Reference, obligation };
            found.add(RequestResource { arn: arn(own, &name, scope).into(), kind }, detail);
        }
        Absent::Omit | Absent::Star | Absent::Unknown | Absent::Composed => {}
        // The check of values refuses a call without its required parameter, unless another type takes what it names.
        Absent::Error => {}
    }
}

/// An ARN of the caller's account in the region.
fn arn(resource_type: &ResourceType, name: &str, scope: &Scope<'_>) -> String {
    let partition = scope.region.partition().as_str();
    let region = if resource_type.global { "" } else { scope.region.as_str() };
    let prefix = resource_type.prefix;
    match scope.account {
        Some(account) => format!("arn:{partition}:rds:{region}:{account}:{prefix}:{name}"),
        None => format!("arn:{partition}:rds:{region}:unknown:{prefix}:{name}"),
    }
}

/// An ARN as it was sent, its name in lower case where the service folds it, and its type.
fn normalised(value: &str) -> (Arc<str>, Option<&'static ResourceType>) {
    let parsed = value.parse::<Arn>().ok().filter(|arn| arn.service() == "rds");
    let Some((prefix, name)) = parsed.as_ref().and_then(|arn| arn.resource().split_once(':')) else {
        return (value.into(), None);
    };
    let found = resource_type_of_prefix(prefix);
    let folds = found.is_some_and(ResourceType::folds) && name.bytes().any(|byte| byte.is_ascii_uppercase());
    let head = value.len() - name.len();
    match value.split_at_checked(head) {
        Some((head, name)) if folds => (format!("{head}{}", name.to_ascii_lowercase()).into(), found),
        Some(_) | None => (value.into(), found),
    }
}
