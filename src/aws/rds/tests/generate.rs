//! Generates the tables of this module from the JSON that was derived from AWS's sources.

use std::{
    collections::HashMap,
    fmt::{Display, Write as _},
    path::Path,
};

use serde_json::{Map, Value};

use crate::aws::rds::Compose;

const AUTHORIZATION: &str = include_str!("../../../../tests/data/rds/rds-authorization.json");
const WIRE: &str = include_str!("../../../../tests/data/rds/rds-wire-params.json");

const TAGS_ON: &str = include_str!("../../../../tests/data/rds/tags-on.json");

/// The file names and contents of all tables.
fn tables() -> Vec<(&'static str, String)> {
    let table: Value = serde_json::from_str(AUTHORIZATION).unwrap();
    let wire: Value = serde_json::from_str(WIRE).unwrap();
    let tags_on: Value = serde_json::from_str(TAGS_ON).unwrap();
    let mut actions: Vec<_> = object(&table["actions"]).iter().collect();
    actions.sort_by_key(|(name, _)| name.as_str());
    let operations = actions
        .into_iter()
        .map(|(name, action)| operation(name, action, &wire["operations"][name], tags_on["tags_on"][name].as_str()));
    vec![
        ("operations.in", format!("&[\n{}]\n", operations.map(|text| text + ",\n").collect::<String>())),
        ("log_file_download.in", log_file_download(&table) + "\n"),
        ("reference_only.in", strings(table["reference_only_actions"].as_object().unwrap().keys()) + "\n"),
        ("condition_keys.in", condition_keys(object(&table["condition_keys"]))),
        ("resource_types.in", resource_types(object(&table["resource_types"]))),
        ("botocore.in", format!("{}\n", table["sources"]["botocore"])),
        ("folds.in", folds(object(&table["folds"]))),
        ("resource_type_list.in", format!("[{}]\n", sorted_types(object(&table["resource_types"])))),
    ]
}

