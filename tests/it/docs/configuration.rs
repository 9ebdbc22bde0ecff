//! Configuration and policies on the pages load as the program loads them.

use std::fs;

use rds_guard::{
    config::{self, PolicySource, Sources},
    policy::Limits,
};
use serde_json::Value;

use super::{
    assert_none,
    blocks::Class,
    pages::{Block, Page, root},
};
use crate::cli::rds_guard;

/// What a configuration of a page may lean on: an endpoint with a policy is nothing without its file.
const ANY: &str = r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "rds:Describe*", "Resource": "*"}}"#;

fn each(class: Class, hold: impl Fn(&Page, &Block) -> Result<(), String>) {
    let pages = Page::all();
    let (mut wrong, mut held) = (Vec::new(), 0);
    for page in &pages {
        for block in page.blocks.iter().filter(|block| Class::of(page, block) == Ok(class)) {
            held += 1;
            wrong.extend(hold(page, block).err().map(|told| format!("{}:{}: {told}", page.name, block.line)));
        }
    }
    assert!(held > 0, "no page has a block of this class");
    assert_none(&wrong);
}

#[test]
fn configurations_load() {
    each(Class::Configuration, |_, block| {
        let folder = tempfile::tempdir().unwrap();
        let quoted = block.text.split('"').skip(1).step_by(2);
        for policy in quoted.filter(|word| word.ends_with(".json") && !word.starts_with('/')) {
            fs::create_dir_all(folder.path().join(policy).parent().unwrap()).unwrap();
            fs::write(folder.path().join(policy), ANY).unwrap();
        }
        let file = folder.path().join("rds-guard.toml");
        let text = block.text.replace("\"/", &format!("\"{}/", folder.path().display()));
        fs::write(&file, text).unwrap();
        config::load(&Sources { file: Some(file), ..Sources::default() }).map(drop).map_err(|told| told.to_string())
    });
}

#[test]
fn policies_are_read_and_nothing_is_odd_about_them() {
    each(Class::Policy, |page, block| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("policy.json");
        fs::write(&file, &block.text).unwrap();
        PolicySource::from_file(file, Limits::default()).map_err(|told| told.to_string())?;
        let lint = rds_guard(folder.path(), &["lint", "policy.json"], &[]);
        let odd = lint.stdout.lines().find(|line| !said_on_the_page(page, line) && !line.is_empty());
        odd.map_or(Ok(()), |finding| Err(finding.to_owned()))
    });
}

/// Whether a page says itself what is odd about its policy: a statement to be added to another policy allows nothing
/// alone, and what AWS refuses is named by its code.
fn said_on_the_page(page: &Page, finding: &str) -> bool {
    let code = finding.split(['[', ']']).nth(1).unwrap_or_default();
    code == "RG003" || page.prose.iter().any(|(_, line)| line.contains(&format!("`{code}`")))
}

/// Whether a value is part of another: objects by their members, lists by what stands in them.
fn is_part(part: &Value, whole: &Value) -> bool {
    let here = match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => {
            part.iter().all(|(name, part)| whole.get(name).is_some_and(|whole| is_part(part, whole)))
        }
        (Value::Array(part), Value::Array(whole)) => {
            part.iter().all(|part| whole.iter().any(|whole| is_part(part, whole)))
        }
        (part, whole) => part == whole,
    };
    let below = |whole: &Value| match whole {
        Value::Object(members) => members.values().any(|whole| is_part(part, whole)),
        Value::Array(values) => values.iter().any(|whole| is_part(part, whole)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    };
    here || (!matches!(part, Value::String(_)) && below(whole))
}

#[test]
fn other_json_stands_in_a_file_that_ships() {
    let files = ["ecs/task-definition.json", "ecs/task-definition-broker.json"];
    let read = |name| fs::read_to_string(root().join("config/deploy").join(name)).unwrap();
    let shipped: Vec<Value> = files.map(|name| serde_json::from_str(&read(name)).unwrap()).into();
    let pages = Page::all();
    let mut wrong = Vec::new();
    for page in &pages {
        for block in page.blocks.iter().filter(|block| Class::of(page, block) == Ok(Class::Part)) {
            let part: Result<Value, _> = serde_json::from_str(&block.text);
            if !part.is_ok_and(|part| shipped.iter().any(|whole| is_part(&part, whole))) {
                wrong.push(format!("{}:{}: is part of none of {files:?}", page.name, block.line));
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn a_part_is_found_wherever_it_stands_and_nothing_else() {
    let whole = serde_json::json!({"a": [{"b": 1, "c": [1, 2]}, {"b": 2}]});
    for (part, found) in
        [(r#"{"b": 1}"#, true), (r#"{"c": [2]}"#, true), (r#"{"b": 3}"#, false), (r#"[{"b": 2}]"#, true)]
    {
        assert_eq!(is_part(&serde_json::from_str(part).unwrap(), &whole), found, "{part}");
    }
}
