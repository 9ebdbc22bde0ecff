//! What stands in backticks is there: commands, flags, keys, variables, metrics and tests of this program.

use std::collections::{BTreeMap, BTreeSet};

use clap::{CommandFactory as _, error::ErrorKind};
use rds_guard::{cli::Arguments, config};

use super::{assert_none, blocks::sources, pages::Page};

/// What pages write where a reader puts something of theirs.
const PLACEHOLDERS: [(&str, &str); 12] = [
    ("[FLAGS OF run]", ""),
    ("CLIENT,…", "boto3"),
    ("CLIENT", "boto3"),
    ("FILE…", "x.json"),
    ("FILE", "x.json"),
    ("rds:X", "rds:StopDBInstance"),
    ("REGION=VPCE-DNS-NAME", "eu-west-1=x"),
    ("NAME", "StopDBInstance"),
    ("CMD…", "true"),
    ("CMD", "true"),
    ("DIR", "x"),
    ("…", ""),
];

/// Flags of other people's programs, which pages name too.
const OTHERS_FLAGS: [&str; 17] = [
    "--aws-sigv4",
    "--ca-bundle",
    "--cacert",
    "--fail-with-body",
    "--header",
    "--import",
    "--icf=all",
    "--icf=safe",
    "--map-root-user",
    "--no-default-features",
    "--no-verify-ssl",
    "--require",
    "--sig-proxy",
    "--uid",
    "--from-file",
    "--remap-path-prefix",
    "--locked",
];

/// Variables with our prefix that are no keys: of the program, of the tests, of Kubernetes, and ends of families.
const OTHER_VARIABLES: [&str; 6] = [
    "RDS_GUARD_CONFIG",
    "RDS_GUARD_LOG",
    "RDS_GUARD_SERVICE_HOST",
    "RDS_GUARD_PORT",
    "RDS_GUARD_ENDPOINT__",
    "RDS_GUARD_",
];

/// Every word in backticks, with its page and line.
fn spans(pages: &[Page]) -> Vec<(String, &str)> {
    let mut found = Vec::new();
    for page in pages {
        for (line, text) in &page.prose {
            let words = text.split('`').skip(1).step_by(2);
            found.extend(words.map(|word| (format!("{}:{line}", page.name), word)));
        }
    }
    found
}

/// The command line that a page names, as a shell would take it.
fn arguments(text: &str) -> Vec<String> {
    let text = text.split([';', '|']).next().unwrap_or_default().split(" > ").next().unwrap_or_default();
    let text = PLACEHOLDERS.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value));
    text.split_whitespace().map(|word| word.trim_matches(['\'', '"']).to_owned()).collect()
}

/// Why the program does not take a command line; a mention that leaves out what it needs is none.
fn refused(line: &[String]) -> Option<String> {
    let mut valued = line.to_vec();
    valued.push("1".to_owned());
    // A flag may be named without its value.
    let told = refusal(line)?;
    let flag = line.last().is_some_and(|word| word.starts_with("--"));
    (!flag || refusal(&valued).is_some()).then_some(told)
}

fn refusal(line: &[String]) -> Option<String> {
    let error = Arguments::command().try_get_matches_from(line).err()?;
    let fine = [
        ErrorKind::MissingRequiredArgument,
        ErrorKind::DisplayHelp,
        ErrorKind::DisplayVersion,
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand,
        ErrorKind::MissingSubcommand,
    ];
    (!fine.contains(&error.kind())).then(|| error.to_string().lines().next().unwrap_or_default().to_owned())
}

#[test]
fn commands_in_backticks_are_taken_by_the_program() {
    let pages = Page::all();
    let program = Arguments::command();
    let names: BTreeSet<&str> = program.get_subcommands().map(clap::Command::get_name).collect();
    let (mut wrong, mut held) = (Vec::new(), 0);
    for (place, span) in spans(&pages) {
        let line = match span.split_once(' ') {
            Some(("rds-guard" | "/rds-guard", rest)) => arguments(&format!("rds-guard {rest}")),
            Some((first, rest)) if names.contains(first) && rest.starts_with("--") => {
                arguments(&format!("rds-guard {span}"))
            }
            _ => continue,
        };
        held += 1;
        wrong.extend(refused(&line).map(|told| format!("{place}: `{span}`: {told}")));
    }
    for page in &pages {
        for block in page.blocks.iter().filter(|block| block.language == "text") {
            // The title of the demonstration's screen is no command.
            let is_command = |line: &&str| line.starts_with("rds-guard ") && !line.starts_with("rds-guard demo: ");
            for line in block.text.lines().filter(is_command) {
                let told = refused(&arguments(line));
                wrong.extend(told.map(|told| format!("{}:{}: `{line}`: {told}", page.name, block.line)));
            }
        }
    }
    assert!(held > 50, "{held}");
    assert_none(&wrong);
}

