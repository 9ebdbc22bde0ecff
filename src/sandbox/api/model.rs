//! The table of what each operation does to which kind of resource, as data.
//!
//! Names, shapes, required parameters and error codes are those of the RDS service model; what an operation does is said
//! by a verb, so that an operation is a line of the table and not a function.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::sandbox::answer::Refusal;

/// The whole table.
#[derive(Debug, Deserialize)]
pub(super) struct Model {
    pub(super) families: BTreeMap<String, Family>,
    pub(super) operations: BTreeMap<String, Operation>,
}

/// A kind of resource.
#[derive(Debug, Deserialize)]
pub(super) struct Family {
    /// The element of the answer that holds the identifier.
    pub(super) id: String,
    /// The element that holds the ARN, where there is one.
    pub(super) arn: Option<String>,
    /// The ARN's word for the kind.
    pub(super) prefix: Option<String>,
    /// How the ARN ends where RDS makes it up; `{id}` and `{serial}` are filled in.
    pub(super) arn_end: Option<String>,
    /// The list of a describe call, and the name of one member.
    pub(super) list: String,
    pub(super) item: String,
    /// The element that holds the status, and the status of one that is ready.
    pub(super) status: Option<(String, String)>,
    /// The element that holds the tags.
    pub(super) tags: Option<String>,
    /// The error where there is none of that name, and where there is one already.
    pub(super) missing: Fault,
    pub(super) taken: Fault,
    /// The status that an answer shows while one is made or deleted, where it isn't `creating` or `deleting`.
    pub(super) creating: Option<String>,
    pub(super) deleting: Option<String>,
    /// Elements with a plain value; a parameter of the same name sets one.
    pub(super) fields: Vec<String>,
    /// Values of a new one by path; `{id}`, `{region}`, `{account}`, `{now}` and `{serial}` are filled in.
    #[serde(default)]
    pub(super) defaults: BTreeMap<String, String>,
    /// Parameters whose value stands elsewhere in the answer, by path; `*` stands for an index.
    #[serde(default)]
    pub(super) places: BTreeMap<String, String>,
    /// What stands in each member of a list beside what the request says.
    #[serde(default)]
    pub(super) beside: BTreeMap<String, BTreeMap<String, String>>,
    /// Lists that are shown also when they are empty.
    #[serde(default)]
    pub(super) lists: Vec<String>,
    /// Names of filters, and the elements that they compare with.
    #[serde(default)]
    pub(super) filters: BTreeMap<String, String>,
}

/// An error code, its status, and its words where they aren't the usual ones; `{id}` stands for the name.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Fault(String, u16, #[serde(default)] Option<String>);

/// An operation.
#[derive(Debug, Deserialize)]
pub(super) struct Operation {
    pub(super) verb: Verb,
    /// The kind of resource it is about.
    pub(super) family: Option<String>,
    /// The parameter that names the resource.
    pub(super) id: Option<String>,
    /// The identifier of a new resource, where RDS makes it.
    pub(super) generated: Option<String>,
    /// The kind of resource a new one is made from, and the parameter that names it.
    pub(super) from: Option<(String, String)>,
    /// The parameter that gives a new name.
    pub(super) rename: Option<String>,
    /// The status that the answer shows, and the one that follows.
    pub(super) becomes: Option<(String, String)>,
    /// The status that must be, and the error code when it is another.
    pub(super) needs: Option<(String, String)>,
    /// The error that is always right, since the sandbox has nothing of the kind.
    pub(super) refuses: Option<Fault>,
    pub(super) result: Shape,
    #[serde(default)]
    pub(super) required: Vec<String>,
    #[serde(default)]
    pub(super) integers: Vec<String>,
    #[serde(default)]
    pub(super) booleans: Vec<String>,
}

/// What an operation does.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verb {
    /// Makes a resource.
    Create,
    /// Lists resources, page by page.
    Describe,
    /// Finds a resource by its name and sets what the parameters say.
    Modify,
    /// Takes a resource away.
    Delete,
    /// Adds tags.
    Tag,
    /// Takes tags away.
    Untag,
    /// Lists tags.
    Tags,
    /// Concerns no resource that the sandbox keeps.
    Answer,
}

/// What the result of an operation looks like.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Shape {
    /// No result at all.
    None,
    /// A page of a list.
    Page,
    /// The resource's elements without one around them.
    Flat,
    /// The resource in an element of this name.
    Item(String),
    /// A list, empty as far as the verb doesn't fill it.
    List(String),
    /// An element of this name with nothing but the identifier.
    About(String),
    /// These parameters, as they came.
    Echo(Vec<String>),
}

impl Model {
    /// The table that is built in.
    pub(super) fn built_in() -> Result<Self, serde_json::Error> {
        serde_json::from_str(include_str!("rds.json"))
    }
}

impl Fault {
    /// The refusal for a resource of this kind and name.
    pub(super) fn of(&self, kind: &str, id: &str) -> Refusal {
        match &self.2 {
            Some(words) => self.says(words.replace("{id}", id)),
            None => self.says(format!("{kind} {id} not found.")),
        }
    }

    /// The refusal with this code.
    pub(super) fn says(&self, message: impl Into<String>) -> Refusal {
        Refusal { code: self.0.clone().into(), status: self.1, message: message.into() }
    }
}