#[test]
fn the_checked_in_tables_are_what_the_json_says() {
    let write = std::env::var_os("RDS_GUARD_WRITE_TABLE").is_some();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/aws/rds/data");
    for (file, expected) in tables() {
        let path = folder.join(file);
        if write {
            std::fs::write(&path, &expected).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(found == expected, "{file} is out of date: run with RDS_GUARD_WRITE_TABLE=1");
    }
}

fn operation(name: &str, action: &Value, wire: &Value, tags_on: Option<&str>) -> String {
    let sensitive: Vec<&str> = texts(&action["sensitive_params"]);
    let mut parameters: Vec<_> = object(wire).iter().collect();
    parameters.sort_by_key(|(name, _)| name.as_str());
    let shared = shared_parameters(&action["resources"]);
    let mut out =
        format!("Operation {{\n    name: {name:?},\n    access: AccessLevel::{},\n", text(&action["access_level"]));
    let models = texts(&action["models"]).into_iter().map(model);
    writeln!(out, "    models: {},", list(models)).unwrap();
    for flag in ["in_reference", "read_only", "idempotent"] {
        writeln!(out, "    {flag}: {},", action[flag]).unwrap();
    }
    lines(&mut out, "parameters", parameters.iter().map(|(name, kind)| parameter(name, text(kind), &sensitive)));
    writeln!(out, "    required: {},", strings(texts(&action["required_params"]))).unwrap();
    lines(&mut out, "resources", array(&action["resources"]).iter().map(|rule| resource_rule(rule, &shared)));
    lines(&mut out, "implied", array(&action["implied"]).iter().map(implied));
    let sources = texts(&action["source_required"]).into_iter().map(type_path);
    writeln!(out, "    source_required: {},", list(sources)).unwrap();
    lines(&mut out, "keys", object(&action["condition_keys"]).iter().map(|(key, rule)| key_rule(key, rule)));
    writeln!(out, "    unknown_keys: {},", strings(texts(&action["unknowable_keys"]))).unwrap();
    lines(&mut out, "dependents", array(&action["dependent_actions"]).iter().map(dependent));
    let tags_on = tags_on.map_or_else(|| "None".to_owned(), |kind| format!("Some({})", type_path(kind)));
    writeln!(out, "    tags_on: {tags_on},").unwrap();
    writeln!(out, "    presigned_url: {:?},", action["presigned_url_param"].as_str()).unwrap();
    let unevaluated = object(&action["unevaluated_params"]).iter().map(|(name, why)| format!("({name:?}, {why})"));
    writeln!(out, "    unevaluated: {},", list(unevaluated)).unwrap();
    write!(out, "    ambiguities: {},\n}}", strings(texts(&action["ambiguous"]))).unwrap();
    out
}

fn parameter(name: &str, kind: &str, sensitive: &[&str]) -> String {
    let sensitivity = if sensitive.contains(&name) { "Secret" } else { "Plain" };
    let mut letters = kind.chars();
    let first: String = letters.by_ref().take(1).flat_map(char::to_uppercase).collect();
    format!(
        "Parameter {{ name: {name:?}, value_type: ParameterType::{first}{}, sensitivity: Sensitivity::{sensitivity} }}",
        letters.as_str()
    )
}

/// The parameters that may name several types, with those types in order and the type of a bare name.
fn shared_parameters(rules: &Value) -> HashMap<String, (Vec<String>, String)> {
    let mut shared: HashMap<String, (Vec<String>, String)> = HashMap::new();
    for rule in array(rules) {
        for source in array(&rule["from"]).iter().filter(|source| source["type_by_arn"] == true) {
            let this = text(&rule["type"]).to_owned();
            let bare = source["bare_name_type"].as_str().map_or_else(|| this.clone(), str::to_owned);
            shared.entry(text(&source["param"]).to_owned()).or_insert_with(|| (Vec::new(), bare)).0.push(this);
        }
    }
    shared
}

fn resource_rule(rule: &Value, shared: &HashMap<String, (Vec<String>, String)>) -> String {
    let resource_type = match text(&rule["type"]) {
        "*" if rule["only_if_no_other"] == true => "RuleType::StarIfNone".to_owned(),
        "*" => "RuleType::Star".to_owned(),
        "*any*" => format!("RuleType::AnyOf({})", list(texts(&rule["types_allowed"]).into_iter().map(type_path))),
        one => format!("RuleType::One({})", type_path(one)),
    };
    let named_by = array(&rule["from"]).iter().map(|source| named_by(source, shared));
    let composes = |compose: Compose| rule["compose"]["params"] == serde_json::json!(compose.parameters());
    let compose = match rule["compose"]["separator"].as_str() {
        None => "None",
        Some("/") if composes(Compose::EngineVersion) => "Some(Compose::EngineVersion)",
        Some(":") if composes(Compose::SnapshotTenant) => "Some(Compose::SnapshotTenant)",
        Some(other) => panic!("separator {other}"),
    };
    format!(
        "ResourceRule {{ resource_type: {resource_type}, required: {}, named_by: {}, compose: {compose}, absent: {}, \
         is_reading: {} }}",
        rule["required"],
        list(named_by),
        absent(&rule["absent"]),
        rule["reading"] == true
    )
}

fn implied(source: &Value) -> String {
    let form = match text(&source["form"]) {
        "id" => "Id",
        "arn_of_backup" => "ArnOfBackup",
        "arn_or_id" => "ArnOrId",
        other => panic!("form {other}"),
    };
    let types = list(texts(&source["types"]).into_iter().map(type_path));
    let role = role(text(&source["role"]));
    format!(
        "Implied {{ parameter: {}, types: {types}, role: Role::{role}, form: ImpliedForm::{form} }}",
        source["wire"]
    )
}

fn role(name: &str) -> &'static str {
    match name {
        "target" => "Target",
        "source" => "Source",
        "created" => "Created",
        "reference" => "Reference",
        other => panic!("role {other}"),
    }
}