#[test]
fn the_readme_names_every_command() {
    let pages = Page::all();
    let readme = pages.iter().find(|page| page.name == "README.md").unwrap();
    let named = |name: &str| {
        let begins = [format!("| `{name}`"), format!("| `{name} "), format!("`, `{name}`"), format!("| `{name},")];
        readme.prose.iter().any(|(_, line)| begins.iter().any(|begin| line.contains(begin)))
    };
    let program = Arguments::command();
    let names = program.get_subcommands().map(clap::Command::get_name);
    let missing: Vec<&str> = names.filter(|name| !named(name)).collect();
    assert!(missing.is_empty(), "a line of the table of commands is missing: {missing:?}");
}

/// Every flag of every command.
fn flags(command: &clap::Command, found: &mut BTreeSet<String>) {
    found.extend(command.get_arguments().filter_map(clap::Arg::get_long).map(|long| format!("--{long}")));
    command.get_subcommands().for_each(|command| flags(command, found));
}

#[test]
fn flags_in_backticks_are_flags() {
    let pages = Page::all();
    let mut known = BTreeSet::from(["--help".to_owned(), "--version".to_owned()]);
    flags(&Arguments::command(), &mut known);
    let flag = |span: &str| span.split([' ', '=', ':']).next().unwrap_or_default().to_owned();
    let wrong: Vec<String> = spans(&pages)
        .into_iter()
        .filter(|(_, span)| span.starts_with("--"))
        .filter(|(_, span)| !known.contains(&flag(span)) && !OTHERS_FLAGS.contains(&flag(span).as_str()))
        .filter(|(_, span)| !OTHERS_FLAGS.contains(span))
        .map(|(place, span)| format!("{place}: `{span}` is no flag"))
        .collect();
    assert_none(&wrong);
}

#[test]
fn keys_in_backticks_are_keys() {
    let pages = Page::all();
    let keys = config::keys();
    let sections: BTreeSet<&str> = keys.iter().filter_map(|key| key.split('.').next()).collect();
    let mut wrong = Vec::new();
    for (place, span) in spans(&pages) {
        let name = span.split([' ', '=']).next().unwrap_or_default();
        let section = span.strip_prefix("[[").and_then(|rest| rest.strip_suffix("]]")).or_else(|| {
            let one = span.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'))?;
            (!one.is_empty() && one.chars().all(|c| c.is_ascii_lowercase() || c == '_')).then_some(one)
        });
        let of_ours = name.split_once('.').is_some_and(|(section, key)| {
            sections.contains(section) && !key.is_empty() && key.chars().all(|c| c.is_ascii_lowercase() || c == '_')
        });
        let file = [".rs", ".toml", ".json", ".md", ".pem", ".py", ".yaml"].iter().any(|end| name.ends_with(end));
        if of_ours && !file && !keys.iter().any(|key| key == name) && !NOT_KEYS.contains(&name) {
            wrong.push(format!("{place}: `{span}`: there is no key `{name}`"));
        }
        if let Some(section) =
            section.filter(|section| !sections.contains(section) && !OTHER_SECTIONS.contains(section))
        {
            wrong.push(format!("{place}: `{span}`: there is no section `{section}`"));
        }
    }
    assert_none(&wrong);
}

/// Words of a section's name that mean something else: fields of records, values of the chart.
const NOT_KEYS: [&str; 4] = ["principal.trust", "upstream.address", "policy.json", "audit.jsonl"];

/// Tables of files that are not the configuration: cases of policies.
const OTHER_SECTIONS: [&str; 2] = ["case", "defaults"];

#[test]
fn variables_metrics_and_tests_in_backticks_are_there() {
    let pages = Page::all();
    let variable = |key: &String| format!("RDS_GUARD_{}", key.to_uppercase().replace('.', "__"));
    let known: BTreeSet<String> = config::keys().iter().map(variable).collect();
    let code: BTreeMap<&String, &String> =
        sources().iter().filter(|(name, _)| !name.starts_with("tests/it/docs/words.rs")).collect();
    let somewhere = |word: &str| code.values().any(|text| text.contains(word));
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut wrong = Vec::new();
    for (place, span) in spans(&pages) {
        for word in span.split(|c: char| !letter(c)).filter(|word| word.starts_with("RDS_GUARD_")) {
            let for_tests = [
                "RDS_GUARD_TEST_",
                "RDS_GUARD_WRITE_",
                "RDS_GUARD_SKIP_",
                "RDS_GUARD_SOAK",
                "RDS_GUARD_FAULT",
                "RDS_GUARD_DIFFERENTIAL",
            ];
            let fine = known.contains(word)
                || OTHER_VARIABLES.contains(&word)
                || word.starts_with("RDS_GUARD_ENDPOINT__")
                || (for_tests.iter().any(|begin| word.starts_with(begin)) && somewhere(word));
            if !fine {
                wrong.push(format!("{place}: `{span}`: there is no variable `{word}`"));
            }
        }
        let metric = span.split(|c: char| !letter(c)).next().unwrap_or_default();
        if metric.starts_with("rds_guard_") && !somewhere(metric) {
            wrong.push(format!("{place}: `{span}`: there is no metric `{metric}`"));
        }
    }
    assert_none(&wrong);
}
