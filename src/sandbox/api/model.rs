//! The table of operations and kinds of resources, as data.
//!
//! Names, shapes, required parameters and error codes are those of the RDS service model. A verb says what an
//! operation does, so that an operation is a line of the table and not a function.

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
    /// The response element with the identifier.
    pub(super) id: String,
    /// The element with the ARN, if there is one.
    pub(super) arn: Option<String>,
    /// The resource type in the ARN.
    pub(super) prefix: Option<String>,
    /// The ending of an ARN that RDS generates; `{id}` and `{serial}` are filled in.
    pub(super) arn_end: Option<String>,
    /// The list element of a describe call; the name of its members follows.
    pub(super) list: String,
    pub(super) item: String,
    /// The element with the status, and its value for a ready resource.
    pub(super) status: Option<(String, String)>,
    /// The element with the tags.
    pub(super) tags: Option<String>,
    /// The error if the name does not exist; the one if it already exists follows.
    pub(super) missing: Fault,
    pub(super) taken: Fault,
    /// The status in the response to a creation, if it is not `creating`; then the one in the response to a
    /// deletion, if it is not `deleting`.
    pub(super) creating: Option<String>,
    pub(super) deleting: Option<String>,
    /// Elements with a plain value. A parameter with the same name sets it.
    pub(super) fields: Vec<String>,
    /// Initial values by path; `{id}`, `{region}`, `{account}`, `{now}` and `{serial}` are filled in.
    #[serde(default)]
    pub(super) defaults: BTreeMap<String, String>,
    /// Parameters whose value is elsewhere in the response, with its path; `*` is a placeholder for an index.
    #[serde(default)]
    pub(super) places: BTreeMap<String, String>,
    /// Values that each member of a list has in addition to those from the request.
    #[serde(default)]
    pub(super) beside: BTreeMap<String, BTreeMap<String, String>>,
    /// Lists that are shown even if they are empty.
    #[serde(default)]
    pub(super) lists: Vec<String>,
    /// Names of filters, and the elements that they are compared with.
    #[serde(default)]
    pub(super) filters: BTreeMap<String, String>,
}

/// An error code, its status, and its message if it is not the usual one; `{id}` is a placeholder for the name.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Fault(String, u16, #[serde(default)] Option<String>);

/// An operation.
#[derive(Debug, Deserialize)]
pub(super) struct Operation {
    pub(super) verb: Verb,
    /// The kind of resource that it works on.
    pub(super) family: Option<String>,
    /// The parameter that names the resource.
    pub(super) id: Option<String>,
    /// The template of the identifier of a new resource, if RDS generates it.
    pub(super) generated: Option<String>,
    /// The kind of resource that a new one is created from, and the parameter that names it.
    pub(super) from: Option<(String, String)>,
    /// The parameter that gives a new name.
    pub(super) rename: Option<String>,
    /// The status in the response, and the status that follows.
    pub(super) becomes: Option<(String, String)>,
    /// The required status, and the error code for any other.
    pub(super) needs: Option<(String, String)>,
    /// The error that it always returns, because the sandbox has no such resources.
    pub(super) refuses: Option<Fault>,
    pub(super) result: Shape,
    #[serde(default)]
    pub(super) required: Vec<String>,
    #[serde(default)]
    pub(super) integers: Vec<String>,
    #[serde(default)]
    pub(super) booleans: Vec<String>,
}

/// The effect of an operation.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verb {
    /// Creates a resource.
    Create,
    /// Lists resources, page by page.
    Describe,
    /// Looks up a resource by its name and changes it as the parameters say.
    Modify,
    /// Deletes a resource.
    Delete,
    /// Adds tags.
    Tag,
    /// Removes tags.
    Untag,
    /// Lists tags.
    Tags,
    /// Works on no resource that the sandbox keeps.
    Answer,
}

/// The form of an operation's result.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Shape {
    /// No result element.
    None,
    /// A page of a list.
    Page,
    /// The resource's elements without an enclosing one.
    Flat,
    /// The resource in an element with this name.
    Item(String),
    /// A list, which is empty unless the verb fills it.
    List(String),
    /// An element with this name that contains only the identifier.
    About(String),
    /// These parameters, as given in the request.
    Echo(Vec<String>),
}

impl Model {
    /// The built-in table.
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

    /// The refusal with this message.
    pub(super) fn says(&self, message: impl Into<String>) -> Refusal {
        Refusal { code: self.0.clone().into(), status: self.1, message: message.into() }
    }
}
