//! The HTML page: what an operator asks first, on one screen. It works without script and loads nothing from
//! elsewhere.
//!
//! Its script requests the same page again and replaces the parts that changed.

mod decisions;
mod html;
mod policies;
mod proxy;

use http::{HeaderValue, Response, StatusCode, header::CONTENT_SECURITY_POLICY};
use time::OffsetDateTime;

use super::{
    Panel,
    answer::{Pieces, Refusal, with_body},
    api::{Filter, moment},
};
use html::Html;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Allows only this style and this script, which may connect only to this origin (W3C, "Content Security Policy
/// Level 3"). A test checks the digests against the files.
const CONTENT_SECURITY: &str = "default-src 'none'; style-src 'sha256-m+DldEvBFp+dv6Dzs+HE81lT/10liJmd5riEAtKC05c='; script-src 'sha256-uuMMrvIh7muPBVZwkEq+rCvGF6f37ng9lfmen9HVgkA='; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The current page.
pub(super) fn page(panel: &Panel, query: Option<&str>) -> Result<Response<Pieces>, Refusal> {
    let filter = Filter::parse(query)?;
    let body = written(panel, &filter).into_string();
    let mut response = with_body(StatusCode::OK, "text/html; charset=utf-8", [body.into()]);
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY));
    Ok(response)
}

fn written(panel: &Panel, filter: &Filter) -> Html {
    let mut html = Html::default();
    html.markup(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>rds-guard</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><style>",
    );
    html.markup(STYLE)
        .markup("</style><noscript><meta http-equiv=\"refresh\" content=\"15\"></noscript></head>\n<body>");
    section(&mut html, "<header id=\"top\" data-live>", "</header>", |html| proxy::top(html, panel));
    html.markup(
        "<p hidden><label><input type=\"checkbox\" id=\"auto\" checked> refresh every 5 s</label></p>\
         <p id=\"said\" role=\"status\" class=\"no\"></p>\n<main>",
    );
    section(&mut html, "<section id=\"warnings\" data-live>", "</section>", |html| proxy::warnings(html, panel));
    section(&mut html, "<section id=\"decisions\" data-live>", "</section>", |html| {
        decisions::decisions(html, panel, filter);
    });
    section(&mut html, "<section id=\"statements\" data-live>", "</section>", |html| policies::statements(html, panel));
    section(&mut html, "<section id=\"actions\" data-live>", "</section>", |html| policies::actions(html, panel));
    section(&mut html, "<section id=\"endpoints\" data-live>", "</section>", |html| proxy::endpoints(html, panel));
    section(&mut html, "<section id=\"workloads\" data-live>", "</section>", |html| proxy::workloads(html, panel));
    section(&mut html, "<section id=\"proxy\" data-live>", "</section>", |html| proxy::proxy(html, panel));
    html.markup("</main>\n<footer><h2>As data</h2><nav aria-label=\"Data\">");
    for path in ["status", "decisions", "statements", "actions", "endpoints", "policies"] {
        html.markup("<a href=\"/api/").text(path).markup("\">/api/").text(path).markup("</a>");
    }
    html.markup("<a href=\"/metrics\">/metrics</a></nav></footer>\n<script>").markup(SCRIPT);
    html.markup("</script></body></html>\n");
    html
}

fn section(html: &mut Html, begin: &'static str, end: &'static str, write: impl FnOnce(&mut Html)) {
    html.markup(begin);
    write(html);
    html.markup(end).markup("\n");
}

/// Opens a table, with a name for screen readers.
fn table(html: &mut Html, name: &str, columns: &[(&'static str, Column)]) {
    html.markup("<div class=\"wide\"><table aria-label=\"").text(name).markup("\"><thead><tr>");
    for (column, kind) in columns {
        html.markup(match kind {
            Column::Text => "<th scope=\"col\">",
            Column::Number => "<th scope=\"col\" class=\"n\">",
        });
        html.text(column).markup("</th>");
    }
    html.markup("</tr></thead><tbody>\n");
}

fn end_of_table(html: &mut Html) {
    html.markup("</tbody></table></div>");
}

/// The type of a column's values.
#[derive(Clone, Copy)]
enum Column {
    Text,
    Number,
}

/// A time, with the full timestamp in a machine-readable attribute.
fn time(html: &mut Html, time: OffsetDateTime) {
    let written = moment(time);
    html.markup("<time datetime=\"").text(&written).markup("\">").text(&written).markup("</time>");
}

#[cfg(test)]
mod tests;
