//! Text that no command on its page prints, and what holds it.

use std::fs;

use super::{
    blocks::is_a_test,
    matching::is_shown_by,
    pages::{Block, Page, root},
};
use crate::support::stage::{Stage, exchange};

/// What holds a text.
enum Holder {
    /// A test of this name.
    Test(&'static str),
    /// It was measured when the page says: its words stand in the script that measures.
    Measured(&'static str),
    /// A picture of the program: its words are modules or functions there.
    Modules(&'static [&'static str]),
}

/// A page, how its text begins, and what holds it.
const SHOWN: [(&str, &str, Holder); 8] = [
    ("README.md", "rds-guard demo: ", Holder::Test("the_readme_opens_with_the_screen_as_it_is")),
    ("README.md", "+-- pod or task", Holder::Modules(&["policy", "record"])),
    ("docs/image.md", "binary  ", Holder::Measured("scripts/try-static")),
    ("docs/pod-life.md", "  0.00  pod ", Holder::Test("a_pod_lives_as_its_page_tells")),
    (
        "docs/pod-life.md",
        "memory  ",
        Holder::Test("the_limits_of_a_small_container_hold_under_the_load_of_64_connections"),
    ),
    (
        "docs/doctor.md",
        "$ rds-guard doctor\n",
        Holder::Test("a_pod_in_which_much_is_broken_is_well_after_the_remedies"),
    ),
    (
        "ARCHITECTURE.md",
        " client ──CONNECT──▶ accept",
        Holder::Modules(&["accept", "intercept", "decode", "identify", "authorize", "forward", "fault", "record"]),
    ),
    (
        "docs/policy-cookbook.md",
        "… on resource: arn:aws:rds:…:123456789012:og:default:postgres*",
        Holder::Test("a_denial_says_that_default_groups_are_needed"),
    ),
];

/// Holds a text; gives what does.
///
/// # Errors
/// Where nothing does, or it does not.
pub(super) fn of(page: &Page, block: &Block) -> Result<(), String> {
    let found = SHOWN.iter().find(|(name, begin, _)| *name == page.name && block.text.starts_with(begin));
    match found {
        None => Err("nothing holds this text: make it a `console` block".to_owned()),
        Some((_, _, Holder::Test(test))) => is_a_test(test),
        Some((_, _, Holder::Measured(script))) => {
            let script = fs::read_to_string(root().join(script)).map_err(|error| error.to_string())?;
            let labels = block.text.lines().filter_map(|line| line.split("  ").next());
            let missing: Vec<&str> = labels.filter(|label| !script.contains(label)).collect();
            missing.is_empty().then_some(()).ok_or_else(|| format!("the script does not measure {missing:?}"))
        }
        Some((_, _, Holder::Modules(modules))) => {
            let src = root().join("src");
            let there = |name: &&str| src.join(name).is_dir() || src.join(format!("{name}.rs")).is_file();
            let wrong: Vec<_> = modules.iter().filter(|name| !there(name) || !block.text.contains(**name)).collect();
            wrong.is_empty().then_some(()).ok_or_else(|| format!("{wrong:?} are no modules"))
        }
    }
}

/// The policy of one team, without what it says of the default groups.
fn without_default_groups(page: &Page) -> String {
    let block = page.blocks.iter().find(|block| block.text.contains("\"DefaultGroups\"")).unwrap();
    let mut policy: serde_json::Value = serde_json::from_str(&block.text).unwrap();
    policy["Statement"].as_array_mut().unwrap().retain(|statement| statement["Sid"] != "DefaultGroups");
    policy.to_string()
}

#[tokio::test]
async fn a_denial_says_that_default_groups_are_needed() {
    let page = Page::all().into_iter().find(|page| page.name == "docs/policy-cookbook.md").unwrap();
    let shown = page.blocks.iter().find(|block| block.text.contains("the default ones: a policy")).unwrap();
    let arguments = ["--principal", "arn:aws:iam::123456789012:role/Orders"];
    let stage = Stage::set(&without_default_groups(&page), &arguments);
    let parameters =
        [("DBInstanceIdentifier", "orders-1"), ("Engine", "postgres"), ("DBInstanceClass", "db.t4g.micro")];
    let call = stage.signed("us-east-1", "CreateDBInstance", &parameters);
    let answer = exchange(&stage.guard, call.as_bytes()).await;
    let message = answer.split_once("</Message>").unwrap().0;
    assert!(is_shown_by(&shown.text, message), "{answer}");
}
