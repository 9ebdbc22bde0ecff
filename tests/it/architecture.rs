//! Modules depend one way: a stage knows those before it, never those after.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Every module of the crate, with the modules whose items it may name.
const MAY_USE: &[(&str, &[&str])] = &[
    ("aws", &[]),
    ("http1", &[]),
    ("policy", &["aws"]),
    ("quota", &[]),
    ("accept", &["aws", "http1"]),
    ("secret_file", &[]),
    ("private_dir", &["secret_file"]),
    ("intercept", &["accept", "aws", "http1", "private_dir", "quota", "secret_file"]),
    ("decode", &["aws", "http1"]),
    ("identify", &["aws", "decode", "http1", "secret_file"]),
    ("credentials", &["aws", "identify"]),
    ("authorize", &["aws", "decode", "http1", "identify", "policy"]),
    ("rate_limit", &["aws", "identify"]),
    ("sign", &["authorize", "aws", "credentials", "decode", "http1", "identify"]),
    ("listener", &["accept"]),
    ("broker", &["accept", "aws", "identify", "listener", "private_dir", "secret_file"]),
    ("forward", &["accept", "aws", "http1", "sign"]),
    ("record", &["aws"]),
    ("error", &["authorize", "decode", "forward", "identify", "intercept", "rate_limit", "sign"]),
    ("fault", &["authorize", "aws", "decode", "error", "forward", "http1", "identify", "intercept", "sign"]),
    (
        "guard",
        &[
            "accept",
            "authorize",
            "aws",
            "decode",
            "error",
            "fault",
            "forward",
            "http1",
            "identify",
            "intercept",
            "quota",
            "rate_limit",
            "record",
            "sign",
        ],
    ),
    ("admin", &["authorize", "aws", "forward", "listener", "policy", "record"]),
    (
        "server",
        &[
            "accept",
            "admin",
            "authorize",
            "aws",
            "broker",
            "credentials",
            "decode",
            "error",
            "fault",
            "forward",
            "guard",
            "http1",
            "identify",
            "intercept",
            "listener",
            "policy",
            "quota",
            "rate_limit",
            "record",
            "sign",
        ],
    ),
    ("history", &["aws", "decode", "policy"]),
    ("learn", &["aws", "history", "policy"]),
    ("config", &["aws", "policy", "secret_file"]),
    ("sandbox", &["aws", "identify"]),
    (
        "cli",
        &[
            "accept",
            "authorize",
            "aws",
            "broker",
            "config",
            "credentials",
            "decode",
            "error",
            "fault",
            "forward",
            "guard",
            "history",
            "http1",
            "identify",
            "intercept",
            "learn",
            "policy",
            "private_dir",
            "rate_limit",
            "record",
            "sandbox",
            "secret_file",
            "server",
        ],
    ),
];

fn rust_files(under: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(under).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn sources() -> Vec<(String, PathBuf, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    files
        .into_iter()
        .map(|path| {
            let inside = path.strip_prefix(&src).unwrap();
            let first = inside.components().next().unwrap().as_os_str().to_str().unwrap();
            let text = fs::read_to_string(&path).unwrap();
            (first.trim_end_matches(".rs").to_owned(), inside.to_owned(), text)
        })
        .collect()
}

fn is_test(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "tests.rs")
}

/// The first names behind `crate::`, in `use` trees and in paths alike.
fn named(text: &str) -> BTreeSet<String> {
    let code: String = text.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n");
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        if at > 0 && code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        let Some(tree) = rest.strip_prefix('{') else {
            names.insert(word(rest));
            continue;
        };
        let mut depth = 0;
        let mut item = String::new();
        for letter in tree.chars() {
            match letter {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => names.extend([word(std::mem::take(&mut item).trim())]),
                _ if depth == 0 => item.push(letter),
                _ => {}
            }
        }
        names.insert(word(item.trim()));
    }
    names.remove("");
    names
}

#[test]
fn modules_name_only_those_they_may() {
    let mut wrong = Vec::new();
    for (module, path, text) in sources() {
        if is_test(&path) || ["lib", "main"].contains(&module.as_str()) {
            continue;
        }
        let Some((_, may)) = MAY_USE.iter().find(|(name, _)| *name == module) else {
            wrong.push(format!("{}: the module `{module}` has no line in the table", path.display()));
            continue;
        };
        for name in named(&text) {
            if name != module && !may.contains(&name.as_str()) {
                wrong.push(format!("{}: `{module}` must not use `{name}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_itself_has_no_way_back() {
    let place = |module: &str| MAY_USE.iter().position(|(name, _)| *name == module);
    for (module, may) in MAY_USE {
        for used in *may {
            assert!(place(used) < place(module), "`{module}` uses `{used}`, which stands after it");
        }
    }
}

#[test]
fn only_authorize_makes_a_permitted_call() {
    for (_, path, text) in sources() {
        let makes = text.contains("PermittedCall::new(") || text.contains("PermittedCall {");
        let allowed = path.starts_with("authorize");
        assert!(!makes || allowed || text.contains("struct PermittedCall {"), "{} makes one", path.display());
    }
}

#[test]
fn every_file_says_what_it_is_and_keeps_to_one_idea() {
    let mut wrong = Vec::new();
    for (_, path, text) in sources() {
        if !text.starts_with("//!") && !text.starts_with("#![doc") {
            wrong.push(format!("{}: does not begin with what it is", path.display()));
        }
        if !is_test(&path) && text.lines().count() > 400 {
            wrong.push(format!("{}: {} lines", path.display(), text.lines().count()));
        }
        if text.contains("super::super") {
            wrong.push(format!("{}: reaches over its parent", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn names_in_use_trees_are_found() {
    let text = "use crate::{\n    accept::{self, Host},\n    aws::endpoint::RdsHost, // crate::server\n    guard,\n};\nlet x = crate::fault::render;";
    assert_eq!(named(text).into_iter().collect::<Vec<_>>(), ["accept", "aws", "fault", "guard"]);
}