fn folds(folds: &Map<String, Value>) -> String {
    let mut folds: Vec<_> = folds.iter().collect();
    folds.sort_by_key(|(name, _)| name.as_str());
    let line = |(name, rule): (&String, &Value)| {
        let fold = match text(&rule["fold"]) {
            "lower" => "Lower",
            "upper" => "Upper",
            "upper-for-oracle" => "UpperForOracle",
            "id" => "ResourceId",
            other => panic!("fold {other}"),
        };
        format!("    FoldRule {{ parameter: {name:?}, fold: Fold::{fold}, source: {} }},\n", rule["source"])
    };
    format!("&[\n{}]\n", folds.into_iter().map(line).collect::<String>())
}

fn named_by(source: &Value, shared: &HashMap<String, (Vec<String>, String)>) -> String {
    let form = match text(&source["form"]) {
        "name" => "Name",
        "arn" => "Arn",
        "name_or_arn" => "NameOrArn",
        "opaque" => "Opaque",
        other => panic!("form {other}"),
    };
    let role = role(text(&source["role"]));
    let name = text(&source["param"]);
    let by_arn = if source["type_by_arn"] == true {
        let (types, bare) = &shared[name];
        let types = list(types.iter().map(|one| type_path(one)));
        format!("Some(BareName {{ types: {types}, bare: {} }})", type_path(bare))
    } else {
        "None".to_owned()
    };
    let wire = source["wire"].as_str().unwrap_or(name);
    assert!(source["list"] == true || wire == name, "{source}");
    format!(
        "NamedBy {{ parameter: {wire:?}, form: Form::{form}, role: Role::{role}, required: {}, by_arn: {by_arn} }}",
        source["required"]
    )
}

fn absent(absent: &Value) -> String {
    let kind = match text(&absent["kind"]) {
        "all" => "All",
        "omit" => "Omit",
        "star" => "Star",
        "unknown" => "Unknown",
        "unknown-id" => "UnknownId",
        "error" => "Error",
        "composed" => "Composed",
        "default" => {
            let (unless, deny_only) = (absent["unless_param"].as_str(), absent["deny_only_with"].as_str());
            return format!(
                "Absent::Default {{ name: {}, unless: {unless:?}, deny_only_with: {deny_only:?} }}",
                absent["name"]
            );
        }
        other => panic!("absent {other}"),
    };
    format!("Absent::{kind}")
}

fn key_rule(key: &str, rule: &Value) -> String {
    match text(&rule["kind"]) {
        "constant" => format!("KeyRule::Constant {{ key: {key:?}, value: {} }}", rule["value"]),
        "tags" => {
            let tags = array(&rule["from"])
                .iter()
                .map(|tag| format!("TagParameter {{ key: {}, value: {:?} }}", tag["key"], tag["value"].as_str()));
            let is_listed = rule["unlisted"] != true;
            format!("KeyRule::Tags {{ key: {key:?}, tags: {}, is_listed: {is_listed} }}", list(tags))
        }
        "param" => {
            assert!(rule["alternatives"].is_null());
            let absent = match text(&rule["absent"]) {
                "missing" => "AbsentValue::Missing".to_owned(),
                "unknown" => "AbsentValue::Unknown".to_owned(),
                "default" => {
                    let unless = rule["default_unless_params"].as_array().map_or(&[][..], Vec::as_slice);
                    format!("AbsentValue::Default {{ value: {}, unless: {} }}", rule["default"], list(unless))
                }
                other => panic!("absent {other}"),
            };
            format!(
                "KeyRule::Parameter {{ key: {key:?}, parameter: {}, value_type: ValueType::{}, absent: {absent} }}",
                rule["param"],
                text(&rule["type"])
            )
        }
        other => panic!("kind {other}"),
    }
}

fn dependent(dependent: &Value) -> String {
    format!("Dependent {{ action: {}, when: {} }}", dependent["action"], strings(texts(&dependent["when_params"])))
}

