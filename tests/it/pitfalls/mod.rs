//! Known ways in which proxies of this kind are got around or fail: one test for each that no other part tries. The table in
//! `docs/pitfalls.md` says for every one which test shows the answer; here it is held against the sources.

mod endpoint;
mod fronting;
mod requests;
mod resolver;
mod targets;

use std::{collections::BTreeSet, fs, path::Path};

/// The names of all tests.
fn tests(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let functions = text.split("fn ").skip(1).filter_map(|rest| rest.split_once('(')).map(|(name, _)| name);
            names.extend(functions.map(str::to_owned));
        }
    }
}

#[test]
fn every_pitfall_has_a_test_and_every_test_that_is_named_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = fs::read_to_string(root.join("docs/pitfalls.md")).unwrap();
    let mut known = BTreeSet::new();
    tests(&root.join("src"), &mut known);
    tests(&root.join("tests/it"), &mut known);
    let rows: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split('|').map(str::trim).collect::<Vec<_>>())
        .filter(|cells| cells.get(1).is_some_and(|number| number.parse::<u32>().is_ok()))
        .collect();
    let numbers: Vec<u32> = rows.iter().map(|cells| cells[1].parse().unwrap()).collect();
    assert!(numbers.len() >= 104, "{}", numbers.len());
    assert_eq!(numbers, (1..).take(numbers.len()).collect::<Vec<_>>());
    for cells in rows {
        let named: Vec<&str> = cells[4].split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty() || cells[4] == "the same", "{}: {} has no test", cells[1], cells[2]);
        for name in named {
            assert!(known.contains(name), "{}: there is no test `{name}`", cells[1]);
        }
    }
}
