//! The state of the proxy itself: its mode, its warnings, where calls go, and the workloads.

use time::{Duration, OffsetDateTime};

use super::{Column, end_of_table, html::Html, table, time};
use crate::{
    admin::{
        Panel,
        api::{Address, known_endpoints, of_workloads},
    },
    aws::percent,
    record::{Decision, Gauge, Mode},
};

/// How long before its expiry the authority is highlighted.
const SOON: Duration = Duration::days(30);

pub(super) fn top(html: &mut Html, panel: &Panel) {
    let readiness = panel.readiness();
    html.markup("<h1>rds-guard</h1>");
    html.markup(if readiness.draining {
        "<span class=\"look\">draining</span>"
    } else {
        "<span class=\"yes\">ready</span>"
    });
    html.markup(match (readiness.mode, readiness.full_access) {
        (Mode::Audit, _) => "<span class=\"look\">audit mode: denials are recorded, nothing is held back</span>",
        (Mode::Enforce, true) => "<span class=\"look\">enforcing, but everything is allowed to everybody</span>",
        (Mode::Enforce, false) => "<span class=\"yes\">enforcing</span>",
    });
    let calls = |decided| panel.metrics().calls(decided);
    html.markup("<span>calls: ").text(calls(Decision::Allow)).markup(" allowed, ");
    html.text(calls(Decision::Deny)).markup(" denied</span><span>");
    html.text(env!("CARGO_PKG_VERSION")).markup(", up since ");
    time(html, panel.sources.started);
    html.markup("</span>");
}

pub(super) fn warnings(html: &mut Html, panel: &Panel) {
    let readiness = panel.readiness();
    let mut warnings = Vec::new();
    if let Some(error) = &readiness.reload_error {
        warnings.push(format!("The policy files as they are now are not in force: {error}"));
    }
    let dropped = panel.metrics().dropped();
    if dropped > 0 {
        warnings.push(format!("{dropped} records were lost: look at what takes the audit log"));
    }
    warnings.extend(readiness.warnings);
    if warnings.is_empty() {
        return;
    }
    html.markup("<h2>Warnings</h2><ul>");
    for warning in warnings {
        html.markup("<li class=\"look\">").text(warning).markup("</li>\n");
    }
    html.markup("</ul>");
}

pub(super) fn endpoints(html: &mut Html, panel: &Panel) {
    let endpoints = known_endpoints(panel);
    if endpoints.is_empty() {
        return;
    }
    html.markup("<h2>Endpoints</h2>");
    let columns = ["Region", "Name", "Address", "State"].map(|name| (name, Column::Text));
    table(html, "Endpoints and their addresses", &columns);
    for endpoint in &endpoints {
        for name in &endpoint.names {
            let fips = if endpoint.fips { " (FIPS)" } else { "" };
            let region = |html: &mut Html| {
                html.markup("<tr><td>").text(&endpoint.region).markup(fips).markup("</td>").cell(&name.name);
            };
            let unknown = match (&name.unresolved, name.by_upstream_proxy) {
                (Some(why), _) => why.as_str(),
                (None, true) => "found by the upstream proxy",
                (None, false) => "not looked up yet",
            };
            if name.addresses.is_empty() {
                region(html);
                html.markup("<td>–</td><td class=\"look\">").text(unknown).markup("</td></tr>\n");
            }
            for address in &name.addresses {
                region(html);
                html.cell(address.address);
                state(html, address);
                html.markup("</tr>\n");
            }
        }
    }
    end_of_table(html);
}

fn state(html: &mut Html, address: &Address) {
    if address.failing_workers == 0 {
        html.markup("<td class=\"yes\">no failure</td>");
        return;
    }
    html.markup("<td class=\"no\">tried last: failures one after the other: ").text(address.failures);
    html.markup(", the last ").text(address.failed_seconds_ago.unwrap_or_default()).markup(" s ago</td>");
}

pub(super) fn workloads(html: &mut Html, panel: &Panel) {
    let workloads = of_workloads(panel);
    if workloads.is_empty() {
        return;
    }
    html.markup("<h2>Workloads</h2>");
    let columns = [
        ("Workload", Column::Text),
        ("Its own policy", Column::Text),
        ("Allowed", Column::Number),
        ("Denied", Column::Number),
    ];
    table(html, "Calls by workload", &columns);
    for workload in workloads {
        html.markup("<tr><th scope=\"row\"><a href=\"/?workload=")
            .text(percent::encode(workload.name.as_bytes()))
            .markup("\">");
        html.text(&workload.name).markup("</a></th>").cell(workload.policy.as_deref().unwrap_or("–"));
        html.number(workload.allow).number(workload.deny).markup("</tr>\n");
    }
    end_of_table(html);
}

pub(super) fn proxy(html: &mut Html, panel: &Panel) {
    let (metrics, end) = (panel.metrics(), panel.readiness().authority_not_after);
    html.markup("<h2>Proxy</h2><p>Connections: ").text(metrics.get(Gauge::Connections));
    html.markup(" open, ").text(metrics.get(Gauge::ConnectionsWaiting)).markup(" waiting. Requests: ");
    html.text(metrics.get(Gauge::InFlight)).markup(" under way. Records: ");
    html.text(panel.sources.recorder.waiting()).markup(" waiting, ").text(metrics.dropped()).markup(" lost.</p>");
    html.markup("<p>Certificate authority good until ");
    time(html, end);
    html.markup(if end - OffsetDateTime::now_utc() < SOON {
        " <span class=\"look\">soon</span>.</p>"
    } else {
        ".</p>"
    });
    for (name, addresses) in panel.sources.listeners.iter().filter(|(_, addresses)| !addresses.is_empty()) {
        html.markup("<p>Listening, ").markup(name).markup(":");
        for address in addresses {
            html.markup(" ").text(address);
        }
        html.markup("</p>");
    }
}
