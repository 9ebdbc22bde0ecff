//! Every page of the project does what it says: each fenced block is run, loaded, or held against what is printed.
//!
//! A block's class is its language:
//!
//! - `sh` is run, command by command, in the order of its page: each must succeed;
//! - `console` is run too: what follows a `$ ` line must be what that command prints. `…` stands for anything, and
//!   where lines are broken does not matter;
//! - `toml` is loaded as configuration; `json` is a policy, or stands in a file of `config/`; `yaml` is held against
//!   Kubernetes' schemas or rendered by the chart;
//! - any block after a line that ends in ``` `NAME`: ``` is that file of the page's folder, for a command after it;
//! - `text` is held by something that [`shown`] names; code of a client stands in a program under tests/clients.
//!
//! What cannot be run here stands in [`elsewhere`], with why, and with what is run in its place.
#![allow(clippy::disallowed_methods, reason = "what a command printed is shown, not forwarded")]

mod blocks;
mod clients;
mod configuration;
mod cookbook;
mod elsewhere;
mod links;
mod manifests;
mod matching;
mod messages;
mod pages;
mod scene;
mod session;
mod shown;
mod sts;
mod vocabulary;
mod words;

use blocks::Class;
use pages::Page;

const HOW: &str = "a fenced block needs a class, so that something holds what it says: `sh` (run, must succeed), \
    `console` (`$ command` lines run, what is printed compared, … for anything), `toml` (loaded as configuration), \
    `json` (a policy, or part of a file under config/), `yaml` (held against Kubernetes' schemas). A file that a \
    later command reads: end the line before the block in `NAME`: with the name in backticks. Text that a program \
    prints: a `console` block is best, else a line in tests/it/docs/shown.rs. Code of a client: a part of a program \
    under tests/clients. What no machine of ours can run: a line in tests/it/docs/elsewhere.rs";

/// Fails with everything that is wrong, each with its page and line.
fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn every_block_has_a_class() {
    let pages = Page::all();
    let mut wrong = Vec::new();
    for page in &pages {
        for block in &page.blocks {
            if let Err(why) = Class::of(page, block) {
                wrong.push(format!("{}:{}: {why}", page.name, block.line));
            }
        }
    }
    assert!(wrong.is_empty(), "{HOW}\n\n{}", wrong.join("\n"));
}

#[test]
fn commands_do_what_the_pages_show() {
    let Some(scene) = scene::Scene::set() else { return };
    assert_none(&session::run_all(&scene, &Page::all()));
}
