//! YAML on the pages is what Kubernetes, kubectl or the chart takes.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use super::{
    blocks::Class,
    pages::{Page, root},
};
use crate::clients::venv;

#[test]
fn kubernetes_and_the_chart_take_the_manifests() {
    let Some(tools) = venv::ready() else { return };
    let pages = Page::all();
    let mut blocks = Vec::new();
    for page in &pages {
        for block in page.blocks.iter().filter(|block| {
            block.language == "yaml" && matches!(Class::of(page, block), Ok(Class::Manifest | Class::File))
        }) {
            blocks.push(serde_json::json!({"place": format!("{}:{}", page.name, block.line), "text": block.text}));
        }
    }
    assert!(!blocks.is_empty());
    let mut child = Command::new(tools.join("bin/python"))
        .arg(root().join("tests/docs/fragments.py"))
        .current_dir(root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(serde_json::to_string(&blocks).unwrap().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let held: usize = String::from_utf8_lossy(&output.stdout).trim().parse().unwrap();
    assert_eq!(held, blocks.len());
}
