//! The documentation page matches the findings.

use std::{collections::BTreeSet, fs, path::Path};

#[test]
fn the_page_names_every_finding_with_its_severity_and_no_other() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(folder.join("docs/doctor.md")).unwrap();
    let told: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` | "))
        .map(|(code, rest)| format!("{} {code}", rest.split(' ').next().unwrap()))
        .collect();
    let mut made = BTreeSet::new();
    for entry in fs::read_dir(folder.join("src/cli/doctor")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        for severity in ["error", "warning", "note"] {
            for behind in text.split(&format!("Finding::{severity}(")).skip(1) {
                let code = behind.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next());
                made.extend(code.map(|code| format!("{severity} {code}")));
            }
        }
    }
    assert_eq!(told, made);
    assert!(made.len() >= 20, "{}", made.len());
}
