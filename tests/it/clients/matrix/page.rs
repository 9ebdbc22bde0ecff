//! docs/clients.md: written from what was seen, and held against it.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::Path,
};

use super::{Client, Connections, Seen, Way, clients::ALL, merged};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/clients.md");
const HEAD: &str = include_str!("../../../clients/page/head.md");
const TAIL: &str = include_str!("../../../clients/page/tail.md");
const TABLE: &str = "| client | version | listener | a denial is | connections | without the authority's certificate |\n\
                     | --- | --- | --- | --- | --- | --- |\n";
const AGAIN: &str = "write docs/clients.md anew by `RDS_GUARD_WRITE_CLIENTS=1 cargo test --test it clients::matrix`";

/// What the page says of one client.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    version: String,
    /// Its line in the table, without name and version.
    row: String,
    section: String,
}

/// Holds that the page says what was seen, or writes it.
pub(super) fn hold(client: &Client, seen: &Seen) {
    let entry = client.entry(seen);
    // Tests of one run write one after the other.
    let lock = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients-page.lock");
    let lock = File::create(lock).expect("target/ can be written");
    lock.lock().expect("files can be locked");
    let text = fs::read_to_string(PAGE).unwrap_or_default();
    let mut entries = read(&text);
    if is_to_be_written() {
        entries.insert(client.name.to_owned(), entry);
        fs::write(PAGE, whole(&entries)).expect("docs/ can be written");
        return;
    }
    let found = entries.remove(client.name).unwrap_or_else(|| panic!("{} is not there: {AGAIN}", client.name));
    assert_eq!((found.row, found.section), (entry.row, entry.section), "{AGAIN}");
}

/// Holds that there is nothing on the page but what is written by runs, and every client.
pub(super) fn hold_whole() {
    if is_to_be_written() {
        return;
    }
    let text = fs::read_to_string(PAGE).expect("the page");
    let entries = read(&text);
    let names: Vec<_> =
        ALL.iter().filter(|client| !entries.contains_key(client.name)).map(|client| client.name).collect();
    assert!(names.is_empty(), "not on the page: {names:?}: {AGAIN}");
    assert_eq!(whole(&entries), text, "{AGAIN}");
}

fn is_to_be_written() -> bool {
    std::env::var_os("RDS_GUARD_WRITE_CLIENTS").is_some_and(|value| value == "1")
}

impl Client {
    fn entry(&self, seen: &Seen) -> Entry {
        let way = match self.way {
            Way::Proxy => "proxy",
            Way::Direct => "direct",
        };
        let connections = match self.connections {
            Connections::Kept => "one, kept",
            Connections::OneEach => "one a call",
        };
        let Self { denial, distrust, .. } = self;
        let row = format!("{way} | `{denial}`, `{}` | {connections} | `{distrust}`", seen.denial_code);
        Entry { version: seen.version.clone(), row, section: self.section() }
    }

    fn section(&self) -> String {
        let mut text = String::new();
        let variables = merged(&[self.way_variables, self.trust_variables]);
        let lines: Vec<_> =
            variables.iter().map(|(name, value)| format!("export {name}={}\n", quoted(value))).collect();
        text.push_str(&format!("```sh\n{}```\n", lines.concat()));
        if let Some((language, source, label)) = self.code {
            text.push_str(&format!("\n```{language}\n{}```\n", excerpt(source, label)));
        }
        text.push_str(&format!("\n{}\n", wrapped(self.pitfall)));
        text
    }
}

/// A value as it is where everything has its usual place.
pub(super) fn shipped(value: &str) -> String {
    value
        .replace("{proxy}", "http://127.0.0.1:3128")
        .replace("{host}", "127.0.0.1")
        .replace("{port}", "3128")
        .replace("{ca}", "/var/lib/rds-guard/ca.pem")
        .replace("{bundle}", "/var/lib/rds-guard/bundle.pem")
        .replace("{truststore}", "/var/lib/rds-guard/truststore.p12")
}

/// A value as a shell takes it.
fn quoted(value: &str) -> String {
    let value = shipped(value);
    if value.contains(' ') { format!("'{value}'") } else { value }
}

/// The lines of a program that its user must write, as far to the left as they go: those between comments that say
/// `begin LABEL` and `end LABEL`.
fn excerpt(source: &str, label: &str) -> String {
    let (begin, end) = (format!(" begin {label}"), format!(" end {label}"));
    let (mut text, mut lines) = (String::new(), source.lines());
    while lines.any(|line| line.ends_with(&begin)) {
        let part: Vec<_> = lines.by_ref().take_while(|line| !line.ends_with(&end)).collect();
        let indent = part.iter().map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
        text.extend(part.iter().map(|line| format!("{}\n", line.get(indent..).unwrap_or_default())));
    }
    text
}

fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        if lines.last().is_some_and(|line| line.chars().count() + word.chars().count() > 118) {
            lines.push(String::new());
        }
        let line = lines.last_mut().expect("there is one");
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.join("\n")
}

/// The entries of a page, by name.
fn read(text: &str) -> BTreeMap<String, Entry> {
    let entry = |client: &&Client| {
        let row = text.lines().find_map(|line| line.strip_prefix(&format!("| {} | ", client.name)))?;
        let (version, row) = row.strip_suffix(" |")?.split_once(" | ")?;
        let (_, after) = text.split_once(&format!("\n### {}\n\n", client.name))?;
        let end = after.find("\n##").unwrap_or(after.len());
        let section = after.get(..end)?.to_owned();
        Some((client.name.to_owned(), Entry { version: version.to_owned(), row: row.to_owned(), section }))
    };
    ALL.iter().filter_map(entry).collect()
}

/// The page of these entries.
fn whole(entries: &BTreeMap<String, Entry>) -> String {
    let known = || ALL.iter().filter_map(|client| Some((client.name, entries.get(client.name)?)));
    let rows = known().map(|(name, entry)| format!("| {name} | {} | {} |\n", entry.version, entry.row));
    let sections = known().map(|(name, entry)| format!("### {name}\n\n{}\n", entry.section));
    let (rows, sections): (String, String) = (rows.collect(), sections.collect());
    format!("{HEAD}\n{TABLE}{rows}\n## What each needs\n\n{sections}{TAIL}")
}
