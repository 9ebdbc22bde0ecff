//! The actions of the RDS API, performed on resources in memory.

mod act;
mod describe;
mod draft;
mod family;
mod filter;
mod model;
mod place;
mod record;
mod rules;
mod store;
mod tags;

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    SandboxSettings, Seed,
    answer::{Answer, Outcome, Refusal},
    parameters::Parameters,
    xml::Element,
};
use crate::aws::{AccountId, Partition};
use model::{Family, Model, Operation, Shape};
use record::Record;
use store::{Shelf, Store};

/// The caller's account and region, both taken from the signature.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asker<'a> {
    pub(super) account: AccountId,
    pub(super) region: &'a str,
}

/// The service, after the signature check.
#[derive(Debug)]
pub(super) struct Api {
    model: Model,
    store: Store,
}

/// The table of operations, and the existing resources.
struct World<'w> {
    model: &'w Model,
    store: &'w mut Store,
}

/// The children of the result element; `None` for actions whose response has no result.
type Answered = Outcome<Option<Vec<Element>>>;

/// One call with everything that its response depends on.
struct Ask<'a> {
    action: &'a str,
    operation: &'a Operation,
    parameters: &'a Parameters,
    asker: Asker<'a>,
}

/// Why the service cannot be created.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The built-in table is invalid.
    #[error("the table of operations cannot be read")]
    Model(#[from] serde_json::Error),
    /// A seed's account id is invalid.
    #[error(transparent)]
    Account(#[from] crate::aws::AccountIdError),
}

impl Api {
    /// A service in which only the seeds exist.
    pub(super) fn new(settings: &SandboxSettings) -> Result<Self, Error> {
        let mut api = Self { model: Model::built_in()?, store: Store::default() };
        settings.seeds.iter().try_for_each(|seed| api.sow(seed))?;
        Ok(api)
    }

    /// Performs the action that the parameters describe.
    pub(super) fn perform(&mut self, parameters: &Parameters, asker: Asker<'_>) -> Outcome<Answer> {
        let action = parameters.value("Action").ok_or_else(|| {
            Refusal::bad_request("MissingAction", "The request is missing an action or a required parameter.")
        })?;
        let version = parameters.value("Version").unwrap_or_default();
        let operation = self.model.operations.get(action).filter(|_| version == "2014-10-31").ok_or_else(|| {
            Refusal::bad_request("InvalidAction", format!("Could not find operation {action} for version {version}"))
        })?;
        rules::well_formed(operation, parameters)?;
        let ask = Ask { action, operation, parameters, asker };
        let mut world = World { model: &self.model, store: &mut self.store };
        let result = act::of(&ask)(&mut world, &ask)?;
        Ok(Answer::Result(result.map(|children| Element::parent(format!("{action}Result"), children))))
    }

    /// The content of a log file, `INSTANCE/NAME`. It never changes, and has enough lines to be long.
    pub(super) fn log_file(&mut self, path: &str, asker: Asker<'_>) -> Outcome<Answer> {
        let (instance, name) = path.split_once('/').unwrap_or((path, ""));
        let shelf = asker.shelf("DBInstance");
        if !self.store.has(&shelf, instance) {
            return Err(self.model.family("DBInstance")?.missing.of("DBInstance", instance));
        }
        Ok(Answer::File(family::log_file::whole(instance, name).into()))
    }

    fn sow(&mut self, seed: &Seed) -> Result<(), Error> {
        let asker = Asker { account: seed.account.parse()?, region: &seed.region };
        let Some(family) = self.model.families.get("DBInstance") else { return Ok(()) };
        for number in 1..=seed.count {
            let id = format!("{}-{number:04}", seed.prefix);
            let mut record = asker.new_record(family, &id, self.store.serial());
            record.values.insert("Engine".into(), "postgres".into());
            record.values.insert("DBInstanceClass".into(), "db.t4g.micro".into());
            let value = |index: usize| (format!("seed-{index:02}"), "x".repeat(TAG_VALUE));
            record.tags = (0..seed.tag_bytes / TAG_VALUE).map(value).collect();
            self.store.put(&asker.shelf("DBInstance"), record);
        }
        Ok(())
    }
}

/// Maximum length of a tag's value.
const TAG_VALUE: usize = 256;

impl Asker<'_> {
    /// The shelf of the caller's resources of a kind. Global clusters belong to no region.
    fn shelf(&self, family: &str) -> Shelf {
        let region = if family == "GlobalCluster" { "" } else { self.region };
        Shelf { account: self.account, region: region.to_owned(), family: family.to_owned() }
    }

    /// A new resource with the default values of its kind.
    fn new_record(&self, family: &Family, id: &str, serial: u64) -> Record {
        // RFC 3339 can represent the current date.
        let now = OffsetDateTime::now_utc().replace_nanosecond(0).ok().and_then(|now| now.format(&Rfc3339).ok());
        let filled = |template: &String| {
            template
                .replace("{id}", id)
                .replace("{region}", self.region)
                .replace("{account}", &self.account.to_string())
                .replace("{now}", now.as_deref().unwrap_or_default())
                .replace("{serial}", &format!("{serial:08}"))
        };
        let mut record = Record { id: id.to_owned(), ..Record::default() };
        record.values = family.defaults.iter().map(|(path, template)| (path.clone(), filled(template))).collect();
        if let Some((path, ready)) = &family.status {
            record.values.insert(path.clone(), ready.clone());
        }
        self.name(&mut record, family, id);
        if let Some(template) = &family.arn_end {
            self.name_arn(&mut record, family, &filled(template));
        }
        record
    }

    /// Sets a resource's name, and the ARN that follows from it.
    fn name(&self, record: &mut Record, family: &Family, id: &str) {
        id.clone_into(&mut record.id);
        record.set(&family.id, id);
        // An ARN generated by RDS stays the same when the name changes.
        if let (Some(prefix), None) = (&family.prefix, &family.arn_end) {
            self.name_arn(record, family, &format!("{prefix}:{id}"));
        }
    }

    /// Sets a resource's ARN, with this ending.
    fn name_arn(&self, record: &mut Record, family: &Family, end: &str) {
        let partition = Partition::of_region(self.region).unwrap_or(Partition::Aws);
        let region = if end.starts_with("global-cluster:") { "" } else { self.region };
        record.arn = format!("arn:{partition}:rds:{region}:{}:{end}", self.account);
        if let Some(path) = &family.arn {
            record.set(path, record.arn.clone());
        }
    }
}

