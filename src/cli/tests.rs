//! The whole command line: the declaration is valid, and the examples in the help texts parse.

use clap::{CommandFactory, Parser};

use super::Arguments;

#[test]
fn the_declaration_is_sound() {
    Arguments::command().debug_assert();
}

#[test]
fn every_command_has_an_example_and_every_example_parses() {
    let mut commands: Vec<clap::Command> = Arguments::command().get_subcommands().cloned().collect();
    let mut seen = 0;
    while let Some(command) = commands.pop() {
        if command.get_name() == "help" {
            continue;
        }
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let examples: Vec<&str> = help.lines().filter_map(|line| line.strip_prefix("  rds-guard ")).collect();
        assert!(!examples.is_empty(), "{} has no example", command.get_name());
        for example in examples {
            let words = ["rds-guard"].into_iter().chain(example.split_whitespace());
            Arguments::try_parse_from(words).unwrap_or_else(|error| panic!("{example}: {error}"));
            seen += 1;
        }
        commands.extend(command.get_subcommands().cloned());
    }
    assert!(seen >= 8, "{seen}");
}
