//! The cookbook shows the policies that ship, and they do through the proxy, with boto3, what it says.

use std::{
    fs,
    io::Write as _,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use super::pages::{Page, root};
use crate::{
    clients::venv,
    support::{guard::Guard, stage::Stage},
};

/// A policy, further arguments of the proxy, and calls that it lets pass (`None`) or refuses for a reason.
type Recipe = (&'static str, &'static [&'static str], Vec<(&'static str, Value, Option<&'static str>)>);

fn instance(name: &str, more: Value) -> Value {
    let mut parameters = json!({"DBInstanceIdentifier": name, "Engine": "postgres", "DBInstanceClass": "db.t4g.micro"});
    parameters.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    parameters
}

fn recipes() -> Vec<Recipe> {
    let id = |name: &str| json!({"DBInstanceIdentifier": name});
    let snapshot = json!({"DBInstanceIdentifier": "orders-1", "DBSnapshotIdentifier": "orders-1-a"});
    let (no, because) = (json!({}), Some("no VPC endpoint policy allows"));
    vec![
        (
            "allow-listed-actions",
            &[],
            vec![
                ("create_db_instance", instance("orders-1", no.clone()), None),
                ("create_db_snapshot", snapshot.clone(), None),
                ("stop_db_instance", id("orders-1"), because),
            ],
        ),
        ("deny-account", ROLE, vec![("describe_db_instances", no.clone(), Some("with an explicit deny"))]),
        ("deny-account", STRANGER, vec![("describe_db_instances", no.clone(), None)]),
        (
            "read-only",
            &[],
            vec![
                ("describe_db_instances", no.clone(), None),
                ("delete_db_instance", json!({"DBInstanceIdentifier": "orders-1", "SkipFinalSnapshot": true}), because),
            ],
        ),
        (
            "one-teams-prefix",
            ROLE,
            vec![
                ("create_db_instance", instance("orders-1", no.clone()), None),
                ("create_db_instance", instance("billing-1", no.clone()), because),
                ("create_db_snapshot", snapshot, None),
                ("describe_db_instances", no.clone(), None),
                ("delete_db_instance", id("billing-1"), because),
            ],
        ),
        (
            "final-snapshot",
            &[],
            vec![
                (
                    "delete_db_instance",
                    json!({"DBInstanceIdentifier": "a", "FinalDBSnapshotIdentifier": "last", "DeleteAutomatedBackups": false}),
                    None,
                ),
                (
                    "delete_db_instance",
                    json!({"DBInstanceIdentifier": "a", "FinalDBSnapshotIdentifier": "last"}),
                    Some("KeepAutomatedBackups"),
                ),
                (
                    "delete_db_instance",
                    json!({"DBInstanceIdentifier": "a", "SkipFinalSnapshot": true, "DeleteAutomatedBackups": false}),
                    Some("KeepAFinalSnapshot"),
                ),
            ],
        ),
        (
            "nothing-public",
            &[],
            vec![
                ("create_db_instance", instance("a", json!({"PubliclyAccessible": false})), None),
                ("create_db_instance", instance("b", no), Some("NewOnesSayThatTheyArePrivate")),
                (
                    "modify_db_instance",
                    json!({"DBInstanceIdentifier": "a", "PubliclyAccessible": true}),
                    Some("NothingBecomesPublic"),
                ),
            ],
        ),
        ("one-role", ROLE, vec![("stop_db_instance", id("orders-1"), None)]),
        ("one-role", BILLING, vec![("stop_db_instance", id("orders-1"), because)]),
        (
            "one-role",
            &[],
            vec![("stop_db_instance", id("orders-1"), Some("depends on aws:PrincipalArn, which is not known here"))],
        ),
    ]
}

const ROLE: &[&str] = &["--principal", "arn:aws:iam::123456789012:role/Orders"];
const BILLING: &[&str] = &["--principal", "arn:aws:iam::123456789012:role/Billing"];
const STRANGER: &[&str] = &["--principal", "arn:aws:iam::111122223333:role/Orders"];

#[test]
fn recipes_allow_and_refuse_through_the_proxy_what_they_say() {
    let Some(venv) = venv::ready() else { return };
    let recipes = recipes();
    let policy = |name: &str| fs::read_to_string(root().join(format!("config/policies/{name}.json"))).unwrap();
    let stages: Vec<Stage> = recipes.iter().map(|(name, arguments, _)| Stage::set(&policy(name), arguments)).collect();
    let asked: Vec<Value> =
        recipes.iter().zip(&stages).map(|((_, _, calls), stage)| asked(&stage.guard, calls)).collect();
    let mut child = Command::new(venv.join("bin/python"))
        .arg(root().join("tests/clients/cookbook_calls.py"))
        .env_clear()
        // A key whose id names no account: who calls is said by --principal alone.
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(serde_json::to_string(&asked).unwrap().as_bytes()).unwrap();
    let answers: Vec<String> = serde_json::from_slice(&child.wait_with_output().unwrap().stdout).unwrap();
    let calls = recipes.iter().flat_map(|(name, _, calls)| calls.iter().map(move |call| (name, call)));
    let mut wrong = Vec::new();
    for ((name, (operation, parameters, reason)), answer) in calls.zip(&answers) {
        let right = reason.map_or(answer == "allowed", |reason| answer.contains(reason));
        if !right {
            wrong.push(format!("{name}: {operation} {parameters}: {answer}"));
        }
    }
    assert!(
        wrong.is_empty() && answers.len() == recipes.iter().map(|(_, _, calls)| calls.len()).sum::<usize>(),
        "{wrong:#?}"
    );
}

fn asked(guard: &Guard, calls: &[(&str, Value, Option<&str>)]) -> Value {
    let calls: Vec<Value> = calls.iter().map(|(operation, parameters, _)| json!([operation, parameters])).collect();
    json!({"proxy": format!("http://{}", guard.proxy), "bundle": guard.bundle(), "calls": calls})
}

#[test]
fn the_cookbook_shows_the_policies_that_ship_with_their_cases() {
    let page = Page::all().into_iter().find(|page| page.name == "docs/policy-cookbook.md").unwrap();
    let shown: Vec<Value> = page.blocks.iter().filter_map(|block| serde_json::from_str(&block.text).ok()).collect();
    let mut missing = Vec::new();
    for recipe in [
        "allow-listed-actions",
        "deny-account",
        "read-only",
        "one-teams-prefix",
        "final-snapshot",
        "nothing-public",
        "business-hours",
        "change-freeze",
        "one-role",
    ] {
        let text = fs::read_to_string(root().join(format!("config/policies/{recipe}.json"))).unwrap();
        let cases = format!("$ rds-guard test config/policies/tests/{recipe}.toml");
        let told = page.blocks.iter().any(|block| block.text.starts_with(&cases));
        if !shown.contains(&serde_json::from_str(&text).unwrap()) || !told {
            missing.push(recipe);
        }
    }
    assert!(missing.is_empty(), "not on the page as they ship, or without cases: {missing:?}");
}