impl<'a> Ask<'a> {
    /// The value of a parameter.
    fn value(&self, name: &str) -> Option<&'a str> {
        self.parameters.value(name)
    }

    /// The value of a boolean parameter; false if it is missing.
    fn flag(&self, name: &str) -> Outcome<bool> {
        self.parameters.flag(name)
    }

    /// The error that this operation always returns.
    fn refusal(&self) -> Option<Refusal> {
        let fault = self.operation.refuses.as_ref()?;
        Some(fault.says("The sandbox has nothing of that kind."))
    }

    /// A result without a resource, except possibly its name: the children of the result element.
    fn plain_result(&self, named: Option<(&str, &str)>) -> Option<Vec<Element>> {
        match &self.operation.result {
            Shape::None => None,
            Shape::Page | Shape::Flat | Shape::Item(_) => Some(Vec::new()),
            Shape::List(name) => Some(vec![Element::parent(name, Vec::new())]),
            Shape::About(name) => {
                let named = named.map(|(element, id)| Element::text(element, id));
                Some(vec![Element::parent(name, named.into_iter().collect())])
            }
            Shape::Echo(names) => {
                let found = names.iter().filter_map(|name| Some((name, self.parameters.value(name)?)));
                Some(found.map(|(name, value)| Element::text(name, value)).collect())
            }
        }
    }

    /// The result with the resource, or with the part of it that the operation shows.
    fn result(&self, record: &Record, family: &Family) -> Option<Vec<Element>> {
        match &self.operation.result {
            Shape::Item(name) => Some(vec![record.element(name, family)]),
            Shape::Flat => Some(record.element("", family).into_children()),
            Shape::None | Shape::Page | Shape::List(_) | Shape::About(_) | Shape::Echo(_) => {
                self.plain_result(Some((&family.id, &record.id)))
            }
        }
    }
}

impl Model {
    /// A kind of resource in the table. A missing name is an error in the table, reported as RDS reports internal
    /// errors.
    fn family(&self, name: &str) -> Outcome<&Family> {
        self.families.get(name).ok_or_else(|| Refusal {
            code: "InternalFailure".into(),
            status: 500,
            message: "The request processing has failed because of an unknown error.".into(),
        })
    }

    /// The kind of resource that an operation works on.
    fn subject<'m, 'o>(&'m self, operation: &'o Operation) -> Outcome<(&'o str, &'m Family)> {
        let name = operation.family.as_deref().unwrap_or_default();
        Ok((name, self.family(name)?))
    }
}
