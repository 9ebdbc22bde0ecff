//! The table of the last decisions.

use serde_json::Value;

use super::{Column, end_of_table, html::Html, table};
use crate::{
    admin::{Panel, api::Filter},
    record::{Decision, Kind},
};

pub(super) fn decisions(html: &mut Html, panel: &Panel, filter: &Filter) {
    html.markup("<h2>Last decisions</h2>");
    choice(html, filter);
    let records = filter.of(panel);
    if records.is_empty() {
        html.markup(
            "<p>None so far. A client that is not seen here may go round: <code>rds-guard doctor</code> in its \
                     pod says why.</p>",
        );
        return;
    }
    let columns = ["Time", "Decision", "Action", "On what", "Who", "Why"].map(|name| (name, Column::Text));
    let columns: Vec<_> = columns.into_iter().chain([("ms", Column::Number)]).collect();
    table(html, "Last decisions, the newest first", &columns);
    for kept in records {
        // This process wrote the JSON, so it always parses.
        if let Ok(record) = serde_json::from_slice(&kept.json) {
            row(html, &record);
        }
    }
    end_of_table(html);
}

/// The filter links: address, label, and the filters that they select.
const CHOICES: [(&str, &str, Option<Decision>, Option<Kind>); 5] = [
    ("/", "all", None, None),
    ("/?kind=rds", "calls", None, Some(Kind::Rds)),
    ("/?kind=rds&amp;decision=deny", "calls denied", Some(Decision::Deny), Some(Kind::Rds)),
    ("/?kind=rds&amp;decision=allow", "calls allowed", Some(Decision::Allow), Some(Kind::Rds)),
    ("/?kind=tunnel", "tunnels", None, Some(Kind::Tunnel)),
];

/// Links to the page with other filters.
fn choice(html: &mut Html, filter: &Filter) {
    html.markup("<nav aria-label=\"Which decisions\">");
    let narrow = filter.action.as_deref().or(filter.workload.as_deref());
    for (address, name, decision, kind) in CHOICES {
        let is_current = narrow.is_none() && (filter.decision, filter.kind) == (decision, kind);
        html.markup("<a href=\"").markup(address).markup("\"");
        html.markup(if is_current { " aria-current=\"page\">" } else { ">" }).markup(name).markup("</a>");
    }
    if let Some(narrow) = narrow {
        html.markup("<strong>").text(narrow).markup("</strong>");
    }
    html.markup("</nav>");
}

fn row(html: &mut Html, record: &Value) {
    let text = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default();
    let is_enforced = record.get("enforced").and_then(Value::as_bool).unwrap_or(true);
    let when = text("time");
    html.markup("<tr><td class=\"n\"><time datetime=\"").text(when).markup("\">");
    // Only the time of 2026-01-31T12:00:00.123Z is shown, since these are the most recent records.
    html.text(when.get(11..23).unwrap_or(when)).markup("</time></td>");
    html.markup(match (text("decision"), is_enforced) {
        ("allow", _) => "<td class=\"yes\">allow</td>",
        (_, true) => "<td class=\"no\">deny</td>",
        (_, false) => "<td class=\"look\">deny, let pass</td>",
    });
    html.markup("<td>");
    match (text("action"), text("kind")) {
        ("", kind) => html.text(kind),
        (action, _) => html.text(action),
    };
    if record.get("unknown_action").and_then(Value::as_bool).unwrap_or_default() {
        html.markup("<span class=\"by look\">not known</span>");
    }
    html.markup("</td><td>");
    on_what(html, record);
    html.markup("</td><td>");
    who(html, record);
    html.markup("</td><td>");
    why(html, record);
    html.markup("</td>");
    let duration = record.get("duration_ms").and_then(Value::as_f64).unwrap_or_default();
    html.number(format_args!("{duration:.1}")).markup("</tr>\n");
}

/// The first resource, or the host of a tunnel.
fn on_what(html: &mut Html, record: &Value) {
    let resources = record.get("resources").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    match resources {
        [] => html.text(record.get("host").and_then(Value::as_str).unwrap_or("–")),
        [first, ..] => html.text(first.as_str().unwrap_or_default()),
    };
    if resources.len() > 1 {
        html.markup("<span class=\"by\">and ").text(resources.len() - 1).markup(" more</span>");
    }
}

fn who(html: &mut Html, record: &Value) {
    let principal = record.get("principal");
    let of = |name: &str| principal.and_then(|principal| principal.get(name)?.as_str());
    match (of("arn"), of("account"), of("access_key_id")) {
        (Some(arn), _, _) => html.text(arn),
        (None, Some(account), Some(key)) => html.text(key).markup(" of account ").text(account),
        (None, _, Some(key)) => html.text(key),
        (None, _, None) => html.text(record.get("source").and_then(Value::as_str).unwrap_or_default()),
    };
    let workload = record.get("workload").and_then(Value::as_str);
    let trust = of("trust");
    if workload.is_some() || trust.is_some() {
        html.markup("<span class=\"by\">").text(workload.unwrap_or_default());
        html.markup(if workload.is_some() && trust.is_some() { ", " } else { "" });
        html.text(trust.unwrap_or_default()).markup("</span>");
    }
}

/// The reason and the statement. For a refusal, also the message that the client received.
fn why(html: &mut Html, record: &Value) {
    let text = |name: &str| record.get(name).and_then(Value::as_str);
    html.text(text("reason").unwrap_or_default());
    if let Some(statement) = record.get("statement").filter(|statement| statement.is_object()) {
        html.markup(", statement ");
        match statement.get("sid").and_then(Value::as_str) {
            Some(sid) => html.markup("“").text(sid).markup("”"),
            // Counted from 1, as in the message to the client.
            None => html.text(statement.get("index").and_then(Value::as_u64).unwrap_or_default() + 1),
        };
    }
    if let Some(detail) = text("detail") {
        html.markup("<span class=\"by\">").text(detail).markup("</span>");
    }
}
