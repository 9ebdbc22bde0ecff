//! The pages of the clients say what the program prints for each, what is measured, and where the pitfall is.

use std::process::Command;

use super::{assert_none, pages::Page};

/// The pages, by what `rds-guard env --for` calls the client; nothing where it does not know it.
const PAGES: [(&str, Option<&str>); 11] = [
    ("boto3", Some("boto3")),
    ("aws-cli", Some("aws-cli")),
    ("javascript", Some("node")),
    ("java", Some("java")),
    ("go", Some("go")),
    ("rust", Some("rust")),
    ("ruby", Some("ruby")),
    ("dotnet", Some("dotnet")),
    ("php", None),
    ("terraform", Some("terraform")),
    ("curl", Some("curl")),
];

/// Variables of a page that have nothing to do with the proxy.
const OTHERS: [&str; 1] = ["LANG"];

/// What `env` prints for a client: names and values.
fn printed(client: &str) -> Vec<(String, String)> {
    let mut env = Command::new(env!("CARGO_BIN_EXE_rds-guard"));
    env.env_clear().args(["env", "--shell", "dotenv", "--ca-dir", "/var/lib/rds-guard", "--for", client]);
    let text = String::from_utf8(env.output().unwrap().stdout).unwrap();
    text.lines().filter_map(|line| line.split_once('=')).map(|(name, value)| (name.into(), value.into())).collect()
}

/// Whether a page's value is the program's, or part of it where that is a list.
fn agrees(page: &str, printed: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let parts = text.split([' ', ',']).map(|word| word.trim_matches(['"', '\'', '\\']).to_owned());
        parts.filter(|word| !word.is_empty()).collect()
    };
    let known = words(printed);
    words(page).iter().all(|word| known.contains(word))
}

fn wrong(page: &Page, client: Option<&str>) -> Vec<String> {
    let mut wrong = Vec::new();
    let prose: String = page.prose.iter().map(|(_, line)| format!("{line}\n")).collect();
    if !page.headings.iter().any(|heading| heading == "The pitfall") {
        wrong.push(format!("{}: names no pitfall", page.name));
    }
    if !prose.contains("*Measured*") && !prose.contains("*Not measured*") {
        wrong.push(format!("{}: does not say what was measured", page.name));
    }
    let Some(client) = client else { return wrong };
    let known = printed(client);
    let exports =
        page.blocks.iter().filter(|block| block.language == "sh").map(|block| block.text.replace("\\\n", " "));
    let lines: Vec<String> = exports.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    for line in lines.iter().filter_map(|line| line.strip_prefix("export ")) {
        let (name, value) = line.split_once('=').unwrap();
        let found = known.iter().any(|(known, printed)| known == name && agrees(value, printed));
        if !found && !OTHERS.contains(&name) {
            wrong.push(format!("{}: `{line}` is not what `env --for {client}` prints: {known:?}", page.name));
        }
    }
    wrong
}

#[test]
fn each_client_has_a_page_that_says_what_env_prints_and_what_was_measured() {
    let pages = Page::all();
    let found: Vec<&Page> = pages.iter().filter(|page| page.name.starts_with("docs/clients/")).collect();
    assert_eq!(found.len(), PAGES.len() + 1, "a page for each client, and their list");
    let page = |name: &str| found.iter().find(|page| page.name == format!("docs/clients/{name}.md"));
    let wrong: Vec<String> = PAGES
        .iter()
        .flat_map(|(name, client)| {
            page(name).map_or_else(|| vec![format!("no page {name}")], |page| wrong(page, *client))
        })
        .collect();
    assert_none(&wrong);
}
