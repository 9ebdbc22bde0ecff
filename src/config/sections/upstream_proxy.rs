//! `upstream.proxy`: the address of a corporate proxy. It may include a password, which is never displayed.

use std::fmt;

use zeroize::Zeroizing;

use crate::config::{
    DnsName,
    problem::Misdeed,
    section::Section,
    value::{Setting, Wrong, quoted},
    written::Node,
};
use crate::{aws::percent, secret_file};

/// `upstream.proxy`, with the credentials of the URL or of `upstream.proxy_credentials_file`.
#[derive(Clone, PartialEq, Eq)]
pub struct UpstreamProxy {
    /// A host name, or an IP address without brackets.
    pub host: String,
    /// The port of the proxy.
    pub port: u16,
    /// The credentials as `user:password`.
    pub credentials: Option<Zeroizing<String>>,
}

impl UpstreamProxy {
    /// Reads the keys that configure the proxy.
    pub(super) fn read_keys(section: &mut Section<'_>) -> Option<Self> {
        let mut proxy: Option<Self> = None;
        section.set("proxy", &mut proxy);
        let mut file: Option<std::path::PathBuf> = None;
        let file_origin = section.set("proxy_credentials_file", &mut file);
        if let Some(path) = file {
            let problem = |contradiction: String| Misdeed::Contradiction {
                key: "upstream.proxy_credentials_file".to_owned(),
                contradiction,
            };
            match proxy.as_mut() {
                None => section.problem(file_origin, problem("stands alone: `upstream.proxy` is not set".into())),
                Some(proxy) if proxy.credentials.is_some() => {
                    section.problem(file_origin, problem("is given, but `upstream.proxy` has credentials too".into()));
                }
                Some(proxy) => match credentials(&path) {
                    Ok(credentials) => proxy.credentials = Some(credentials),
                    Err(why) => section.problem(file_origin, problem(why)),
                },
            }
        }
        proxy
    }

    /// The URL without the credentials.
    fn shown(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let user = if self.credentials.is_some() { "***@" } else { "" };
        format!("http://{user}{host}:{}", self.port)
    }

    /// Parses the URL of a proxy.
    ///
    /// # Errors
    /// What is wrong with the URL, without quoting any part of it.
    fn parse(url: &str) -> Result<Self, &'static str> {
        let (scheme, rest) = url.split_once("://").ok_or("it has no `http://`")?;
        if !scheme.eq_ignore_ascii_case("http") {
            return Err("only `http://` proxies are asked");
        }
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (user, authority) = rest.rsplit_once('@').map_or((None, rest), |(user, authority)| (Some(user), authority));
        let (host, port) = authority.rsplit_once(':').ok_or("it has no port")?;
        let port = port.parse::<u16>().ok().filter(|port| *port > 0).ok_or("its port is no port")?;
        let host = match host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
            Some(inner) => inner.parse::<std::net::Ipv6Addr>().map_err(|_| "its host is no IPv6 address")?.to_string(),
            None if host.parse::<std::net::Ipv4Addr>().is_ok() => host.to_owned(),
            None => DnsName::parse(host).ok_or("its host is no name or address")?.as_str().to_owned(),
        };
        let credentials = match user {
            None => None,
            Some(user) => {
                let (name, password) = user.split_once(':').unwrap_or((user, ""));
                let decoded = decoded(name)?.to_string() + ":" + &decoded(password)?;
                Some(Zeroizing::new(decoded))
            }
        };
        Ok(Self { host, port, credentials })
    }
}

/// Decodes percent escapes in the user part of a URL (RFC 3986, 2.1).
fn decoded(text: &str) -> Result<Zeroizing<String>, &'static str> {
    const WRONG: &str = "its user or password has a `%` that is no escape, or decodes to what no header can carry";
    // Large enough for all bytes: a vector that grows leaves copies of the password in memory.
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    bytes.extend(percent::decode(text).ok_or(WRONG)?);
    if bytes.iter().any(u8::is_ascii_control) {
        return Err(WRONG);
    }
    std::str::from_utf8(&bytes).map(|text| Zeroizing::new(text.to_owned())).map_err(|_| WRONG)
}

/// Reads a file that contains `user:password` on one line.
fn credentials(path: &std::path::Path) -> Result<Zeroizing<String>, String> {
    let text = secret_file::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.contains(':') && !line.bytes().any(|byte| byte.is_ascii_control()) {
        Ok(Zeroizing::new(line.to_owned()))
    } else {
        Err("does not hold `user:password` on one line and nothing else".into())
    }
}

impl Setting for UpstreamProxy {
    const EXPECTED: &'static str = "the URL of a proxy such as \"http://proxy.example:8080\"";

    fn read(node: &Node) -> Result<Self, Vec<Wrong>> {
        let wrong = |why: &str| {
            // The value may contain a password, so no part of it is quoted.
            let expected = Some(format!("{} ({why})", Self::EXPECTED));
            vec![Wrong {
                origin: node.origin.clone(),
                found: "a text that is not shown, since it may hold a password".into(),
                expected,
            }]
        };
        node.text().ok_or_else(|| wrong("it is no text")).and_then(|text| Self::parse(text).map_err(wrong))
    }

    fn show(&self) -> String {
        quoted(&self.shown())
    }
}

impl fmt::Debug for UpstreamProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UpstreamProxy({})", self.shown())
    }
}

#[cfg(test)]
mod tests {
    //! Which URLs are accepted for an upstream proxy, and that its password is never displayed.

    use super::UpstreamProxy;

    #[test]
    fn a_url_gives_host_port_and_decoded_credentials_and_shows_none_of_them() {
        let cases = [
            ("http://proxy.example:8080", ("proxy.example", 8080, None), "http://proxy.example:8080"),
            ("HTTP://Proxy.Example:3128/", ("proxy.example", 3128, None), "http://proxy.example:3128"),
            ("http://u:p@10.0.0.1:8080", ("10.0.0.1", 8080, Some("u:p")), "http://***@10.0.0.1:8080"),
            (
                "http://us%40er:p%3Aw%25@[fd00::1]:8080",
                ("fd00::1", 8080, Some("us@er:p:w%")),
                "http://***@[fd00::1]:8080",
            ),
            ("http://token@proxy.example:80", ("proxy.example", 80, Some("token:")), "http://***@proxy.example:80"),
        ];
        for (url, (host, port, credentials), shown) in cases {
            let proxy = UpstreamProxy::parse(url).unwrap();
            assert_eq!((proxy.host.as_str(), proxy.port), (host, port), "{url}");
            assert_eq!(proxy.credentials.as_ref().map(|it| it.as_str()), credentials, "{url}");
            assert_eq!((proxy.shown(), format!("{proxy:?}")), (shown.into(), format!("UpstreamProxy({shown})")));
        }
    }

    #[test]
    fn other_urls_are_refused_without_a_word_of_them() {
        for url in [
            "proxy.example:8080",
            "https://u:secret@proxy.example:8080",
            "http://u:secret@proxy.example",
            "http://u:secret@proxy.example:0",
            "http://u:secret%0d%0aX@proxy.example:80",
            "http://u:secret%zz@proxy.example:80",
            "http://u:secret@pro xy:80",
            "http://u:secret@[fd00::x]:80",
        ] {
            let why = UpstreamProxy::parse(url).unwrap_err();
            assert!(!why.contains("secret"), "{why}");
        }
    }
}
