//! Every message on docs/troubleshooting.md is what somebody was told: each is provoked here, or by the test that is named.

mod provoked;

use super::{
    assert_none,
    blocks::{is_a_test, sources},
    matching::is_shown_by,
    pages::Page,
};

/// Messages that need a scene of their own, by how they begin, and the test that has it. What the program itself says
/// must stand in its source besides.
const ELSEWHERE: [(&str, &str, Who); 16] = [
    ("SSL validation failed", "boto3", Who::Client),
    ("UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "javascript_with_a_proxy_agent", Who::Client),
    (
        "WRONG_VERSION_NUMBER",
        "bytes_that_are_not_tls_and_another_server_name_end_the_connection_and_are_recorded",
        Who::Client,
    ),
    (
        "unrecognized name",
        "bytes_that_are_not_tls_and_another_server_name_end_the_connection_and_are_recorded",
        Who::Client,
    ),
    ("A presigned request has a body", "what_is_not_covered_is_refused_by_name", Who::Program),
    ("… is the proxy's own address", "nobody_is_led_back_to_the_proxy_or_to_this_machine", Who::Program),
    (
        "a redirected connection without a TLS server name",
        "without_a_server_name_a_connection_is_refused_unless_the_configuration_allows_it",
        Who::Program,
    ),
    (
        "a redirected connection that is not TLS",
        "without_a_server_name_a_connection_is_refused_unless_the_configuration_allows_it",
        Who::Program,
    ),
    (
        "the proxy's own connection was redirected",
        "a_redirect_of_the_proxys_own_connections_ends_after_one_round",
        Who::Program,
    ),
    ("… is an address of the RDS API", "an_endpoints_address_under_another_name_is_never_tunnelled", Who::Program),
    (
        "another rds-guard publishes its authority",
        "two_authorities_in_memory_do_not_publish_over_each_other",
        Who::Program,
    ),
    (
        "the authority in … expired",
        "a_directory_whose_authority_expired_says_so_every_time_until_it_is_rotated",
        Who::Program,
    ),
    ("… is not permitted to sign", "an_own_authority_that_is_not_fit_is_refused_by_the_reason", Who::Program),
    (
        "too many connections are open",
        "a_connect_beyond_what_a_workload_may_have_waits_and_is_answered_with_the_limits_name",
        Who::Program,
    ),
    (
        "the audit log cannot take",
        "where_what_is_not_recorded_is_refused_a_queue_full_of_bytes_refuses_until_it_is_read",
        Who::Program,
    ),
    ("… does not verify", "an_own_authority_that_is_not_fit_is_refused_by_the_reason", Who::Program),
];

/// Whose words a message is.
#[derive(Clone, Copy)]
enum Who {
    Program,
    Client,
}

/// Holds that a message of another test's stands in the source, where it is the program's, and that the test is there.
fn held_elsewhere(message: &str, test: &str, who: Who) -> Result<(), String> {
    is_a_test(test)?;
    let Who::Program = who else { return Ok(()) };
    let source: String =
        sources().iter().filter(|(name, _)| name.starts_with("src/")).map(|(_, text)| text.as_str()).collect();
    let source = source.to_lowercase().replace('`', "");
    let missing: Vec<String> = message
        .to_lowercase()
        .split('…')
        .map(str::trim)
        .filter(|part| !part.is_empty() && !source.contains(part))
        .map(str::to_owned)
        .collect();
    missing.is_empty().then_some(()).ok_or_else(|| format!("the source does not say {missing:?}"))
}

/// Words that stand for something on the page.
const ANYTHING: [&str; 12] = ["X", "Y", "N", "T", "KEY", "HOST", "PATH", "NAME", "ADDR", "POLICY", "SID", "U"];

/// A message with its line, `…` where the page leaves something open.
fn messages(page: &Page) -> Vec<(usize, String)> {
    let found = columns(page, &["Message", "Reason, message", "What you see"]);
    found.into_iter().map(|(line, span)| (line, opened(&span))).collect()
}

/// What stands in backticks in the columns of these titles, with its line.
fn columns(page: &Page, titles: &[&str]) -> Vec<(usize, String)> {
    let mut columns: Vec<usize> = Vec::new();
    let (mut in_table, mut found) = (false, Vec::new());
    for (line, text) in &page.prose {
        let cells: Vec<&str> = text.trim_matches('|').split(" | ").collect();
        if !text.starts_with('|') {
            in_table = false;
        } else if in_table {
            let cells = columns.iter().filter_map(|at| cells.get(*at));
            found.extend(cells.flat_map(|cell| spans(cell)).map(|span| (*line, span)));
        } else {
            in_table = true;
            let titled = |cell: &str| titles.contains(&cell.trim());
            columns = cells.iter().enumerate().filter(|(_, cell)| titled(cell)).map(|(at, _)| at).collect();
        }
    }
    found
}

/// What stands in one or two backticks.
fn spans(cell: &str) -> Vec<String> {
    let cell = cell.replace("`` ", "\u{1}").replace(" ``", "\u{1}");
    let double = cell.split('\u{1}').skip(1).step_by(2).map(str::to_owned);
    let rest: String = cell.split('\u{1}').step_by(2).collect();
    double.chain(rest.split('`').skip(1).step_by(2).map(str::to_owned)).collect()
}

/// A message with `…` for each word that stands for something.
fn opened(span: &str) -> String {
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let mut text = String::new();
    let mut word = String::new();
    for c in span.chars().chain([' ']) {
        if letter(c) {
            word.push(c);
            continue;
        }
        text.push_str(if ANYTHING.contains(&word.as_str()) { "…" } else { &word });
        word.clear();
        text.push(c);
    }
    text.trim_end().to_owned()
}

#[tokio::test]
async fn every_message_of_the_page_is_what_somebody_was_told() {
    let page = Page::all().into_iter().find(|page| page.name == "docs/troubleshooting.md").unwrap();
    let messages = messages(&page);
    assert!(messages.len() > 90, "{}", messages.len());
    let told = provoked::everything().await;
    let mut wrong = Vec::new();
    for (line, message) in &messages {
        let elsewhere = ELSEWHERE.iter().find(|(begin, ..)| message.starts_with(begin));
        let shown = format!("…{message}…").replace('`', "");
        match elsewhere {
            Some((_, test, who)) => wrong.extend(held_elsewhere(message, test, *who).err()),
            None if is_shown_by(&shown, &told) => {}
            None => wrong.push(format!("{}:{line}: nobody was told `{message}`", page.name)),
        }
    }
    if std::env::var_os("RDS_GUARD_SHOW_MESSAGES").is_some() {
        println!("{told}");
    }
    assert_none(&wrong);
}

#[test]
fn every_reason_of_the_page_is_one_of_the_programs() {
    let page = Page::all().into_iter().find(|page| page.name == "docs/troubleshooting.md").unwrap();
    let reasons = columns(&page, &["Reason"]);
    assert!(reasons.len() > 30, "{}", reasons.len());
    let source: String =
        sources().iter().filter(|(name, _)| name.starts_with("src/")).map(|(_, text)| text.as_str()).collect();
    let wrong: Vec<String> = reasons
        .into_iter()
        .filter(|(_, reason)| !source.contains(&format!("\"{reason}\"")))
        .map(|(line, reason)| format!("{}:{line}: there is no reason `{reason}`", page.name))
        .collect();
    assert_none(&wrong);
}

#[test]
fn messages_are_read_with_what_they_leave_open() {
    assert_eq!(spans("`a`; `` b `c` ``, `d`"), ["b `c`", "a", "d"]);
    assert_eq!(opened("more than N, KEY=x (statement SID)"), "more than …, …=x (statement …)");
}
