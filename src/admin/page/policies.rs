//! How often each statement and each action decided. Those that were never used are highlighted.

use super::{Column, end_of_table, html::Html, table, time};
use crate::{
    admin::{
        Panel,
        api::{InForce, in_force},
    },
    policy::Effect,
    record::Count,
};

pub(super) fn statements(html: &mut Html, panel: &Panel) {
    html.markup("<h2>Policies in force</h2>");
    let found = in_force(panel);
    if found.is_empty() {
        html.markup("<p class=\"look\">None: every call is allowed to everybody.</p>");
    }
    for policy in &found {
        of_policy(html, policy);
    }
}

fn of_policy(html: &mut Html, found: &InForce) {
    html.markup("<h3>").text(&found.policy.name).markup("</h3><p>version ").text(&found.policy.version);
    html.markup(", for ").text(found.applies_to.join(", ")).markup(", counted since ");
    time(html, found.tally.since);
    html.markup("</p>");
    let columns = [
        ("Statement", Column::Text),
        ("Effect", Column::Text),
        ("Allowed", Column::Number),
        ("Denied", Column::Number),
        ("Last", Column::Text),
    ];
    table(html, &format!("Statements of {}", found.policy.name), &columns);
    for statement in found.statements() {
        html.markup("<tr><th scope=\"row\">").text(statement.index + 1);
        if let Some(sid) = statement.sid {
            html.markup(" “").text(sid).markup("”");
        }
        html.markup("<span class=\"by\">line ").text(statement.line).markup("</span></th>");
        html.markup(match statement.effect {
            Effect::Allow => "<td class=\"yes\">Allow</td>",
            Effect::Deny => "<td class=\"no\">Deny</td>",
        });
        numbers(html, statement.count);
    }
    end_of_table(html);
}

pub(super) fn actions(html: &mut Html, panel: &Panel) {
    html.markup("<h2>Actions</h2>");
    let actions = panel.metrics().tally().actions;
    if actions.is_empty() {
        html.markup("<p>No call yet.</p>");
        return;
    }
    let columns =
        [("Action", Column::Text), ("Allowed", Column::Number), ("Denied", Column::Number), ("Last", Column::Text)];
    table(html, "Decisions by action", &columns);
    for (name, count) in actions {
        html.markup("<tr><th scope=\"row\">");
        match name {
            "none" => html.markup("refused before an action was known"),
            "other" => html.markup("actions that are not known"),
            name => html.markup("<a href=\"/?action=").text(name).markup("\">rds:").text(name).markup("</a>"),
        };
        html.markup("</th>");
        numbers(html, count);
    }
    end_of_table(html);
}

/// The last cells of a row: the counters and the time of last use.
fn numbers(html: &mut Html, Count { allow, deny, let_pass, last }: Count) {
    html.number(allow).markup("<td class=\"n\">").text(deny);
    if let_pass > 0 {
        html.markup("<span class=\"by look\">").text(let_pass).markup(" let pass</span>");
    }
    html.markup("</td>");
    match last {
        Some(last) => {
            html.markup("<td>");
            time(html, last);
        }
        None => {
            html.markup("<td class=\"look\">never used");
        }
    }
    html.markup("</td></tr>\n");
}
