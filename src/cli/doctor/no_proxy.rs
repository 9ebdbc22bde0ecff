//! `NO_PROXY` as each language interprets it. There is no standard: the same value makes one client bypass the
//! proxy and not another. Measured with botocore 1.43 (Python 3.11), Go 1.19, proxy-from-env 1.1 (Node 20) and
//! curl 7.88. Rust's clients interpret it as curl does.

/// An interpreter of `NO_PROXY`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    Python,
    Go,
    Node,
    Curl,
}

impl Reader {
    pub(super) const ALL: [Self; 4] = [Self::Python, Self::Go, Self::Node, Self::Curl];

    /// Its name in messages.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Python => "boto3 and the AWS CLI",
            Self::Go => "Go",
            Self::Node => "Node's proxy agents",
            Self::Curl => "curl and Rust",
        }
    }

    /// Whether this value makes calls to `host` bypass the proxy.
    pub(super) fn bypasses(self, value: &str, host: &str) -> bool {
        match self {
            // Only Node also separates entries at blanks.
            Self::Node => value.split([',', ' ', '\t']).any(|entry| self.covers(entry, host)),
            Self::Python | Self::Go | Self::Curl => {
                // For the others, a lone star has a meaning only as the whole value, or, for Go, as an entry.
                if value.trim() == "*" {
                    return true;
                }
                value.split(',').any(|entry| self.covers(entry.trim(), host))
            }
        }
    }

    fn covers(self, entry: &str, host: &str) -> bool {
        let entry = entry.to_ascii_lowercase();
        let (entry, port) = match entry.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (name.to_owned(), Some(port)),
            Some(_) | None => (entry.clone(), None),
        };
        if entry.is_empty() || port.is_some_and(|port| port != "443") {
            return false;
        }
        let below = |suffix: &str| host.strip_suffix(suffix).is_some_and(|front| front.ends_with('.'));
        let same_or_below = |name: &str| host == name || below(name);
        match self {
            // Leading dots are ignored; a star has no special meaning.
            Self::Python | Self::Curl => same_or_below(entry.trim_start_matches('.')),
            // `.name` and `*.name` match the names below it; `name` matches these and itself.
            Self::Go => match entry.strip_prefix("*.").or_else(|| entry.strip_prefix('.')) {
                Some(name) => below(name),
                None => entry == "*" || same_or_below(&entry),
            },
            // A name without a leading dot or star matches only itself.
            Self::Node => match entry.strip_prefix('*') {
                Some(suffix) => host.ends_with(suffix),
                None if entry.starts_with('.') => host.ends_with(&entry),
                None => host == entry,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Reader::{self, Curl, Go, Node, Python};

    #[test]
    fn each_language_reads_its_own_way() {
        let host = "rds.eu-west-1.amazonaws.com";
        for (value, readers) in [
            ("amazonaws.com", vec![Python, Go, Curl]),
            (".amazonaws.com", vec![Python, Go, Node, Curl]),
            ("*.amazonaws.com", vec![Go, Node]),
            ("*", vec![Python, Go, Node, Curl]),
            ("localhost,*", vec![Go, Node]),
            ("rds.eu-west-1.amazonaws.com", vec![Python, Go, Node, Curl]),
            ("RDS.EU-WEST-1.amazonaws.com:443", vec![Python, Go, Node, Curl]),
            ("rds.eu-west-1.amazonaws.com:3306", vec![]),
            ("localhost, rds.eu-west-1.amazonaws.com", vec![Python, Go, Node, Curl]),
            ("localhost 127.0.0.1 .amazonaws.com", vec![Node]),
            ("zonaws.com,s3.amazonaws.com,169.254.169.254,.svc", vec![]),
            ("", vec![]),
        ] {
            let found: Vec<Reader> = Reader::ALL.into_iter().filter(|reader| reader.bypasses(value, host)).collect();
            assert_eq!(found, readers, "{value}");
        }
    }
}
