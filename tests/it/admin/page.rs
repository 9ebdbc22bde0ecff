//! The page as a browser parses it.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use super::{POLICY, call, decisions, get};
use crate::{clients::venv, support::stage::Stage};

const READ: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/page/read.py");

/// What an independent parser finds in a page.
fn read(venv: &Path, page: &str) -> Value {
    let mut python = Command::new(venv.join("bin/python"));
    let mut child = python.arg(READ).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Python runs");
    child.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Calls with names and values that attempt to inject markup.
async fn hostile_calls(stage: &Stage) {
    let script = "<script>alert(1)</script>";
    call(stage, "DeleteDBInstance", &[("DBInstanceIdentifier", script)]).await;
    call(stage, "DeleteDBInstance", &[("DBInstanceIdentifier", "a"), ("<img src=x onerror=alert(2)>", "1")]).await;
    call(stage, "Delete<svg onload=alert(3)>", &[]).await;
    call(stage, "DescribeDBInstances", &[("DBInstanceIdentifier", "\"><script>alert(4)</script><!--")]).await;
    call(stage, "StopDBInstance", &[("DBInstanceIdentifier", "</td></table></main><iframe src=//evil.example>")]).await;
    call(stage, "StopDBInstance", &[("DBInstanceIdentifier", "&lt;b&gt;\u{202e}\u{7}\u{ffff}\"' onfocus=alert(6) ")])
        .await;
}

#[tokio::test]
async fn a_browser_finds_a_whole_page_that_loads_nothing_whatever_requests_bring() {
    let Some(venv) = venv::ready() else { return };
    let arguments = ["--principal", "arn:aws:iam::123456789012:role/Orders"];
    let stage = Stage::set(POLICY, &arguments);
    let empty = get(&stage, "/").body;
    hostile_calls(&stage).await;
    decisions(&stage, 6);
    for page in [&empty, &get(&stage, "/").body, &get(&stage, "/?action=%22%3E%3Cscript%3Ealert(5)%3C/script%3E").body]
    {
        let found = read(&venv, page);
        assert_eq!(found["wrong"], json!([]), "{page}");
        assert_eq!((&found["loads"], &found["handlers"]), (&json!([]), &json!([])), "{page}");
        let known = [
            "a", "body", "code", "div", "footer", "h1", "h2", "h3", "head", "header", "html", "input", "label", "li",
            "main", "meta", "nav", "noscript", "p", "script", "section", "span", "strong", "style", "table", "tbody",
            "td", "th", "thead", "time", "title", "tr", "ul",
        ];
        let tags: Vec<&str> = found["tags"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap()).collect();
        assert!(tags.iter().all(|tag| known.contains(tag)), "{tags:?}");
        let links: Vec<&str> = found["links"].as_array().unwrap().iter().map(|link| link.as_str().unwrap()).collect();
        assert!(links.iter().all(|link| link.starts_with('/') && !link.starts_with("//")), "{links:?}");
    }
}

#[tokio::test]
async fn the_policy_for_browsers_is_that_of_the_page() {
    let Some(venv) = venv::ready() else { return };
    let stage = Stage::set(POLICY, &[]);
    let answer = get(&stage, "/");
    let found = read(&venv, &answer.body);
    let policy = answer.header("content-security-policy").unwrap();
    let one = |kind: &str| {
        found[kind]
            .as_array()
            .unwrap()
            .iter()
            .map(|digest| format!("'{}'", digest.as_str().unwrap()))
            .collect::<Vec<_>>()
    };
    let (scripts, styles) = (one("scripts"), one("styles"));
    assert_eq!((scripts.len(), styles.len()), (1, 1));
    let wanted = format!(
        "default-src 'none'; style-src {}; script-src {}; connect-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
        styles[0], scripts[0]
    );
    assert_eq!(policy, wanted);
}

#[tokio::test]
async fn the_page_can_be_read_without_seeing_it() {
    let Some(venv) = venv::ready() else { return };
    let stage = Stage::set(POLICY, &[]);
    call(&stage, "DescribeDBInstances", &[]).await;
    call(&stage, "DeleteDBInstance", &[("DBInstanceIdentifier", "orders")]).await;
    decisions(&stage, 2);
    let found = read(&venv, &get(&stage, "/").body);
    assert_eq!((&found["language"], &found["title"]), (&"en".into(), &"rds-guard".into()));
    let headings: Vec<&str> =
        found["headings"].as_array().unwrap().iter().map(|heading| heading[0].as_str().unwrap()).collect();
    assert_eq!(headings[0], "h1");
    for pair in headings.windows(2) {
        assert!(pair[1] <= "h2" || pair[0] >= "h2", "no level is left out: {headings:?}");
    }
    let ids = found["ids"].as_array().unwrap();
    assert!(ids.iter().enumerate().all(|(place, id)| !ids[..place].contains(id)), "{ids:?}");
    let tables = found["tables"].as_array().unwrap();
    let names: Vec<&str> = tables.iter().map(|table| table["name"].as_str().unwrap()).collect();
    assert_eq!(names[0], "Last decisions, the newest first");
    for table in tables {
        let rows = table["rows"].as_array().unwrap();
        let width = rows[0].as_array().unwrap().len();
        assert!(rows.iter().all(|row| row.as_array().unwrap().len() == width), "{table}");
        assert_eq!(table["scoped"], true, "{table}");
    }
    let calls: Vec<Vec<&str>> = tables[0]["rows"]
        .as_array()
        .unwrap()
        .iter()
        .skip(1)
        .map(|row| row.as_array().unwrap().iter().map(|cell| cell.as_str().unwrap()).collect())
        .filter(|row: &Vec<&str>| row[2].starts_with("rds:"))
        .collect();
    assert_eq!((calls[0][1], calls[0][2]), ("deny", "rds:DeleteDBInstance"));
    assert_eq!(calls[0][3], "arn:aws:rds:us-east-1:unknown:db:orders");
    assert!(calls[0][5].starts_with("explicit_deny, statement 2"), "{calls:?}");
    assert_eq!((calls[1][1], calls[1][5]), ("allow", "allowed, statement “Reads”"));
}
