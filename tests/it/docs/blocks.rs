//! What is done with a block.

use std::{collections::BTreeMap, fs, path::Path, sync::OnceLock};

use super::{
    pages::{Block, Page, root},
    shown,
};

/// What holds what a block says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Commands that must succeed.
    Commands,
    /// Commands, and what they print.
    Console,
    /// A file that a later command reads.
    File,
    /// Configuration.
    Configuration,
    /// A policy.
    Policy,
    /// Part of a JSON file under `config/`.
    Part,
    /// Part of a manifest.
    Manifest,
    /// Lines of a program under tests/clients, which another test runs.
    Excerpt,
    /// Text that something named holds.
    Shown,
    /// A page that another test writes whole.
    Written,
}

/// Pages that a test writes, and that test: it holds every block of theirs that is not run here.
const WRITTEN: [(&str, &str); 2] = [
    ("docs/lint.md", "the_reference_page_is_up_to_date"),
    ("docs/clients.md", "the_page_has_every_client_and_is_as_a_run_writes_it"),
];

impl Class {
    /// The class of a block.
    ///
    /// # Errors
    /// Why it has none.
    pub(super) fn of(page: &Page, block: &Block) -> Result<Self, String> {
        let written = WRITTEN.iter().find(|(name, _)| *name == page.name);
        match block.language.as_str() {
            "sh" => Ok(Self::Commands),
            "console" => Ok(Self::Console),
            _ if let Some((_, test)) = written => is_a_test(test).map(|()| Self::Written),
            "json" if block.text.contains("\"Statement\"") => Ok(Self::Policy),
            _ if let Some(file) = &block.file => {
                let read = |later: &&Block| later.line > block.line && later.text.contains(file.as_str());
                let used = page.blocks.iter().filter(|later| later.language == "console" || later.language == "sh");
                used.clone()
                    .any(|later| read(&later))
                    .then_some(())
                    .ok_or_else(|| format!("no later command on this page reads `{file}`"))?;
                Ok(if file == "rds-guard.toml" { Self::Configuration } else { Self::File })
            }
            "toml" => Ok(Self::Configuration),
            "json" => Ok(Self::Part),
            "yaml" => Ok(Self::Manifest),
            "js" | "java" | "go" | "ruby" | "rust" | "python" => excerpt(block).map(|()| Self::Excerpt),
            "text" => shown::of(page, block).map(|_| Self::Shown),
            "" => Err("no language".to_owned()),
            other => Err(format!("nothing is known of `{other}` here")),
        }
    }
}

/// Holds that a test of this name is there.
pub(super) fn is_a_test(name: &str) -> Result<(), String> {
    let found = sources().values().any(|text| text.contains(&format!("fn {name}(")));
    found.then_some(()).ok_or_else(|| format!("there is no test `{name}`"))
}

/// Every file of src and tests, by its path from the root.
pub(super) fn sources() -> &'static BTreeMap<String, String> {
    static SOURCES: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    SOURCES.get_or_init(|| {
        let mut found = BTreeMap::new();
        for folder in ["src", "tests/it", "tests/clients"] {
            read(&root().join(folder), &mut found);
        }
        found
    })
}

fn read(folder: &Path, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, found);
        } else if let Ok(text) = fs::read_to_string(&path) {
            found.insert(path.strip_prefix(root()).unwrap().display().to_string(), text);
        }
    }
}

/// Holds that every line of a block stands in one program of a client, in this order.
fn excerpt(block: &Block) -> Result<(), String> {
    let programs = sources().iter().filter(|(name, _)| name.starts_with("tests/clients/"));
    let lines = || block.text.lines().map(str::trim).filter(|line| !line.is_empty());
    let holds = |text: &String| {
        let mut program = text.lines().map(str::trim);
        lines().all(|wanted| program.any(|line| line == wanted))
    };
    let found = programs.into_iter().any(|(_, text)| holds(text));
    found.then_some(()).ok_or_else(|| "no program under tests/clients has these lines".to_owned())
}

#[test]
fn a_block_without_a_class_or_without_what_holds_it_is_refused() {
    let class = |text: &str| {
        let page = Page::of("docs/new.md".to_owned(), text);
        Class::of(&page, page.blocks.first().unwrap())
    };
    assert_eq!(class("```sh\ntrue\n```\n"), Ok(Class::Commands));
    for (text, told) in [
        ("```\nx\n```\n", "no language"),
        ("```text\nx\n```\n", "nothing holds this text"),
        ("```php\nx\n```\n", "nothing is known of `php`"),
        ("```go\nnowhere()\n```\n", "no program under tests/clients has these lines"),
        ("Write `a.py`:\n\n```python\nx\n```\n\n```sh\ntrue\n```\n", "no later command on this page reads `a.py`"),
    ] {
        assert!(class(text).is_err_and(|why| why.contains(told)), "{text}");
    }
    let read = class("Write `a.py`:\n\n```python\nx\n```\n\n```sh\npython3 a.py\n```\n");
    assert_eq!(read, Ok(Class::File));
}
