//! Decides who may see the page and its data: a browser must not leak them to another site.
//!
//! Anyone can point a name at 127.0.0.1, and a page under that name then counts as same-origin (DNS rebinding). No
//! site can control an IP address used as a name, or `localhost` (RFC 6761, 6.3), so only those and the operator's
//! own names are served. Requests that another site embeds or fetches carry `Sec-Fetch-Site` (W3C, "Fetch Metadata
//! Request Headers").

use std::net::IpAddr;

use http::{HeaderMap, Uri, header::HOST, uri::Authority};

use super::answer::Refusal;

/// Checks that a request addresses this listener and does not come from another site.
///
/// # Errors
/// [`Refusal::ForeignName`], [`Refusal::CrossSite`].
pub(super) fn check(uri: &Uri, headers: &HeaderMap, names: &[String]) -> Result<(), Refusal> {
    if uri.authority().is_some_and(|authority| !is_of_this_place(authority, names)) {
        return Err(Refusal::ForeignName);
    }
    let mut hosts = headers.get_all(HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok()).and_then(|host| host.parse().ok());
    if hosts.next().is_some() || !host.is_some_and(|host| is_of_this_place(&host, names)) {
        return Err(Refusal::ForeignName);
    }
    let said = |name: &str| headers.get(name).map(|value| value.as_bytes());
    match said("sec-fetch-site") {
        Some(b"cross-site" | b"same-site") => {}
        Some(_) | None => return Ok(()),
    }
    // A link that a person follows shows the page only to that person; the linking site cannot read it.
    let is_followed = said("sec-fetch-dest") == Some(b"document") && said("sec-fetch-mode") == Some(b"navigate");
    if is_followed && uri.path() == "/" { Ok(()) } else { Err(Refusal::CrossSite) }
}

fn is_of_this_place(authority: &Authority, names: &[String]) -> bool {
    let host = authority.host();
    let is_plain = !authority.as_str().contains('@');
    let address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    let is_named = names.iter().map(String::as_str).chain(["localhost"]).any(|name| host.eq_ignore_ascii_case(name));
    is_plain && (is_named || address.parse::<IpAddr>().is_ok())
}
