//! The JSON structure of the file.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::TableError;

/// The value of `format` in a supported file.
pub(super) const FORMAT: &str = "rds-guard-table/1";

/// The top-level object of the file.
#[derive(Deserialize)]
pub(super) struct File {
    format: String,
    pub(super) authorization: Authorization,
    pub(super) wire_params: BTreeMap<String, BTreeMap<String, String>>,
    pub(super) tags_on: BTreeMap<String, String>,
}

#[derive(Deserialize)]
pub(super) struct Authorization {
    api_version: String,
    pub(super) sources: BTreeMap<String, String>,
    pub(super) resource_types: BTreeMap<String, Type>,
    pub(super) condition_keys: BTreeMap<String, Key>,
    pub(super) folds: BTreeMap<String, FoldOf>,
    pub(super) actions: BTreeMap<String, Action>,
    pub(super) reference_only_actions: BTreeMap<String, serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
pub(super) struct Type {
    pub(super) prefix: String,
    pub(super) global: bool,
    pub(super) case: String,
    pub(super) condition_keys: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct Key {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) source: String,
}

#[derive(Deserialize)]
pub(super) struct FoldOf {
    pub(super) fold: String,
    pub(super) source: String,
}

#[derive(Deserialize)]
pub(super) struct Action {
    pub(super) access_level: String,
    pub(super) models: Vec<String>,
    pub(super) in_reference: bool,
    pub(super) read_only: bool,
    pub(super) idempotent: bool,
    pub(super) required_params: Vec<String>,
    pub(super) sensitive_params: Vec<String>,
    pub(super) resources: Vec<Rule>,
    pub(super) implied: Vec<ImpliedBy>,
    pub(super) source_required: Vec<String>,
    pub(super) condition_keys: BTreeMap<String, KeyOf>,
    pub(super) unknowable_keys: Vec<String>,
    pub(super) dependent_actions: Vec<Needed>,
    pub(super) presigned_url_param: Option<String>,
    pub(super) unevaluated_params: BTreeMap<String, String>,
    pub(super) ambiguous: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct Rule {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) required: bool,
    #[serde(default)]
    pub(super) types_allowed: Vec<String>,
    #[serde(default)]
    pub(super) only_if_no_other: bool,
    #[serde(default)]
    pub(super) reading: bool,
    pub(super) from: Vec<From>,
    pub(super) compose: Option<ComposedOf>,
    pub(super) absent: AbsentOf,
}

#[derive(Deserialize)]
pub(super) struct From {
    pub(super) param: String,
    pub(super) wire: Option<String>,
    pub(super) form: String,
    pub(super) role: String,
    pub(super) required: bool,
    #[serde(default)]
    pub(super) type_by_arn: bool,
    pub(super) bare_name_type: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct ComposedOf {
    pub(super) params: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct AbsentOf {
    pub(super) kind: String,
    pub(super) name: Option<String>,
    pub(super) unless_param: Option<String>,
    pub(super) deny_only_with: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct ImpliedBy {
    pub(super) wire: String,
    pub(super) types: Vec<String>,
    pub(super) role: String,
    pub(super) form: String,
}

#[derive(Deserialize)]
pub(super) struct KeyOf {
    pub(super) kind: String,
    pub(super) value: Option<String>,
    #[serde(default)]
    pub(super) from: Vec<TagsIn>,
    #[serde(default)]
    pub(super) unlisted: bool,
    pub(super) param: Option<String>,
    #[serde(rename = "type")]
    pub(super) value_type: Option<String>,
    pub(super) absent: Option<String>,
    pub(super) default: Option<String>,
    #[serde(default)]
    pub(super) default_unless_params: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct TagsIn {
    pub(super) key: String,
    pub(super) value: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Needed {
    pub(super) action: String,
    pub(super) when_params: Vec<String>,
}

/// Parses the file, and checks its format and the version of the API.
pub(super) fn read(json: &str) -> Result<File, TableError> {
    #[derive(Deserialize)]
    struct Head {
        format: String,
    }
    let form = |error: serde_json::Error| TableError::Form { why: error.to_string() };
    let head: Head = serde_json::from_str(json).map_err(form)?;
    if head.format != FORMAT {
        return Err(TableError::Format { found: head.format.chars().take(64).collect() });
    }
    let file: File = serde_json::from_str(json).map_err(form)?;
    debug_assert_eq!(file.format, FORMAT);
    if file.authorization.api_version != crate::aws::rds::API_VERSION {
        return Err(TableError::ApiVersion { found: file.authorization.api_version });
    }
    Ok(file)
}