/// The REST call as an operation whose parameters are the parts of its path, with the keys of its resource type.
fn log_file_download(table: &Value) -> String {
    let [rest] = array(&table["rest_operations"]) else { panic!("one REST call is expected") };
    let name = text(&rest["action"]).strip_prefix("rds:").unwrap();
    let reference = &table["reference_only_actions"][name];
    let [resource] = array(&rest["resources"]) else { panic!("one resource is expected") };
    let keys = &table["resource_types"][text(&resource["type"])]["condition_keys"];
    let from = serde_json::json!({
        "param": resource["from_path"], "form": "name", "required": true, "role": "target"
    });
    let action = serde_json::json!({
        "access_level": reference["access_level"], "models": ["rds"], "in_reference": true, "read_only": true,
        "idempotent": true, "condition_keys": {}, "unknowable_keys": keys, "dependent_actions": [],
        "presigned_url_param": null, "sensitive_params": [], "unevaluated_params": {}, "ambiguous": [],
        "required_params": ["DBInstanceIdentifier", "LogFileName"], "implied": [], "source_required": [],
        "resources": [{ "type": resource["type"], "required": true, "from": [from], "absent": { "kind": "error" } }],
    });
    operation(name, &action, &serde_json::json!({ "DBInstanceIdentifier": "string", "LogFileName": "string" }), None)
}

fn condition_keys(keys: &Map<String, Value>) -> String {
    let mut keys: Vec<_> = keys.iter().collect();
    keys.sort_by_key(|(name, _)| name.as_str());
    let mut out = "&[\n".to_owned();
    for (name, key) in keys {
        let source = match text(&key["source"]) {
            "request" => "Request",
            "tags-in-request" => "RequestTags",
            "resource-state" => "StoredResource",
            "not-in-request" => "NotInRequest",
            other => panic!("source {other}"),
        };
        let kind = text(&key["type"]);
        writeln!(
            out,
            "    ConditionKey {{ name: {name:?}, value_type: ValueType::{kind}, source: KeySource::{source} }},"
        )
        .unwrap();
    }
    out + "]\n"
}

fn resource_types(types: &Map<String, Value>) -> String {
    let mut types: Vec<_> = types.iter().collect();
    types.sort_by_key(|(name, _)| name.as_str());
    let mut out = String::new();
    for (name, kind) in types {
        let folding = match text(&kind["case"]) {
            "lower" => "Lower",
            "lower-assumed" => "LowerAssumed",
            "unknown" => "Kept",
            "opaque" => "Generated",
            other => panic!("case {other}"),
        };
        writeln!(
            out,
            "pub static {}: ResourceType = ResourceType {{\n    name: {name:?},\n    prefix: {},\n    global: {},\n    \
             folding: Folding::{folding},\n    condition_keys: {},\n}};",
            static_name(name),
            kind["prefix"],
            kind["global"],
            strings(texts(&kind["condition_keys"]))
        )
        .unwrap();
    }
    out
}

fn sorted_types(types: &Map<String, Value>) -> String {
    let mut names: Vec<_> = types.keys().collect();
    names.sort();
    names.into_iter().map(|name| type_path(name)).collect::<Vec<_>>().join(", ")
}

fn static_name(name: &str) -> String {
    name.to_ascii_uppercase().replace('-', "_")
}

fn type_path(name: &str) -> String {
    format!("&types::{}", static_name(name))
}

fn model(name: &str) -> &'static str {
    match name {
        "rds" => "Model::Rds",
        "neptune" => "Model::Neptune",
        "docdb" => "Model::DocDb",
        other => panic!("model {other}"),
    }
}

fn lines(out: &mut String, field: &str, items: impl Iterator<Item = String>) {
    let items: String = items.map(|item| format!("        {item},\n")).collect();
    if items.is_empty() {
        writeln!(out, "    {field}: &[],").unwrap();
    } else {
        write!(out, "    {field}: &[\n{items}    ],\n").unwrap();
    }
}

fn list<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    format!("&[{}]", items.join(", "))
}

fn strings<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    list(items.into_iter().map(|item| format!("{:?}", item.as_ref())))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn array(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn texts(value: &Value) -> Vec<&str> {
    array(value).iter().map(text).collect()
}

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap()
}
